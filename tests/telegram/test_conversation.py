"""A resident on Telegram, the real engine, a clerk at the desk."""

import os
import signal

import pytest

from bot.desk.presentation import ATTACHMENTS
from channels.telegram.words import ABOUT, DESCRIPTION, MENU, ONLY_PRIVATE, STALE_BUTTON
from tests.support.botapi import BotApi
from tests.support.botapi_burst import burst
from tests.support.processes import Product, SharedEngine, until
from tests.telegram.office import (
    ANSWER,
    QUESTION,
    SECOND,
    SECOND_ANSWER,
    THANKS,
    THANKS_ANSWER,
    Reader,
    conversation_of,
    deliveries,
    hears,
    idle,
    rows,
    stored,
)

pytestmark = pytest.mark.engine

OPENING = "automatyczny asystent (program komputerowy)"


@pytest.fixture
def api(bot: Product, shared_api: BotApi) -> BotApi:
    """The server that the shared product talks to."""
    return shared_api


@pytest.fixture(scope="module")
def password(bot: Product) -> str:
    return bot.add_staff("anna", "Anna")


def test_start_opens_the_conversation_once_with_buttons(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    assert "Porozmawiaj z pracownikiem" in jan.buttons()
    jan.say(QUESTION)
    hears(jan, ANSWER)
    assert len(jan.texts) == 2


def test_who_does_not_press_start_is_told_too_that_a_program_answers(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.say(QUESTION)
    hears(jan, ANSWER)
    assert OPENING in jan.texts[0]
    assert len(jan.texts) == 2


def test_a_link_that_starts_the_bot(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start("z-ulotki")
    hears(jan, OPENING)
    assert len(jan.texts) == 1


def test_answers_go_where_the_question_came_from(bot: Product, api: BotApi) -> None:
    jan, ewa = api.citizen("Jan"), api.citizen("Ewa")
    jan.start()
    ewa.start()
    jan.say(QUESTION)
    hears(jan, ANSWER)
    hears(ewa, OPENING)
    assert len(ewa.texts) == 1


def test_a_pressed_button_is_answered(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    query = jan.press("Kasa i wypłaty")
    hears(jan, ANSWER)
    until(lambda: query in api.answers, 10, "the press is answered")
    assert api.answers[query] is None


@pytest.mark.parametrize("data", ["b999.0", "b1.99", "/czlowiek", "hub:person"])
def test_a_button_that_was_not_issued_here_is_explained(bot: Product, api: BotApi, data: str) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    query = jan.press_data(data)
    until(lambda: query in api.answers, 10, "the press is answered")
    assert api.answers[query] == STALE_BUTTON
    assert stored(bot, jan) == ["resident", "bot"]


def test_repeated_and_late_updates_are_stored_and_answered_once(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    api.hold()
    jan.say(QUESTION)
    jan.say(SECOND)
    jan.say(THANKS)
    ids = api.release([2, 0, 0, 1, 2])
    until(lambda: stored(bot, jan).count("resident") == 4, 20, "all are stored")
    hears(jan, ANSWER)
    hears(jan, SECOND_ANSWER)
    for update in ids:
        api.redeliver(update)
    until(lambda: not api.unconfirmed(), 20, "all are confirmed")
    jan.say("do widzenia")
    until(lambda: stored(bot, jan)[-1] == "bot" and stored(bot, jan).count("resident") == 5, 20, "the end")
    until(lambda: len(jan.texts) == stored(bot, jan).count("bot"), 20, "all replies arrive")
    assert stored(bot, jan).count("resident") == 5
    assert sum(ANSWER in text for text in jan.texts) == 1


def test_a_burst_is_answered_in_order(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    for text in (SECOND, QUESTION, THANKS):
        jan.say(text)
    hears(jan, THANKS_ANSWER)
    said = jan.texts
    assert len(said) == 4
    for text, words in zip(said, (OPENING, SECOND_ANSWER, ANSWER, THANKS_ANSWER), strict=True):
        assert words in text


def test_many_chats_that_burst_lose_double_and_reorder_nothing(bot: Product, api: BotApi) -> None:
    people = [api.citizen(f"Osoba{number}") for number in range(10)]
    api.too_many(1)
    api.fault("sendMessage", "refuse", times=2)
    questions = [(SECOND, SECOND_ANSWER), (QUESTION, ANSWER), (THANKS, THANKS_ANSWER)]
    found = burst(api, people, 10, questions, 120)
    assert (found.lost, found.doubled, found.chats_out_of_order, found.answers) == (0, 0, 0, 100)
    for person in people:
        assert stored(bot, person).count("resident") == 10


def test_429_is_waited_out_and_nothing_is_lost_or_doubled(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    api.too_many(1, chat=jan.id)
    jan.start()
    hears(jan, OPENING)
    attempts = api.calls_of("sendMessage", jan.id)
    assert len(attempts) == 2
    assert attempts[1].at - attempts[0].at >= 1
    until(lambda: deliveries(bot, jan) == ["sent"], 10, "it counts as sent")


def test_a_server_error_is_tried_again(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    api.fault("sendMessage", "refuse", times=2, chat=jan.id)
    jan.start()
    hears(jan, OPENING)
    until(lambda: deliveries(bot, jan) == ["sent"], 10, "it counts as sent")
    assert len(jan.texts) == 1


def test_a_message_that_may_have_arrived_is_not_sent_again_and_staff_see_it(
    bot: Product, api: BotApi, password: str
) -> None:
    jan = api.citizen()
    api.fault("sendMessage", "reset_after", chat=jan.id)
    jan.start()
    until(lambda: deliveries(bot, jan) == ["unknown"], 15, "its fate is unknown")
    jan.say(QUESTION)
    hears(jan, ANSWER)
    assert len(jan.texts) == 2
    with Reader(bot.url, "anna", password) as anna:
        assert "nie wiadomo, czy dotarło" in anna.page(conversation_of(bot, jan))


def test_staff_see_that_a_resident_blocked_the_bot(bot: Product, api: BotApi, password: str) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    jan.block()
    jan.say(QUESTION)
    until(lambda: deliveries(bot, jan) == ["sent", "failed"], 20, "the answer cannot be delivered")
    assert len(jan.texts) == 1
    with Reader(bot.url, "anna", password) as anna:
        page = anna.page(conversation_of(bot, jan))
    assert "nie dostarczono: bot został zablokowany w Telegramie" in page
    assert "Odpowiedź nie dotrze" in page


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("photo", "Zdjęcie nie trafia do MOPS"),
        ("document", "Dokument nie trafia do MOPS"),
        ("voice", "Nagranie nie trafia do MOPS"),
        ("sticker", "tylko wiadomości tekstowe"),
        ("location", "Lokalizacja nie trafia do MOPS"),
        ("contact", "Wizytówka nie trafia do MOPS"),
        ("poll", "ankiet"),
        ("audio", "Nagranie nie trafia do MOPS"),
        ("video", "Film nie trafia do MOPS"),
        ("video_note", "wiadomości wideo"),
        ("animation", "Animacja nie trafia do MOPS"),
        ("dice", "tylko wiadomości tekstowe"),
    ],
)
def test_what_is_not_text_is_declined_with_the_safe_way(
    bot: Product, api: BotApi, password: str, kind: str, words: str
) -> None:
    jan = api.citizen()
    jan.start()
    jan.send(kind)
    told = hears(jan, words)
    if kind in ("photo", "document"):
        assert "ePUAP" in told
    assert stored(bot, jan).count("resident") == 2
    with Reader(bot.url, "anna", password) as anna:
        assert f"[{ATTACHMENTS[kind]}: nieprzyjęte, poproszono o tekst]" in anna.page(conversation_of(bot, jan))


def test_an_album_is_declined_once(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    for _ in range(5):
        jan.send("photo", media_group_id="13850")
    hears(jan, "Zdjęcie nie trafia do MOPS")
    jan.say(QUESTION)
    hears(jan, ANSWER)
    assert len(jan.texts) == 3


def test_an_update_that_cannot_be_read_is_declined_and_holds_up_nobody(bot: Product, api: BotApi) -> None:
    jan, ewa = api.citizen("Jan"), api.citizen("Ewa")
    jan.start()
    hears(jan, OPENING)
    chat = {"id": jan.id, "type": "private", "first_name": "Jan"}
    old_poll = {"id": "1", "question": "?", "options": [{"text": "a", "voter_count": 0}]}
    api.inject({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "poll": old_poll}})
    ewa.say(QUESTION)
    hears(ewa, ANSWER)
    hears(jan, "tylko wiadomości tekstowe")
    until(lambda: not api.unconfirmed(), 10, "it is confirmed")


def test_the_menu_is_set_and_each_command_is_answered(bot: Product, api: BotApi) -> None:
    assert [(entry["command"], entry["description"]) for entry in api.commands] == list(MENU)
    until(lambda: (api.description, api.about) == (DESCRIPTION, ABOUT), 10, "the bot's page is set")
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    for command, words in (
        ("kasa", ANSWER),
        ("kontakt", "68 411 50 00"),
        ("prywatnosc", "Administrator danych"),
        ("privacy", "Administrator danych"),
        ("pomoc", ""),
        ("zgloszenie", ""),
        ("usun", ""),
        ("czlowiek", "Rozmowa czeka na pracownika"),
    ):
        before = len(jan.texts)
        jan.say(f"/{command}")
        hears(jan, words, after=before)
        until(lambda: idle(bot), 20, "the rest of the answer")


@pytest.mark.parametrize("text", ["/restart", '/kasa_godziny{"temat": "dps"}', "/session_start"])
def test_a_slash_is_only_text(bot: Product, api: BotApi, text: str) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    jan.say(text)
    until(lambda: stored(bot, jan)[2:4] == ["resident", "bot"], 30, "it is answered")
    jan.say(QUESTION)
    hears(jan, ANSWER)
    assert stored(bot, jan)[:4] == ["resident", "bot", "resident", "bot"]


def test_a_clerk_takes_over_and_answers_under_her_name(bot: Product, api: BotApi, password: str) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    jan.press("Porozmawiaj z pracownikiem")
    hears(jan, "Rozmowa czeka na pracownika")
    conversation = conversation_of(bot, jan)
    with Reader(bot.url, "anna", password) as anna:
        anna.claim(conversation)
        hears(jan, "Teraz odpowiada pracownik MOPS: Anna.")
        anna.reply(conversation, "Dzień dobry, proszę podać nazwę ulicy.")
        hears(jan, "Anna: Dzień dobry, proszę podać nazwę ulicy.")
        said = len(jan.texts)
        jan.say(QUESTION)
        until(lambda: QUESTION in anna.page(conversation), 20, "the clerk sees it")
        until(
            lambda: "thinking" not in anna.page(conversation) and stored(bot, jan)[-1] == "resident", 20, "it rests"
        )
        assert len(jan.texts) == said
        anna.hand_back(conversation)
        jan.say(QUESTION)
        hears(jan, ANSWER)


def test_who_waits_for_a_person_can_call_the_assistant_back(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.say("/czlowiek")
    hears(jan, "Rozmowa czeka na pracownika")
    jan.press("Wróć do asystenta")
    hears(jan, "Znów odpowiada automatyczny asystent")


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_groups_are_left_politely(bot: Product, api: BotApi, kind: str) -> None:
    group = api.group(kind=kind)
    group.add_bot()
    until(lambda: not group.bot_is_in, 20, "the bot leaves")
    assert group.texts == [ONLY_PRIVATE]
    until(lambda: not api.unconfirmed(), 10, "all is confirmed")
    assert rows(bot, "SELECT id FROM conversations WHERE chat = ?", str(group.id)) == []


def test_a_message_that_is_too_long_is_explained(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    jan.say("Bardzo długa historia. " * 176)
    hears(jan, "za długa")
    jan.say(QUESTION)
    hears(jan, ANSWER)


def test_typing_is_shown_while_an_answer_takes_long(bot: Product, api: BotApi, shared_engine: SharedEngine) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    assert shared_engine.rasa.process is not None
    os.kill(shared_engine.rasa.process.pid, signal.SIGSTOP)
    try:
        jan.say(QUESTION)
        until(lambda: jan.actions, 10, "typing is shown")
    finally:
        os.kill(shared_engine.rasa.process.pid, signal.SIGCONT)
    hears(jan, ANSWER)
    assert set(jan.actions) == {"typing"}


def test_usun_erases_the_conversation_and_old_keyboards_press_nothing(bot: Product, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    hears(jan, OPENING)
    jan.say("/usun")
    hears(jan, "Czy usunąć dane?")
    jan.press("Tak, usuń moje dane")
    hears(jan, "są usunięte")
    chat = str(jan.id)
    until(lambda: rows(bot, "SELECT id FROM conversations WHERE chat = ?", chat) == [], 20, "nothing is left")
    left = "SELECT count(*) FROM telegram_updates WHERE chat = ? OR body_enc IS NOT NULL"
    until(lambda: rows(bot, left, chat) == [(0,)], 20, "nothing is left of the updates either")
    query = jan.press("Kasa i wypłaty")
    until(lambda: api.answers.get(query) == STALE_BUTTON, 20, "the press is explained")
    assert rows(bot, "SELECT id FROM conversations WHERE chat = ?", chat) == []
