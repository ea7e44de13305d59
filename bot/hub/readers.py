"""Reading: what residents and staff see of a conversation. Each audited look of staff goes through here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.models import Case
from bot.hub.access import look, may_work
from bot.hub.body import open_body, to_event
from bot.hub.cases import cases_of
from bot.hub.context import Context
from bot.hub.messages import ConversationView, Event, NotFound, QueueRow, StaffRef, Status
from bot.hub.store import CONVERSATIONS, IN_QUEUE, MESSAGES, OUTBOX, STAFF, place_in_queue

LAST_LINE = 140


_EVENTS = (
    select(MESSAGES, STAFF.c.name.label("staff_name"), OUTBOX.c.state.label("delivery"))
    .outerjoin(STAFF, STAFF.c.id == MESSAGES.c.staff_id)
    .outerjoin(OUTBOX, OUTBOX.c.message_id == MESSAGES.c.id)
    .order_by(MESSAGES.c.seq)
)
# Built once: an open stream asks these at each wake-up.
_NEWS = _EVENTS.where(MESSAGES.c.conversation_id == bindparam("conversation"), MESSAGES.c.seq > bindparam("after"))
_PENDING = (
    select(func.count())
    .select_from(MESSAGES)
    .where(MESSAGES.c.conversation_id == bindparam("conversation"), MESSAGES.c.state == "pending")
    .scalar_subquery()
)
_STATUS = (
    select(CONVERSATIONS.c.owner, STAFF.c.name, _PENDING.label("pending"))
    .outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
)


async def read_events(context: Context, *where: Any) -> list[Event]:
    """Read messages in order, with the names of staff and the state of delivery."""
    async with context.database.connect() as connection:
        rows = (await connection.execute(_EVENTS.where(*where))).mappings().all()
    return _as_events(context, rows)


def _as_events(context: Context, rows: Sequence[RowMapping]) -> list[Event]:
    return [
        to_event(context.keyring, row, row["staff_name"] if row["author"] == "staff" else None)
        for row in map(dict, rows)
    ]


async def read_status(context: Context, conversation_id: str) -> Status:
    """Tell a resident who answers.

    Raises:
        NotFound: no such conversation.
    """
    async with context.database.connect() as connection:
        return await _status(connection, conversation_id)


async def read_news(context: Context, conversation_id: str, after: int) -> tuple[list[Event], Status]:
    """Read the messages after sequence number ``after``, and who answers.

    Raises:
        NotFound: no such conversation.
    """
    async with context.database.connect() as connection:
        rows = (await connection.execute(_NEWS, {"conversation": conversation_id, "after": after})).mappings().all()
        status = await _status(connection, conversation_id)
    return _as_events(context, rows), status


async def _status(connection: AsyncConnection, conversation_id: str) -> Status:
    row = (await connection.execute(_STATUS, {"conversation": conversation_id})).first()
    if row is None:
        raise NotFound(conversation_id)
    place = await place_in_queue(connection, conversation_id) if row.owner == "waiting" else None
    return Status(
        owner=row.owner,
        place=place,
        staff_name=row.name,
        thinking=row.owner in ("bot", "closed") and row.pending > 0,
    )


async def read_queue(context: Context, staff: StaffRef, *, watching: bool) -> list[QueueRow]:
    """List what waits, what is mine and what colleagues hold; urgent first, then the longest wait.

    ``watching``: an open page refreshes itself; see `access.look`.
    """
    await look(context, staff, "queue", None, watching=watching)
    last = (
        select(MESSAGES.c.conversation_id, func.max(MESSAGES.c.seq).label("seq"))
        .where(MESSAGES.c.author == "resident")
        .group_by(MESSAGES.c.conversation_id)
        .subquery()
    )
    number = select(func.max(Case.number)).where(Case.conversation_id == CONVERSATIONS.c.id).scalar_subquery()
    waiting = func.coalesce(CONVERSATIONS.c.unanswered_since, CONVERSATIONS.c.queue_since, CONVERSATIONS.c.updated_at)
    query = (
        select(
            CONVERSATIONS,
            STAFF.c.name.label("staff_name"),
            MESSAGES.c.body_enc,
            number.label("case_number"),
            waiting.label("waiting_since"),
        )
        .outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id)
        .outerjoin(last, last.c.conversation_id == CONVERSATIONS.c.id)
        .outerjoin(MESSAGES, and_(MESSAGES.c.conversation_id == CONVERSATIONS.c.id, MESSAGES.c.seq == last.c.seq))
        .where(or_(IN_QUEUE, CONVERSATIONS.c.owner == "staff"))
        .order_by(CONVERSATIONS.c.urgent.desc(), waiting)
    )
    async with context.database.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [
        QueueRow(
            id=row.id,
            channel=row.channel,
            owner=row.owner,
            staff_id=row.staff_id,
            staff_name=row.staff_name,
            reason=row.queue_reason,
            urgent=row.urgent,
            waiting_since=row.waiting_since,
            unanswered=row.unanswered_since is not None,
            topic=_topic(context, row.topic_enc),
            language=row.language,
            last_line=_one_line(open_body(context.keyring, row.body_enc).text) if row.body_enc else "",
            case_number=row.case_number,
        )
        for row in rows
    ]


async def read_conversation(
    context: Context, staff: StaffRef, conversation_id: str, *, watching: bool
) -> ConversationView:
    """Read a whole conversation with its cases; the look is audited before anything is shown.

    ``watching``: an open page refreshes itself; see `access.look`.

    Raises:
        NotFound: no such conversation.
        Forbidden: the role does not open conversations.
    """
    may_work(staff)
    query = (
        select(CONVERSATIONS, STAFF.c.name.label("staff_name"))
        .outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id)
        .where(CONVERSATIONS.c.id == conversation_id)
    )
    async with context.database.connect() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(conversation_id)
    await look(context, staff, "read", conversation_id, watching=watching)
    async with context.database.connect() as connection:
        cases = await cases_of(connection, context.keyring, context.knowledge, conversation_id)
    return ConversationView(
        id=row.id,
        channel=row.channel,
        owner=row.owner,
        staff_id=row.staff_id,
        staff_name=row.staff_name,
        language=row.language,
        urgent=row.urgent,
        reason=row.queue_reason,
        topic=_topic(context, row.topic_enc),
        cases=cases,
        events=await read_events(context, MESSAGES.c.conversation_id == conversation_id),
    )


def _topic(context: Context, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    value = context.keyring.decrypt(sealed)
    return context.knowledge.topics.get(value, value)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LAST_LINE else line[: LAST_LINE - 1].rstrip() + "…"
