"""Search, paper, copies, erasure and retention in a browser: axe finds nothing, no wide screen needed."""

import re

import pytest
from playwright.sync_api import expect

from tests.desk.browser.conftest import OpenDesk
from tests.desk.browser.test_account_access import inspect
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

CASE = {"imie": "Bronisława", "opis": "brak opału", "kontakt": "609 808 707", "pilnosc": "pilna"}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_a_case_is_found_printed_and_erased(office: Office, open_desk: OpenDesk, width: int, scheme: str) -> None:
    rare = f"hulajnog{'a' * (width % 7)}w"
    scene = Scene([Line("resident", f"pytanie: {rare}")], owner="closed", reason=None, topic="zasilek", case=CASE)
    conversation = office.stage(scene)
    page = open_desk(office.hire("Kierowniczka", role="coordinator"), "/desk/szukaj", width=width, scheme=scheme)
    page.get_by_label("Telefon").fill("ala")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="numer telefonu")).to_be_visible()
    inspect(page, "szukaj-blad", width, scheme)
    page.get_by_label("Telefon").fill("609808707")
    page.get_by_label("Słowa z rozmowy").fill(rare)
    page.keyboard.press("Enter")
    expect(page.locator(f"#wiersz-{conversation}")).to_be_visible()
    inspect(page, "szukaj", width, scheme)

    page.goto(f"{office.url}/desk/rozmowa/{conversation}/wydruk?wybrano=true&notatki=true&przebieg=true")
    inspect(page, "wydruk", width, scheme)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Drukuj")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.print = () => { document.title = 'drukuje'; }")
    page.get_by_role("button", name="Drukuj").click()
    expect(page).to_have_title("drukuje")

    page.goto(f"{office.url}/desk/przechowywanie?za=30")
    inspect(page, "przechowywanie", width, scheme)
    page.goto(f"{office.url}/desk/dane/{conversation}")
    inspect(page, "dane", width, scheme)
    page.get_by_label(re.compile("na wniosek")).check()
    page.get_by_label(re.compile("mają one zostać usunięte")).check()
    page.get_by_role("button", name="Usuń rozmowę").click()
    expect(page.get_by_role("heading", name="Rozmowa została usunięta")).to_be_visible()
    inspect(page, "usunieto", width, scheme)
