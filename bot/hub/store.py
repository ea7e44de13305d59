"""Statements that several parts of the hub share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.models import Conversation, Message, Outbox, PlatformMessage
from bot.db.staff_tables import Audit, Staff
from bot.hub import search_index
from bot.hub.body import Body, IssuedButton
from bot.knowledge import Answer

CONVERSATIONS = cast(Table, Conversation.__table__)
MESSAGES = cast(Table, Message.__table__)
OUTBOX = cast(Table, Outbox.__table__)
PLATFORM = cast(Table, PlatformMessage.__table__)
STAFF = cast(Table, Staff.__table__)
AUDIT = cast(Table, Audit.__table__)

# Built once, as every message passes here.
_STORE = insert(MESSAGES)
_RESERVE = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
    .values(last_seq=CONVERSATIONS.c.last_seq + bindparam("count"))
    .returning(CONVERSATIONS.c.last_seq)
)

IN_QUEUE = and_(CONVERSATIONS.c.queue_since.is_not(None), CONVERSATIONS.c.owner.in_(("bot", "waiting")))


class Writer:
    """Appends messages to one conversation inside a transaction that has locked its row.

    The row is locked by the UPDATE that reserves the sequence numbers, so numbers have no gaps and no twins.
    """

    def __init__(self, keyring: Keyring, push_channels: frozenset[str], now: datetime) -> None:
        """Take what every append needs."""
        self._keyring = keyring
        self._push_channels = push_channels
        self.now = now

    def answer(self, answer: Answer) -> Body:
        """Turn rendered text and buttons into a body."""
        return Body(text=answer.text, buttons=[IssuedButton(b.title, b.payload) for b in answer.buttons])

    async def append(
        self,
        connection: AsyncConnection,
        conversation: Any,
        bodies: Sequence[Body],
        *,
        author: str,
        staff_id: str | None = None,
        external_id: str | None = None,
        reply_to: str | None = None,
        lang: str | None = None,
        last_seq: int | None = None,
    ) -> list[dict[str, Any]]:
        """Append one message per body and queue them for delivery; returns the rows.

        ``last_seq`` is the conversation's counter after the numbers were reserved; without it they are
        reserved here.
        """
        if not bodies:
            return []
        if last_seq is None:
            last_seq = await reserve(connection, conversation.id, len(bodies))
        first = last_seq - len(bodies) + 1
        rows = [
            {
                "id": new_id(),
                "conversation_id": conversation.id,
                "seq": first + offset,
                "channel": conversation.channel,
                "external_id": external_id,
                "author": author,
                "staff_id": staff_id,
                "kind": "text",
                "body_enc": body.seal(self._keyring),
                "lang": lang,
                "reply_to": reply_to,
                "state": "done",
                "attempts": 0,
                "stretch": conversation.stretch,
                "created_at": self.now,
            }
            for offset, body in enumerate(bodies)
        ]
        await connection.execute(_STORE, rows)
        if author in search_index.INDEXED_AUTHORS:
            for body in bodies:
                await search_index.add_text(
                    connection, self._keyring, conversation.id, search_index.MESSAGE, body.text
                )
        if conversation.channel in self._push_channels:
            await connection.execute(
                insert(OUTBOX),
                [
                    {
                        "message_id": row["id"],
                        "conversation_id": conversation.id,
                        "channel": conversation.channel,
                        "seq": row["seq"],
                        "state": "pending",
                        "attempts": 0,
                        "due_at": self.now,
                    }
                    for row in rows
                ],
            )
        return rows


async def name_message(
    connection: AsyncConnection, conversation_id: str, message_id: str, references: Sequence[str]
) -> None:
    """Keep what the platform calls a message, part by part. The newest owner of a name has it: another bot's numbers
    begin anew.
    """
    await connection.execute(
        delete(PLATFORM).where(
            PLATFORM.c.conversation_id == conversation_id, PLATFORM.c.reference.in_(list(references))
        )
    )
    named = {"conversation_id": conversation_id, "message_id": message_id}
    await connection.execute(
        insert(PLATFORM),
        [named | {"reference": reference, "part": part} for part, reference in enumerate(references)],
    )


async def reserve(connection: AsyncConnection, conversation_id: str, count: int) -> int:
    """Reserve ``count`` sequence numbers and lock the conversation; returns the last of them."""
    result = await connection.execute(_RESERVE, {"conversation": conversation_id, "count": count})
    return int(result.scalar_one())


async def place_in_queue(connection: AsyncConnection, conversation_id: str) -> int | None:
    """Tell the place of a conversation in the staff's queue, from 1; None when it is not there.

    Urgent ones come first, as the desk shows them.
    """
    mine = (
        await connection.execute(
            select(CONVERSATIONS.c.queue_since, CONVERSATIONS.c.urgent).where(
                CONVERSATIONS.c.id == conversation_id, IN_QUEUE
            )
        )
    ).first()
    if mine is None:
        return None
    ahead_alike = and_(CONVERSATIONS.c.urgent == mine.urgent, CONVERSATIONS.c.queue_since < mine.queue_since)
    ahead = ahead_alike if mine.urgent else (ahead_alike | CONVERSATIONS.c.urgent)
    count = await connection.scalar(select(func.count()).select_from(CONVERSATIONS).where(IN_QUEUE, ahead))
    return int(count or 0) + 1


async def audit(
    connection: AsyncConnection, now: datetime, staff_id: str | None, action: str, target: str | None
) -> None:
    """Write one content-free line of the audit trail."""
    await connection.execute(insert(AUDIT).values(at=now, staff_id=staff_id, action=action, target=target))
