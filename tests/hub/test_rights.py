"""What a resident may do with their own data: see it, copy it, have it erased; and rate the conversation."""

from typing import Any

import pytest
from sqlalchemy import text

from bot.clock import utc_now
from bot.hub.cases import create_case
from bot.hub.feed import typing_topic
from bot.hub.hub import Hub
from bot.hub.messages import Delivery, NobodyThere, NotFound, Outgoing, TooLong
from tests.hub.conftest import Town

pytestmark = pytest.mark.engine

SECRET = "mój sekret o kasie"
DETAILS = {"temat": "zasilki", "opis": "Proszę o węgiel", "kontakt": "600 100 200", "ulica": "-"}


async def rows(town: Town, table: str) -> list[Any]:
    async with town.context.database.connect() as connection:
        return list(await connection.execute(text(f"SELECT * FROM {table}")))  # noqa: S608


async def with_case(town: Town, chat: str) -> tuple[str, str]:
    """A conversation with a sent case that waits in the queue; returns its id and the case's number."""
    await town.say(chat, SECRET)
    conversation = await town.conversation(chat)
    async with town.context.database.write() as connection:
        number = await create_case(connection, town.context, conversation, DETAILS, utc_now())
        await connection.execute(
            text("UPDATE conversations SET queue_since = created_at, queue_reason = 'case' WHERE id = :id"),
            {"id": conversation},
        )
    return conversation, number


async def press(town: Town, chat: str, title: str) -> list[Any]:
    events = await town.hub.events(await town.conversation(chat), 0)
    button = next(button for event in reversed(events) for button in event.buttons if button.title == title)
    return await town.say(chat, "", button=button.id)


async def test_delete_my_data_asks_first_and_then_leaves_nothing(town: Town) -> None:
    await town.say("zosia", SECRET)
    conversation = await town.conversation("zosia")
    await town.hub.rate(conversation, 2, "za długo")
    asked = await town.say("zosia", "usuń moje dane")
    assert "Czy usunąć dane?" in asked[-1].text
    assert "zgłoszenie" not in asked[-1].text
    assert "Nic nie zostało usunięte" in (await press(town, "zosia", "Nie, zostaw"))[-1].text
    await town.say("zosia", "usuń moje dane")
    await press(town, "zosia", "Tak, usuń moje dane")
    assert await town.hub.conversation_of("rest", "zosia") is None
    for table in ("conversations", "messages", "ratings", "outbox"):
        assert await rows(town, table) == []
    trail = [(row.action, row.staff_id, row.target) for row in await rows(town, "audit")]
    assert trail == [("resident_erase", None, conversation)]


async def test_the_request_is_heard_also_while_a_person_answers(town: Town) -> None:
    await town.say("ola", "chcę rozmawiać z człowiekiem")
    await town.hub.claim(await town.staff("Ewa"), await town.conversation("ola"))
    assert "Czy usunąć dane?" in (await town.say("ola", "proszę usunąć moje dane"))[-1].text


async def test_a_sent_case_stays_with_the_office_without_the_conversation(town: Town) -> None:
    conversation, number = await with_case(town, "jan")
    asked = await town.say("jan", "usuń moje dane")
    assert number in asked[-1].text
    assert "pozostaje w dokumentacji" in asked[-1].text
    await press(town, "jan", "Tak, usuń moje dane")
    assert await town.hub.conversation_of("rest", "jan") is None
    clerk = await town.staff("Maria")
    assert [row.case_number for row in await town.hub.queue(clerk)] == [number]
    view = await town.hub.conversation(clerk, conversation)
    assert [event.author for event in view.events] == ["system"]
    assert view.cases[0].details["opis"] == "Proszę o węgiel"
    assert (await town.hub.claim(clerk, conversation)).won
    with pytest.raises(NobodyThere):
        await town.hub.reply(clerk, conversation, "Dzień dobry", "1")
    with pytest.raises(NotFound):
        await town.hub.erase_conversation(conversation)
    # The resident may come back: it is another conversation.
    await town.say("jan", SECRET)
    assert await town.conversation("jan") != conversation


async def test_where_the_settings_keep_no_cases_they_go_too(make_town: Any) -> None:
    town = await make_town(keep_cases=False)
    conversation, number = await with_case(town, "ewa")
    assert number not in (await town.say("ewa", "usuń moje dane"))[-1].text
    erased = await town.hub.erase_conversation(conversation)
    assert erased.kept_cases == ()
    assert await rows(town, "cases") == []
    assert await rows(town, "messages") == []


async def test_show_my_data_says_what_is_stored_and_the_copy_holds_it_all(town: Town) -> None:
    conversation, number = await with_case(town, "ala")
    await town.hub.rate(conversation, 5, "PESEL 44051401359, dobrze")
    told = await town.say("ala", "jakie macie moje dane")
    assert number in told[-1].text
    assert "Proszę o węgiel" in told[-1].text
    copy = await town.hub.export_conversation(conversation)
    assert copy.messages[0].text == SECRET
    assert [event.seq for event in copy.messages] == list(range(1, len(copy.messages) + 1))
    assert copy.cases[0].details == DETAILS
    assert [(one.score, "44051401359" in (one.comment or "")) for one in copy.ratings] == [(5, False)]
    with pytest.raises(NotFound):
        await town.hub.export_conversation("no such")


class Post:
    """A push channel that keeps what it sends."""

    name = "rest"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, message: Outgoing) -> Delivery:
        self.sent.append(message.text)
        return Delivery("sent")


async def test_a_push_channel_says_goodbye_and_forgets(town: Town) -> None:
    from dataclasses import replace

    from tests.support.processes import until_async

    post = Post()
    hub = Hub(replace(town.context, push_channels=frozenset({"rest"}), instance="push"), {"rest": post})
    await hub.start()
    try:
        pushed = Town(hub, town.context)
        await pushed.say("tele", SECRET)
        await hub.erase_conversation(await pushed.conversation("tele"))

        async def forgotten() -> bool:
            return await rows(town, "conversations") == []

        await until_async(forgotten, 15, "nothing is left once the farewell is delivered")
    finally:
        await hub.stop()
    assert "są usunięte" in post.sent[-1]


async def test_a_rating_is_one_for_a_stretch_and_its_comment_is_sealed(town: Town) -> None:
    await town.say("ocena", SECRET)
    conversation = await town.conversation("ocena")
    await town.hub.rate(conversation, 1)
    await town.hub.rate(conversation, 4, "Dziękuję")
    stored = await rows(town, "ratings")
    assert [row.score for row in stored] == [4]
    assert b"Dzi" not in bytes(stored[0].comment_enc)
    for wrong in (0, 6):
        with pytest.raises(ValueError, match=str(wrong)):
            await town.hub.rate(conversation, wrong)
    with pytest.raises(TooLong):
        await town.hub.rate(conversation, 3, "x" * 1001)
    with pytest.raises(NotFound):
        await town.hub.rate("no such", 3)


async def test_only_the_clerk_who_holds_a_conversation_is_shown_as_writing(town: Town) -> None:
    await town.say("pisze", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("pisze")
    holder, other = await town.staff("Iza"), await town.staff("Ada")
    async with town.hub.feed.subscribe(typing_topic(conversation, "staff")) as wakeups:
        assert not await town.hub.staff_typing(holder, conversation)
        await town.hub.claim(holder, conversation)
        assert not await town.hub.staff_typing(other, conversation)
        assert not await wakeups.wait(0.05)
        assert await town.hub.staff_typing(holder, conversation)
        assert await wakeups.wait(1)
    async with town.hub.feed.subscribe(typing_topic(conversation, "resident")) as wakeups:
        town.hub.resident_typing(conversation)
        assert await wakeups.wait(1)
