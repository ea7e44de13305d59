"""Reading: what residents and staff see of a conversation. Each audited look of staff goes through here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.hub.access import look, may_work
from bot.hub.body import to_event
from bot.hub.cases import cases_of
from bot.hub.context import Context
from bot.hub.messages import ConversationView, Event, NotFound, StaffRef, Status
from bot.hub.store import CONVERSATIONS, MESSAGES, OUTBOX, STAFF, place_in_queue
from bot.hub.teams import TEAMS

SHOWN = 80
"""Messages of a conversation that a page shows at first."""


_EVENTS = (
    select(
        MESSAGES,
        STAFF.c.name.label("staff_name"),
        OUTBOX.c.state.label("delivery"),
        OUTBOX.c.error.label("delivery_error"),
        OUTBOX.c.action.label("delivery_action"),
    )
    .outerjoin(STAFF, STAFF.c.id == MESSAGES.c.staff_id)
    .outerjoin(OUTBOX, OUTBOX.c.message_id == MESSAGES.c.id)
    .order_by(MESSAGES.c.seq)
)
# Built once: an open stream asks these at each wake-up.
_NEWS = _EVENTS.where(
    MESSAGES.c.conversation_id == bindparam("conversation"),
    or_(MESSAGES.c.seq > bindparam("after"), MESSAGES.c.changed > bindparam("known")),
)
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
        return await _status(context, connection, conversation_id)


async def read_news(context: Context, conversation_id: str, after: int, known: int) -> tuple[list[Event], Status]:
    """Read the messages after sequence number ``after`` and those changed after change ``known``, and who answers.

    Raises:
        NotFound: no such conversation.
    """
    asked = {"conversation": conversation_id, "after": after, "known": known}
    async with context.database.connect() as connection:
        rows = (await connection.execute(_NEWS, asked)).mappings().all()
        status = await _status(context, connection, conversation_id)
    return _as_events(context, rows), status


async def _status(context: Context, connection: AsyncConnection, conversation_id: str) -> Status:
    row = (await connection.execute(_STATUS, {"conversation": conversation_id})).first()
    if row is None:
        raise NotFound(conversation_id)
    place = await place_in_queue(connection, conversation_id) if row.owner == "waiting" else None
    return Status(
        owner=row.owner,
        place=place,
        staff_name=row.name,
        thinking=row.owner in ("bot", "closed") and row.pending > 0,
        kept_days=context.settings.retention_conversation_days or None,
    )


async def read_conversation(
    context: Context, staff: StaffRef, conversation_id: str, *, watching: bool, since: int | None = None
) -> ConversationView:
    """Read a conversation with its cases; the look is audited before anything is shown.

    ``since``: the first sequence number wanted; 1 means all of it, None the newest :data:`SHOWN` messages.

    ``watching``: an open page refreshes itself; see `access.look`.

    Raises:
        NotFound: no such conversation.
        Forbidden: the role does not open conversations.
    """
    may_work(staff)
    query = (
        select(CONVERSATIONS, STAFF.c.name.label("staff_name"), TEAMS.c.name.label("team"))
        .outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id)
        .outerjoin(TEAMS, TEAMS.c.id == CONVERSATIONS.c.team_id)
        .where(CONVERSATIONS.c.id == conversation_id)
    )
    async with context.database.connect() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(conversation_id)
    await look(context, staff, "read", conversation_id, watching=watching)
    async with context.database.connect() as connection:
        cases = await cases_of(
            connection, context.keyring, context.knowledge, context.settings.timezone, conversation_id
        )
    first = max(1, row.last_seq - SHOWN + 1) if since is None else min(max(1, since), row.last_seq + 1)
    return ConversationView(
        id=row.id,
        channel=row.channel,
        owner=row.owner,
        staff_id=row.staff_id,
        staff_name=row.staff_name,
        language=row.language,
        urgent=row.urgent,
        reason=row.queue_reason,
        topic=topic_title(context, row.topic_enc),
        team=row.team,
        first_seq=first,
        unreachable=row.unreachable,
        cases=cases,
        events=await read_events(context, MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.seq >= first),
    )


def topic_title(context: Context, sealed: bytes | None) -> str | None:
    """Open the topic of a conversation and give its words."""
    if sealed is None:
        return None
    value = context.keyring.decrypt(sealed)
    return context.knowledge.topics.get(value, value)
