"""Claims that nobody keeps: the resident is never left without anybody.

A claim lapses when its holder has had no page of the desk open for a while (the browser is gone), when the account
is blocked or its role may not open it any more, or when the resident waits and the holder has long done nothing
there. It returns to the queue.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select, update

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.hours import describe
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.history import record
from bot.hub.ownership import FRESH_STRETCH
from bot.hub.store import CONVERSATIONS, STAFF, audit
from bot.permissions import Permission, roles_with
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds between two looks at most; shorter where the settings ask for less patience."""
PRESENCE_EVERY = timedelta(seconds=30)


async def mark_present(context: Context, staff_id: str) -> None:
    """Note that a page of this person is open; written at most every half minute."""
    now = utc_now()
    stale = or_(STAFF.c.present_at.is_(None), STAFF.c.present_at < now - PRESENCE_EVERY)
    async with context.database.connect() as connection:
        if await connection.scalar(select(STAFF.c.id).where(STAFF.c.id == staff_id, stale)) is None:
            return
    async with context.database.write() as connection:
        await connection.execute(update(STAFF).where(STAFF.c.id == staff_id, stale).values(present_at=now))


async def return_lapsed(context: Context) -> list[str]:
    """Return every lapsed claim to the queue; gives the ids of the conversations."""
    now = utc_now()
    lapsed = and_(CONVERSATIONS.c.owner == "staff", _lapsed(context, now))
    async with context.database.connect() as connection:
        found = (await connection.execute(select(CONVERSATIONS.c.id, CONVERSATIONS.c.staff_id).where(lapsed))).all()
    returned = []
    for row in found:
        if await _return(context, row.id, row.staff_id, lapsed, now):
            logger.warning("Conversation %s returned to the queue: its holder was away.", row.id)
            returned.append(row.id)
    return returned


def _lapsed(context: Context, now: datetime) -> Any:
    absent_since = now - timedelta(minutes=context.settings.claim_absent_minutes)
    idle_since = now - timedelta(minutes=context.settings.claim_idle_minutes)
    away = exists().where(
        STAFF.c.id == CONVERSATIONS.c.staff_id,
        or_(STAFF.c.present_at.is_(None), STAFF.c.present_at < absent_since),
    )
    # Blocked, or of a role by now that may not open it.
    barred = exists().where(
        STAFF.c.id == CONVERSATIONS.c.staff_id,
        or_(STAFF.c.blocked.is_(True), STAFF.c.role.not_in(roles_with(Permission.CONVERSATIONS))),
    )
    return or_(
        barred,
        and_(CONVERSATIONS.c.held_since < absent_since, away),
        and_(CONVERSATIONS.c.held_since < idle_since, CONVERSATIONS.c.unanswered_since < idle_since),
    )


async def _return(context: Context, conversation_id: str, staff_id: str, lapsed: Any, now: datetime) -> bool:
    """One conditional UPDATE: a holder who comes back in this very moment keeps the conversation.

    Who has been answered gets the assistant back, beside the place in the queue; who has not, waits for a person.
    """
    unanswered = CONVERSATIONS.c.unanswered_since.is_not(None)
    async with context.database.write() as connection:
        changed = (
            await connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.staff_id == staff_id, lapsed)
                .values(
                    owner=case((unanswered, "waiting"), else_="bot"),
                    staff_id=None,
                    held_since=None,
                    queue_since=func.coalesce(CONVERSATIONS.c.queue_since, CONVERSATIONS.c.unanswered_since, now),
                    queue_reason="returned",
                    after_hours=case(
                        (CONVERSATIONS.c.queue_since.is_(None), not context.hours.is_open(now)),
                        else_=CONVERSATIONS.c.after_hours,
                    ),
                    updated_at=now,
                    **FRESH_STRETCH,
                )
                .returning(
                    CONVERSATIONS.c.id, CONVERSATIONS.c.channel, CONVERSATIONS.c.stretch, CONVERSATIONS.c.owner
                )
            )
        ).first()
        if changed is None:
            return False
        knowledge = context.knowledge
        if changed.owner == "bot":
            notice = knowledge.notice("staff_away")
        elif context.hours.is_open(now):
            notice = knowledge.notice("back_in_queue")
        else:
            opening = describe(context.hours.next_opening(now), now)
            notice = knowledge.notice("back_in_queue_closed", next_open=opening)
        writer = context.writer(now)
        await writer.append(connection, changed, [writer.answer(notice)], author="system")
        name = await connection.scalar(select(STAFF.c.name).where(STAFF.c.id == staff_id))
        await record(connection, context.keyring, now, conversation_id, None, "returned", before=str(name))
        await audit(connection, now, staff_id, "claim_lapsed", conversation_id)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return True


class ClaimKeeper:
    """Looks for lapsed claims as long as the gateway runs. Any number of gateways may look."""

    def __init__(self, context: Context) -> None:
        """Prepare; nothing runs until :meth:`start`."""
        self._context = context
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="claims")

    async def stop(self) -> None:
        """Stop looking."""
        await end_tasks([self._task])

    async def _run(self) -> None:
        settings = self._context.settings
        patience = 60 * min(settings.claim_absent_minutes, settings.claim_idle_minutes)
        while True:
            await asyncio.sleep(min(LONGEST_PAUSE, patience / 4))
            try:
                await return_lapsed(self._context)
            except StorageUnavailable:
                logger.warning("The database is away: claims are looked at again soon.")
            except Exception:
                logger.exception("Looking for lapsed claims failed; it is tried again.")
