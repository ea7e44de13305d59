"""Promise 5: what goes out through a push channel is a row first, then sent; nothing is lost unseen."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, func, select, update

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.hub.body import button_id, open_body
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.messages import Button, Delivery, Outgoing, Sender
from bot.hub.rights import forget_after_farewell
from bot.hub.store import CONVERSATIONS, MESSAGES, OUTBOX, STAFF

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
SEND_LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
AT_ONCE = 32


class OutboxWorker:
    """Sends the rows of push channels: in order inside a conversation, many conversations at once."""

    def __init__(self, context: Context, senders: dict[str, Sender]) -> None:
        """Take the senders by channel name."""
        self._context = context
        self._senders = senders
        self._signal = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: dict[str, asyncio.Task[bool]] = {}

    def start(self) -> None:
        """Begin sending."""
        if self._senders:
            self._task = asyncio.create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Let the sends under way finish and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._sending:
            await asyncio.wait(list(self._sending.values()), timeout=5.0)

    def wake(self) -> None:
        """Look for rows now."""
        self._signal.set()

    async def _run(self) -> None:
        while True:
            self._signal.clear()
            try:
                await self._lost_sends_become_unknown()
                for row in await self._due():
                    if row.conversation_id not in self._sending and len(self._sending) < AT_ONCE:
                        task = asyncio.create_task(self._send(row))
                        self._sending[row.conversation_id] = task
                        task.add_done_callback(partial(self._sent, row.conversation_id))
            except StorageUnavailable:
                logger.warning("The database is away: replies on their way out wait.")
            except Exception:
                logger.exception("Looking for replies to send failed; it is tried again.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._signal.wait(), IDLE_SECONDS)

    def _sent(self, conversation_id: str, task: asyncio.Task[bool]) -> None:
        self._sending.pop(conversation_id, None)
        if not task.cancelled() and task.result():
            self.wake()

    async def _due(self) -> list[Any]:
        """First unsent row of each conversation, if it is due."""
        first = (
            select(OUTBOX.c.conversation_id, func.min(OUTBOX.c.seq).label("seq"))
            .where(OUTBOX.c.state.in_(("pending", "sending")), OUTBOX.c.channel.in_(list(self._senders)))
            .group_by(OUTBOX.c.conversation_id)
            .subquery()
        )
        query = (
            select(OUTBOX.c.message_id, OUTBOX.c.conversation_id, OUTBOX.c.attempts)
            .join(
                first,
                and_(OUTBOX.c.conversation_id == first.c.conversation_id, OUTBOX.c.seq == first.c.seq),
            )
            .where(OUTBOX.c.state == "pending", OUTBOX.c.due_at <= utc_now())
            .order_by(OUTBOX.c.due_at)
            .limit(200)
        )
        async with self._context.database.connect() as connection:
            return list((await connection.execute(query)).all())

    async def _lost_sends_become_unknown(self) -> None:
        """A process that died while sending left rows nobody can know about: staff see them as unknown."""
        stale = and_(OUTBOX.c.state == "sending", OUTBOX.c.lease_until < utc_now())
        async with self._context.database.connect() as connection:
            if await connection.scalar(select(func.count()).select_from(OUTBOX).where(stale)) == 0:
                return
        async with self._context.database.write() as connection:
            await connection.execute(
                update(OUTBOX).where(stale).values(state="unknown", error="process ended while sending")
            )
        self._context.feed.wake(DESK)

    async def _send(self, row: Any) -> bool:
        """Send one row; True when it is worth looking for the next at once."""
        try:
            await self._send_one(row)
        except StorageUnavailable:
            logger.warning("The database is away: replies on their way out wait.")
            return False
        except Exception:
            logger.exception("Message %s cannot be sent; it is tried again.", row.message_id)
            return False
        return True

    async def _send_one(self, row: Any) -> None:
        now = utc_now()
        # Read before the row is taken: what fails here has surely not been sent.
        outgoing = await self._outgoing(row.message_id)
        async with self._context.database.write() as connection:
            taken = await connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.message_id == row.message_id, OUTBOX.c.state == "pending")
                .values(state="sending", attempts=OUTBOX.c.attempts + 1, lease_until=now + SEND_LEASE)
            )
        if taken.rowcount == 0:
            return
        try:
            delivery = await self._senders[outgoing.channel].send(outgoing)
        except Exception as error:
            logger.exception("Sending message %s failed in the channel.", row.message_id)
            delivery = Delivery("unknown", error=type(error).__name__)
        # How the send ended is known to this process alone: it is kept until it is written.
        while True:
            try:
                await self._record(row, delivery)
                break
            except StorageUnavailable:
                await asyncio.sleep(IDLE_SECONDS)
        if outgoing.seq == 1 and outgoing.author == "system" and delivery.status != "retry":
            async with self._context.database.write() as connection:
                await forget_after_farewell(connection, row.conversation_id)
        self._context.feed.wake(DESK, conversation_topic(row.conversation_id))

    async def _record(self, row: Any, delivery: Delivery) -> None:
        now = utc_now()
        values: dict[str, Any] = {
            "state": delivery.status,
            "reference": delivery.reference,
            "error": delivery.error,
            "lease_until": None,
        }
        if delivery.status == "retry":
            if row.attempts + 1 >= MAX_ATTEMPTS:
                values["state"] = "failed"
            else:
                wait = delivery.retry_after or min(60.0, 0.5 * 2**row.attempts)
                values |= {"state": "pending", "due_at": now + timedelta(seconds=wait)}
        if values["state"] in ("failed", "unknown"):
            logger.warning(
                "Message %s: delivery %s (%s). Staff see it in the conversation.",
                row.message_id,
                values["state"],
                delivery.error,
            )
        async with self._context.database.write() as connection:
            await connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.message_id == row.message_id, OUTBOX.c.state == "sending")
                .values(**values)
            )

    async def _outgoing(self, message_id: str) -> Outgoing:
        query = (
            select(MESSAGES, CONVERSATIONS.c.chat, STAFF.c.name.label("staff_name"))
            .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
            .outerjoin(STAFF, STAFF.c.id == MESSAGES.c.staff_id)
            .where(MESSAGES.c.id == message_id)
        )
        async with self._context.database.connect() as connection:
            row = (await connection.execute(query)).one()
        body = open_body(self._context.keyring, row.body_enc)
        return Outgoing(
            message_id=row.id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            chat=row.chat,
            seq=row.seq,
            author=row.author,
            author_name=row.staff_name if row.author == "staff" else None,
            text=body.text,
            buttons=tuple(Button(button_id(row.seq, i), b.title) for i, b in enumerate(body.buttons)),
            lang=row.lang,
        )
