"""Brings conversations into the search index that no index, or an older one, holds: in the background, bit by bit."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import func, select, update

from bot.db.models import INDEX_VERSION
from bot.db.session import StorageUnavailable
from bot.hub.context import Context
from bot.hub.search_index import index_anew
from bot.hub.store import CONVERSATIONS
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

BATCH = 200
_PAUSE = 0.01
"""Seconds between two conversations: residents' messages go first."""
_RETRY = 10.0
_OUTDATED = CONVERSATIONS.c.indexed < INDEX_VERSION


async def index_outdated(
    context: Context, report: Callable[[int, int], None] | None = None, *, pause: float = 0.0
) -> int:
    """Index all that is not indexed; returns how many. ``report`` is told how many are done and how many there are.

    Several processes may do this at once: each conversation is done by one of them.
    """
    async with context.database.scan() as connection:
        total = int(await connection.scalar(select(func.count()).where(_OUTDATED)) or 0)
    done = 0
    while True:
        async with context.database.connect() as connection:
            batch = (await connection.scalars(select(CONVERSATIONS.c.id).where(_OUTDATED).limit(BATCH))).all()
        if not batch:
            return done
        for conversation_id in batch:
            async with context.database.write() as connection:
                done += await index_anew(connection, context.keyring, conversation_id)
            await asyncio.sleep(pause)
        if report is not None:
            report(done, max(total, done))


async def outdate_all(context: Context) -> None:
    """Have everything indexed anew, as after a change of the key."""
    async with context.database.write() as connection:
        await connection.execute(update(CONVERSATIONS).values(indexed=0))


class Indexer:
    """Indexes what an earlier version has left, once after a start."""

    def __init__(self, context: Context) -> None:
        """Prepare; nothing runs until :meth:`start`."""
        self._context = context
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="search index")

    async def stop(self) -> None:
        """Stop where it is; the next start goes on."""
        await end_tasks([self._task])

    async def _run(self) -> None:
        while True:
            try:
                done = await index_outdated(self._context, _tell, pause=_PAUSE)
            except StorageUnavailable:
                await asyncio.sleep(_RETRY)
            except Exception:
                logger.exception("Indexing for the search failed; 'mops search reindex' does it by hand.")
                return
            else:
                if done:
                    logger.info("The search index is complete: %d conversations were added.", done)
                return


def _tell(done: int, total: int) -> None:
    logger.info("Search index: %d of %d conversations.", done, total)
