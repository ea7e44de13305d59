"""Whoever waits for a person hears how it stands: once after a while, then only when something has changed."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.hours import describe
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.store import CONVERSATIONS, place_in_queue
from bot.hub.waits import Wait, note_step, read_waits, steps_of
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
MOST = 3
"""Messages in one waiting."""


def news_for(context: Context, wait: Wait, now: datetime) -> str | None:
    """Name what this person should hear now: the place since this opening, or the next opening; None: nothing."""
    hours = context.hours
    opened = hours.opened_at(now)
    if opened is not None:
        patience = timedelta(minutes=context.settings.waiting_update_minutes)
        return f"place {opened:%Y-%m-%dT%H:%M}" if now - max(wait.since, opened) >= patience else None
    # Who asked in closed hours was told the next opening then.
    if hours.next_opening(wait.since) > now:
        return None
    return f"closed {hours.next_opening(now):%Y-%m-%dT%H:%M}"


async def tell_waiting(context: Context, now: datetime | None = None) -> list[str]:
    """Tell everybody who is to hear something ``now``; gives the ids of the conversations."""
    if not context.settings.waiting_update_minutes:
        return []
    now = now or utc_now()
    waits = [w for w in await read_waits(context) if w.owner == "waiting" and not w.unreachable]
    async with context.database.scan() as connection:
        steps = await steps_of(connection, waits)
    count = Counter((conversation_id, since) for conversation_id, since, kind, _ in steps if kind == "told")
    told = []
    for wait in waits:
        news = news_for(context, wait, now)
        done = (wait.conversation_id, wait.since, "told", news) in steps
        if news is None or done or count[wait.conversation_id, wait.since] >= MOST:
            continue
        if await _tell(context, wait, news, now):
            told.append(wait.conversation_id)
    return told


async def _tell(context: Context, wait: Wait, news: str, now: datetime) -> bool:
    """Say it in the transaction that checks that the person still waits, and that notes it."""
    try:
        async with context.database.write() as connection:
            locked = (
                await connection.execute(
                    update(CONVERSATIONS)
                    .where(CONVERSATIONS.c.id == wait.conversation_id, CONVERSATIONS.c.owner == "waiting")
                    .values(last_seq=CONVERSATIONS.c.last_seq + 1)
                    .returning(*CONVERSATIONS.c)
                )
            ).first()
            if locked is None:
                return False
            await note_step(connection, wait, "told", news, now)
            if news.startswith("closed"):
                opening = describe(context.hours.next_opening(now), now)
                notice = context.knowledge.notice("waiting_closed", next_open=opening)
            else:
                place = await place_in_queue(connection, wait.conversation_id)
                notice = context.knowledge.notice("waiting_reminder", place=place)
            writer = context.writer(now)
            said = [writer.answer(notice)]
            await writer.append(connection, locked, said, author="system", last_seq=locked.last_seq)
    except IntegrityError:
        return False  # another gateway has told it
    context.feed.wake(DESK, conversation_topic(wait.conversation_id))
    return True


class UpdateKeeper:
    """Looks for those who are to hear something as long as the gateway runs. Any number of gateways may look."""

    def __init__(self, context: Context, wake_outbox: Callable[[], None]) -> None:
        """Prepare; nothing runs until :meth:`start`. ``wake_outbox``: something waits to be sent."""
        self._context = context
        self._wake_outbox = wake_outbox
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless the settings switch it off."""
        if self._context.settings.waiting_update_minutes:
            self._task = asyncio.create_task(self._run(), name="updates")

    async def stop(self) -> None:
        """Stop looking."""
        await end_tasks([self._task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if await tell_waiting(self._context):
                    self._wake_outbox()
            except StorageUnavailable:
                logger.warning("The database is away: those who wait are told soon.")
            except Exception:
                logger.exception("Telling those who wait failed; it is tried again.")
