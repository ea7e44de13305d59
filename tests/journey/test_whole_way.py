"""The whole way: ask, be answered, leave a case, be taken over by a person. Two browsers, nothing pretended.

``MOPS_PICTURES=docs/images pytest tests/journey`` also makes the README's pictures.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.processes import Product
from tests.web.conftest import ARGUMENTS, CHROMIUM
from tests.web.widget import Widget

PASSWORD = "rower-nad-odra-w-maju"
CASE = [
    ("chcę zostawić zgłoszenie", "Czego dotyczy sprawa?"),
    ("karta parkingowa", "krótko opisać"),
    ("Potrzebuję nowej karty dla mamy, stara straciła ważność.", "Jak się zwracać"),
    ("Krystyna", "Jak pracownik ma odpowiedzieć?"),
]
"""What the resident writes, and what the assistant asks then."""
REST_OF_CASE = [
    ("tel. 601 234 567", "Jaka to ulica"),
    ("ulica Wyszyńskiego", "Dla kogo"),
    ("dla mamy", "Czy sprawa jest pilna?"),
    ("zwykła", "znak sprawy"),
    ("nie mam", "Kiedy najlepiej zadzwonić?"),
    ("najlepiej po 15", "Krystyna"),
]


@pytest.fixture
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def open_page(chromium: Browser, width: int, height: int) -> Page:
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="pl-PL")
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("MOPS_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def sign_up(page: Page, link: str) -> None:
    """The first administrator, through the one-time link."""
    page.goto(link)
    page.get_by_label("Login").fill("szefowa")
    page.get_by_label("Imię").fill("Anna, sekretariat")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Załóż konto").click()
    expect(page.get_by_role("button", name="Wyloguj")).to_be_visible()


def say(widget: Widget, text: str, reply: str) -> None:
    """Write and wait until a message after it says ``reply``; before it there may be others."""
    expect(widget.write(text).last).to_be_visible()
    expect(widget.replies.filter(has_text=reply)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_question_to_a_person(start_product: Callable[..., Product], chromium: Browser, width: int) -> None:
    product = start_product()
    desk = open_page(chromium, 1280, 800)
    sign_up(desk, product.setup_link)
    expect(desk.get_by_role("heading", name="Kolejka")).to_be_visible()

    # Ask and be answered, the opening first.
    widget = Widget.on(open_page(chromium, width, 844 if width < 500 else 800), product.url).open()
    expect(widget.from_("bot").first).to_contain_text("program komputerowy")
    expect(widget.button("Kasa i wypłaty")).to_be_visible()
    say(widget, "do ktorej czynna jest kasa", "10:30–14:00")
    say(widget, "jaki jest telefon i do kiedy zamknięte?", "do odwołania")
    expect(widget.replies.first).to_contain_text("68 411 50 00")
    picture(widget.page, "widget" if width > 500 else "widget-phone")

    # Leave a case; a question in between is answered and the form goes on; a field is corrected.
    for line, question in CASE:
        say(widget, line, question)
    say(widget, "jaki jest adres?", "Jak pracownik ma odpowiedzieć?")
    expect(widget.replies.first).to_contain_text("ul. Długa 13")
    for line, question in REST_OF_CASE:
        say(widget, line, question)
    expect(widget.button("Wyślij zgłoszenie")).to_be_visible()
    say(widget, "popraw telefon", "telefon")
    say(widget, "602 345 678", "602 345 678")
    widget.button("Wyślij zgłoszenie").click()
    sent = widget.from_("system").last
    expect(sent).to_contain_text("nie jest wniosek")

    # It stands in the desk's queue, live, with its details; the clerk takes the conversation over.
    row = desk.locator("#kolejka li", has_text="Karta parkingowa")
    expect(row).to_be_visible()
    picture(desk, "desk-queue")
    row.get_by_role("link").first.click()
    expect(desk.get_by_text("602 345 678").first).to_be_visible()
    expect(desk.get_by_text("Krystyna").first).to_be_visible()
    desk.get_by_role("button", name="Przejmij rozmowę").click()
    expect(widget.from_("system").last).to_contain_text("Anna, sekretariat")
    composer = desk.get_by_label("Odpowiedź do mieszkańca")
    composer.fill("Dzień dobry, nową kartę wydaje zespół orzekający. Zadzwonię po 15.")
    desk.get_by_role("button", name="Wyślij", exact=True).click()
    answer = widget.from_("staff").last
    expect(answer).to_contain_text("Zadzwonię po 15.")
    expect(answer).to_contain_text("Anna, sekretariat")

    # The bot is silent; what the resident writes reaches the desk without a reload.
    widget.write("dziękuję, a do której jest kasa?")
    expect(desk.locator(".wpis-tresc", has_text="a do której jest kasa?")).to_be_visible()
    picture(desk, "desk-conversation")
    assert widget.from_("bot").filter(has_text="10:30–14:00").count() == 1

    # Handed back, the next message starts clean.
    notices = widget.from_("system").count()
    desk.get_by_role("button", name="Oddaj asystentowi").click()
    expect(widget.from_("system").nth(notices)).to_contain_text("asystent")
    say(widget, "do której jest kasa?", "10:30–14:00")

    # Asking for a person: at once, with the place in the queue; called back by a button.
    expect(widget.write("chcę rozmawiać z człowiekiem")).to_be_visible()
    expect(widget.from_("system").last).to_contain_text("kolejce: 1")
    expect(desk.locator("#kolejka li", has_text="chcę rozmawiać z człowiekiem")).to_be_visible()
    widget.page.get_by_role("button", name="Wróć do asystenta").first.click()
    expect(widget.from_("system").last).to_contain_text("Znów odpowiada automatyczny asystent")
    say(widget, "epuap", "/jep62f01ky/SkrytkaESP")
