"""On other people's pages: options, two loads, other languages, and a page that is built to be hostile."""

import re

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.support.processes import Product
from tests.web.conftest import MakeContext
from tests.web.test_widget_access import violations
from tests.web.widget import ASK, PHONE, Widget, changed_page

pytestmark = [pytest.mark.browser, pytest.mark.engine]

ACCENT = "node => getComputedStyle(node).backgroundColor"
OWN_GREEN = "rgb(20, 96, 63)"


def page_with(product: Product, context: object, attributes: str) -> tuple[Widget, list[str]]:
    page = context.new_page()  # type: ignore[attr-defined]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    changed_page(page, product.url, "<script async", f"<script async {attributes}")
    return Widget.on(page, product.url), said


def test_readable_colours_title_and_position_are_the_hosts(product: Product, resident: MakeContext) -> None:
    widget, said = page_with(
        product, resident(), 'data-color="#7a1f5c" data-text-color="#fff" data-title="Pomoc" data-position="left"'
    )
    assert widget.launcher.evaluate(ACCENT) == "rgb(122, 31, 92)"
    box = widget.launcher.bounding_box()
    assert box
    assert box["x"] < 100
    widget.launcher.click()
    expect(widget.page.get_by_role("dialog", name="Pomoc")).to_be_visible()
    expect(widget.from_("bot")).to_have_count(1)
    assert violations(widget.page) == []
    assert said == []


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ('data-color="#ffe98a"', "has a contrast of 1.22"),
        ('data-color="#7a1f5c" data-text-color="#555555"', "has a contrast of"),
        ('data-color="red"', "written as #rrggbb"),
    ],
    ids=["too light", "text too dark", "no number"],
)
def test_colours_that_cannot_be_read_are_refused_aloud(
    product: Product, resident: MakeContext, attributes: str, why: str
) -> None:
    widget, said = page_with(product, resident(), attributes)
    assert widget.launcher.evaluate(ACCENT) == OWN_GREEN
    assert any(why in text for text in said), said


def test_a_page_about_a_topic_begins_with_it(product: Product, resident: MakeContext) -> None:
    widget, said = page_with(product, resident(), 'data-topic="kasa_godziny"')
    widget.launcher.click()
    expect(widget.from_("bot")).to_have_count(2)
    expect(widget.from_("bot").last).to_contain_text("10:30–14:00")
    assert said == []
    unknown, said = page_with(product, resident(), 'data-topic="nie_ma_takiego"')
    unknown.launcher.click()
    expect(unknown.from_("bot")).to_have_count(1)
    assert any("nie_ma_takiego" in text for text in said)


def test_it_opens_by_itself_once_and_without_the_focus(product: Product, resident: MakeContext) -> None:
    context = resident()
    widget, _ = page_with(product, context, 'data-open-delay="0.3"')
    expect(widget.window).to_be_visible()
    assert widget.page.evaluate("document.activeElement === document.body")
    widget.page.get_by_role("button", name="Zamknij okno rozmowy").click()
    widget.page.reload()
    expect(widget.launcher).to_be_visible()
    widget.page.wait_for_timeout(800)
    expect(widget.window).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "launcher", "field", "who"),
    [
        ("uk", "Запитати асистента", "Повідомлення", "Відповідає комп’ютерна програма"),
        ("en", "Ask the assistant", "Message", "A computer program answers"),
    ],
)
def test_the_widgets_own_words_in_other_languages(
    product: Product, resident: MakeContext, language: str, launcher: str, field: str, who: str
) -> None:
    page = resident().new_page()
    changed_page(page, product.url, "<script async", f'<script async data-language="{language}"')
    page.goto(product.url)
    page.get_by_role("button", name=launcher).click()
    expect(page.get_by_role("textbox", name=field)).to_be_focused()
    expect(page.get_by_text(who)).to_be_visible()
    bubble = page.locator("mops-assistant li.from-bot .bubble").first
    expect(bubble).to_have_attribute("lang", "pl")
    assert page.locator("mops-assistant .frame").get_attribute("lang") == language
    expect(page.locator("mops-assistant [role=log] p").first).to_have_attribute("lang", "pl")
    assert violations(page) == []


def test_every_language_says_everything() -> None:
    """The same keys in each file of words, so that no text falls back to Polish or to nothing."""
    from channels.web.assets import HERE

    def keys(name: str) -> set[str]:
        source = (HERE / "static" / "assistant" / f"{name}.js").read_text()
        return set(re.findall(r"^  (\w+):", source.partition("export const texts")[2].partition("\n};")[0], re.M))

    polish = keys("texts")
    assert len(polish) > 60
    assert keys("texts_uk") == keys("texts_en") == polish


def test_loading_it_twice_shows_it_once(product: Product, resident: MakeContext) -> None:
    page = resident().new_page()
    once = '<script async src="widget.js"></script>'
    changed_page(page, product.url, once, once + once.replace(".js", ".js?again"))
    Widget.on(page, product.url)
    page.get_by_role("main").get_by_role("button", name="Zapytaj asystenta").click()
    expect(page.locator("mops-assistant")).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_of_two_loads_the_first_on_the_page_decides(product: Product, resident: MakeContext) -> None:
    """Also when the network brings the second one first."""
    page = resident().new_page()
    once = '<script async src="widget.js"></script>'
    two = '<script async src="widget.js?1" data-title="Pierwszy"></script><script async src="widget.js?2"></script>'
    changed_page(page, product.url, once, two)
    held: list[Route] = []
    page.route(re.compile(r"widget\.js\?1$"), lambda route: held.append(route))
    page.goto(product.url, wait_until="domcontentloaded")
    expect(Widget(page).launcher).to_be_visible()
    assert len(held) == 1
    held[0].continue_()
    page.get_by_role("main").get_by_role("button", name="Zapytaj asystenta").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog", name="Pierwszy")).to_be_visible()


def test_a_hostile_page_changes_nothing(product: Product, resident: MakeContext) -> None:
    """Resets with !important, old scripts' globals, two loads, an unreadable colour, a strict policy, a frame."""
    policy = httpx.get(product.url + "/trudna-strona").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "trusted-types 'none'" in policy
    assert "unsafe" not in policy
    look = """node => { const style = getComputedStyle(node); return [style.fontSize, style.color, style.direction,
        style.letterSpacing, style.textTransform, style.writingMode, style.filter,
        Math.round(node.offsetWidth / 8)]; }"""
    page = resident().new_page()
    plain = Widget.on(page, product.url).open()
    wanted = [plain.window.evaluate(look), plain.field.evaluate(look), plain.from_("bot").first.evaluate(look)]

    page = resident().new_page()
    page.goto(product.url + "/trudna-strona")
    widget = Widget(page)
    window = page.get_by_role("dialog", name="Pomoc MOPS")
    expect(page.locator("mops-assistant")).to_have_count(1)
    assert widget.launcher.evaluate(ACCENT) == OWN_GREEN
    widget.launcher.click()
    expect(window).to_be_visible()
    expect(widget.field).to_be_focused()
    expect(widget.from_("bot")).to_have_count(1)
    found = [window.evaluate(look), widget.field.evaluate(look), widget.from_("bot").first.evaluate(look)]
    assert found == wanted
    for width, height in ((1280, 800), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        for part in (window, page.get_by_role("button", name="Zamknij okno rozmowy"), widget.field):
            box = part.bounding_box()
            assert box, "all of the window is on the screen, however large the page makes itself"
            assert min(box["x"], box["y"]) >= 0
            assert box["x"] + box["width"] <= width + 1
            assert box["y"] + box["height"] <= height + 1
    page.set_viewport_size({"width": 1280, "height": 800})
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()

    framed = page.frame_locator("iframe")
    # Where the page's own style has put the frame is no matter of the widget's.
    framed.locator("mops-assistant .launcher").evaluate("node => node.click()")
    expect(framed.locator("mops-assistant li.from-bot").last).to_contain_text(PHONE)
