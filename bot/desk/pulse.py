"""Has anything changed since a page last looked? Told by fingerprints that hold no content.

A wake-up only says "look"; what a browser is told follows from the database. So a lost wake-up, a sleeping
laptop or another gateway cannot leave a page wrong, and a reconnect that missed nothing refreshes nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.db.session import Database
from bot.hub.history import CHANGES
from bot.hub.notes import MENTIONS
from bot.hub.store import CONVERSATIONS, IN_QUEUE, OUTBOX

_URGENT_ARRIVALS = ("crisis", "urgent_case")
_ARRIVALS = ("asks_person", "case_sent", "release", "returned", *_URGENT_ARRIVALS)
"""Lines of the history with which somebody begins to wait."""
_RECENT = timedelta(hours=1)

_SHOWN = (
    func.count(),
    func.sum(CONVERSATIONS.c.last_seq),
    func.max(CONVERSATIONS.c.updated_at),
    func.sum(case((CONVERSATIONS.c.urgent.is_(True), 1), else_=0)),
)
# Two statements, as each has an index of its own.
_WAITING = select(*_SHOWN).where(IN_QUEUE)
_HELD = select(*_SHOWN).where(CONVERSATIONS.c.owner == "staff")


@dataclass(frozen=True, slots=True)
class Pulse:
    """The state of what a page shows, as far as "same or different" goes."""

    queue: str
    conversation: str

    def __str__(self) -> str:
        return f"{self.queue}.{self.conversation}"


def parse(text: str | None) -> Pulse | None:
    """Read a fingerprint that came back from a browser; anything odd counts as "knows nothing"."""
    queue, dot, conversation = (text or "").partition(".")
    return Pulse(queue, conversation) if dot else None


async def take_pulse(database: Database, conversation_id: str | None, staff_id: str | None = None) -> Pulse:
    """Fingerprint the queue (with what waits for this person) and, if given, one conversation."""
    async with database.connect() as connection:
        queue = await _queue(connection, staff_id)
        conversation = await _conversation(connection, conversation_id) if conversation_id else ""
    return Pulse(queue, conversation)


async def take_bell(database: Database) -> str:
    """Tell when somebody last began to wait, when last in an urgent matter (ms since 1970), and how many wait now."""
    recent = CHANGES.c.at > utc_now() - _RECENT
    async with database.connect() as connection:
        newest = [
            await connection.scalar(select(func.max(CHANGES.c.at)).where(CHANGES.c.kind.in_(kinds), recent))
            for kinds in (_ARRIVALS, _URGENT_ARRIVALS)
        ]
        waiting = await connection.scalar(select(func.count()).select_from(CONVERSATIONS).where(IN_QUEUE))
    marks = [str(int(moment.timestamp() * 1000) if moment else 0) for moment in newest]
    return ";".join([*marks, str(waiting or 0)])


async def _queue(connection: AsyncConnection, staff_id: str | None) -> str:
    waiting = tuple((await connection.execute(_WAITING)).one())
    held = tuple((await connection.execute(_HELD)).one())
    unread: Any = 0
    if staff_id is not None:
        mine = (MENTIONS.c.staff_id == staff_id, MENTIONS.c.read_at.is_(None))
        unread = await connection.scalar(select(func.count()).select_from(MENTIONS).where(*mine))
    return _short(waiting, held, unread)


async def _conversation(connection: AsyncConnection, conversation_id: str) -> str:
    row = select(
        CONVERSATIONS.c.last_seq,
        CONVERSATIONS.c.last_change,
        CONVERSATIONS.c.owner,
        CONVERSATIONS.c.staff_id,
        CONVERSATIONS.c.unreachable,
        CONVERSATIONS.c.updated_at,
    ).where(CONVERSATIONS.c.id == conversation_id)
    deliveries = (
        select(OUTBOX.c.action, OUTBOX.c.state, func.count())
        .where(OUTBOX.c.conversation_id == conversation_id)
        .group_by(OUTBOX.c.action, OUTBOX.c.state)
        .order_by(OUTBOX.c.action, OUTBOX.c.state)
    )
    return _short((await connection.execute(row)).first(), (await connection.execute(deliveries)).all())


def _short(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
