"""A resident in the widget: asks, presses, is taken over by a person. Real browser, real product."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.processes import Product
from tests.web.clerk import Clerk
from tests.web.conftest import MakeContext
from tests.web.widget import ASK, PHONE, Widget, changed_page

pytestmark = [pytest.mark.browser, pytest.mark.engine]


def test_the_window_opens_with_who_answers_and_topics_as_buttons(widget: Widget) -> None:
    expect(widget.window).to_be_visible()
    expect(widget.window).to_contain_text("Odpowiada program komputerowy")
    expect(widget.from_("bot")).to_contain_text("automatyczny asystent (program komputerowy)")
    expect(widget.from_("bot").get_by_role("button").first).to_be_enabled()
    expect(widget.launcher).to_be_hidden()


def test_a_question_is_answered_and_the_message_shows_that_it_was_sent(widget: Widget) -> None:
    mine = widget.write(ASK)
    expect(mine.locator(".state")).to_have_text("Wysłano")
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    expect(widget.from_("bot").last.locator(".author")).to_have_text("Asystent (program)")
    expect(widget.field).to_have_value("")


def test_phones_are_links_that_dial(widget: Widget) -> None:
    widget.write(ASK)
    link = widget.from_("bot").last.get_by_role("link", name=PHONE)
    expect(link.first).to_have_attribute("href", "tel:+48684115000")


def test_a_used_quick_reply_stays_readable_and_shows_what_was_chosen(widget: Widget) -> None:
    opening = widget.from_("bot").first
    chosen = opening.get_by_role("button").first
    title = chosen.inner_text()
    chosen.click()
    expect(widget.mine(title)).to_have_count(1)
    expect(widget.from_("bot")).not_to_have_count(1)
    for button in opening.get_by_role("button").all():
        expect(button).to_be_visible()
        expect(button).to_have_attribute("aria-disabled", "true")
    expect(chosen).to_have_accessible_name(f"{title} (wybrano)")
    chosen.click(force=True)
    widget.page.wait_for_timeout(300)
    expect(widget.mine(title)).to_have_count(1)


def test_markup_is_shown_as_it_was_written(widget: Widget) -> None:
    text = "<img src=x onerror=\"document.title='zle'\"> & <b>ą</b>\n\ndruga linia"
    mine = widget.write("<b>")
    widget.field.fill(text)
    widget.field.press("Enter")
    bubble = widget.from_("resident").last.locator(".bubble")
    expect(bubble).to_have_text(text)
    assert bubble.locator("*").count() == 0
    assert bubble.evaluate("node => node.innerText") == text
    expect(mine.first).to_be_visible()
    assert "MOPS" not in text
    assert widget.page.title() != "zle"


def test_shift_enter_makes_a_line_and_an_empty_message_is_not_sent(widget: Widget) -> None:
    widget.field.press("Enter")
    widget.field.fill("   ")
    widget.field.press("Enter")
    expect(widget.from_("resident")).to_have_count(0)
    widget.field.fill("pierwsza")
    widget.field.press("Shift+Enter")
    widget.field.press_sequentially("druga")
    widget.field.press("Enter")
    expect(widget.from_("resident").locator(".bubble")).to_have_text("pierwsza\ndruga")


def test_a_number_that_must_not_be_kept_disappears_from_the_screen_too(widget: Widget) -> None:
    widget.field.fill("Mój PESEL to 44051401359")
    widget.field.press("Enter")
    expect(widget.from_("resident").locator(".bubble")).not_to_contain_text("44051401359")


def test_too_long_a_message_can_be_corrected(widget: Widget) -> None:
    text = "zasiłek " * 1300
    widget.field.fill(text)
    widget.field.press("Enter")
    mine = widget.from_("resident")
    expect(mine.locator(".state")).to_have_text("Nie wysłano")
    expect(mine.locator(".error")).to_contain_text("znaków")
    mine.get_by_role("button", name="Popraw").click()
    expect(widget.from_("resident")).to_have_count(0)
    expect(widget.field).to_have_value(text.strip())
    expect(widget.field).to_be_focused()


def test_asking_for_a_person_waiting_and_going_back_to_the_assistant(widget: Widget) -> None:
    widget.from_("bot").first.get_by_role("button", name="Porozmawiaj z pracownikiem").click()
    expect(widget.notice).to_contain_text("Rozmowa czeka na pracownika")
    expect(widget.notice).to_contain_text(re.compile(r"Miejsce w kolejce: \d+"))
    expect(widget.window).not_to_contain_text("Odpowiada program komputerowy")
    widget.notice.get_by_role("button", name="Wróć do asystenta").click()
    expect(widget.notice).to_be_hidden()
    expect(widget.window).to_contain_text("Odpowiada program komputerowy")
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)


def test_a_person_takes_over_answers_and_hands_back(widget: Widget, clerk: Clerk) -> None:
    widget.button("Porozmawiaj z pracownikiem").click()
    expect(widget.from_("resident").locator(".bubble")).to_have_text("Porozmawiaj z pracownikiem")
    expect(widget.notice).to_contain_text("czeka na pracownika")
    widget.write("Chodzi o dodatek mieszkaniowy przy ulicy Widok")
    expect(widget.mine("ulicy Widok").locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find("ulicy Widok")
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    clerk.reply(conversation, "Dzień dobry. W czym można pomóc?")
    reply = widget.from_("staff")
    expect(reply).to_contain_text("W czym można pomóc?")
    expect(reply.locator(".author")).to_have_text("Anna")
    widget.write(ASK)
    expect(widget.mine(ASK).locator(".state")).to_have_text("Wysłano")
    widget.page.wait_for_timeout(700)
    assert PHONE not in widget.from_("bot").last.inner_text()
    clerk.hand_back(conversation)
    expect(widget.window).to_contain_text("Odpowiada program komputerowy")
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)


def test_a_closed_conversation_says_so_and_goes_on_with_the_next_message(widget: Widget, clerk: Clerk) -> None:
    widget.button("Porozmawiaj z pracownikiem").click()
    widget.write("Sprawa przy ulicy Sosnowej")
    expect(widget.mine("Sosnowej").locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find("ulicy Sosnowej")
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    clerk.close(conversation)
    expect(widget.notice).to_contain_text("Rozmowa została zakończona")
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    expect(widget.notice).to_be_hidden()


def test_a_staff_reply_that_came_while_the_window_was_closed_is_counted(widget: Widget, clerk: Clerk) -> None:
    widget.button("Porozmawiaj z pracownikiem").click()
    widget.write("Sprawa przy ulicy Leśnej")
    expect(widget.mine("Leśnej").locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find("ulicy Leśnej")
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    widget.page.keyboard.press("Escape")
    clerk.reply(conversation, "Proszę o numer telefonu.")
    expect(widget.launcher).to_have_accessible_name("Zapytaj asystenta . Nowe wiadomości: 1")
    # Days later, in the same browser:
    widget.page.reload()
    expect(widget.launcher.locator(".badge")).to_have_text("1")
    widget.launcher.click()
    expect(widget.from_("staff")).to_contain_text("Proszę o numer telefonu.")
    widget.page.keyboard.press("Escape")
    expect(widget.launcher.locator(".badge")).to_be_hidden()


def test_a_page_that_loads_the_widget_twice_has_one(product: Product, resident: MakeContext) -> None:
    page = resident().new_page()
    tag = '<script async src="widget.js"></script>'
    changed_page(page, product.url, tag, tag + "<script src='/widget.js'></script>" + tag)
    page.goto(product.url)
    page.wait_for_timeout(500)
    assert page.locator("mops-assistant").count() == 1
    page.get_by_role("main").get_by_role("button", name="Zapytaj asystenta").click()
    expect(Widget(page).window).to_be_visible()
