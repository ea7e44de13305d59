"""Messages that change: residents edit and quote, staff correct and take back, chats come and go."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.hub.messages import BLOCKED, NotFound, NotOwner, StaffRef
from channels.telegram.words import STALE_BUTTON
from channels.web.stream import conversation_stream
from tests.support.botapi import BotApi
from tests.telegram.counter import Counter, counter, see


@pytest.fixture
async def office(api: BotApi, database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    async with counter(api, database_url, tmp_path) as running:
        yield running
    assert api.violations == []


async def test_an_edit_stands_beside_the_first_text_and_starts_nothing(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.say("Proszę o zasiłek")
    conversation = await office.taken_over(jan)
    first = await office.said(conversation, "zasiłek")
    told = len(jan.texts)

    jan.edit("Proszę o zasiłek celowy, pesel 44051401359", at=2_000_000_000)
    changed = await office.said(conversation, "celowy")
    assert changed.seq == first.seq
    assert changed.earlier == ("Proszę o zasiłek",)
    assert changed.edited_at is not None
    assert "44051401359" not in changed.text
    await see(lambda: len(jan.texts) == told + 1, "the resident is told about the masked number")

    # An older edit that comes late, and the newest one again, change nothing.
    jan.edit("Proszę o cokolwiek", at=1_900_000_000)
    jan.edit("Proszę o zasiłek celowy, pesel 44051401359", at=2_000_000_000)
    await see(lambda: not api.unconfirmed(), "all edits are taken")
    again = await office.event(conversation, first.seq)
    assert (again.text, again.earlier) == (changed.text, changed.earlier)
    assert [event.author for event in (await office.view(conversation)).events].count("resident") == 1


async def test_danger_that_comes_by_an_edit_is_answered_at_once(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.say("dzień dobry")
    conversation = await office.conversation(jan)
    await office.said(conversation, "dzień dobry")
    jan.edit("chcę się zabić")
    await see(lambda: any("800 70 2222" in text for text in jan.texts), "the numbers are said")
    assert (await office.view(conversation)).urgent


async def test_an_edit_of_what_never_came_here_is_there_for_staff(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.conversation(jan)
    jan.act_unseen("to było wcześniej")
    jan.edit("to było wcześniej, poprawione")
    event = await office.said(conversation, "poprawione")
    assert event.kind == "edited"


async def test_staff_see_what_a_reply_quotes_and_can_quote(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.say("Czy kasa działa?")
    conversation = await office.taken_over(jan)
    asked = await office.said(conversation, "Czy kasa")
    answer = await office.hub.reply(office.anna, conversation, "Tak, w dni wypłat.", "1", quotes=asked.seq)
    await see(lambda: jan.texts[-1] == "Anna: Tak, w dni wypłat.", "the answer arrives")
    assert jan.messages[-1]["reply_to_message"]["text"] == "Czy kasa działa?"
    await office.delivered(conversation, answer.seq)
    jan.reply("W które dni?", jan.messages[-1])
    replied = await office.said(conversation, "W które dni")
    assert replied.quote is not None
    assert (replied.quote.seq, replied.quote.text) == (answer.seq, "Anna: Tak, w dni wypłat.")


async def test_a_correction_reaches_the_resident(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    event = await office.hub.reply(office.anna, conversation, "Kasa: 10:00", "1")
    await office.delivered(conversation, event.seq)
    corrected = await office.hub.amend(office.anna, conversation, event.seq, "Kasa: 10:30")
    assert (corrected.text, corrected.earlier) == ("Kasa: 10:30", ("Kasa: 10:00",))
    await see(lambda: jan.texts[-1] == "Anna: Kasa: 10:30", "the text changes")
    assert (await office.delivered(conversation, event.seq)).delivery_action == "edit"


async def test_what_is_taken_back_disappears_at_the_resident_and_stays_for_staff(
    office: Counter, api: BotApi
) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    event = await office.hub.reply(office.anna, conversation, "To nie do Pana.", "1")
    await office.delivered(conversation, event.seq)
    api.too_many(1, "deleteMessage")
    assert (await office.hub.retract(office.anna, conversation, event.seq)).retracted
    await see(lambda: all("nie do Pana" not in text for text in jan.texts), "it is deleted")
    gone = await office.delivered(conversation, event.seq)
    assert (gone.delivery_action, gone.retracted, gone.text) == ("delete", True, "To nie do Pana.")
    with pytest.raises(NotFound):
        await office.hub.retract(office.anna, conversation, event.seq)
    with pytest.raises(NotFound):
        await office.hub.amend(office.anna, conversation, event.seq, "Jednak tak.")


async def test_what_is_taken_back_before_it_was_sent_never_arrives(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    api.too_many(2, chat=jan.id)
    tried = len(api.calls_of("sendMessage", jan.id))
    event = await office.hub.reply(office.anna, conversation, "Za szybko.", "1")
    await see(lambda: len(api.calls_of("sendMessage", jan.id)) > tried, "it was tried")
    await office.delivered(conversation, event.seq, "pending")
    await office.hub.retract(office.anna, conversation, event.seq)
    await office.delivered(conversation, event.seq, "recalled")
    await office.hub.reply(office.anna, conversation, "Dzień dobry.", "2")
    await see(lambda: jan.texts[-1] == "Anna: Dzień dobry.", "the next one arrives")
    assert not any("Za szybko" in text for text in jan.texts)


@pytest.mark.parametrize("action", ["amend", "retract"])
async def test_a_change_while_the_message_is_being_sent_comes_after_it(
    office: Counter, api: BotApi, action: str
) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    api.fault("sendMessage", "slow", seconds=0.6, chat=jan.id)
    event = await office.hub.reply(office.anna, conversation, "Pierwsza wersja.", "1")
    await see(lambda: jan.texts[-1] == "Anna: Pierwsza wersja.", "Telegram has it, its answer is slow")
    await office.delivered(conversation, event.seq, "sending")
    if action == "amend":
        await office.hub.amend(office.anna, conversation, event.seq, "Druga wersja.")
        await see(lambda: jan.texts[-1] == "Anna: Druga wersja.", "it is corrected")
    else:
        await office.hub.retract(office.anna, conversation, event.seq)
        await see(lambda: not any("wersja" in text for text in jan.texts), "it is deleted")
    await office.delivered(conversation, event.seq)


async def test_only_ones_own_messages_can_be_changed(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    event = await office.hub.reply(office.anna, conversation, "Dzień dobry.", "1")
    somebody = StaffRef("0" * 32, "Ewa", "coordinator")
    with pytest.raises(NotOwner):
        await office.hub.retract(somebody, conversation, event.seq)
    with pytest.raises(NotFound):
        await office.hub.amend(office.anna, conversation, 1, "To nie jest odpowiedź pracownika.")
    assert (await office.event(conversation, event.seq)).text == "Dzień dobry."


async def test_staff_see_who_cannot_be_reached_until_they_can(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.taken_over(jan)
    jan.block()

    async def unreachable() -> str | None:
        return (await office.view(conversation)).unreachable

    await see(lambda: unreachable(), "blocking is seen before anybody writes")
    event = await office.hub.reply(office.anna, conversation, "Czy jest Pan tam?", "1")
    failed = await office.delivered(conversation, event.seq, "failed")
    assert failed.delivery_error == BLOCKED
    jan.unblock()

    async def reachable() -> bool:
        return await unreachable() is None

    await see(lambda: reachable(), "it is seen that messages arrive again")


async def test_a_keyboard_of_before_an_erasure_presses_nothing(office: Counter, api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    conversation = await office.conversation(jan)
    await office.hub.claim(office.anna, conversation)
    jan.say("bez przycisku")
    await office.run("UPDATE conversations SET owner = 'bot', staff_id = NULL WHERE id = :id", id=conversation)
    old = await office.said(conversation, "Anna")
    await office.run("DELETE FROM conversations WHERE id = :id", id=conversation)
    jan.say("dzień dobry")
    await see(lambda: any("automatyczny asystent" in text for text in jan.texts), "the conversation begins anew")
    query = jan.press_data(f"b1.0.{old.id[:8]}")
    await see(lambda: query in api.answers, "the press is answered")
    assert api.answers[query] == STALE_BUTTON


async def test_the_widget_hears_of_corrections_and_of_what_is_taken_back(office: Counter) -> None:
    conversation = await office.hub.open_conversation("web", "chat-of-a-test")
    await office.hub.claim(office.anna, conversation)
    event = await office.hub.reply(office.anna, conversation, "Kasa: 10:00", "1")

    async def next_update(after: int) -> str:
        async with aclosing(conversation_stream(office.hub, conversation, after)) as stream:
            async for message in stream:
                if message.event == "update":
                    return str(message.data)
        raise AssertionError("the stream ended")

    await office.hub.amend(office.anna, conversation, event.seq, "Kasa: 10:30")
    assert await next_update(event.seq) == f'{{"seq":{event.seq},"text":"Kasa: 10:30","edited":true}}'
    await office.hub.retract(office.anna, conversation, event.seq)
    assert await next_update(event.seq) == f'{{"seq":{event.seq},"retracted":true}}'
    # Who opens the conversation only now does not get the words either.
    async with aclosing(conversation_stream(office.hub, conversation, 0)) as stream:
        async for message in stream:
            assert "10:30" not in str(message.data)
            if message.event == "status":
                break
