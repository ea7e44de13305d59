"""A clerk's day in a real browser: the queue, a claim, answers, and everything that gets in between."""

import re
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.browser.conftest import OpenDesk, sign_in
from tests.desk.conftest import PASSWORD, Clerk, Office
from tests.desk.scene import Line, Scene


def waiting(word: str, **values: object) -> Scene:
    return Scene([Line("resident", word)], owner="waiting", **values)  # type: ignore[arg-type]


def row(page: Page, word: str):
    return page.locator("#kolejka li", has_text=word)


def entry(page: Page, text: str):
    return page.locator(".wpis-tresc", has_text=text)


def resident_writes(office: Office, chat: str, text: str) -> None:
    answer = httpx.post(f"{office.url}/webhooks/rest/webhook", json={"sender": chat, "message": text}, timeout=20)
    assert answer.json() == []


@pytest.fixture
def word() -> str:
    """Marks this test's conversation among those of others."""
    return f"słowo-{uuid4().hex[:8]}"


def mine(office: Office, clerk: Clerk, word: str) -> tuple[str, str]:
    chat = uuid4().hex
    scene = Scene([Line("resident", word)], owner="staff", staff_id=clerk.id, channel="rest", chat=chat)
    return f"/desk/rozmowa/{office.stage(scene)}", chat


def test_from_the_first_link_to_a_signed_in_clerk(make_office: Callable[[], Office], chromium: Browser) -> None:
    office = make_office()
    link = office.product.setup_link
    boss = chromium.new_context().new_page()
    boss.goto(link)
    boss.get_by_label("Login").fill("kierownik")
    boss.get_by_label("Imię lub stanowisko").fill("Kierownik")
    boss.get_by_label("Hasło", exact=True).fill(PASSWORD)
    boss.get_by_label("Powtórzone hasło").fill("inne-zupelnie-haslo")
    boss.get_by_role("button", name="Załóż konto i zaloguj").click()
    expect(boss.get_by_role("alert")).to_have_text("Hasła nie są takie same.")
    boss.get_by_label("Hasło", exact=True).fill(PASSWORD)
    boss.get_by_label("Powtórzone hasło").fill(PASSWORD)
    boss.get_by_role("button", name="Załóż konto i zaloguj").click()
    expect(boss.get_by_role("heading", name="Kolejka")).to_be_visible()

    boss.get_by_text("Więcej").click()
    boss.get_by_role("link", name="Pracownicy").click()
    boss.get_by_label("Login").fill("anna")
    boss.get_by_label("Imię lub stanowisko").fill("Anna")
    boss.get_by_role("button", name="Dodaj i utwórz odnośnik").click()
    clerks_link = boss.get_by_label("Adres").input_value()

    clerk = chromium.new_context().new_page()
    clerk.goto(clerks_link)
    clerk.get_by_label("Hasło", exact=True).fill(PASSWORD)
    clerk.get_by_label("Powtórzone hasło").fill(PASSWORD)
    clerk.get_by_role("button", name="Zapisz hasło i zaloguj").click()
    expect(clerk.locator(".kto-zalogowany")).to_contain_text("Anna")
    expect(clerk.get_by_role("link", name="Pracownicy")).to_have_count(0)

    for used in (link, clerks_link):
        assert httpx.get(used).status_code == 410
    boss.reload()
    boss.get_by_role("button", name="Zablokuj: Anna").click()
    expect(boss.get_by_text("zablokowane", exact=True)).to_be_visible()
    clerk.reload()
    expect(clerk.get_by_role("heading", name="Logowanie")).to_be_visible()
    boss.context.close()
    clerk.context.close()


def test_the_queue_tells_what_matters_urgent_first(office: Office, open_desk: OpenDesk, word: str) -> None:
    office.stage(waiting(f"{word} spokojnie", minutes=90, topic="zasilek"))
    office.stage(
        Scene([Line("resident", f"{word} groźnie")], reason="crisis", urgent=True, topic="przemoc", minutes=3)
    )
    office.stage(waiting(f"{word} добрий день", language="uk", channel="telegram", minutes=1500))
    page = open_desk(office.hire())
    texts = row(page, word).all_inner_texts()
    assert ["groźnie" in texts[0], "добрий" in texts[1], "spokojnie" in texts[2]] == [True] * 3
    for part in ("Pilne", "Przemoc w domu", "Zagrożenie", "3 min", "odpowiada asystent"):
        assert part.lower() in texts[0].lower()
    for part in ("ukraiński", "Telegram", "1 dzień", "czeka na pracownika"):
        assert part in texts[1]
    assert "1 godz. 30 min" in texts[2]
    counted = page.locator("#zakladka-czekaja .licznik").inner_text()
    assert re.fullmatch(rf"\({counted}\) Kolejka · czekają: {counted}, pilne: \d+, moje: 0, .*", page.title())


def test_two_clerks_claim_at_once_and_the_loser_is_told_who_won(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    path = f"/desk/rozmowa/{office.stage(waiting(word))}"
    quick, slow = open_desk(office.hire("Zofia"), path), open_desk(office.hire("Piotr"))
    # The slow clerk's page hears of nothing, as at the moment when both click.
    slow.route("**/desk/zdarzenia**", lambda route: route.abort())
    slow.route("**/desk/kolejka**", lambda route: route.abort())
    slow.reload()
    quick.get_by_role("button", name="Przejmij rozmowę").click()
    expect(quick.get_by_label("Odpowiedź do mieszkańca")).to_be_focused()
    row(slow, word).get_by_role("button").click()
    expect(slow.locator("#komunikaty")).to_have_text("Rozmowę już prowadzi: Zofia.")


def test_a_claim_shows_at_a_colleagues_without_reload(office: Office, open_desk: OpenDesk, word: str) -> None:
    office.stage(waiting(word))
    watching, acting = open_desk(office.hire("Piotr")), open_desk(office.hire("Zofia"))
    expect(row(watching, word)).to_be_visible()
    before = int(watching.locator("#zakladka-inni .licznik").inner_text())
    row(acting, word).get_by_role("button").click()
    acting.wait_for_url("**/desk/rozmowa/**")
    expect(row(watching, word)).to_have_count(0)
    expect(watching.locator("#zakladka-inni .licznik")).to_have_text(str(before + 1))
    expect(watching).to_have_title(re.compile(rf"u innych: {before + 1},"))
    watching.get_by_role("link", name="U innych").click()
    expect(row(watching, word)).to_contain_text("Zofia")


def test_a_message_arrives_while_typing_and_the_draft_stays(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire("Zofia")
    path, chat = mine(office, clerk, word)
    page = open_desk(clerk, path)
    field = page.get_by_label("Odpowiedź do mieszkańca")
    field.click()
    page.keyboard.type("Proszę zadz")
    resident_writes(office, chat, "Jeszcze jedno pytanie")
    expect(entry(page, "Jeszcze jedno pytanie")).to_be_visible()
    expect(page.locator("#ogloszenia")).to_have_text("Mieszkaniec: Jeszcze jedno pytanie")
    page.keyboard.type("wonić rano.")
    expect(field).to_have_value("Proszę zadzwonić rano.")
    page.keyboard.press("Control+Enter")
    expect(entry(page, "Proszę zadzwonić rano.")).to_be_visible()
    expect(page.locator(".wpis-staff").last).to_contain_text("Zofia")
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_a_double_click_sends_once(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = open_desk(clerk, path)
    page.route(
        "**/odpowiedz",
        lambda route: (page.wait_for_timeout(150), route.continue_()),  # a slow network
    )
    page.get_by_label("Odpowiedź do mieszkańca").fill("Raz")
    page.get_by_role("button", name="Wyślij", exact=True).dblclick()
    expect(entry(page, "Raz")).to_be_visible()
    page.get_by_label("Odpowiedź do mieszkańca").fill("Dwa")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(entry(page, "Dwa")).to_be_visible()
    page.reload()
    expect(page.locator(".wpis-staff .wpis-tresc")).to_have_text(["Raz", "Dwa"])


def test_an_answer_that_got_no_receipt_is_sent_once(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = open_desk(clerk, path)
    seen: list[int] = []

    def lose_the_receipt(route) -> None:
        seen.append(route.fetch().status)
        route.abort()

    page.route("**/odpowiedz", lose_the_receipt)
    field = page.get_by_label("Odpowiedź do mieszkańca")
    field.fill("Czy to doszło?")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator("#komunikaty")).to_contain_text("Brak połączenia z serwerem")
    expect(field).to_have_value("Czy to doszło?")
    page.unroute("**/odpowiedz")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(field).to_have_value("")
    assert seen == [200]
    expect(entry(page, "Czy to doszło?")).to_have_count(1)
    expect(page.locator("#komunikaty")).to_be_empty()


def test_a_cut_connection_is_shown_and_heals(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, chat = mine(office, clerk, word)
    page = open_desk(clerk, path)
    page.context.set_offline(True)
    expect(page.locator("#utracono")).to_be_visible()
    page.get_by_label("Odpowiedź do mieszkańca").fill("Pisane bez sieci")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator("#komunikaty")).to_contain_text("Brak połączenia z serwerem")
    resident_writes(office, chat, "Napisane w czasie przerwy")
    page.context.set_offline(False)
    expect(entry(page, "Napisane w czasie przerwy")).to_be_visible()
    expect(page.locator("#utracono")).to_be_hidden()
    expect(page.locator("#komunikaty")).to_contain_text("Połączenie wróciło.")
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Pisane bez sieci")


@pytest.mark.parametrize(
    "kept", [{}, {"imie": "Maria", "opis": "opał", "pilnosc": "zwykla"}], ids=["all", "but-case"]
)
def test_what_is_erased_leaves_an_open_page_but_not_the_draft(
    office: Office, open_desk: OpenDesk, word: str, kept: dict[str, str]
) -> None:
    clerk = office.hire()
    lines = [Line("resident", word), Line("resident", "i jeszcze")]
    conversation = office.stage(Scene(lines, owner="staff", staff_id=clerk.id, topic="zasilek", case=kept))
    page = open_desk(clerk, f"/desk/rozmowa/{conversation}")
    page.get_by_label("Odpowiedź do mieszkańca").fill("Szkic odpowiedzi")
    with office.enter("coordinator") as boss:
        done = boss.submit(f"/desk/dane/{conversation}/usun", powod="request", potwierdzam="tak")
        assert done.status_code == 200
    expect(page.get_by_text(word)).to_have_count(0)
    if not kept:
        expect(page.get_by_role("heading", name="Rozmowa została usunięta")).to_be_visible()
        expect(page.get_by_label("Notatka dla zespołu")).to_be_hidden()
        expect(page.get_by_role("button", name="Wyślij", exact=True)).to_be_hidden()
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Szkic odpowiedzi")


def test_a_killed_server_comes_back_and_the_page_is_right_again(
    make_office: Callable[[], Office], chromium: Browser, word: str
) -> None:
    office = make_office()
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = chromium.new_context().new_page()
    page.goto(f"{office.url}{path}")
    sign_in(page, clerk)
    field = page.get_by_label("Odpowiedź do mieszkańca")
    field.fill("Szkic sprzed awarii")
    office.product.kill()
    expect(page.locator("#utracono")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator("#komunikaty")).to_contain_text("Brak połączenia z serwerem")
    conversation = path.rpartition("/")[2]
    office.say(conversation, Line("resident", "W czasie awarii"))
    office.product.start()
    expect(entry(page, "W czasie awarii")).to_be_visible(timeout=15_000)
    expect(page.locator("#utracono")).to_be_hidden()
    expect(field).to_have_value("Szkic sprzed awarii")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(entry(page, "Szkic sprzed awarii")).to_have_count(1)
    page.context.close()


def test_a_session_that_ends_while_typing_keeps_the_draft(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = open_desk(clerk, path)
    page.get_by_label("Odpowiedź do mieszkańca").fill("Długa odpowiedź w połowie")
    page.context.clear_cookies(name="mops_desk")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator("#sesja")).to_contain_text("Sesja wygasła. Wpisana treść jest zachowana")
    page.get_by_role("link", name="Zaloguj ponownie").click()
    sign_in(page, clerk)
    assert page.url.endswith(path)
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Długa odpowiedź w połowie")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(entry(page, "Długa odpowiedź w połowie")).to_be_visible()


def test_a_sign_in_in_another_tab_is_explained(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = open_desk(clerk, path)
    page.get_by_label("Odpowiedź do mieszkańca").fill("Szkic")
    page.context.clear_cookies(name="mops_desk")
    other = page.context.new_page()
    other.goto(f"{office.url}/desk")
    sign_in(other, clerk)
    page.get_by_role("button", name="Wyślij", exact=True).click()
    page.get_by_role("link", name="Odśwież stronę").click()
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Szkic")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(entry(page, "Szkic")).to_be_visible()


def test_signing_out_leaves_no_draft_behind(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire()
    path, _ = mine(office, clerk, word)
    page = open_desk(clerk, path)
    page.get_by_label("Odpowiedź do mieszkańca").fill("Sprawa pani Marii")
    page.reload()
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_have_value("Sprawa pani Marii")
    page.get_by_role("button", name="Wyloguj").click()
    expect(page.get_by_role("heading", name="Logowanie")).to_be_visible()
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"


def test_hand_back_and_close_end_the_writing(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire("Zofia")
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(waiting(word))}")
    field = page.get_by_label("Odpowiedź do mieszkańca")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Przejmij rozmowę").click()
    expect(field).to_be_visible()
    page.get_by_role("button", name="Oddaj asystentowi").click()
    expect(page.locator("#kompozytor-stan")).to_contain_text("Odpowiada asystent.")
    expect(field).to_be_hidden()

    page.get_by_role("button", name="Przejmij rozmowę").click()
    field.fill("Niedokończone")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Zakończ rozmowę").click()
    expect(page.get_by_role("button", name="Wyślij", exact=True)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Zakończ rozmowę").click()
    expect(page.locator("#kompozytor-stan")).to_contain_text("Rozmowa jest zakończona.")
    # What was typed stays to be copied, but can no longer be sent.
    expect(field).to_have_value("Niedokończone")
    expect(page.get_by_role("button", name="Wyślij", exact=True)).to_be_hidden()


def test_authors_deliveries_and_the_case_are_told_apart(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk = office.hire("Zofia")
    lines = [
        Line("bot", "Dzień dobry, tu program.", buttons=("Kontakt z MOPS",)),
        Line("resident", word),
        Line("system", "Rozmowę prowadzi teraz Zofia."),
        Line("staff", "Dzień dobry", delivery="sent"),
        Line("staff", "Czy to doszło?", delivery="unknown"),
    ]
    case = {
        "imie": "Maria",
        "opis": "opał na zimę",
        "kontakt": "+48 601 234 567",
        "ulica": "-",
        "dla_kogo": "ja",
        "pilnosc": "pilna",
    }
    scene = Scene(lines, owner="staff", staff_id=clerk.id, channel="telegram", topic="zasilek", case=case)
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(scene)}")
    assert page.locator(".wpis-kto strong").all_inner_texts() == [
        "Asystent (program)",
        "Mieszkaniec",
        "Komunikat automatyczny",
        "Zofia",
        "Zofia",
    ]
    expect(page.locator(".dostawa")).to_have_text(["wysłano", "nie wiadomo, czy dotarło"])
    facts = page.locator("#panel")
    for part in ("Zasiłek", "Maria", "opał na zimę", "dla siebie", "pilna"):
        expect(facts).to_contain_text(part)
    expect(facts).not_to_contain_text("Ulica")
    expect(facts.get_by_role("link", name="+48")).to_have_attribute("href", "tel:+48601234567")


def test_reading_further_up_is_not_interrupted(office: Office, open_desk: OpenDesk, word: str) -> None:
    clerk, chat = office.hire(), uuid4().hex
    lines = [Line("resident", f"{word} linia {number}") for number in range(60)]
    scene = Scene(lines, owner="staff", staff_id=clerk.id, channel="rest", chat=chat)
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(scene)}")
    pane = page.locator("#watek-okno")
    expect(entry(page, "linia 59")).to_be_in_viewport()
    pane.evaluate("pane => { pane.scrollTop = 0; }")
    expect(entry(page, "linia 0").first).to_be_in_viewport()
    resident_writes(office, chat, "Nowa na końcu")
    more = page.get_by_role("button", name="Nowe wiadomości")
    expect(more).to_be_visible()
    assert pane.evaluate("pane => pane.scrollTop") == 0
    more.click()
    expect(entry(page, "Nowa na końcu")).to_be_in_viewport()
    expect(more).to_be_hidden()


def test_a_notice_and_a_menu_leave_the_newest_message_in_sight(
    office: Office, open_desk: OpenDesk, word: str
) -> None:
    clerk = office.hire()
    lines = [Line("resident", f"{word} {number}") for number in range(30)]
    page = open_desk(clerk, f"/desk/rozmowa/{office.stage(Scene(lines, owner='staff', staff_id=clerk.id))}")
    page.get_by_label("Odpowiedź do mieszkańca").fill("Numer PESEL 44051401359")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator("#komunikaty")).to_contain_text("Wysłano z ukrytym numerem")
    expect(entry(page, "[ukryto: numer PESEL]")).to_be_in_viewport()
    page.locator(".wpis-staff summary").last.click()
    expect(page.get_by_role("button", name="Popraw…")).to_be_in_viewport(ratio=0.9)


def test_the_whole_way_by_keyboard(office: Office, open_desk: OpenDesk, word: str) -> None:
    conversation = office.stage(waiting(word, minutes=5))
    page = open_desk(office.hire())
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Przejdź do treści")).to_be_focused()
    link = page.locator(f"#wiersz-{conversation} a")
    for _ in range(200):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/rozmowa/{conversation}")
    claim = page.get_by_role("button", name="Przejmij rozmowę")
    claim.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Odpowiedź do mieszkańca")).to_be_focused()
    page.keyboard.type("Z klawiatury")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(entry(page, "Z klawiatury")).to_be_visible()
