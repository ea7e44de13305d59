"""One resident's whole way at 320 px without a pointer: nothing is clicked, and no script moves the focus."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.processes import Product
from tests.web.clerk import Clerk
from tests.web.conftest import MakeContext
from tests.web.test_widget_access import violations
from tests.web.widget import ASK, PHONE, Widget

pytestmark = [pytest.mark.browser, pytest.mark.engine]

FOCUSED = "node => node === node.getRootNode().activeElement"


def reach(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until ``wanted`` has the focus, as often as somebody may be asked to."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        if wanted.evaluate(FOCUSED):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def press(page: Page, wanted: Locator, *, back: bool = False) -> None:
    reach(page, wanted, back=back)
    page.keyboard.press("Enter")


def test_a_whole_conversation_by_keyboard_at_320_px(product: Product, resident: MakeContext, clerk: Clerk) -> None:
    page = resident(viewport={"width": 320, "height": 568}).new_page()
    widget = Widget.on(page, product.url)
    press(page, widget.launcher)
    expect(widget.field).to_be_focused()
    expect(widget.from_("bot")).to_have_count(1)
    # The window covers the page, so the focus goes round inside.
    seen = set()
    for _ in range(15):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "mops-assistant"
        seen.add(widget.focused)
    assert {"close", "scroller", "send"} <= seen

    menu = page.get_by_role("button", name="Ustawienia i moje dane")
    press(page, menu)
    for name in ("Większy tekst", "Wysoki kontrast"):
        press(page, page.get_by_role("button", name=name))
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()

    press(page, widget.from_("bot").get_by_role("button").first)
    expect(widget.from_("bot")).not_to_have_count(1)
    reach(page, widget.field)
    page.keyboard.type(ASK)
    page.keyboard.press("Enter")
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    expect(widget.field).to_be_focused()
    assert violations(page) == []

    press(page, widget.button("Porozmawiaj z pracownikiem"))
    expect(widget.notice).to_contain_text("Rozmowa czeka na pracownika")
    assert violations(page) == []
    words = "Bez myszy 5120"
    reach(page, widget.field)
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(widget.mine(words).locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find(words)
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    clerk.reply(conversation, "Dzień dobry, już sprawdzam.")
    expect(widget.from_("staff")).to_have_count(1)
    assert violations(page) == []
    clerk.close(conversation)

    rating = page.get_by_role("group", name="Jak ocenić tę rozmowę?")
    expect(rating).to_be_visible()
    expect(widget.field).to_be_focused()
    assert violations(page) == []
    # Browsers enter a group without a choice at the end one comes from.
    reach(page, rating.get_by_role("radio").last, back=True)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(rating.get_by_role("radio", name="3 średnio")).to_be_checked()
    with page.expect_response("**/api/web/rating") as stored:
        press(page, page.get_by_role("button", name="Wyślij ocenę"))
    assert stored.value.status == 204
    expect(rating).to_be_hidden()

    press(page, menu)
    press(page, page.get_by_role("button", name="Usuń moje dane", exact=True))
    expect(page.get_by_role("button", name="Nie, zostaw")).to_be_focused()
    assert violations(page) == []
    press(page, page.get_by_role("button", name="Tak, usuń moje dane"))
    expect(widget.window).to_contain_text("są usunięte")
    expect(widget.messages).to_have_count(0)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(widget.window).to_be_hidden()
    expect(widget.launcher).to_be_focused()
