"""Retention: what nobody needs any more goes by itself, after the periods that the operator has set.

Three periods, in days; 0 keeps a kind until somebody deletes it.

- **Conversations** that nobody waits in or holds, counted from their last change. Without a case they go whole. Where
  a case was sent, they go when all of its cases are done: the words, the dialogue's state, ratings; the case stays,
  as at a resident's own erasure.
- **Cases** that are done, counted from the conversation's last change: what is left of the conversation goes, with
  notes and history.
- **The audit trail**, line by line. KRI § 21 (4) asks for two years.

The search index goes with what it stands for. Open cases, open alarms, and whatever waits in the queue are never due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hub.access import look
from bot.hub.cases import CASES
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.messages import StaffRef
from bot.hub.rights import ERASED, OPEN_ALARM, leave_case
from bot.hub.store import AUDIT, CONVERSATIONS, audit
from bot.permissions import Permission, require

LISTED = 200
_BATCH = 200
_AUDIT_BATCH = 5000

_CASE = select(CASES.c.id).where(CASES.c.conversation_id == CONVERSATIONS.c.id).correlate(CONVERSATIONS)
_HAS_CASE = exists(_CASE)
_OPEN_CASE = exists(_CASE.where(CASES.c.status != "done"))
_AT_REST = and_(
    CONVERSATIONS.c.owner.in_(("bot", "closed")),
    CONVERSATIONS.c.queue_since.is_(None),
    not_(func.coalesce(OPEN_ALARM, False)),
    not_(_OPEN_CASE),
)


@dataclass(frozen=True, slots=True)
class DueRow:
    """One thing that is due. ``whole``: everything goes; else the words only, and the cases stay."""

    conversation_id: str
    numbers: tuple[str, ...]
    channel: str
    changed: datetime
    whole: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What is due at ``at``: how many of each kind, and the oldest of them one by one."""

    at: datetime
    conversations: int
    cases: int
    emptied: int
    audit_lines: int
    rows: list[DueRow]


@dataclass(slots=True)
class Done:
    """What a run has deleted."""

    conversations: int = 0
    emptied: int = 0
    audit_lines: int = 0


async def look_at_due(context: Context, staff: StaffRef, *, days_ahead: int = 0) -> Due:
    """`read_due` for somebody of the staff, with a line in the audit trail. Raises Forbidden."""
    require(staff.role, Permission.COORDINATION)
    await look(context, staff, "retention_preview", None)
    return await read_due(context, utc_now() + timedelta(days=days_ahead))


async def read_due(context: Context, at: datetime) -> Due:
    """Count what will be due at a moment, if nobody touches it until then; nothing is deleted."""
    whole, words = _whole(context, at), _words(context, at)
    numbers = select(CASES.c.conversation_id, CASES.c.number)
    listed = (
        select(
            CONVERSATIONS.c.id,
            CONVERSATIONS.c.channel,
            CONVERSATIONS.c.updated_at,
            whole.label("whole"),
        )
        .where(or_(whole, words))
        .order_by(CONVERSATIONS.c.updated_at, CONVERSATIONS.c.id)
        .limit(LISTED)
    )
    async with context.database.scan() as connection:

        async def count(query: Any) -> int:
            return int(await connection.scalar(query) or 0)

        conversations = await count(select(func.count()).select_from(CONVERSATIONS).where(whole))
        emptied = await count(select(func.count()).select_from(CONVERSATIONS).where(words))
        cases = await count(
            select(func.count()).where(CASES.c.conversation_id.in_(select(CONVERSATIONS.c.id).where(whole)))
        )
        audit_lines = await count(select(func.count()).select_from(AUDIT).where(_old_lines(context, at)))
        rows = (await connection.execute(listed)).all()
        found: dict[str, list[str]] = {}
        for row in await connection.execute(numbers.where(CASES.c.conversation_id.in_([row.id for row in rows]))):
            found.setdefault(row.conversation_id, []).append(row.number)
    return Due(
        at,
        conversations,
        cases,
        emptied,
        audit_lines,
        [
            DueRow(row.id, tuple(sorted(found.get(row.id, ()))), row.channel, row.updated_at, bool(row.whole))
            for row in rows
        ],
    )


async def run(context: Context, at: datetime) -> Done:
    """Delete what is due at ``at``, each in a transaction of its own; a conversation that moved meanwhile stays."""
    done = Done()
    whole, words = _whole(context, at), _words(context, at)
    while batch := await _due(context, or_(whole, words)):
        for conversation_id in batch:
            async with context.database.write() as connection:
                if await _delete(connection, conversation_id, whole):
                    done.conversations += 1
                elif await _empty(connection, context, conversation_id, words):
                    done.emptied += 1
                else:
                    continue
                await audit(connection, utc_now(), None, "retention_deleted", conversation_id)
            context.feed.wake(conversation_topic(conversation_id))
    oldest = select(AUDIT.c.id).where(_old_lines(context, at)).order_by(AUDIT.c.id).limit(_AUDIT_BATCH)
    while True:
        async with context.database.write() as connection:
            gone = await connection.execute(delete(AUDIT).where(AUDIT.c.id.in_(oldest.scalar_subquery())))
        done.audit_lines += gone.rowcount
        if gone.rowcount < _AUDIT_BATCH:
            break
    async with context.database.write() as connection:
        await audit(connection, utc_now(), None, "retention_run", None)
    context.feed.wake(DESK)
    return done


def periods_set(context: Context) -> bool:
    """Whether anything is ever deleted."""
    settings = context.settings
    return bool(settings.retention_conversation_days or settings.retention_audit_days)


def _whole(context: Context, at: datetime) -> ColumnElement[bool]:
    """Conversations of which nothing is to stay."""
    settings = context.settings
    without_case = and_(not_(_HAS_CASE), _older(settings.retention_conversation_days, at))
    with_case = and_(_HAS_CASE, _older(settings.retention_case_days, at))
    return and_(_AT_REST, or_(without_case, with_case))


def _words(context: Context, at: datetime) -> ColumnElement[bool]:
    """Conversations whose words are to go while their cases stay."""
    settings = context.settings
    return and_(
        _AT_REST,
        _HAS_CASE,
        CONVERSATIONS.c.channel != ERASED,
        _older(settings.retention_conversation_days, at),
        not_(_older(settings.retention_case_days, at)),
    )


def _older(days: int, at: datetime) -> ColumnElement[bool]:
    return CONVERSATIONS.c.updated_at < at - timedelta(days=days) if days else false()


def _old_lines(context: Context, at: datetime) -> ColumnElement[bool]:
    days = context.settings.retention_audit_days
    return AUDIT.c.at < at - timedelta(days=days) if days else false()


async def _due(context: Context, where: ColumnElement[bool]) -> list[str]:
    async with context.database.scan() as connection:
        query = select(CONVERSATIONS.c.id).where(where).order_by(CONVERSATIONS.c.updated_at).limit(_BATCH)
        return list(await connection.scalars(query))


async def _delete(connection: AsyncConnection, conversation_id: str, whole: ColumnElement[bool]) -> bool:
    gone = await connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id, whole))
    return gone.rowcount == 1


async def _empty(
    connection: AsyncConnection, context: Context, conversation_id: str, words: ColumnElement[bool]
) -> bool:
    # An update first: it locks the row against a message that is just being accepted.
    row = (
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation_id, words)
            .values(lease_by=None, lease_until=None)
            .returning(CONVERSATIONS.c.stretch)
        )
    ).first()
    if row is None:
        return False
    told = context.writer().answer(context.knowledge.notice("expired_for_staff"))
    await leave_case(connection, context, conversation_id, row.stretch, told)
    return True
