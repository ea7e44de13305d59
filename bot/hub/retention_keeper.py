"""Deletes what is due, once a night, by one gateway of several."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.db.lease import SharedLease
from bot.db.session import StorageUnavailable
from bot.hub.context import Context
from bot.hub.retention import periods_set, run
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

_LOOK_EVERY = 300.0
_NIGHT_SECONDS = 20 * 3600.0
"""Who has run keeps the task so long: no other gateway runs in the same night."""


class RetentionKeeper:
    """Looks every few minutes whether the hour of the night has come. Without a period set it does nothing."""

    def __init__(self, context: Context, clock: Callable[[], datetime] = utc_now) -> None:
        """Prepare; nothing runs until :meth:`start`. ``clock`` tells the time, for tests."""
        self._context = context
        self._clock = clock
        self._lease = SharedLease(context.database, "retention", context.instance, _NIGHT_SECONDS)
        self._last: date | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        if periods_set(self._context):
            self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """Stop; what was not deleted is next night."""
        await end_tasks([self._task])

    async def tick(self) -> bool:
        """Run if it is the hour and nobody has yet; True when it ran.

        Raises:
            StorageUnavailable: the rest is tried again.
        """
        settings = self._context.settings
        now = self._clock()
        local = now.astimezone(ZoneInfo(settings.timezone))
        if local.hour != settings.retention_hour or self._last == local.date():
            return False
        if not await self._lease.take():
            return False
        try:
            done = await run(self._context, now)
        except BaseException:
            await self._lease.release()
            raise
        self._last = local.date()
        logger.info(
            "Retention: %d conversations deleted, %d emptied to their cases, %d lines of the audit trail deleted.",
            done.conversations,
            done.emptied,
            done.audit_lines,
        )
        return True

    async def _run(self) -> None:
        while True:
            try:
                await self.tick()
            except StorageUnavailable:
                logger.warning("The database is away: retention is tried again soon.")
            except Exception:
                logger.exception("Retention failed; it is tried again. 'mops retention run' does it by hand.")
            await asyncio.sleep(_LOOK_EVERY)
