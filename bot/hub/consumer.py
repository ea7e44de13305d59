"""Promise 2: one consumer works on a conversation at a time, in order, whichever process it is."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.hub.accept import LEASE
from bot.hub.context import Context
from bot.hub.feed import conversation_topic
from bot.hub.store import CONVERSATIONS, MESSAGES
from bot.hub.turn import take_turn

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
RETRY_SECONDS = 0.5
BROKEN_SECONDS = 30.0
AT_ONCE = 64
"""Conversations one process works on at the same time."""


# Built once, as every message passes here.
_FIRST_PENDING = (
    select(MESSAGES)
    .where(MESSAGES.c.conversation_id == bindparam("conversation"), MESSAGES.c.state == "pending")
    .order_by(MESSAGES.c.seq)
    .limit(1)
)
_CONVERSATION = select(CONVERSATIONS).where(CONVERSATIONS.c.id == bindparam("conversation"))


class Consumer:
    """Works through the pending messages of all conversations."""

    def __init__(self, context: Context) -> None:
        """Prepare; nothing runs until :meth:`start`."""
        self._context = context
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._background: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self) -> None:
        """Begin: also picks up what an earlier process left behind."""
        self._background = [
            asyncio.create_task(self._sweep_forever(), name="sweep"),
            asyncio.create_task(self._renew_forever(), name="renew-leases"),
        ]

    async def stop(self) -> None:
        """Finish the turns under way (each is bounded by the engine's timeout) and stop."""
        self._stopping = True
        for task in self._background:
            task.cancel()
        pending = [*self._background, *self._running.values()]
        if pending:
            await asyncio.wait(pending, timeout=5.0)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        # The next process need not wait for the leases of this one to run out.
        with suppress(StorageUnavailable):
            async with self._context.database.write() as connection:
                await connection.execute(
                    update(CONVERSATIONS)
                    .where(CONVERSATIONS.c.lease_by == self._context.instance)
                    .values(lease_by=None, lease_until=None)
                )

    def wake(self, conversation_id: str) -> None:
        """Look at a conversation now."""
        if self._stopping:
            return
        if conversation_id in self._running:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._work(conversation_id))
        self._running[conversation_id] = task
        task.add_done_callback(lambda _: self._finished(conversation_id))

    def _finished(self, conversation_id: str) -> None:
        self._running.pop(conversation_id, None)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _work(self, conversation_id: str) -> None:
        async with self._slots:
            try:
                released = False
                while await self._step(conversation_id, released=released):
                    self._again.discard(conversation_id)
                    released = True  # a turn ends by giving the lease back
            except StorageUnavailable:
                # What is committed is safe, the rest is done again.
                logger.warning("The database is away or locked: waiting messages are tried again.")
                asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.wake, conversation_id)
            except Exception:
                logger.exception("Conversation %s cannot be worked on; it is tried again.", conversation_id)
                asyncio.get_running_loop().call_later(BROKEN_SECONDS, self.wake, conversation_id)

    async def _step(self, conversation_id: str, *, released: bool) -> bool:
        """Work on the first pending message; True when it is worth looking for another."""
        context = self._context
        conversation, message = await self._look(conversation_id, released=released)
        if conversation is None:
            return False
        if message is None:
            if conversation.lease_by == context.instance:
                await self._release(conversation_id)
            return False
        if conversation.lease_by != context.instance or conversation.lease_until < utc_now():
            if not await self._acquire(conversation_id):
                return False
            # Another process may have worked on it between the look and the lease.
            conversation, message = await self._look(conversation_id)
            if message is None:
                await self._release(conversation_id)
                return False
        outcome = await take_turn(context, conversation, message)
        context.feed.wake(conversation_topic(conversation_id))
        if conversation.owner != "bot" or conversation.queue_since is not None:
            context.feed.wake("desk")
        if outcome == "later":
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.wake, conversation_id)
            return False
        return True

    async def _look(self, conversation_id: str, *, released: bool = False) -> tuple[Any, Any]:
        """Read the conversation and its first pending message; ``released``: nothing is left to do without one."""
        this = {"conversation": conversation_id}
        async with self._context.database.connect() as connection:
            message = (await connection.execute(_FIRST_PENDING, this)).first()
            if message is None and released:
                return None, None
            return (await connection.execute(_CONVERSATION, this)).first(), message

    async def _acquire(self, conversation_id: str) -> bool:
        now = utc_now()
        async with self._context.database.write() as connection:
            taken = (
                await connection.execute(
                    update(CONVERSATIONS)
                    .where(
                        CONVERSATIONS.c.id == conversation_id,
                        or_(
                            CONVERSATIONS.c.lease_by.is_(None),
                            CONVERSATIONS.c.lease_by == self._context.instance,
                            CONVERSATIONS.c.lease_until < now,
                        ),
                    )
                    .values(lease_by=self._context.instance, lease_until=now + LEASE)
                    .returning(CONVERSATIONS.c.id)
                )
            ).first()
        return taken is not None

    async def _release(self, conversation_id: str) -> None:
        async with self._context.database.write() as connection:
            await connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.lease_by == self._context.instance)
                .values(lease_by=None, lease_until=None)
            )

    async def _sweep_forever(self) -> None:
        while True:
            try:
                for conversation_id in await self._left_behind():
                    self.wake(conversation_id)
            except StorageUnavailable:
                logger.warning("The database is away: looking for waiting messages again soon.")
            except Exception:
                logger.exception("Looking for waiting messages failed; it is tried again.")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _left_behind(self) -> list[str]:
        free = or_(CONVERSATIONS.c.lease_by.is_(None), CONVERSATIONS.c.lease_until < utc_now())
        async with self._context.database.connect() as connection:
            rows = await connection.scalars(
                select(MESSAGES.c.conversation_id)
                .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
                .where(MESSAGES.c.state == "pending", free)
                .distinct()
                .limit(500)
            )
            return list(rows)

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if not self._running:
                continue
            now = utc_now()
            try:
                async with self._context.database.write() as connection:
                    await connection.execute(
                        update(CONVERSATIONS)
                        .where(
                            CONVERSATIONS.c.id.in_(list(self._running)),
                            CONVERSATIONS.c.lease_by == self._context.instance,
                            CONVERSATIONS.c.lease_until >= now,
                        )
                        .values(lease_until=now + LEASE)
                    )
            except StorageUnavailable:
                continue
            except Exception:
                logger.exception("Leases could not be renewed; it is tried again.")
