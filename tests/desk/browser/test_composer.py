"""Writing faster than typing: canned replies and facts from a list, with the keyboard alone."""

from uuid import uuid4

from playwright.sync_api import expect

from tests.desk.browser.conftest import OpenDesk
from tests.desk.browser.test_access import check
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

ANSWER = "Odpowiedź do mieszkańca"


def test_a_reply_is_found_without_diacritics_and_its_gap_is_filled_before_it_goes_out(
    office: Office, open_desk: OpenDesk
) -> None:
    anna = office.hire("Anna")
    scene = Scene([Line("resident", "Jaki mam numer?")], owner="staff", staff_id=anna.id)
    page = open_desk(anna, f"/desk/rozmowa/{office.stage(scene)}")
    field, choices = page.get_by_label(ANSWER), page.get_by_role("listbox", name="Gotowe odpowiedzi i informacje")
    field.press_sequentially("Dzień dobry. /numer zglo")
    expect(choices.get_by_role("option").first).to_contain_text("Numer zgłoszenia")
    page.keyboard.press("Escape")
    expect(choices).to_be_hidden()
    expect(field).to_have_value("Dzień dobry. /numer zglo")
    page.get_by_role("button", name="Wstaw gotową odpowiedź").click()
    page.keyboard.press("Enter")
    expect(field).to_have_value(
        "Dzień dobry. Zgłoszenie ma numer [do uzupełnienia: numer zgłoszenia]. Można go "
        "podać przez telefon: 68 411 50 00."
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#komunikaty")).to_contain_text("Zaznaczony fragment trzeba najpierw uzupełnić.")
    expect(page.locator(".wpis-staff")).to_have_count(0)
    page.keyboard.type("1234-5678")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".wpis-staff")).to_contain_text("Zgłoszenie ma numer 1234-5678.")


def test_a_fact_is_chosen_with_arrows_and_a_slash_inside_a_word_is_only_a_slash(
    office: Office, open_desk: OpenDesk
) -> None:
    anna = office.hire("Anna")
    scene = Scene([Line("resident", "Kiedy kasa?")], owner="staff", staff_id=anna.id)
    page = open_desk(anna, f"/desk/rozmowa/{office.stage(scene)}")
    field, options = page.get_by_label(ANSWER), page.locator("#wstawki").get_by_role("option")
    field.press_sequentially("/kas")
    expect(options.first).to_be_visible()
    for _ in range(8):
        if "Godziny kasy" in page.locator("#wstawki [aria-selected=true]").inner_text():
            break
        page.keyboard.press("ArrowDown")
    marked = page.locator("#wstawki [aria-selected=true]").get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", marked or "")
    page.keyboard.press("Enter")
    expect(field).to_have_value(
        "Godziny kasy: 10:30–14:00 (źródło: ogłoszenie MOPS w Zielonej Górze o wstrzymaniu "
        "bezpośredniej obsługi z 16 marca 2020 r., stan na 16 marca 2020 r.)."
    )
    field.fill("")
    field.press_sequentially("10/kas i / kas")
    expect(page.locator("#wstawki")).to_be_hidden()


def test_a_conversation_is_taken_and_answered_without_a_mouse(office: Office, open_desk: OpenDesk) -> None:
    word = f"bez myszy {uuid4().hex[:6]}"
    office.stage(Scene([Line("resident", word)], owner="waiting", urgent=True, minutes=5000))
    page = open_desk(office.hire("Anna"))
    for _ in range(30):
        page.keyboard.press("j")
        if word in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".wpis-resident")).to_contain_text(word)
    page.locator("html[data-gotowe]").wait_for()
    page.keyboard.press("p")
    expect(page.get_by_label(ANSWER)).to_be_focused()
    # What is typed is text, whatever it means elsewhere.
    page.keyboard.type("gkpnz?")
    expect(page.get_by_label(ANSWER)).to_have_value("gkpnz?")
    page.locator("#watek-okno").focus()
    page.keyboard.press("n")
    expect(page.get_by_label("Notatka dla zespołu")).to_be_focused()
    page.locator("#watek-okno").focus()
    page.keyboard.press("r")
    expect(page.get_by_label(ANSWER)).to_be_focused()
    page.locator("#watek-okno").focus()
    page.keyboard.press("g")
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="Zgłoszenia")).to_be_visible()


def test_shortcuts_are_listed_and_can_be_turned_off(office: Office, open_desk: OpenDesk) -> None:
    page = open_desk(office.hire("Anna"), width=390)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Skróty klawiszowe")
    expect(dialog).to_contain_text("przejęcie zaznaczonej lub otwartej rozmowy")
    check(page)
    page.keyboard.press("g")
    page.keyboard.press("z")
    dialog.get_by_label("Skróty włączone w tej przeglądarce").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    page.locator("html[data-gotowe]").wait_for()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.goto(f"{office.url}/desk/konto")
    page.get_by_role("button", name="Lista skrótów i wyłącznik").click()
    dialog.get_by_label("Skróty włączone w tej przeglądarce").check()
    dialog.get_by_role("button", name="Zamknij").click()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
