"""Counting how turns end, for the statistics: in memory first, so that no turn pays for it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.session import Database, StorageUnavailable
from bot.db.tallies import Tally
from bot.dialogue.client import Turn
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

TALLIES = cast(Table, Tally.__table__)
FLUSH_SECONDS = 10.0
"""What a killed process loses at most; one that is stopped loses nothing."""

Line = tuple[date, str, str, str]
"""Day, channel, outcome, topic."""


class Tallies:
    """What this process has counted and not yet stored."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.counts: Counter[Line] = Counter()

    def add(self, day: date, channel: str, outcome: str, topic: str = "") -> None:
        """Count one message."""
        self.counts[day, channel, outcome, topic[:60]] += 1

    async def store(self, database: Database) -> None:
        """Add what was counted to what is stored.

        Raises:
            StorageUnavailable: it is kept for the next time.
        """
        taken, self.counts = self.counts, Counter()
        try:
            await add_counts(database, taken)
        except BaseException:
            self.counts.update(taken)
            raise


async def add_counts(database: Database, counts: Mapping[Line, int]) -> None:
    """Add to the stored counts; any number of gateways may."""
    if not counts:
        return
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    keys = ("day", "channel", "outcome", "topic")
    # In one order everywhere: two gateways never wait for each other's rows.
    rows = [dict(zip(keys, line, strict=True)) | {"count": count} for line, count in sorted(counts.items())]
    statement = insert(TALLIES)
    more = {"count": TALLIES.c.count + statement.excluded.count}
    async with database.write() as connection:
        await connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=more), rows)


def ending(
    commands: Iterable[Mapping[str, Any]], turn: Turn | None, *, in_form: bool, alarm: bool, failed: bool
) -> tuple[str, str] | None:
    """Name how a turn ended and about what: outcome and topic; None: it was no question to the assistant."""
    said = {name: value for command in commands for name, value in command.items()}
    if failed:
        return "failed", ""
    if alarm or "crisis" in said:
        return "crisis", ""
    if "handoff" in said:
        return "handed_off", ""
    if "missed" in said:
        return "not_understood", ""
    if "language" in said:
        return "answered", f"inny_jezyk_{said['language']}"
    if turn is None:
        return None
    if "case" in said or (in_form and turn.active_form is not None):
        return "form", ""
    return "answered", turn.parse.intent.name or ""


class TallyKeeper:
    """Stores the counts as long as the gateway runs."""

    def __init__(self, database: Database, tallies: Tallies) -> None:
        """Prepare; nothing runs until :meth:`start`."""
        self._database = database
        self._tallies = tallies
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="tallies")

    async def stop(self) -> None:
        """Store what is left and stop."""
        await end_tasks([self._task])
        try:
            await self._tallies.store(self._database)
        except StorageUnavailable:
            logger.warning("The database is away: the statistics miss the last seconds.")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self._tallies.store(self._database)
            except StorageUnavailable:
                logger.warning("The database is away: counts for the statistics are stored later.")
            except Exception:
                logger.exception("Counts for the statistics could not be stored; it is tried again.")
