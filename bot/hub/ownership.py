"""Who answers: ``bot, waiting, staff, closed``. Each change is one conditional UPDATE (promise 3)."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hours import describe
from bot.hub.access import may_work
from bot.hub.body import Body, IssuedButton
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.history import record
from bot.hub.messages import ClaimResult, NotFound, StaffRef
from bot.hub.phrases import BACK_TO_FORM
from bot.hub.store import CONVERSATIONS, STAFF, audit, place_in_queue

FRESH_STRETCH = {
    "stretch": CONVERSATIONS.c.stretch + 1,
    "tracker_enc": None,
    "interrupted": False,
    "active_form": None,
    "delay_told": False,
}
OUT_OF_QUEUE = {
    "queue_since": None,
    "queue_reason": None,
    "after_hours": False,
    "team_id": None,
    "urgent": False,
    "unanswered_since": None,
}

# What is in the queue for a stronger reason keeps it.
_RANK = {"case": 1, "language": 1, "assigned": 1, "person": 2, "released": 2, "returned": 3, "crisis": 3}


async def enqueue(
    connection: AsyncConnection,
    context: Context,
    conversation_id: str,
    now: datetime,
    reason: str,
    *,
    urgent: bool = False,
) -> None:
    """Put a conversation into the staff's queue, or raise its reason; who answers does not change."""
    weaker = [name for name, rank in _RANK.items() if rank < _RANK[reason]]
    values: dict[str, Any] = {
        "queue_since": func.coalesce(CONVERSATIONS.c.queue_since, now),
        "after_hours": case(
            (CONVERSATIONS.c.queue_since.is_(None), not context.hours.is_open(now)),
            else_=CONVERSATIONS.c.after_hours,
        ),
        "queue_reason": case(
            (
                or_(CONVERSATIONS.c.queue_reason.is_(None), CONVERSATIONS.c.queue_reason.in_(weaker)),
                reason,
            ),
            else_=CONVERSATIONS.c.queue_reason,
        ),
        "updated_at": now,
    }
    if urgent:
        values["urgent"] = True
    await connection.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).values(**values))


async def ask_for_person(connection: AsyncConnection, context: Context, conversation: Any) -> list[Body]:
    """The resident wants a person: the bot steps back. Returns what the resident is told."""
    now = utc_now()
    changed = await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation.id, CONVERSATIONS.c.owner == "bot")
        .values(owner="waiting", interrupted=True, updated_at=now)
    )
    await enqueue(connection, context, conversation.id, now, "person")
    if changed.rowcount:
        await record(connection, context.keyring, now, conversation.id, None, "asks_person")
    place = await place_in_queue(connection, conversation.id) or 1
    knowledge = context.knowledge
    writer = context.writer(now)
    if changed.rowcount == 0:
        if conversation.owner != "waiting":
            return []
        return [writer.answer(knowledge.notice("person_already", place=place))]
    if context.hours.is_open(now):
        return [writer.answer(knowledge.notice("person_open", place=place))]
    opening = describe(context.hours.next_opening(now), now)
    return [writer.answer(knowledge.notice("person_closed", next_open=opening))]


async def call_assistant_back(connection: AsyncConnection, context: Context, conversation: Any) -> list[Body]:
    """The resident who waits wants the assistant again. A case or a crisis stays in the queue."""
    now = utc_now()
    stays = CONVERSATIONS.c.queue_reason.in_(("crisis", "case"))
    changed = await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation.id, CONVERSATIONS.c.owner == "waiting")
        .values(
            owner="bot",
            queue_since=case((stays, CONVERSATIONS.c.queue_since), else_=None),
            queue_reason=case((stays, CONVERSATIONS.c.queue_reason), else_=None),
            updated_at=now,
        )
    )
    if changed.rowcount:
        await record(connection, context.keyring, now, conversation.id, None, "called_back")
    elif conversation.owner != "bot":
        return []
    back = context.writer(now).answer(context.knowledge.notice("assistant_back"))
    if conversation.active_form is not None:
        back.buttons.insert(0, IssuedButton("Wróć do zgłoszenia", BACK_TO_FORM))
    return [back]


async def reopen(connection: AsyncConnection, conversation_id: str) -> bool:
    """A closed conversation goes on with a clean stretch of the bot."""
    changed = await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.owner == "closed")
        .values(owner="bot", updated_at=utc_now(), **FRESH_STRETCH)
    )
    return changed.rowcount == 1


async def claim(context: Context, staff: StaffRef, conversation_id: str) -> ClaimResult:
    """Take a conversation over. Of any number who try at once exactly one wins; claiming again is harmless.

    Raises:
        NotFound: no such conversation.
        Forbidden: the role does not work on conversations.
    """
    may_work(staff)
    now = utc_now()
    async with context.database.write() as connection:
        won = (
            await connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.owner.in_(("bot", "waiting")))
                .values(owner="staff", staff_id=staff.id, team_id=None, held_since=now, updated_at=now)
                .returning(CONVERSATIONS.c.id, CONVERSATIONS.c.channel, CONVERSATIONS.c.stretch)
            )
        ).first()
        await audit(connection, now, staff.id, "claim" if won else "claim_lost", conversation_id)
        if won is not None:
            writer = context.writer(now)
            joined = writer.answer(context.knowledge.notice("staff_joined", name=staff.name))
            await writer.append(connection, won, [joined], author="system", staff_id=staff.id)
            await record(connection, context.keyring, now, conversation_id, staff.id, "claim")
        else:
            holder = (
                await connection.execute(
                    select(CONVERSATIONS.c.owner, CONVERSATIONS.c.staff_id, STAFF.c.name)
                    .select_from(CONVERSATIONS.outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id))
                    .where(CONVERSATIONS.c.id == conversation_id)
                )
            ).first()
    if won is not None:
        context.feed.wake(DESK, conversation_topic(conversation_id))
        return ClaimResult(won=True, owner_name=staff.name)
    if holder is None:
        raise NotFound(conversation_id)
    return ClaimResult(won=holder.staff_id == staff.id, owner_name=holder.name)


async def give_up(
    context: Context, staff: StaffRef, conversation_id: str, *, owner: str, notice: str, action: str
) -> bool:
    """Hand a conversation back to the bot or close it; only its owner can. The next message starts clean."""
    may_work(staff)
    now = utc_now()
    async with context.database.write() as connection:
        changed = (
            await connection.execute(
                update(CONVERSATIONS)
                .where(
                    CONVERSATIONS.c.id == conversation_id,
                    CONVERSATIONS.c.owner == "staff",
                    CONVERSATIONS.c.staff_id == staff.id,
                )
                .values(owner=owner, staff_id=None, held_since=None, updated_at=now, **FRESH_STRETCH, **OUT_OF_QUEUE)
                .returning(CONVERSATIONS.c.id, CONVERSATIONS.c.channel, CONVERSATIONS.c.stretch)
            )
        ).first()
        if changed is None:
            return False
        writer = context.writer(now)
        said = writer.answer(context.knowledge.notice(notice))
        await writer.append(connection, changed, [said], author="system")
        await audit(connection, now, staff.id, action, conversation_id)
        await record(connection, context.keyring, now, conversation_id, staff.id, action)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return True
