"""Nothing waits unseen: who is on duty is told of a conversation that waits too long, and of an urgent one at once.

An alert holds no word of a resident: numbers, how long, the topic, a link. Each waiting is told once to each
address, from whichever gateway holds the lease; what could not be sent is tried again.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import utc_now
from bot.db.lease import SharedLease
from bot.db.session import StorageUnavailable
from bot.hours import how_long
from bot.hub.context import Context
from bot.hub.feed import DESK, FeedClosed
from bot.hub.waits import Wait, note_step, read_waits, steps_of
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
CALM_SECONDS = 2.0
"""Between two looks at least, however often something changes."""
LEASE_SECONDS = 180.0
"""Longer than a sending may take."""
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 600.0
"""Seconds until an address that failed is tried again, doubled each time."""
SHOWN = 30


class Target(Protocol):
    """Where alerts go (`bot.alerts.AlertTarget`)."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    @property
    def mark(self) -> str:
        """What the database calls it."""

    async def send(self, title: str, text: str) -> bool:
        """Send one message; never raises."""


def due(context: Context, wait: Wait, now: datetime) -> bool:
    """Whether somebody must be told of this waiting now."""
    if wait.why == "urgent":
        return True
    if context.settings.alert_outside_hours == "urgent" and not context.hours.is_open(now):
        return False
    return wait.why == "lapsed" or now - wait.since >= timedelta(minutes=context.settings.alert_after_minutes)


def compose(context: Context, waits: Sequence[Wait], now: datetime) -> tuple[str, str]:
    """Write the message about these: title and text."""
    settings = context.settings
    desk = f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/desk"
    urgent = sum(wait.why == "urgent" for wait in waits)
    if urgent:
        title = (
            "MOPS: czeka pilna rozmowa"
            if len(waits) == 1
            else f"MOPS: czekają rozmowy: {len(waits)}, pilne: {urgent}"
        )
    else:
        title = "MOPS: rozmowa czeka na pracownika" if len(waits) == 1 else f"MOPS: czekają rozmowy: {len(waits)}"
    parts = []
    for wait in waits[:SHOWN]:
        facts = [
            f"rozmowa {wait.conversation_id[:8]}",
            f"zgłoszenie {wait.case_number}" if wait.case_number else "",
            f"czeka: {how_long(now - wait.since)}"
            if wait.why != "lapsed"
            else "wróciła do kolejki z braku aktywności",
            f"temat: {wait.topic}" if wait.topic else "",
        ]
        line = ", ".join(fact for fact in facts if fact)
        parts.append(f"{'PILNE: ' if wait.why == 'urgent' else ''}{line}\n{desk}/rozmowa/{wait.conversation_id}")
    if len(waits) > SHOWN:
        parts.append(f"Pozostałe rozmowy: {len(waits) - SHOWN}. Kolejka: {desk}")
    parts.append("Wiadomość automatyczna. Nie zawiera treści rozmów.")
    return title, "\n\n".join(parts)


class AlertKeeper:
    """Looks for what must be told as long as the gateway runs. Any number of gateways may look."""

    def __init__(self, context: Context, targets: Sequence[Target]) -> None:
        """Prepare; nothing runs until :meth:`start`."""
        self._context = context
        self._targets = targets
        self._lease = SharedLease(context.database, "alerts", context.instance, LEASE_SECONDS)
        self._pauses: dict[str, tuple[datetime, float]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if there is anybody to tell."""
        if self._targets:
            self._task = asyncio.create_task(self._run(), name="alerts")

    async def stop(self) -> None:
        """Stop looking; the next gateway need not wait for the lease."""
        if not self._targets:
            return
        await end_tasks([self._task])
        try:
            await self._lease.release()
        except StorageUnavailable:
            logger.debug("The lease runs out by itself.")

    async def look(self, now: datetime | None = None) -> None:
        """Tell what is due ``now``.

        Raises:
            StorageUnavailable: nothing was told, or it is told once more.
        """
        now = now or utc_now()
        if not await self._undone(now) or not await self._lease.take():
            return
        # Looked at again: the last holder may have told it in between.
        await asyncio.gather(*(self._tell(target, waits, now) for target, waits in await self._undone(now)))

    async def _undone(self, now: datetime) -> list[tuple[Target, list[Wait]]]:
        waits = [wait for wait in await read_waits(self._context) if due(self._context, wait, now)]
        async with self._context.database.scan() as connection:
            done = await steps_of(connection, waits)
        undone = []
        for target in self._targets:
            paused_until, _ = self._pauses.get(target.mark, (now, 0.0))
            left = [w for w in waits if (w.conversation_id, w.since, w.why, target.mark) not in done]
            if left and paused_until <= now:
                undone.append((target, left))
        return undone

    async def _tell(self, target: Target, waits: list[Wait], now: datetime) -> None:
        title, text = compose(self._context, waits, now)
        sent = await target.send(title, text)
        if not sent:
            _, pause = self._pauses.get(target.mark, (now, 0.0))
            if not pause:
                logger.error(
                    "Alerts cannot be sent to %s of MOPS_ALERT_URLS; it is tried again. "
                    "'mops alerts test' sends a test message and shows the reason.",
                    target.name,
                )
            pause = min(LONGEST_PAUSE, 2 * pause or FIRST_PAUSE)
            self._pauses[target.mark] = (now + timedelta(seconds=pause), pause)
            return
        if self._pauses.pop(target.mark, None) is not None:
            logger.info("Alerts reach %s again.", target.name)
        async with self._context.database.write() as connection:
            for wait in waits:
                await note_step(connection, wait, wait.why, target.mark, now)

    async def _run(self) -> None:
        while True:
            try:
                async with self._context.feed.subscribe(DESK) as wakeups:
                    await self.look()
                    await asyncio.sleep(CALM_SECONDS)
                    await wakeups.wait(LOOK_SECONDS)
            except FeedClosed:
                return
            except StorageUnavailable:
                logger.warning("The database is away: alerts are looked at again soon.")
                await asyncio.sleep(LOOK_SECONDS)
            except Exception:
                logger.exception("Looking for what must be told failed; it is tried again.")
                await asyncio.sleep(LOOK_SECONDS)
