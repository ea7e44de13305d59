"""Whoever was in danger and then erases the conversation is still looked after: the alarm stays, the words go."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.db.models import Case, Note
from bot.hub.messages import Inbound, NotFound
from bot.hub.search_index import TERMS
from bot.hub.store import CONVERSATIONS, MESSAGES
from tests.hub.quiet import Office

WORDS = "chcę się zabić"


@pytest.fixture(scope="module")
def town() -> Iterator[Office]:
    office = Office()
    yield office
    office.shut()


async def left(office: Office, table: object, conversation: str) -> int:
    async with office.context.database.connect() as connection:
        return len((await connection.execute(select(table).where(table.c.conversation_id == conversation))).all())  # type: ignore


def in_danger(office: Office, chat: str) -> str:
    receipt = office.run(office.hub.accept(Inbound("rest", chat, f"{chat}-1", text=WORDS)))
    return receipt.conversation_id


def test_a_resident_s_erasure_leaves_the_alarm_in_the_queue_without_a_word(town: Office) -> None:
    anna = town.people[0]
    conversation = in_danger(town, "ola")
    town.run(town.hub.work.add_note(anna, conversation, "zadzwonić do Oli", "n1"))
    erased = town.run(town.hub.erase_conversation(conversation))
    assert (erased.kept_cases, erased.alarm) == ((), True)
    [row] = [row for row in town.run(town.hub.queue(anna)) if row.id == conversation]
    assert (row.urgent, row.reason, row.last_line, row.topic) == (True, "crisis", "", None)
    view = town.run(town.hub.conversation(anna, conversation))
    assert [event.author for event in view.events] == ["system"]
    assert "sygnał o zagrożeniu" in view.events[0].text
    for table in (TERMS, Note.__table__, Case.__table__):
        assert town.run(left(town, table, conversation)) == 0
    assert town.run(left(town, MESSAGES, conversation)) == 1
    # The resident writes again: it is another conversation, and the old alarm is still there.
    assert in_danger(town, "ola") != conversation
    with pytest.raises(NotFound):
        town.run(town.hub.erase_conversation(conversation))
    assert town.run(town.hub.claim(anna, conversation)).won
    assert town.run(town.hub.close(anna, conversation))
    assert conversation not in [row.id for row in town.run(town.hub.queue(anna))]


def test_while_an_employee_looks_after_it_the_row_stays_theirs(town: Office) -> None:
    anna = town.people[0]
    conversation = in_danger(town, "ewa")
    town.run(town.hub.claim(anna, conversation))
    assert town.run(town.hub.erase_conversation(conversation)).alarm
    mine = town.run(town.hub.work.queue_page(anna, "mine", 1))
    assert conversation in [row.id for row in mine.rows]


def test_an_alarm_that_somebody_has_closed_keeps_nothing(town: Office) -> None:
    anna = town.people[0]
    conversation = in_danger(town, "iza")
    town.run(town.hub.claim(anna, conversation))
    town.run(town.hub.close(anna, conversation))
    assert not town.run(town.hub.erase_conversation(conversation)).alarm

    async def rows() -> int:
        async with town.context.database.connect() as connection:
            found = await connection.execute(select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation))
            return len(found.all())

    assert town.run(rows()) == 0
