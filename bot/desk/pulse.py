"""Has anything changed since a page last looked? Told by fingerprints that hold no content.

A wake-up only says "look"; what a browser is told follows from the database. So a lost wake-up, a sleeping
laptop or another gateway cannot leave a page wrong, and a reconnect that missed nothing refreshes nothing.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.models import Conversation, Message, Outbox
from bot.db.session import Database


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


async def take_pulse(database: Database, conversation_id: str | None) -> Pulse:
    """Fingerprint the queue and, if given, one conversation."""
    async with database.read() as session:
        queue = await _queue(session)
        conversation = await _conversation(session, conversation_id) if conversation_id else ""
    return Pulse(queue, conversation)


async def _queue(session: AsyncSession) -> str:
    shown = select(func.count(), func.sum(Conversation.last_seq), func.max(Conversation.updated_at)).where(
        or_(Conversation.queue_since.is_not(None), Conversation.owner == "staff")
    )
    urgent = select(func.count()).where(Conversation.urgent.is_(True), Conversation.owner != "closed")
    return _short((await session.execute(shown)).one(), await session.scalar(urgent))


async def _conversation(session: AsyncSession, conversation_id: str) -> str:
    row = select(Conversation.last_seq, Conversation.owner, Conversation.staff_id, Conversation.updated_at).where(
        Conversation.id == conversation_id
    )
    deliveries = (
        select(Outbox.state, func.count())
        .join(Message, Message.id == Outbox.message_id)
        .where(Message.conversation_id == conversation_id)
        .group_by(Outbox.state)
        .order_by(Outbox.state)
    )
    return _short((await session.execute(row)).first(), (await session.execute(deliveries)).all())


def _short(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
