"""A resident's rights over their own conversation (RODO art. 15, 17 and 20): see it, take a copy, have it erased.

Every channel calls the same two functions, and the conversation itself can: "usuń moje dane" asks, a button confirms.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.db.base import new_id
from bot.hours import day_in_words
from bot.hub import search_index
from bot.hub.body import Body, open_fields
from bot.hub.cases import CASES
from bot.hub.context import Context
from bot.hub.history import CHANGES
from bot.hub.messages import Export, ExportedCase, NotFound
from bot.hub.notes import NOTES
from bot.hub.ratings import RATINGS, ratings_of
from bot.hub.readers import read_events
from bot.hub.store import CONVERSATIONS, MESSAGES, audit
from bot.knowledge import Answer

ERASED = "erased"
"""Channel of what is left of an erased conversation: a sent case that the office keeps, and nobody to write to."""

FAREWELL = "farewell"
"""Kind of the last message on a push channel; its conversation goes once it is delivered."""

OPEN_ALARM = and_(CONVERSATIONS.c.queue_reason == "crisis", CONVERSATIONS.c.owner != "closed")
"""Danger was recognised, and no employee has closed or handed back the conversation since."""
_ALARM_IN_WORDS = "sygnał o zagrożeniu"

LEFT_OUT = "-"
"""What the form stores for a question that was left unanswered."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did; ``kept_cases`` are the numbers of sent cases that stay with the office.

    ``alarm``: somebody may have been in danger and no employee has closed it yet, so the alarm stays, without a word.
    """

    kept_cases: tuple[str, ...]
    alarm: bool = False


async def erase(
    context: Context, conversation_id: str, *, by: str | None = None, action: str = "resident_erase"
) -> Erased:
    """Delete a conversation with everything said in it; done when it returns, and not to be undone.

    A sent case is a record of the office. Where the settings keep such records, the case stays as it was confirmed,
    without the conversation and without a way to write to the resident; else it goes too. On a push channel one last
    message says what happened, and is forgotten when it is delivered.

    An open alarm does not vanish with the words that raised it: its row stays in the queue, empty, until an employee
    closes it. Otherwise nobody would learn that a person in danger had written.

    ``by``, ``action``: the employee who does it and what the audit trail calls it; by default the resident.

    Raises:
        NotFound: no such conversation, or it was erased before.
        StorageUnavailable: nothing was deleted.
    """
    now = utc_now()
    async with context.database.write() as connection:
        # An update first: it locks the row against a message that is just being accepted.
        row = (
            await connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.channel != ERASED)
                .values(updated_at=now, lease_by=None, lease_until=None)
                .returning(
                    CONVERSATIONS.c.channel,
                    CONVERSATIONS.c.chat,
                    CONVERSATIONS.c.stretch,
                    OPEN_ALARM.label("alarm"),
                )
            )
        ).first()
        if row is None:
            raise NotFound(conversation_id)
        kept = await kept_cases(connection, context, conversation_id)
        if not kept and row.alarm:
            await _empty(connection, conversation_id)
        if kept or row.alarm:
            told = context.knowledge.notice(
                "erased_for_staff", kept=", ".join(kept), alarm=_ALARM_IN_WORDS if row.alarm else ""
            )
            body = context.writer(now).answer(told)
            await leave_case(connection, context, conversation_id, row.stretch, body)
        else:
            await connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id))
        if row.channel in context.push_channels:
            await _say_farewell(connection, context, row.channel, row.chat, kept)
        await audit(connection, now, by, action, conversation_id)
    return Erased(kept, bool(row.alarm))


async def forget_after_farewell(connection: AsyncConnection, conversation_id: str) -> None:
    """Delete the conversation that only carried the farewell, unless the resident has written since."""
    farewell = select(MESSAGES.c.conversation_id).where(
        MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.seq == 1, MESSAGES.c.kind == FAREWELL
    )
    await connection.execute(
        delete(CONVERSATIONS).where(CONVERSATIONS.c.id.in_(farewell), CONVERSATIONS.c.last_seq == 1)
    )


async def ask_before_erasing(connection: AsyncConnection, context: Context, conversation_id: str) -> Answer:
    """Say what an erasure will take and what it will leave, with the button that confirms."""
    channel = await connection.scalar(select(CONVERSATIONS.c.channel).where(CONVERSATIONS.c.id == conversation_id))
    kept = await kept_cases(connection, context, conversation_id)
    alarm = await connection.scalar(select(OPEN_ALARM).where(CONVERSATIONS.c.id == conversation_id))
    return context.knowledge.notice(
        "erase_ask", channel=channel, kept=", ".join(kept), alarm=_ALARM_IN_WORDS if alarm else ""
    )


async def export(context: Context, conversation_id: str) -> Export:
    """Collect everything that is stored about a conversation, for the resident; written down as their own doing.

    Raises:
        NotFound: no such conversation.
    """
    found = await collect(context, conversation_id)
    async with context.database.write() as connection:
        await audit(connection, utc_now(), None, "resident_export", conversation_id)
    return found


async def collect(context: Context, conversation_id: str, *, erased_too: bool = False) -> Export:
    """Read everything that the resident has said or confirmed; whoever calls it writes it down.

    ``erased_too``: also what an erasure has left.

    Raises:
        NotFound: no such conversation.
    """
    itself = select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
    if not erased_too:
        itself = itself.where(CONVERSATIONS.c.channel != ERASED)
    async with context.database.connect() as connection:
        row = (await connection.execute(itself)).first()
        if row is None:
            raise NotFound(conversation_id)
        cases = [
            ExportedCase(
                number=found.number,
                status=found.status,
                created_at=found.created_at,
                details=open_fields(context.keyring, found.details_enc),
            )
            for found in await connection.execute(
                select(CASES).where(CASES.c.conversation_id == conversation_id).order_by(CASES.c.created_at)
            )
        ]
        ratings = await ratings_of(connection, context.keyring, conversation_id)
    messages = await read_events(context, MESSAGES.c.conversation_id == conversation_id)
    return Export(
        channel=row.channel,
        # The web's chat is a hash of the token that the browser has; Telegram's is the person's own number there.
        chat=None if row.channel == "web" else row.chat,
        language=row.language,
        owner=row.owner,
        created_at=row.created_at,
        updated_at=row.updated_at,
        messages=messages,
        cases=cases,
        ratings=ratings,
    )


async def summarise(context: Context, conversation_id: str) -> list[Body]:
    """Say in the conversation itself what is stored about it."""
    found = await export(context, conversation_id)
    writer = context.writer()
    lines = [
        f"Zgłoszenie {one.number} ({day_in_words(one.created_at, context.settings.timezone)}): "
        + "; ".join(value for value in one.details.values() if value and value != LEFT_OUT)
        for one in found.cases
    ]
    notice = context.knowledge.notice(
        "export_summary",
        channel=found.channel,
        count=str(len(found.messages)),
        since=day_in_words(found.created_at, context.settings.timezone),
        cases="\n".join(lines),
        rating="ocena rozmowy" if found.ratings else "",
    )
    return [writer.answer(notice)]


async def kept_cases(connection: AsyncConnection, context: Context, conversation_id: str) -> tuple[str, ...]:
    """Return the numbers of the cases that an erasure leaves, oldest first."""
    if not context.settings.keep_cases:
        return ()
    return tuple(
        await connection.scalars(
            select(CASES.c.number).where(CASES.c.conversation_id == conversation_id).order_by(CASES.c.created_at)
        )
    )


async def _empty(connection: AsyncConnection, conversation_id: str) -> None:
    """Take whatever is not a message: all that is left will be that there was an alarm."""
    for table in (CASES, NOTES):
        await connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
    await connection.execute(
        update(CHANGES).where(CHANGES.c.conversation_id == conversation_id).values(detail_enc=None)
    )
    await connection.execute(
        update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).values(topic_enc=None, language=None)
    )
    await search_index.forget(connection, conversation_id, search_index.CASE, search_index.NOTE)


async def leave_case(
    connection: AsyncConnection, context: Context, conversation_id: str, stretch: int, told: Body
) -> None:
    """Take the conversation and leave its row where it stood in the staff's queue, for the matter may still be open.

    ``told``: the one message that staff then find there.
    """
    await connection.execute(delete(MESSAGES).where(MESSAGES.c.conversation_id == conversation_id))
    await connection.execute(delete(RATINGS).where(RATINGS.c.conversation_id == conversation_id))
    await search_index.forget(connection, conversation_id, search_index.MESSAGE)
    await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id)
        .values(
            channel=ERASED,
            chat=conversation_id,
            owner=case((CONVERSATIONS.c.owner == "waiting", "bot"), else_=CONVERSATIONS.c.owner),
            tracker_enc=None,
            active_form=None,
            interrupted=False,
            unanswered_since=None,
        )
    )
    left = SimpleNamespace(id=conversation_id, channel=ERASED, stretch=stretch)
    await context.writer().append(connection, left, [told], author="system")


async def _say_farewell(
    connection: AsyncConnection, context: Context, channel: str, chat: str, kept: tuple[str, ...]
) -> None:
    now = utc_now()
    fresh: dict[str, Any] = {
        "id": new_id(),
        "channel": channel,
        "chat": chat,
        "owner": "closed",
        "stretch": 1,
        "last_seq": 0,
        "interrupted": False,
        "urgent": False,
        "delay_told": False,
        "created_at": now,
        "updated_at": now,
    }
    row = (await connection.execute(insert(CONVERSATIONS).values(**fresh).returning(*CONVERSATIONS.c))).one()
    writer = context.writer(now)
    farewell = writer.answer(context.knowledge.notice("data_erased", kept=", ".join(kept)))
    said = await writer.append(connection, row, [farewell], author="system")
    await connection.execute(update(MESSAGES).where(MESSAGES.c.id == said[0]["id"]).values(kind=FAREWELL))
