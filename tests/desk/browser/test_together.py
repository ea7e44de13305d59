"""Several clerks and one conversation: assigning, taking over, releasing, notes, cases, sending again."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.desk.browser.conftest import OpenDesk
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene, add_earlier_case, pass_time

CASE = {"imie": "Maria", "opis": "opał na zimę", "pilnosc": "zwykla"}


@pytest.fixture
def word() -> str:
    return f"słowo-{uuid4().hex[:8]}"


def put(office: Office, word: str, **values: object) -> str:
    scene = Scene([Line("resident", word)], **({"owner": "waiting"} | values))  # type: ignore[arg-type]
    return f"/desk/rozmowa/{office.stage(scene)}"


def row(page: Page, word: str):
    return page.locator("#kolejka li", has_text=word)


def assign(page: Page, name: str) -> None:
    page.get_by_label(name).check()
    page.locator("#okno").get_by_role("button", name="Przydziel").click()


def test_a_conversation_assigned_to_a_colleague_is_theirs_at_once(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    anna, piotr = office.hire("Anna"), office.hire(f"Piotr {uuid4().hex[:6]}")
    path = put(office, word)
    giving, getting = open_desk(anna, path), open_desk(piotr)
    getting.get_by_role("link", name="Moje").first.click()
    giving.get_by_role("button", name="Przydziel…").click()
    giving.locator("#okno").get_by_role("button", name="Przydziel").click()
    expect(giving.locator("#okno-komunikat")).to_have_text("Proszę wybrać osobę albo zespół.")
    expect(giving.locator("#okno label", has_text=piotr.name)).to_contain_text("przy panelu")
    assign(giving, piotr.name)
    expect(giving.locator("#okno")).to_be_hidden()
    expect(giving.locator("#kompozytor-stan")).to_contain_text(f"Rozmowę prowadzi: {piotr.name}")
    row(getting, word).get_by_role("link").click()
    expect(getting.locator("#kompozytor-stan")).to_contain_text("przydzielona temu kontu przez: Anna")
    expect(getting.locator(".wpis-system")).to_contain_text(piotr.name)
    expect(getting.locator(".historia")).to_contain_text(f"przydzielenie: {piotr.name}")


def test_earlier_cases_of_the_same_resident_stand_below_and_nobody_elses(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    anna = office.hire("Anna")
    path = put(office, word, owner="staff", staff_id=anna.id, topic="zasilek", case=CASE)
    # The same person in another channel, as far as a phone can tell: a case that must not appear.
    other = put(office, word, channel="telegram", case={**CASE, "kontakt": "602 345 678"})
    details = {**CASE, "temat": "dps", "kontakt": "602 345 678", "opis": "miejsce w domu pomocy"}
    numbers = [
        office.ask(add_earlier_case, office.keyring, place.rsplit("/", 1)[1], details, timedelta(days=40))
        for place in (path, other)
    ]
    page = open_desk(anna, path)
    before = page.get_by_role("region", name="Wcześniejsze zgłoszenia")
    expect(before.locator("summary")).to_have_count(1)
    expect(before.locator("summary")).to_contain_text(numbers[0])
    expect(before.get_by_text("miejsce w domu pomocy")).to_be_hidden()
    before.locator("summary").click()
    expect(before.get_by_text("miejsce w domu pomocy")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(numbers[1])


def test_a_team_gets_its_conversations_marked_in_the_queue(office: Office, open_desk: OpenDesk, word: str) -> None:
    leader, team = office.hire("Ewa", role="coordinator"), f"Zespół {uuid4().hex[:6]}"
    page = open_desk(leader, "/desk/zespoly")
    fresh = page.get_by_role("region", name="Nowy zespół")
    fresh.get_by_label("Nazwa zespołu").fill(team)
    fresh.get_by_label("Ewa").first.check()
    fresh.get_by_role("button", name="Dodaj zespół").click()
    expect(page.get_by_role("heading", name=team)).to_be_visible()
    held = put(office, word, owner="staff", staff_id=leader.id)
    page.goto(f"{office.url}{held}")
    page.get_by_text("Przekaż").click()
    page.get_by_role("button", name="Innej osobie lub zespołowi…").click()
    assign(page, team)
    expect(page.locator("#rozmowa-stan")).to_contain_text(f"zespół: {team}")
    expect(page.locator(".wpis-system")).to_contain_text("wróciła do kolejki")
    page.get_by_role("link", name="Kolejka").first.click()
    expect(row(page, word)).to_contain_text(team)


def test_who_is_taken_over_learns_by_whom_and_why_and_keeps_the_draft(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    anna, ewa = office.hire("Anna"), office.hire("Ewa")
    path = put(office, word, owner="staff", staff_id=anna.id)
    losing, winning, late = open_desk(anna, path), open_desk(ewa, path), open_desk(office.hire("Jan"), path)
    losing.get_by_label("Odpowiedź do mieszkańca").fill("Właśnie piszę")
    for page in (winning, late):
        page.get_by_role("button", name="Przejmij od tej osoby…").click()
        expect(page.get_by_label("Powód")).to_be_focused()
        page.get_by_label("Powód").fill("Anna kończy dyżur")
    # The late one's page hears of nothing: both dialogs show what was true a moment ago.
    winning.locator("#okno").get_by_role("button", name="Przejmij rozmowę").click()
    expect(winning.get_by_label("Odpowiedź do mieszkańca")).to_be_visible()
    late.locator("#okno").get_by_role("button", name="Przejmij rozmowę").click()
    expect(late.locator("#okno-komunikat")).to_contain_text("Rozmowę prowadzi teraz: Ewa.")
    expect(losing.locator("#kompozytor-stan")).to_contain_text("Powód: Anna kończy dyżur")
    expect(losing.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Właśnie piszę")
    expect(losing.get_by_role("button", name="Wyślij", exact=True)).to_be_hidden()


def test_a_released_conversation_waits_for_somebody_else(office: Office, open_desk: OpenDesk, word: str) -> None:
    anna = office.hire("Anna")
    path = put(office, word, owner="staff", staff_id=anna.id, minutes=600)
    page, other = open_desk(anna, path), open_desk(office.hire("Jan"))
    page.get_by_text("Przekaż").click()
    page.get_by_role("button", name="Z powrotem do kolejki").click()
    expect(page.locator("#kompozytor-stan")).to_contain_text("Mieszkaniec czeka na pracownika")
    expect(row(other, word)).to_contain_text("czeka na pracownika")


def test_a_closed_conversation_can_be_taken_up_again(office: Office, open_desk: OpenDesk, word: str) -> None:
    page = open_desk(office.hire("Anna"), put(office, word, owner="closed", reason=None))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Wznów rozmowę").click()
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_be_focused()


def test_a_claim_that_was_left_alone_returns_to_the_queue_and_says_so(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    gone = office.hire("Zofia")
    path = put(office, word, owner="staff", staff_id=gone.id, minutes=700)
    watching = open_desk(office.hire("Jan"))
    expect(row(watching, word)).to_have_count(0)
    office.ask(pass_time, path.rpartition("/")[2], gone.id, timedelta(hours=1))
    expect(row(watching, word)).to_contain_text("wróciła do kolejki")
    row(watching, word).get_by_role("link").click()
    expect(watching.locator("#kompozytor-stan")).to_contain_text("Zofia nie ma przy panelu")
    expect(watching.locator(".wpis-system")).to_contain_text("czeka na innego pracownika")


def test_while_the_bot_answers_only_notes_can_be_written(office: Office, open_desk: OpenDesk, word: str) -> None:
    page = open_desk(office.hire("Anna"), put(office, word, owner="bot", reason="case"))
    expect(page.get_by_role("button", name="Wyślij", exact=True)).to_be_hidden()
    note = page.get_by_label("Notatka dla zespołu")
    note.fill("Dzwoniła córka")
    page.reload()
    expect(note).to_have_value("Dzwoniła córka")
    page.get_by_role("button", name="Zapisz notatkę").dblclick()
    expect(page.locator(".wpis-notatka")).to_have_count(1)
    expect(page.locator(".wpis-notatka")).to_contain_text("Dzwoniła córka")
    expect(note).to_have_value("")
    expect(page.locator(".wpis-staff, .wpis-system")).to_have_count(0)


def test_a_colleague_named_by_keyboard_is_told_and_finds_the_note(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    anna, piotr = office.hire("Anna"), office.hire(f"Łukasz {uuid4().hex[:5]}")
    path = put(office, word, owner="staff", staff_id=anna.id)
    named, naming = open_desk(piotr), open_desk(anna, path)
    naming.get_by_text("Notatka wewnętrzna").click()
    naming.keyboard.type(f"@{piotr.name.lower().replace('ł', 'l')[:4]}")
    choices = naming.get_by_role("option", name=piotr.name)
    expect(choices).to_be_visible()
    for _ in range(8):
        if choices.get_attribute("aria-selected") == "true":
            break
        naming.keyboard.press("ArrowDown")
    naming.keyboard.press("Enter")
    naming.keyboard.type("proszę oddzwonić")
    naming.keyboard.press("Control+Enter")
    expect(naming.locator(".wpis-notatka .wzmianka")).to_have_text(f"@{piotr.name}")
    expect(named.locator("#licznik-wzmianek")).to_contain_text("1")
    named.get_by_role("link", name="Wzmianki").click()
    named.get_by_role("link", name="proszę oddzwonić").click()
    expect(named.locator(".wpis-notatka")).to_be_visible()
    expect(named.locator("#licznik-wzmianek")).to_be_hidden()


def test_the_case_moves_on_and_a_stale_click_changes_nothing(office: Office, open_desk: OpenDesk, word: str) -> None:
    anna = office.hire("Anna")
    path = put(office, word, owner="bot", reason="case", topic="zasilek", case=CASE)
    page, stale = open_desk(anna, path), open_desk(office.hire("Jan"), path)
    stale.route("**/desk/zdarzenia**", lambda route: route.abort())
    stale.reload()
    page.get_by_role("button", name="w toku").click()
    expect(page.locator(".status-obecny")).to_have_text("w toku")
    stale.get_by_role("button", name="załatwione").click()
    expect(stale.locator("#komunikaty")).to_have_text("Status zgłoszenia zmienił się w międzyczasie.")
    expect(page.locator(".termin")).to_contain_text("zostało: 14 dni roboczych")
    page.get_by_role("button", name="Popraw").click()
    page.get_by_label("pilna", exact=False).last.check()
    page.get_by_role("button", name="Zapisz", exact=True).click()
    expect(page.locator(".termin")).to_contain_text("zostało: 2 dni robocze")
    expect(page.locator(".historia")).to_contain_text("pilność: zwykła → pilna")
    expect(page.locator(".historia")).to_contain_text("status: nowe → w toku")
    number = re.search(r"\d{4}-\d{4}", page.locator("#panel h2").first.inner_text())
    page.get_by_role("link", name="Zgłoszenia").click()
    assert number
    expect(page.locator(".wiersz", has_text=number[0])).to_contain_text("w toku")


def test_a_message_that_got_lost_is_sent_again_after_a_question(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    anna = office.hire("Anna")
    lines = [Line("resident", word), Line("staff", "Dzień dobry", delivery="unknown")]
    scene = Scene(lines, owner="staff", staff_id=anna.id, channel="telegram")
    page = open_desk(anna, f"/desk/rozmowa/{office.stage(scene)}")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="Wyślij ponownie").click()
    expect(page.locator(".dostawa")).to_have_text("oczekuje na wysłanie")
    expect(page.get_by_role("button", name="Wyślij ponownie")).to_have_count(0)
    assert "dwa razy" in asked[0]


def test_a_long_thread_begins_with_the_newest_and_unfolds_backwards(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    clerk, chat = office.hire(), uuid4().hex
    lines = [Line("resident", f"{word} linia {number}.") for number in range(1, 121)]
    scene = Scene(lines, owner="staff", staff_id=clerk.id, channel="rest", chat=chat)
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(scene)}")
    expect(page.locator(".wpis")).to_have_count(80)
    page.get_by_role("link", name="Pokaż wcześniejsze wiadomości").click()
    expect(page.locator(".wpis")).to_have_count(120)
    httpx.post(f"{office.url}/webhooks/rest/webhook", json={"sender": chat, "message": "i jeszcze"}, timeout=20)
    expect(page.locator(".wpis")).to_have_count(121)
    expect(page.locator(".wpis").first).to_contain_text("linia 1.")


def test_what_is_unfolded_beside_the_thread_stays_so_when_news_come(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    clerk, chat = office.hire(), uuid4().hex
    scene = Scene([Line("resident", word)], owner="staff", staff_id=clerk.id, channel="rest", chat=chat)
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(scene)}")
    page.get_by_text("Przekaż").click()
    httpx.post(f"{office.url}/webhooks/rest/webhook", json={"sender": chat, "message": "nowa"}, timeout=20)
    expect(page.locator(".wpis")).to_have_count(2)
    expect(page.get_by_role("button", name="Z powrotem do kolejki")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Z powrotem do kolejki")).to_be_hidden()
