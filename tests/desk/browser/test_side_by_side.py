"""The desk and the widget side by side, both the real product: what one does, the other sees."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.browser.conftest import OpenDesk
from tests.desk.browser.test_access import check
from tests.desk.conftest import Office
from tests.web.widget import Widget

ANSWER = "Odpowiedź do mieszkańca"


@pytest.fixture
def widget(office: Office, chromium: Browser) -> Iterator[Widget]:
    """A resident who asked for a person; the errors of their page fail the test."""
    context = chromium.new_context(locale="pl-PL", viewport={"width": 900, "height": 800})
    problems: list[str] = []
    context.on("weberror", lambda problem: problems.append(str(problem.error)))
    context.set_default_timeout(15_000)
    resident = Widget.on(context.new_page(), office.url)
    resident.launcher.click()
    resident.button("Porozmawiaj z pracownikiem").click()
    yield resident
    context.close()
    assert problems == []


@pytest.fixture
def desk(office: Office, open_desk: OpenDesk, widget: Widget) -> Page:
    """The same conversation at the clerk's, taken over."""
    word = f"pytanie-{uuid4().hex[:8]}"
    expect(widget.write(word).locator(".state")).to_have_text("Wysłano")
    page = open_desk(office.hire("Anna"))
    page.locator("#kolejka li", has_text=word).get_by_role("link").click()
    page.get_by_role("button", name="Przejmij rozmowę").click()
    expect(page.get_by_label(ANSWER)).to_be_focused()
    expect(widget.page.locator("#who")).to_have_text("Odpowiada pracownik: Anna")
    return page


def said(page: Page, text: str):
    return page.locator(".wpis-staff", has_text=text)


def send(page: Page, text: str) -> None:
    page.get_by_label(ANSWER).fill(text)
    page.keyboard.press("Control+Enter")
    expect(said(page, text)).to_be_visible()


def test_what_is_undone_corrected_and_quoted_shows_at_the_resident(desk: Page, widget: Widget) -> None:
    second = Widget.on(widget.page.context.new_page(), widget.page.url).open()
    send(desk, "Kasa czynna od 10:00.")
    expect(widget.from_("staff").locator(".bubble")).to_have_text(["Kasa czynna od 10:00."])
    desk.locator("#wyslano").get_by_role("button", name="Cofnij").click()
    for tab in (widget, second):
        expect(tab.from_("staff").locator(".bubble")).to_have_text("Wiadomość wycofana przez pracownika.")
    expect(widget.spoken.get_by_text("Wiadomość wycofana przez pracownika.")).to_have_count(1)
    expect(desk.locator(".wpis-cofniety")).to_contain_text("wiadomość cofnięta")
    expect(desk.get_by_label(ANSWER)).to_have_value("Kasa czynna od 10:00.")

    desk.locator(".wpis-resident").last.locator("summary").click()
    desk.get_by_role("button", name="Odpowiedz na tę wiadomość").click()
    desk.reload()
    expect(desk.locator("#cytat-tekst")).to_contain_text("pytanie-")
    send(desk, "Kasa czynna od 10:15.")
    expect(desk.locator("#cytat-pole")).to_be_hidden()
    last = said(desk, "10:15")
    expect(last.locator(".wpis-cytat")).to_contain_text("pytanie-")
    expect(widget.from_("staff").last.locator("blockquote")).to_contain_text("pytanie-")
    last.locator("summary").click()
    last.get_by_role("button", name="Popraw…").click()
    desk.get_by_label("Treść").fill("Kasa czynna od 10:30.")
    desk.get_by_role("button", name="Zapisz poprawkę").click()
    for tab in (widget, second):
        expect(tab.from_("staff").last).to_contain_text("10:30")
        expect(tab.from_("staff").last.locator(".mark")).to_have_text("poprawiono")
    expect(widget.spoken).to_contain_text("Anna, poprawiona wiadomość: Kasa czynna od 10:30.")

    widget.page.reload()
    # What was sent with Enter is no draft.
    expect(widget.field).to_have_value("")
    expect(widget.from_("staff").locator(".bubble").first).to_have_text("Wiadomość wycofana przez pracownika.")
    expect(widget.from_("staff").last.locator(".mark")).to_have_text("poprawiono")
    check(widget.page)
    with widget.page.expect_download() as saved:
        widget.button("Ustawienia i moje dane").click()
        widget.button("Zapisz rozmowę w pliku").click()
    paper = saved.value.path().read_text()
    assert "10:00" not in paper
    assert "10:15" not in paper
    assert "Wiadomość wycofana przez pracownika." in paper
    assert "poprawiono" in paper


def test_the_offer_to_undo_goes_away_and_the_menu_stays(desk: Page) -> None:
    send(desk, "Dzień dobry.")
    expect(desk.locator("#wyslano").get_by_role("button", name="Cofnij")).to_be_visible()
    expect(desk.locator("#wyslano")).to_be_empty()
    desk.once("dialog", lambda dialog: dialog.accept())
    said(desk, "Dzień dobry.").locator("summary").click()
    said(desk, "Dzień dobry.").get_by_role("button", name="Cofnij").click()
    expect(desk.locator(".wpis-cofniety")).to_have_count(1)
    expect(desk.locator(".wpis-cofniety summary")).to_have_count(0)


def test_each_side_sees_that_the_other_is_writing(desk: Page, widget: Widget) -> None:
    desk.get_by_label(ANSWER).press_sequentially("Już")
    expect(widget.page.locator("mops-assistant .thinking")).to_have_text("Anna pisze")
    widget.field.press_sequentially("Czekam")
    expect(desk.locator("#pisze")).to_have_text("Mieszkaniec pisze…")
