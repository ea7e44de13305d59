"""Promise 5: what goes out through a push channel is a row first, then sent; nothing is lost unseen."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, case, func, select, update

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.hub.body import button_id, open_body
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.messages import UNREACHABLE, Button, Delivery, Outgoing, Sender
from bot.hub.rights import forget_after_farewell
from bot.hub.store import CONVERSATIONS, MESSAGES, OUTBOX, PLATFORM, STAFF, name_message
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
SEND_LEASE = timedelta(seconds=10)
"""Renewed while a sending is under way: after a crash its conversation waits so long and no longer."""
LOST = "process ended while sending"
MAX_ATTEMPTS = 12
"""At growing intervals, some five minutes in all."""
MAX_ATTEMPTS_WHILE_AWAY = 1500
"""Once a minute, for about a day."""
AT_ONCE = 32


class OutboxWorker:
    """Sends the rows of push channels: in order inside a conversation, many conversations at once."""

    def __init__(self, context: Context, senders: dict[str, Sender]) -> None:
        """Take the senders by channel name."""
        self._context = context
        self._senders = senders
        self._signal = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._under_way: set[str] = set()
        self._sending: dict[str, asyncio.Task[bool]] = {}

    def start(self) -> None:
        """Begin sending."""
        if self._senders:
            self._tasks = [
                asyncio.create_task(self._run(), name="outbox"),
                asyncio.create_task(self._renew_forever(), name="renew-sendings"),
            ]

    async def stop(self) -> None:
        """Let the sends under way finish and stop."""
        for task in self._tasks[:1]:
            task.cancel()
        if self._sending:
            await asyncio.wait(list(self._sending.values()), timeout=5.0)
        await end_tasks(self._tasks)

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
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._signal.wait()

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(SEND_LEASE.total_seconds() / 4)
            if not self._under_way:
                continue
            try:
                async with self._context.database.write() as connection:
                    await connection.execute(
                        update(OUTBOX)
                        .where(OUTBOX.c.message_id.in_(list(self._under_way)), OUTBOX.c.state == "sending")
                        .values(lease_until=utc_now() + SEND_LEASE)
                    )
            except StorageUnavailable:
                continue
            except Exception:
                logger.exception("The leases of sendings could not be renewed; it is tried again.")

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
            select(OUTBOX.c.message_id, OUTBOX.c.conversation_id)
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
                update(OUTBOX)
                .where(stale)
                .values(state=case((OUTBOX.c.action == "send", "unknown"), else_="pending"), error=LOST)
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
        # Taken first: what is read afterwards is what was wanted at that moment. If reading fails, nothing was sent.
        async with self._context.database.write() as connection:
            taken = (
                await connection.execute(
                    update(OUTBOX)
                    .where(OUTBOX.c.message_id == row.message_id, OUTBOX.c.state == "pending")
                    .values(state="sending", attempts=OUTBOX.c.attempts + 1, lease_until=utc_now() + SEND_LEASE)
                    .returning(*OUTBOX.c)
                )
            ).first()
        if taken is None:
            return
        self._under_way.add(row.message_id)
        try:
            delivery = await self._deliver(taken)
            # How the send ended is known to this process alone: it is kept until it is written.
            while True:
                try:
                    await self._record(taken, delivery)
                    break
                except StorageUnavailable:
                    await asyncio.sleep(IDLE_SECONDS)
        finally:
            self._under_way.discard(row.message_id)
        self._context.feed.wake(DESK, conversation_topic(row.conversation_id))

    async def _deliver(self, taken: Any) -> Delivery:
        try:
            outgoing = await self._outgoing(taken)
        except StorageUnavailable:
            return Delivery("retry", error="the database was away")
        except Exception:
            logger.exception("Message %s cannot be read; it is tried again.", taken.message_id)
            return Delivery("retry", error="it cannot be read")
        try:
            return await self._senders[outgoing.channel].send(outgoing)
        except Exception as error:
            logger.exception("Sending message %s failed in the channel.", taken.message_id)
            return Delivery("unknown", error=type(error).__name__)

    async def _record(self, taken: Any, delivery: Delivery) -> None:
        """Write how it ended; what was asked for meanwhile comes next."""
        async with self._context.database.write() as connection:
            # The conversation before its outbox, as an erasure takes them: else the two would deadlock.
            await connection.execute(
                select(CONVERSATIONS.c.id)
                .where(CONVERSATIONS.c.id == taken.conversation_id)
                .with_for_update(read=True, key_share=True)
            )
            row = (
                await connection.execute(
                    select(OUTBOX).where(OUTBOX.c.message_id == taken.message_id).with_for_update()
                )
            ).first()
            if row is None:
                return  # the conversation was erased
            if row.state != "sending" and row.error != LOST:
                return
            values = _next(taken, delivery)
            if row.wanted != taken.wanted:
                values |= _overtaken(taken, row, values["state"])
            await connection.execute(update(OUTBOX).where(OUTBOX.c.message_id == taken.message_id).values(**values))
            if delivery.references and taken.action == "send":
                await name_message(connection, taken.conversation_id, taken.message_id, delivery.references)
            if values["state"] == "failed" and delivery.error in UNREACHABLE:
                await connection.execute(
                    update(CONVERSATIONS)
                    .where(CONVERSATIONS.c.id == taken.conversation_id)
                    .values(unreachable=delivery.error)
                )
            if taken.seq == 1 and values["state"] != "pending":
                await forget_after_farewell(connection, taken.conversation_id)
        if values["state"] in ("failed", "unknown"):
            logger.warning(
                "Message %s: delivery %s (%s). Staff see it in the conversation.",
                taken.message_id,
                values["state"],
                delivery.error,
            )

    async def _outgoing(self, taken: Any) -> Outgoing:
        query = (
            select(MESSAGES, CONVERSATIONS.c.chat, STAFF.c.name.label("staff_name"))
            .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
            .outerjoin(STAFF, STAFF.c.id == MESSAGES.c.staff_id)
            .where(MESSAGES.c.id == taken.message_id)
        )
        async with self._context.database.connect() as connection:
            row = (await connection.execute(query)).one()
            body = open_body(self._context.keyring, row.body_enc)
            references = await connection.scalars(
                select(PLATFORM.c.reference)
                .where(PLATFORM.c.conversation_id == taken.conversation_id, PLATFORM.c.message_id == taken.message_id)
                .order_by(PLATFORM.c.part)
            )
            quotes: str | None = None
            if body.quote is not None and body.quote.seq is not None:
                quotes = await connection.scalar(
                    select(PLATFORM.c.reference)
                    .join(MESSAGES, MESSAGES.c.id == PLATFORM.c.message_id)
                    .where(MESSAGES.c.conversation_id == taken.conversation_id, MESSAGES.c.seq == body.quote.seq)
                    .order_by(PLATFORM.c.part)
                    .limit(1)
                )
        return Outgoing(
            message_id=row.id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            chat=row.chat,
            seq=row.seq,
            author=row.author,
            author_name=row.staff_name if row.author == "staff" else None,
            text=body.text,
            buttons=tuple(Button(button_id(row.id, row.seq, i), b.title) for i, b in enumerate(body.buttons)),
            lang=row.lang,
            action=taken.action,
            references=tuple(references),
            quotes=quotes,
        )


def _next(taken: Any, delivery: Delivery) -> dict[str, Any]:
    """Say how the row goes on after an attempt. ``taken.attempts`` counts this attempt."""
    values: dict[str, Any] = {"state": delivery.status, "error": delivery.error, "lease_until": None}
    repeatable = taken.action != "send"  # editing or deleting twice does no harm
    if delivery.status == "retry" or (delivery.status == "unknown" and repeatable):
        if taken.attempts >= (MAX_ATTEMPTS_WHILE_AWAY if delivery.away else MAX_ATTEMPTS):
            values["state"] = "failed"
        else:
            wait = delivery.retry_after or min(60.0, 0.5 * 2 ** min(taken.attempts - 1, 7))
            values |= {"state": "pending", "due_at": utc_now() + timedelta(seconds=wait)}
    return values


def _overtaken(taken: Any, row: Any, state: str) -> dict[str, Any]:
    """Say what is to be done about a change that was asked for while the sending was under way."""
    change = {"state": "pending", "attempts": 0, "due_at": utc_now(), "error": None}
    if taken.action != "send" or state == "sent":
        return change
    if state == "pending":  # it surely did not arrive
        return {"state": "recalled", "error": None} if row.action == "delete" else {"action": "send"}
    return {"action": "send"}  # failed or unknown: there is nothing that could be changed
