"""From stored updates to the hub: in order within a chat, many chats at once, each update until it is taken."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from bot.db.session import StorageUnavailable
from bot.tasks import end_tasks
from channels.telegram.updates import LEASE, Kept, UpdateStore

logger = logging.getLogger(__name__)

AT_ONCE = 32
SWEEP_SECONDS = 2.0
RETRY_SECONDS = 0.5
HELD_UP_SECONDS = 0.1
ATTEMPTS = 3
"""An update that cannot be taken for another reason than the database must not hold up its chat for ever."""
FORGET_SECONDS = 3600.0


class Intake:
    """Takes stored updates into the hub. :meth:`put` returns when they are stored, which is when to confirm them."""

    def __init__(
        self,
        store: UpdateStore,
        take: Callable[[dict[str, Any]], Awaitable[None]],
        give_up: Callable[[Kept], None],
    ) -> None:
        """``take`` hands an update to the hub; ``give_up`` is told of one that cannot be taken."""
        self._store = store
        self._take = take
        self._give_up = give_up
        self._lanes: dict[int, list[Kept]] = {}
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._done: set[int] = set()
        self._background: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; what an earlier process left is taken up."""
        self._background = [
            asyncio.create_task(self._forever(self._sweep, SWEEP_SECONDS), name="telegram-sweep"),
            asyncio.create_task(self._forever(self._renew, LEASE.total_seconds() / 3), name="telegram-leases"),
            asyncio.create_task(self._forever(self._write_done, 0.1), name="telegram-done"),
            asyncio.create_task(self._forever(self._store.forget_old, FORGET_SECONDS), name="telegram-forget"),
        ]

    async def stop(self) -> None:
        """Stop; what is not taken yet is stored and taken up by the next process."""
        await end_tasks([*self._background, *self._workers.values()])
        with suppress(StorageUnavailable):
            await self._write_done()
            await self._store.release()

    async def put(self, items: Iterable[Any]) -> None:
        """Store updates and let them be taken.

        Raises:
            StorageUnavailable: none is stored; they must not be confirmed.
        """
        self._enqueue(await self._store.keep([item for item in items if _is_update(item)]))

    def _enqueue(self, new: Iterable[Kept]) -> None:
        for kept in new:
            heapq.heappush(self._lanes.setdefault(kept.chat, []), kept)
            if kept.chat not in self._workers:
                self._workers[kept.chat] = asyncio.create_task(self._work(kept.chat))

    async def _work(self, chat: int) -> None:
        lane = self._lanes[chat]
        try:
            while lane:
                async with self._slots:
                    wait = await self._take_first(lane)
                if wait:
                    await asyncio.sleep(wait)
        finally:
            # Without a pause between the last look and this, so nothing that was put in is left lying.
            del self._workers[chat], self._lanes[chat]

    async def _take_first(self, lane: list[Kept]) -> float:
        """Take the first update of a chat; returns how long to wait before the next step."""
        kept = lane[0]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if await self._store.is_held_up(kept):
                    return HELD_UP_SECONDS
                await self._take(kept.item)
                break
            except StorageUnavailable:
                return RETRY_SECONDS
            except Exception:
                logger.exception("Telegram: update %d could not be taken.", kept.update_id)
                if attempt == ATTEMPTS:
                    return await self._leave_out(lane, kept)
                await asyncio.sleep(RETRY_SECONDS)
        self._done.add(kept.update_id)
        _drop(lane, kept)
        return 0.0

    async def _leave_out(self, lane: list[Kept], kept: Kept) -> float:
        try:
            await self._store.finish([kept.update_id], "failed")
        except StorageUnavailable:
            return RETRY_SECONDS
        _drop(lane, kept)
        self._give_up(kept)
        return 0.0

    async def _sweep(self) -> None:
        working = {kept.update_id for lane in self._lanes.values() for kept in lane} | self._done
        self._enqueue(kept for kept in await self._store.left_behind() if kept.update_id not in working)

    async def _renew(self) -> None:
        if self._lanes or self._done:
            await self._store.renew()

    async def _write_done(self) -> None:
        if not self._done:
            return
        writing = set(self._done)
        await self._store.finish(writing)
        self._done -= writing

    async def _forever(self, step: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await step()
            except StorageUnavailable:
                logger.debug("The database is away; Telegram's updates wait.")
            except Exception:
                logger.exception("Telegram: looking after stored updates failed; it is tried again.")
            await asyncio.sleep(seconds)


def _drop(lane: list[Kept], kept: Kept) -> None:
    """Take an update out of its lane, where an earlier one may have come before it meanwhile."""
    lane.remove(kept)
    heapq.heapify(lane)


def _is_update(item: Any) -> bool:
    """Tell whether this can be stored; what has no id, nobody could recognise when it comes again."""
    match item:
        case {"update_id": int(number)} if 0 <= number < 2**63:
            return True
    logger.warning("Telegram sent something that is no update.")
    return False
