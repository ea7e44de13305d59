"""Who waits for a person now, and since when: what alerts and the messages to those who wait stand on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Table, and_, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.models import Case
from bot.db.waiting import WaitingStep
from bot.hub.context import Context
from bot.hub.history import CHANGES
from bot.hub.messages import Owner
from bot.hub.readers import topic_title
from bot.hub.store import CONVERSATIONS, IN_QUEUE

STEPS = cast(Table, WaitingStep.__table__)

Why = Literal["urgent", "lapsed", "waiting"]

_TURNS_OF_OWNERSHIP = ("asks_person", "called_back", "claim", "take_over", "assign", "resume", "release", "returned")


@dataclass(frozen=True, slots=True)
class Wait:
    """One waiting. ``lapsed``: somebody had it and left it alone; ``since`` tells it from the next one."""

    conversation_id: str
    owner: Owner
    why: Why
    since: datetime
    case_number: str | None
    topic: str | None
    unreachable: bool


async def read_waits(context: Context) -> list[Wait]:
    """Find everybody who waits: those in the queue, and those whose clerk owes an answer. Urgent first."""
    unanswered = and_(CONVERSATIONS.c.owner == "staff", CONVERSATIONS.c.unanswered_since.is_not(None))
    number = (
        select(Case.number)
        .where(Case.conversation_id == CONVERSATIONS.c.id)
        .order_by(Case.created_at.desc())
        .limit(1)
        .correlate(CONVERSATIONS)
        .scalar_subquery()
    )
    query = select(
        CONVERSATIONS.c.id,
        CONVERSATIONS.c.owner,
        CONVERSATIONS.c.urgent,
        CONVERSATIONS.c.queue_since,
        CONVERSATIONS.c.unanswered_since,
        CONVERSATIONS.c.held_since,
        CONVERSATIONS.c.topic_enc,
        CONVERSATIONS.c.unreachable,
        number.label("number"),
    ).where(or_(IN_QUEUE, unanswered))
    turns = (
        select(CHANGES.c.conversation_id, CHANGES.c.kind, CHANGES.c.at)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == CHANGES.c.conversation_id)
        .where(IN_QUEUE, CHANGES.c.kind.in_(_TURNS_OF_OWNERSHIP))
        .order_by(CHANGES.c.id)
    )
    async with context.database.scan() as connection:
        rows = (await connection.execute(query)).all()
        last = {row.conversation_id: row for row in await connection.execute(turns)}
    waits = []
    for row in rows:
        turn = last.get(row.id)
        in_queue = row.owner != "staff"
        alarmed = (
            row.urgent and row.queue_since is not None and not (row.held_since and row.held_since > row.queue_since)
        )
        why: Why = "waiting"
        since = row.queue_since if in_queue else row.unanswered_since
        if alarmed:
            why, since = "urgent", row.queue_since
        elif in_queue and turn is not None and turn.at >= row.queue_since:
            if turn.kind == "returned":
                why, since = "lapsed", turn.at
            elif turn.kind in ("asks_person", "release"):
                since = min(turn.at, row.unanswered_since or turn.at)
        waits.append(
            Wait(
                conversation_id=row.id,
                owner=row.owner,
                why=why,
                since=since,
                case_number=row.number,
                topic=topic_title(context, row.topic_enc),
                unreachable=row.unreachable is not None,
            )
        )
    return sorted(waits, key=lambda wait: (wait.why != "urgent", wait.since))


async def steps_of(connection: AsyncConnection, waits: list[Wait]) -> set[tuple[str, datetime, str, str]]:
    """Read what was already done about these: conversation, since, kind, target."""
    if not waits:
        return set()
    ids = sorted({wait.conversation_id for wait in waits})
    rows = await connection.execute(
        select(STEPS.c.conversation_id, STEPS.c.since, STEPS.c.kind, STEPS.c.target).where(
            STEPS.c.conversation_id.in_(ids)
        )
    )
    return {(row.conversation_id, row.since, row.kind, row.target) for row in rows}


async def note_step(connection: AsyncConnection, wait: Wait, kind: str, target: str, now: datetime) -> None:
    """Note that something was done about a waiting; nothing when the conversation was erased meanwhile.

    Raises:
        IntegrityError: it was done already.
    """
    await connection.execute(
        insert(STEPS).from_select(
            ["conversation_id", "since", "kind", "target", "at"],
            select(
                CONVERSATIONS.c.id,
                literal(wait.since, STEPS.c.since.type),
                literal(kind),
                literal(target),
                literal(now, STEPS.c.at.type),
            ).where(CONVERSATIONS.c.id == wait.conversation_id),
        )
    )
