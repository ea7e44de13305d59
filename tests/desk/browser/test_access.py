"""Everybody can use the desk: axe finds nothing, nothing needs more than a narrow screen."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.desk.browser.conftest import OpenDesk
from tests.desk.conftest import Clerk, Office
from tests.desk.scene import Line, Scene

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
CASE = {"imie": "Maria", "opis": "opał na zimę", "kontakt": "+48 601 234 567", "pilnosc": "pilna"}


def check(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found] == []


def furnish(office: Office, clerk: Clerk) -> dict[str, str]:
    """One conversation for each state of the page."""
    lines = [
        Line("bot", "Dzień dobry.", buttons=("Kontakt z MOPS", "Porozmawiaj z pracownikiem")),
        Line("resident", "https://przyklad.pl/" + "bardzo-dlugi-adres-" * 12),
        Line("system", "Zgłoszenie przekazane."),
        Line("staff", "W czym pomóc?", delivery="unknown"),
        Line("resident", "Добрий день", lang="uk"),
    ]
    other = office.hire("Piotr")
    office.hire("Aleksandra " + "Brzęczyszczykiewicz-" * 3)
    telegram = {"channel": "telegram", "topic": "zasilek", "case": CASE}
    return {
        "moja": office.stage(Scene(lines, owner="staff", staff_id=clerk.id, **telegram)),
        "cudza": office.stage(Scene(lines[:3], owner="staff", staff_id=other.id)),
        "czeka": office.stage(Scene(lines[:3], owner="waiting", language="uk", minutes=60)),
        "pilna": office.stage(Scene(lines[:3], reason="crisis", urgent=True, topic="przemoc")),
        "zamknieta": office.stage(Scene(lines[:3], owner="closed", reason=None)),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_signed_in_pages(office: Office, open_desk: OpenDesk, scheme: str, width: int) -> None:
    boss = office.hire("Kierownik", role="admin")
    made = furnish(office, boss)
    page = open_desk(boss, width=width, scheme=scheme)
    places = ("/desk", "/desk?lista=zakonczone", "/desk/zgloszenia", "/desk/wzmianki", "/desk/zespoly")
    for path in (
        *places,
        "/desk/tablica",
        "/desk/statystyki",
        "/desk/pracownicy",
        "/desk/gotowe-odpowiedzi",
        "/desk/nie-ma-takiej-strony",
        *(f"/desk/rozmowa/{found}" for found in made.values()),
    ):
        page.goto(f"{office.url}{path}")
        page.locator("h1").wait_for()
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{office.url}/desk/rozmowa/{made['cudza']}")
    page.get_by_role("button", name="Przejmij od tej osoby").click()
    page.get_by_role("heading", name="Przejęcie rozmowy").wait_for()
    check(page)
    page.goto(f"{office.url}/desk/rozmowa/{made['czeka']}")
    page.get_by_role("button", name="Przydziel…").click()
    page.get_by_role("heading", name="Przydziel rozmowę").wait_for()
    check(page)
    page.goto(f"{office.url}/desk/rozmowa/{made['moja']}")
    page.evaluate(
        "for (const id of ['utracono', 'sesja', 'nowe-wiadomosci']) document.getElementById(id).hidden = false"
    )
    page.evaluate("document.getElementById('komunikaty').innerHTML = '<p class=komunikat>Nie udało się</p>'")
    page.evaluate("document.getElementById('sprawa-panel').open = true")
    page.locator(".wpis-resident summary").first.click()
    page.get_by_role("button", name="Odpowiedz na tę wiadomość").click()
    page.locator(".wpis-resident summary").first.click()
    page.get_by_role("button", name="Wstaw gotową odpowiedź").click()
    page.get_by_role("option").first.wait_for()
    check(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_entrance_pages(make_office: Callable[[], Office], office: Office, chromium: Browser, scheme: str) -> None:
    office.hire("Kierownik", role="admin")
    context = chromium.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    link = re.search(r"/desk/pierwsze-uruchomienie\?kod=\S+", office.product.output)
    for path in ("/desk/logowanie", "/desk/pierwsze-uruchomienie?kod=niewazny", *([link[0]] if link else [])):
        page.goto(f"{office.url}{path}")
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.goto(f"{office.url}/desk/logowanie")
    page.get_by_label("Login").fill("nikt-taki")
    page.get_by_label("Hasło").fill("haslo-ktorego-nie-ma")
    page.get_by_role("button", name="Zaloguj").click()
    expect(page.get_by_role("alert")).to_have_text("Nieprawidłowy login lub hasło.")
    check(page)
    context.close()


def test_a_low_window_loses_nothing(office: Office, open_desk: OpenDesk) -> None:
    """1280 x 720 at 200 % zoom: 640 x 360 left."""
    clerk = office.hire()
    made = furnish(office, clerk)
    page = open_desk(clerk, f"/desk/rozmowa/{made['moja']}", width=640)
    page.set_viewport_size({"width": 640, "height": 360})
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    page.get_by_label("Odpowiedź do mieszkańca").fill("Zmieści się")
    page.get_by_role("button", name="Wyślij", exact=True).click()
    expect(page.locator(".wpis-tresc", has_text="Zmieści się")).to_be_visible()
