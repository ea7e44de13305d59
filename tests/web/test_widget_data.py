"""One's own conversation: larger, on paper, as a file, rated, copied and deleted; with the keyboard and without."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.processes import Product
from tests.web.clerk import Clerk
from tests.web.conftest import MakeContext
from tests.web.test_widget_access import violations
from tests.web.widget import ASK, PHONE, Widget

pytestmark = [pytest.mark.browser, pytest.mark.engine]

RECORD_PRINTING = """window.print = function () {
    window.top.printed = [this.document.title, this.document.body.innerText]; };"""


def open_menu(page: Page) -> None:
    page.get_by_role("button", name="Ustawienia i moje dane").click()


def press(page: Page, name: str) -> None:
    page.get_by_role("region", name="Ustawienia i moje dane").get_by_role("button", name=name).click()


def test_larger_text_and_high_contrast_stay_chosen_and_leave_nothing_unreadable(widget: Widget) -> None:
    page = widget.page
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    before = widget.from_("bot").first.evaluate(size)
    open_menu(page)
    for name in ("Większy tekst", "Wysoki kontrast"):
        press(page, name)
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(widget.window).to_be_visible()
    expect(page.get_by_role("button", name="Ustawienia i moje dane")).to_be_focused()
    assert widget.from_("bot").first.evaluate(size) >= 1.25 * before
    assert violations(page) == []
    page.reload()
    expect(widget.from_("bot")).to_have_count(1)
    assert widget.from_("bot").first.evaluate(size) >= 1.25 * before


@pytest.mark.parametrize(
    "options",
    [{"viewport": {"width": 320, "height": 568}}, {"forced_colors": "active"}],
    ids=["320px", "forced-colours"],
)
def test_axe_finds_nothing_in_the_menu_and_the_rating(
    product: Product, resident: MakeContext, options: dict[str, object]
) -> None:
    page = resident(**options).new_page()
    Widget.on(page, product.url).open()
    open_menu(page)
    press(page, "Usuń moje dane")
    assert violations(page) == []
    press(page, "Oceń rozmowę")
    page.get_by_role("button", name="Wyślij ocenę").click()
    expect(page.get_by_role("alert")).to_contain_text("Proszę wybrać ocenę")
    assert violations(page) == []


def test_the_conversation_is_printed_alone_and_saved_as_a_file(
    product: Product, resident: MakeContext, tmp_path: Path
) -> None:
    context = resident(accept_downloads=True)
    context.add_init_script(RECORD_PRINTING)
    page = context.new_page()
    widget = Widget.on(page, product.url).open()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    open_menu(page)
    press(page, "Drukuj rozmowę")
    title, paper = page.evaluate("window.printed")
    assert title == "Asystent MOPS"
    assert ASK in paper
    assert PHONE in paper
    assert "Zobacz dane kontaktowe" not in paper, "the host's page is not printed"
    with page.expect_download() as saving:
        press(page, "Zapisz rozmowę w pliku")
    saving.value.save_as(tmp_path / "rozmowa.txt")
    text = (tmp_path / "rozmowa.txt").read_text(encoding="utf-8-sig")
    assert re.search(rf"Moja wiadomość, .*\n{re.escape(ASK)}\n", text)
    assert re.search(r"Asystent \(program\), .*\n", text)


def test_how_long_a_conversation_is_kept_is_told_and_its_end_is_announced(
    start_product: Callable[..., Product], resident: MakeContext
) -> None:
    page = resident().new_page()
    widget = Widget.on(page, start_product(retention_conversation_days="30").url).open()
    expect(widget.notice).to_be_hidden()
    open_menu(page)
    expect(page.get_by_role("region", name="Ustawienia i moje dane")).to_contain_text(
        "Rozmowa jest usuwana po 30 dniach od ostatniej wiadomości."
    )
    now = datetime.now(UTC)
    page.clock.set_fixed_time(now + timedelta(days=22))
    page.reload()
    expect(widget.from_("bot")).to_have_count(1)
    expect(widget.notice).to_be_hidden()
    page.clock.set_fixed_time(now + timedelta(days=24))
    page.reload()
    expect(widget.notice).to_contain_text("Ta rozmowa zostanie usunięta po dniu")
    expect(widget.notice).to_contain_text("Nowa wiadomość przedłuży ten czas.")
    expect(widget.spoken).to_contain_text("zostanie usunięta po dniu")
    assert violations(page) == []


def test_the_copy_of_ones_data_holds_the_conversation(
    product: Product, resident: MakeContext, tmp_path: Path
) -> None:
    page = resident(accept_downloads=True).new_page()
    widget = Widget.on(page, product.url).open()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    open_menu(page)
    with page.expect_download() as saving:
        press(page, "Pobierz moje dane")
    assert re.fullmatch(r"moje-dane-mops-\d{4}-\d\d-\d\d\.json", saving.value.suggested_filename)
    saving.value.save_as(tmp_path / "dane.json")
    copy = json.loads((tmp_path / "dane.json").read_text())
    assert [line["tresc"] for line in copy["wiadomosci"]] == widget.texts()


def test_deleting_asks_first_and_then_leaves_nothing_in_any_tab(widget: Widget) -> None:
    page = widget.page
    other = Widget.on(page.context.new_page(), page.url)
    other.launcher.click()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    expect(other.from_("bot")).to_have_count(2)
    token = page.evaluate("JSON.parse(localStorage[Object.keys(localStorage).find(key => key.endsWith(':token'))])")
    open_menu(page)
    press(page, "Usuń moje dane")
    expect(page.get_by_role("button", name="Nie, zostaw")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Nie, zostaw")).to_be_hidden()
    press(page, "Usuń moje dane")
    press(page, "Tak, usuń moje dane")
    for tab in (widget, other):
        expect(tab.window).to_contain_text("są usunięte")
        expect(tab.messages).to_have_count(0)
    expect(widget.spoken).to_contain_text("są usunięte")
    stored = "Object.keys(localStorage).filter(key => /:(token|out:|seen)/.test(key)).length"
    assert page.evaluate(stored) == 0
    headers = {"Authorization": f"Bearer {token}"}
    assert page.request.get(page.url + "api/web/export", headers=headers).status == 401
    widget.write("Nowa rozmowa")
    expect(widget.from_("bot")).not_to_have_count(0)
    expect(widget.from_("resident")).to_have_count(1)


def test_deleting_in_the_conversations_own_words(widget: Widget) -> None:
    widget.write("usuń moje dane")
    expect(widget.from_("system").last.or_(widget.from_("bot").last).last).to_contain_text("Czy usunąć dane?")
    widget.button("Tak, usuń moje dane").click()
    expect(widget.window).to_contain_text("są usunięte")
    expect(widget.messages).to_have_count(0)


def test_the_end_of_a_conversation_with_a_person_is_rated_by_keyboard(widget: Widget, clerk: Clerk) -> None:
    page = widget.page
    widget.button("Porozmawiaj z pracownikiem").click()
    expect(widget.notice).to_be_visible()
    words = "Sprawa do oceny 7312"
    expect(widget.write(words).locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find(words)
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    clerk.close(conversation)
    rating = page.get_by_role("group", name="Jak ocenić tę rozmowę?")
    expect(rating).to_be_visible()
    assert "rating" not in widget.focused, "the focus is not taken"
    rating.get_by_role("radio", name="1 bardzo źle").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("textbox", name="Uwagi").fill("Szybko i jasno, PESEL 44051401359")
    with page.expect_response("**/api/web/rating") as stored:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    assert stored.value.status == 204
    expect(rating).to_be_hidden()
    expect(widget.spoken).to_contain_text("Ocena jest zapisana")
    page.reload()
    expect(widget.window).to_contain_text("Rozmowa zakończona")
    expect(rating).to_be_hidden()
    token = page.evaluate("JSON.parse(localStorage[Object.keys(localStorage).find(key => key.endsWith(':token'))])")
    copy = page.request.get(page.url + "api/web/export", headers={"Authorization": f"Bearer {token}"}).json()
    assert [one["ocena"] for one in copy["oceny"]] == [2]
    assert "44051401359" not in copy["oceny"][0]["uwagi"]


def test_privacy_is_explained_in_the_conversation_before_anything_is_asked(widget: Widget) -> None:
    open_menu(widget.page)
    press(widget.page, "Ochrona danych")
    expect(widget.from_("bot").last).to_contain_text("Administrator danych")
    expect(widget.from_("bot").last).to_contain_text("UODO")


def test_an_employee_who_writes_is_shown_by_name(product: Product, resident: MakeContext) -> None:
    page = resident().new_page()
    status = {"owner": "staff", "place": None, "staff_name": "Anna", "thinking": False}
    body = f"event: status\ndata: {json.dumps(status)}\n\nevent: typing\ndata: {json.dumps({'seconds': 6})}\n\n"
    page.route("**/api/web/events*", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    widget = Widget.on(page, product.url)
    widget.launcher.click()
    expect(page.locator("mops-assistant .thinking")).to_have_text("Anna pisze")
    with page.expect_response("**/api/web/typing") as told:
        widget.field.press_sequentially("Dzień")
    assert told.value.status == 204
