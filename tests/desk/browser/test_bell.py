"""Who sits at the desk hears that somebody began to wait; the screen on the wall shows how many do."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from bot.clock import utc_now
from bot.db.session import Database
from bot.hub.history import CHANGES
from bot.hub.store import CONVERSATIONS
from tests.desk.browser.conftest import OpenDesk
from tests.desk.browser.test_access import check
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

RECORD = """
    window.shown = [];
    window.Notification = class { static permission = "granted"; static requestPermission = async () => "granted";
      constructor(title, options) { window.shown.push([title, options.body]); } close() {} };
"""
"""The browser's own notifications leave the page: what the page asks for is kept."""


async def queue(database: Database, conversation_id: str, kind: str, urgent: bool) -> None:
    """What the hub does when somebody begins to wait."""
    now = utc_now()
    owner = "bot" if urgent else "waiting"
    async with database.write() as connection:
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation_id)
            .values(owner=owner, queue_since=CONVERSATIONS.c.created_at, urgent=urgent, updated_at=now)
        )
        await connection.execute(insert(CHANGES).values(conversation_id=conversation_id, kind=kind, at=now))


def begins_to_wait(office: Office, kind: str = "asks_person", *, urgent: bool = False, days: int = 0) -> None:
    made = office.stage(Scene([Line("resident", "tajne-słowo")], reason=None, minutes=5 + days * 1440))
    office.ask(queue, made, kind, urgent)


def shown(*pages: Page) -> list[list[str]]:
    return [one for page in pages for one in page.evaluate("window.shown")]


def test_of_several_tabs_one_notifies_without_a_word_of_the_resident(office: Office, open_desk: OpenDesk) -> None:
    first = open_desk(office.hire(), "/desk/konto")
    first.context.add_init_script(RECORD)
    first.context.grant_permissions(["notifications"])
    first.reload()
    toggle = first.get_by_role("button", name="Powiadomienia w przeglądarce")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    # A function, as below: an expression would be evaluated anew at each look, which the page's policy forbids.
    first.wait_for_function("() => localStorage.getItem('mops-dzwonek') !== null", timeout=20_000)
    toggle.click()
    first.get_by_role("button", name="Dźwięk").click()
    expect(toggle).to_contain_text("włączone")
    check(first)
    second = first.context.new_page()
    second.goto(f"{office.url}/desk/zgloszenia")
    second.locator("html[data-gotowe]").wait_for()
    assert shown(first, second) == []

    begins_to_wait(office)
    heard = "() => localStorage.getItem('mops-dzwonek-zagrany')"
    first.wait_for_function(heard, timeout=25_000)
    assert shown(first, second) == [["Nowa rozmowa czeka", "Panel MOPS"]]
    played = first.evaluate(heard)
    begins_to_wait(office, "crisis", urgent=True)
    first.wait_for_function(
        "(before) => localStorage.getItem('mops-dzwonek-zagrany') !== before", arg=played, timeout=25_000
    )
    assert sorted(title for title, _ in shown(first, second)) == ["Nowa rozmowa czeka", "Pilna rozmowa czeka"]


def test_a_browser_that_says_no_is_taken_at_its_word(office: Office, open_desk: OpenDesk) -> None:
    page = open_desk(office.hire(), "/desk/konto")
    page.evaluate("Notification.requestPermission = async () => 'denied'")
    toggle = page.get_by_role("button", name="Powiadomienia w przeglądarce")
    toggle.click()
    expect(page.get_by_text("Przeglądarka nie pozwala na powiadomienia")).to_be_visible()
    expect(toggle).to_have_attribute("aria-pressed", "false")


def test_the_board_shows_figures_staff_and_that_it_is_cut_off(office: Office, open_desk: OpenDesk) -> None:
    clerk = office.hire("Zenobia")
    word = "tajne-słowo-tablicy"
    office.stage(Scene([Line("resident", word)], owner="staff", staff_id=clerk.id, topic="zasilek"))
    page = open_desk(clerk, "/desk/tablica")
    expect(page.locator(".tablica-osoby li", has_text="Zenobia")).to_contain_text(re.compile(r"1\s+prowadzone"))
    waiting = page.locator(".tablica-liczba", has_text="Czekają").locator("dd")
    before = int(waiting.inner_text())
    begins_to_wait(office, days=40)
    expect(waiting).to_have_text(str(before + 1), timeout=25_000)
    expect(page.locator(".tablica-czas dd")).to_have_text("40 dni")
    assert word not in page.content()
    check(page)
    page.context.set_offline(True)
    expect(page.get_by_text("Utracono połączenie.")).to_be_visible()
    expect(page.locator("#tablica")).to_have_css("opacity", "0.35")
