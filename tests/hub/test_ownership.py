"""Who answers, and what residents are told about it."""

import pytest

from bot.hub.messages import NotFound, NotOwner
from tests.hub.conftest import Town

pytestmark = pytest.mark.engine


async def test_asking_for_a_person_silences_the_bot_until_it_is_called_back(town: Town) -> None:
    told = await town.say("ala", "chcę rozmawiać z człowiekiem")
    assert len(told) == 1
    assert "1" in told[0].text
    status = await town.hub.status(await town.conversation("ala"))
    assert (status.owner, status.place) == ("waiting", 1)
    assert await town.say("ala", "jaki jest telefon") == []
    back = await town.say("ala", "wróć do asystenta")
    assert len(back) == 1
    assert "68 411 50 00" in (await town.say("ala", "jaki jest telefon"))[0].text
    clerk = await town.staff("Ola")
    assert await town.hub.queue(clerk) == []


async def test_the_second_who_asks_is_second_in_the_queue(town: Town) -> None:
    await town.say("first", "chcę rozmawiać z człowiekiem")
    told = await town.say("second", "połącz mnie z pracownikiem")
    assert "2" in told[0].text
    assert (await town.hub.status(await town.conversation("second"))).place == 2


async def test_outside_working_hours_the_resident_learns_when_somebody_will_answer(make_town) -> None:
    town = await make_town(working_hours="2019-01-01 08:00-09:00, mon 00:00-00:01")
    told = await town.say("night", "chcę rozmawiać z człowiekiem")
    assert "poniedziałek" in told[0].text


async def test_staff_answer_on_the_same_channel_and_are_named(town: Town) -> None:
    clerk = await town.staff("Marta")
    await town.say("basia", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("basia")
    assert (await town.hub.claim(clerk, conversation)).won
    sent = await town.hub.reply(clerk, conversation, "Dzień dobry, w czym mogę pomóc?", "click-1")
    again = await town.hub.reply(clerk, conversation, "Dzień dobry, w czym mogę pomóc?", "click-1")
    assert again.id == sent.id
    lines = await town.lines("basia")
    assert lines.count(("staff", "Dzień dobry, w czym mogę pomóc?")) == 1
    assert (await town.hub.events(conversation, sent.seq - 1))[0].author_name == "Marta"


async def test_only_the_owner_replies_hands_back_and_closes(town: Town) -> None:
    owner, other = await town.staff("Marta"), await town.staff("Piotr")
    await town.say("basia", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("basia")
    await town.hub.claim(owner, conversation)
    with pytest.raises(NotOwner):
        await town.hub.reply(other, conversation, "ja też", "x")
    assert not await town.hub.hand_back(other, conversation)
    assert not await town.hub.close(other, conversation)
    with pytest.raises(NotFound):
        await town.hub.reply(owner, "0" * 32, "nikt", "y")
    with pytest.raises(NotFound):
        await town.hub.claim(owner, "0" * 32)


@pytest.mark.parametrize("ending", ["hand_back", "close"])
async def test_after_staff_the_next_message_starts_clean(town: Town, ending: str) -> None:
    clerk = await town.staff("Marta")
    await town.say("cela", "chcę zostawić zgłoszenie")
    await town.say("cela", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("cela")
    await town.hub.claim(clerk, conversation)
    assert await getattr(town.hub, ending)(clerk, conversation)
    assert not await getattr(town.hub, ending)(clerk, conversation)
    answer = await town.say("cela", "w jakich godzinach czynna jest kasa")
    assert len(answer) == 1, "the form of the earlier stretch does not ask again"
    assert "10:30–14:00" in answer[0].text


async def test_an_unanswered_resident_stays_in_the_queue_when_the_same_person_claims_twice(town: Town) -> None:
    clerk = await town.staff("Marta")
    await town.say("dana", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("dana")
    assert (await town.hub.claim(clerk, conversation)).won
    assert (await town.hub.claim(clerk, conversation)).won
    rows = await town.hub.queue(clerk)
    assert [(row.id, row.owner, row.staff_name) for row in rows] == [(conversation, "staff", "Marta")]


async def test_a_button_of_another_conversation_means_nothing(town: Town) -> None:
    from bot.hub.messages import UnknownButton

    with pytest.raises(UnknownButton):
        await town.say("eve", "", button="b1.0")
    with pytest.raises(UnknownButton):
        await town.say("eve", "", button="/zgloszenie")


@pytest.mark.parametrize("text", ["/restart", '/zgloszenie{"temat":"dps"}', "/session_start", "/", "///", "/ "])
async def test_a_text_that_begins_with_a_slash_is_only_text(town: Town, text: str) -> None:
    answer = await town.say("slash", text)
    assert answer
    assert "zgłoszenia" not in answer[0].text.lower() or "?" not in answer[0].text
    view = await town.hub.conversation(await town.staff("Ola"), await town.conversation("slash"))
    assert view.events[0].text == text.strip() or view.events[0].text == text


async def test_a_crisis_inside_a_form_offers_the_way_back_and_the_false_alarm_goes_on(town: Town) -> None:
    await town.say("forma", "chcę zostawić zgłoszenie")
    await town.say("forma", "zasiłek celowy")
    alarm = await town.say("forma", "nie mam za co kupić węgla na zimę, mieszkam z chorą mamą")
    assert "112" in alarm[0].text
    titles = {button.title: button.id for button in alarm[0].buttons}
    assert set(titles) == {"Porozmawiaj z pracownikiem", "To nie jest nagła sytuacja", "Wróć do zgłoszenia"}
    went_on = await town.say("forma", "", button=titles["To nie jest nagła sytuacja"])
    assert "zwracać" in went_on[-1].text, "the message was taken as the description; the next field is asked for"


async def test_after_a_crisis_the_next_message_is_no_answer_to_the_form_but_the_form_can_go_on(town: Town) -> None:
    await town.say("dalej", "chcę zostawić zgłoszenie")
    await town.say("dalej", "zasiłek celowy")
    alarm = await town.say("dalej", "chcę się zabić")
    answer = await town.say("dalej", "w jakich godzinach czynna jest kasa")
    assert len(answer) == 1
    assert "10:30–14:00" in answer[0].text
    back = next(button.id for button in alarm[0].buttons if button.title == "Wróć do zgłoszenia")
    asked = await town.say("dalej", "", button=back)
    assert "opisać" in asked[-1].text


async def test_a_message_that_is_only_a_masked_number_is_told_about_and_not_guessed_at(town: Town) -> None:
    told = await town.say("numer", "mój pesel to 44051401359")
    assert len(told) == 1
    assert "PESEL" in told[0].text
    assert ("resident", "mój pesel to [ukryto: numer PESEL]") in await town.lines("numer")


async def test_a_case_gets_a_number_and_reaches_staff_while_the_bot_goes_on(town: Town) -> None:
    for text in ("chcę zostawić zgłoszenie", "karta parkingowa", "Potrzebuję nowej karty, stara się skończyła."):
        asked = await town.say("sprawa", text)
    for text in ("Krystyna", "601 234 567", "ulica Wyszyńskiego", "dla siebie", "zwykła", "nie mam", "po 15"):
        asked = await town.say("sprawa", text)
    send = next(button.id for button in asked[-1].buttons if "Wyślij" in button.title)
    sent = await town.say("sprawa", "", button=send)
    clerk = await town.staff("Ola")
    row = (await town.hub.queue(clerk))[0]
    assert (row.reason, row.owner, row.topic) == ("case", "bot", "Karta parkingowa")
    assert row.case_number is not None
    assert row.case_number in sent[-1].text
    case = (await town.hub.conversation(clerk, row.id)).cases[0]
    assert case.details["imie"] == "Krystyna"
    assert "601 234 567" in case.details["kontakt"]
    assert "Wyszyńskiego" in case.details["ulica"]
    assert await town.say("sprawa", "dziękuję"), "the bot goes on answering"
    again = await town.say("sprawa", "", button=send)
    assert len((await town.hub.conversation(clerk, row.id)).cases) == 1, "a double click sends one case"
    assert again


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I want to talk to a human", "en"),
        ("Can I speak to someone, please?", "en"),
        ("хочу поговорити з працівником", "uk"),
        ("хочу поговорить с человеком", "ru"),
    ],
)
async def test_asking_for_a_person_works_in_every_language_of_the_cards(town: Town, text: str, language: str) -> None:
    await town.say("guest", text)
    row = (await town.hub.queue(await town.staff("Ola")))[0]
    assert (row.owner, row.reason, row.language, row.urgent) == ("waiting", "person", language, False)


async def test_a_crisis_in_another_language_gets_that_languages_card_and_is_marked(town: Town) -> None:
    told = await town.say("guest", "у меня нет еды для ребенка, муж меня бьет")
    assert "116 111" in told[0].text
    assert "Угроза жизни" in told[0].text
    row = (await town.hub.queue(await town.staff("Ola")))[0]
    assert (row.language, row.urgent, row.owner) == ("ru", True, "bot")


async def test_nobody_in_danger_meets_silence_while_waiting_for_a_person(town: Town) -> None:
    await town.say("alone", "chcę rozmawiać z człowiekiem")
    assert await town.say("alone", "jaki jest telefon") == []
    assert "112" in (await town.say("alone", "chcę się zabić"))[0].text
    assert await town.say("alone", "co mam robić"), "the bot answers again"
    row = (await town.hub.queue(await town.staff("Ola")))[0]
    assert (row.owner, row.urgent, row.reason) == ("bot", True, "crisis")


async def test_who_comes_back_from_waiting_finds_the_unfinished_case(town: Town) -> None:
    await town.say("wraca", "chcę zostawić zgłoszenie")
    await town.say("wraca", "zasiłek celowy")
    await town.say("wraca", "chcę rozmawiać z człowiekiem")
    back = (await town.say("wraca", "wróć do asystenta"))[0]
    again = next(button.id for button in back.buttons if button.title == "Wróć do zgłoszenia")
    assert "opisać" in (await town.say("wraca", "", button=again))[-1].text


async def test_what_staff_type_is_masked_too(town: Town) -> None:
    clerk = await town.staff("Marta")
    await town.say("basia", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("basia")
    await town.hub.claim(clerk, conversation)
    sent = await town.hub.reply(clerk, conversation, "Czy to ten PESEL: 44051401359?", "c")
    assert sent.text == "Czy to ten PESEL: [ukryto: numer PESEL]?"


async def test_why_somebody_is_a_client_is_not_readable_in_the_database(town: Town) -> None:
    from sqlalchemy import text

    for line in ("chcę zostawić zgłoszenie", "przemoc w domu", "Proszę o rozmowę o pomocy dla rodziny.", "Ewa"):
        await town.say("skryta", line)
    for line in ("tutaj", "ulica Długa", "dla siebie", "zwykła", "nie mam", "nie mam"):
        asked = await town.say("skryta", line)
    send = [b.id for b in asked[-1].buttons if "Wyślij" in b.title]
    if send:
        await town.say("skryta", "", button=send[0])
    async with town.context.database.connect() as connection:
        for table in ("messages", "conversations", "cases", "audit"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
            assert "przemoc" not in repr(rows)


async def test_a_crisis_after_the_conversation_was_closed_reaches_staff_again(town: Town) -> None:
    clerk = await town.staff("Marta")
    await town.say("znowu", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("znowu")
    await town.hub.claim(clerk, conversation)
    await town.hub.close(clerk, conversation)
    assert "112" in (await town.say("znowu", "chcę się zabić"))[0].text
    row = (await town.hub.queue(clerk))[0]
    assert (row.owner, row.urgent) == ("bot", True)
    assert (await town.hub.claim(clerk, conversation)).won


async def test_a_reply_is_the_same_reply_only_in_its_own_conversation(town: Town) -> None:
    clerk = await town.staff("Marta")
    for chat in ("jedna", "druga"):
        await town.say(chat, "chcę rozmawiać z człowiekiem")
        await town.hub.claim(clerk, await town.conversation(chat))
        await town.hub.reply(clerk, await town.conversation(chat), f"Do rozmowy: {chat}", "click-1")
        assert ("staff", f"Do rozmowy: {chat}") in await town.lines(chat)
