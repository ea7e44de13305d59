"""The pages about accounts and the audit trail: axe finds nothing, no wide screen needed, the keyboard suffices."""

import os
import re
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from bot.clock import utc_now
from tests.desk.browser.conftest import OpenDesk
from tests.desk.browser.test_access import check
from tests.desk.conftest import PASSWORD, Office
from tests.desk.scene import Line, Scene


def code_of(key: str, steps: int = 0) -> str:
    return pyotp.TOTP(key.replace(" ", "")).at(utc_now(), counter_offset=steps)


def inspect(page: Page, name: str, width: int, scheme: str) -> None:
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    folder = os.environ.get("MOPS_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_accounts_and_audit_trail(office: Office, open_desk: OpenDesk, width: int, scheme: str) -> None:
    boss, clerk = office.hire("Kierownik", role="admin"), office.hire("Zofia " + "BardzoDługieNazwisko" * 3)
    office.stage(Scene([Line("resident", "halo")], owner="waiting"))
    other = open_desk(clerk)
    other.goto(f"{office.url}/desk/konto")
    page = open_desk(boss, width=width, scheme=scheme)
    person = f"/desk/pracownicy/{clerk.id}"
    for name, path in {
        "dziennik": "/desk/dziennik",
        "dziennik-blad": "/desk/dziennik?od=2026-02-02&do=2026-01-01",
        "pracownicy": "/desk/pracownicy",
        "pracownik": person,
    }.items():
        page.goto(f"{office.url}{path}")
        inspect(page, name, width, scheme)
    page.get_by_role("button", name="Odnośnik do nowego hasła").click()
    expect(page.get_by_role("heading", name="Jednorazowy odnośnik: Zofia")).to_be_visible()
    inspect(page, "pracownik-odnosnik", width, scheme)

    page.goto(f"{office.url}/desk/konto")
    page.get_by_label("Dotychczasowe hasło").fill("nie to haslo")
    page.get_by_label("Nowe hasło", exact=True).fill("calkiem-nowe-haslo")
    page.get_by_label("Powtórzone nowe hasło").fill("calkiem-nowe-haslo")
    page.get_by_role("button", name="Zmień hasło").click()
    expect(page.locator(".komunikat")).to_have_text("Dotychczasowe hasło jest nieprawidłowe.")
    inspect(page, "konto", width, scheme)

    # By keyboard alone: each step's field has the focus or is one Tab away from the one before.
    page.goto(f"{office.url}/desk/konto/drugi-skladnik")
    inspect(page, "skladnik", width, scheme)
    page.get_by_label("Hasło do tego konta").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    key = page.get_by_label("Klucz do przepisania").input_value()
    inspect(page, "skladnik-qr", width, scheme)
    page.get_by_label("Kod z aplikacji").focus()
    page.keyboard.type(code_of(key))
    page.keyboard.press("Enter")
    codes = page.get_by_label("Kody zapasowe").input_value().split()
    assert len(codes) == 10
    inspect(page, "kody", width, scheme)

    page.get_by_role("button", name="Wyloguj", exact=True).click()
    page.get_by_label("Login").fill(boss.login)
    page.get_by_label("Hasło").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Kod", exact=True)).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("nieprawidłowy")
    inspect(page, "kod", width, scheme)
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/?$"))
    page.goto(f"{office.url}/desk/konto")
    inspect(page, "konto-skladnik", width, scheme)
