"""Everybody can use it: assistive technology, keyboard only, small screens, enlarged text, forced colours."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.processes import Product
from tests.web.conftest import MakeContext
from tests.web.widget import ASK, PHONE, Widget, changed_page

pytestmark = [pytest.mark.browser, pytest.mark.engine]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
SPACING = """mops-assistant { } * { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"""


def violations(page: Page) -> list[str]:
    # The animation of the window must not be taken for poor contrast.
    page.wait_for_timeout(400)
    found = Axe().run(page, options=RULES)
    return [
        f"{rule['id']}: {rule['help']} {[node['target'] for node in rule['nodes']]}"
        for rule in found.response["violations"]
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
        {"viewport": {"width": 320, "height": 480}},
        {"forced_colors": "active"},
    ],
    ids=["desktop", "phone", "320px", "forced-colours"],
)
def test_axe_finds_nothing_in_any_state(product: Product, resident: MakeContext, options: dict[str, object]) -> None:
    page = resident(**options).new_page()
    widget = Widget.on(page, product.url)
    assert violations(page) == []
    widget.open()
    assert violations(page) == []
    widget.from_("bot").first.get_by_role("button").first.click()
    expect(widget.from_("bot")).not_to_have_count(1)
    page.route("**/api/web/messages", lambda route: route.fulfill(status=422, json={"error": "Nie można wysłać."}))
    widget.field.fill("Nie dojdzie")
    page.get_by_role("button", name="Wyślij").click()
    expect(widget.from_("resident").last.locator(".error")).to_be_visible()
    assert violations(page) == []
    page.unroute_all()
    widget.from_("resident").last.get_by_role("button", name="Usuń").click()
    widget.button("Porozmawiaj z pracownikiem").click()
    expect(widget.notice).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["dark", "auto"])
def test_axe_finds_nothing_in_dark_colours(product: Product, resident: MakeContext, theme: str) -> None:
    page = resident(color_scheme="dark").new_page()
    changed_page(page, product.url, "<script async", f'<script async data-theme="{theme}"')
    widget = Widget.on(page, product.url).open()
    expect(page.locator("mops-assistant .frame")).to_have_attribute("data-theme", "dark")
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    assert violations(page) == []


def test_the_focus_returns_to_what_opened_the_window(product: Product, resident: MakeContext) -> None:
    page = resident().new_page()
    widget = Widget.on(page, product.url)
    opener = page.get_by_role("main").get_by_role("button", name="Zapytaj asystenta")
    opener.focus()
    page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    page.get_by_role("button", name="Zamknij okno rozmowy").click()
    expect(opener).to_be_focused()


def test_arriving_messages_are_read_out_and_never_take_the_focus(widget: Widget) -> None:
    expect(widget.spoken).to_contain_text("Asystent (program): Dzień dobry")
    expect(widget.spoken).to_contain_text("Możliwe odpowiedzi:")
    widget.write(ASK)
    close = widget.page.get_by_role("button", name="Zamknij okno rozmowy")
    close.focus()
    expect(widget.spoken).to_contain_text(PHONE)
    expect(close).to_be_focused()
    assert ASK not in widget.spoken.inner_text()
    assert widget.page.locator("mops-assistant .messages").get_attribute("aria-live") is None


def test_nothing_scrolls_sideways_at_320_px_or_with_wide_text_spacing(
    product: Product, resident: MakeContext
) -> None:
    page = resident(viewport={"width": 320, "height": 568}).new_page()
    widget = Widget.on(page, product.url).open()
    widget.field.fill("Bardzodługiewyrazbezspacji" * 12)
    widget.field.press("Enter")
    expect(widget.from_("bot")).not_to_have_count(1)
    page.evaluate(
        """(css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
            const root = document.querySelector('mops-assistant').shadowRoot;
            root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]; }""",
        SPACING,
    )
    wide = page.evaluate(
        """() => { const root = document.querySelector('mops-assistant').shadowRoot;
            const seen = (node) => !node.closest('.unseen, svg, textarea') && node.getClientRects().length;
            return [...root.querySelectorAll('*')].filter((node) => seen(node)
                && (node.getBoundingClientRect().right > innerWidth + 1 || node.scrollWidth > node.clientWidth + 1)
                && getComputedStyle(node).display !== 'inline').map((node) => node.className || node.localName); }"""
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_everything_that_is_pressed_is_large_enough(product: Product, resident: MakeContext) -> None:
    page = resident(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    widget = Widget.on(page, product.url)
    box = widget.launcher.bounding_box()
    assert box
    assert round(box["height"], 2) >= 44
    widget.open()
    for button in widget.window.get_by_role("button").all():
        box = button.bounding_box()
        assert box, button
        # Chromium reports device pixels divided by the scale: 43.999998 is 44.
        assert round(box["width"], 2) >= 44, button.inner_text()
        assert round(box["height"], 2) >= 44, button.inner_text()


def test_a_phone_keyboard_is_not_forced_on_the_reader(product: Product, resident: MakeContext) -> None:
    page = resident(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    widget = Widget.on(page, product.url).open()
    expect(page.get_by_role("heading", name="Asystent MOPS")).to_be_focused()
    assert widget.window.get_attribute("aria-modal") == "true"


def test_motion_stops_for_those_who_ask(product: Product, resident: MakeContext) -> None:
    page = resident(reduced_motion="reduce").new_page()
    widget = Widget.on(page, product.url).open()
    assert widget.window.evaluate("node => node.getAnimations({ subtree: true }).length") == 0


def test_the_hosts_style_cannot_change_the_widget(product: Product, resident: MakeContext) -> None:
    page = resident().new_page()
    plain = Widget.on(page, product.url).open()
    look = """node => { const style = getComputedStyle(node);
        return [style.fontSize, style.color, style.letterSpacing,
            node.offsetWidth, node.offsetHeight]; }"""
    before = [plain.window.evaluate(look), plain.field.evaluate(look), plain.from_("bot").evaluate(look)]
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
            sheet.replaceSync(`html { font-size: 40px !important; } * { all: unset !important; color: red !important;
                font: 30px serif !important; letter-spacing: 9px !important; direction: rtl !important;
                transform: rotate(3deg) !important; display: none; }`);
            document.adoptedStyleSheets = [sheet]; }"""
    )
    assert [plain.window.evaluate(look), plain.field.evaluate(look), plain.from_("bot").evaluate(look)] == before
