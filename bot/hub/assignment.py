"""Who of the staff answers: assign, take over, release, resume. Each is one conditional UPDATE (promise 3)."""

from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hours import describe
from bot.hub.access import may_work
from bot.hub.body import Body
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.history import record
from bot.hub.messages import ClaimResult, NotFound, StaffRef
from bot.hub.ownership import FRESH_STRETCH
from bot.hub.rights import ERASED
from bot.hub.store import CONVERSATIONS, STAFF, audit
from bot.hub.teams import TEAMS
from bot.permissions import Permission, allowed, roles_with
from bot.safety.masking import mask

_HELD = case((CONVERSATIONS.c.owner == "staff", True), else_=False)
_CHANGED = (CONVERSATIONS.c.id, CONVERSATIONS.c.channel, CONVERSATIONS.c.stretch)


async def take_over(
    context: Context, staff: StaffRef, conversation_id: str, *, held_by: str, reason: str
) -> ClaimResult:
    """Take a conversation from the colleague ``held_by``; lost when it has changed hands since that was seen.

    Raises:
        NotFound: no such conversation.
    """
    statement = (
        update(CONVERSATIONS)
        .where(
            CONVERSATIONS.c.id == conversation_id,
            CONVERSATIONS.c.owner == "staff",
            CONVERSATIONS.c.staff_id == held_by,
        )
        .values(staff_id=staff.id, **_held_now())
    )
    return await _hold(
        context, staff, conversation_id, statement, "take_over", staff, reason=mask(reason).text, held_by=held_by
    )


async def resume(context: Context, staff: StaffRef, conversation_id: str) -> ClaimResult:
    """Open a closed conversation again to write to the resident.

    Raises:
        NotFound: no such conversation.
    """
    statement = (
        update(CONVERSATIONS)
        .where(
            CONVERSATIONS.c.id == conversation_id,
            CONVERSATIONS.c.owner == "closed",
            CONVERSATIONS.c.channel != ERASED,
        )
        .values(owner="staff", staff_id=staff.id, **_held_now())
    )
    return await _hold(context, staff, conversation_id, statement, "resume", staff)


async def assign(context: Context, staff: StaffRef, conversation_id: str, colleague: StaffRef) -> ClaimResult:
    """Give a conversation to a colleague: what nobody holds, what is one's own, or, as a leader, anybody's.

    Raises:
        NotFound: no such conversation.
    """
    # Whoever may not open it would leave the resident without anybody.
    able = STAFF.c.role.in_(roles_with(Permission.CONVERSATIONS))
    usable = exists().where(STAFF.c.id == colleague.id, STAFF.c.blocked.is_(False), able)
    another = or_(CONVERSATIONS.c.staff_id.is_(None), CONVERSATIONS.c.staff_id != colleague.id)
    statement = (
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id, _may_give(staff), usable, another)
        .values(owner="staff", staff_id=colleague.id, **_held_now())
    )
    return await _hold(context, staff, conversation_id, statement, "assign", colleague)


async def assign_team(context: Context, staff: StaffRef, conversation_id: str, team_id: str) -> ClaimResult:
    """Put a conversation into the queue for a team. Where the bot answers it goes on until somebody claims.

    Raises:
        NotFound: no such conversation.
    """
    may_work(staff)
    now = utc_now()
    statement = (
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id, _may_give(staff), exists().where(TEAMS.c.id == team_id))
        .values(team_id=team_id, **_queued(context, now, "assigned"))
    )
    async with context.database.write() as connection:
        held = await connection.scalar(select(_HELD).where(CONVERSATIONS.c.id == conversation_id))
        changed = (await connection.execute(statement.returning(*_CHANGED))).first()
        if changed is None:
            return await _lost(connection, conversation_id)
        if held:
            await _say(connection, context, changed, _back_in_queue(context, now))
        name = await connection.scalar(select(TEAMS.c.name).where(TEAMS.c.id == team_id))
        await record(connection, context.keyring, now, conversation_id, staff.id, "assign_team", to=str(name))
        await audit(connection, now, staff.id, "assign_team", conversation_id)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return ClaimResult(won=True, owner_name=str(name))


async def release(context: Context, staff: StaffRef, conversation_id: str) -> bool:
    """Put one's own conversation back into the queue for somebody else; False when it was not one's own."""
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
                .values(**_queued(context, now, "released"))
                .returning(*_CHANGED)
            )
        ).first()
        if changed is None:
            return False
        await _say(connection, context, changed, _back_in_queue(context, now))
        await record(connection, context.keyring, now, conversation_id, staff.id, "release")
        await audit(connection, now, staff.id, "release", conversation_id)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return True


async def _hold(
    context: Context,
    staff: StaffRef,
    conversation_id: str,
    statement: Any,
    action: str,
    holder: StaffRef,
    **detail: str,
) -> ClaimResult:
    """Carry out ``statement``, which makes ``holder`` the owner, with all that goes with it."""
    may_work(staff)
    now = utc_now()
    async with context.database.write() as connection:
        changed = (await connection.execute(statement.returning(*_CHANGED))).first()
        await audit(connection, now, staff.id, action if changed else f"{action}_lost", conversation_id)
        if changed is None:
            return await _lost(connection, conversation_id)
        if "held_by" in detail:
            before = await connection.scalar(select(STAFF.c.name).where(STAFF.c.id == detail.pop("held_by")))
            detail["before"] = str(before)
        if holder.id != staff.id:
            detail["to"] = holder.name
        joined = context.writer(now).answer(context.knowledge.notice("staff_joined", name=holder.name))
        await _say(connection, context, changed, joined, staff_id=holder.id)
        await record(connection, context.keyring, now, conversation_id, staff.id, action, **detail)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return ClaimResult(won=True, owner_name=holder.name)


async def _lost(connection: AsyncConnection, conversation_id: str) -> ClaimResult:
    owner = (
        await connection.execute(
            select(CONVERSATIONS.c.id, STAFF.c.name)
            .select_from(CONVERSATIONS.outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id))
            .where(CONVERSATIONS.c.id == conversation_id)
        )
    ).first()
    if owner is None:
        raise NotFound(conversation_id)
    return ClaimResult(won=False, owner_name=owner.name)


def _may_give(staff: StaffRef) -> Any:
    unheld = CONVERSATIONS.c.owner.in_(("bot", "waiting"))
    if allowed(staff.role, Permission.COORDINATION):
        return or_(unheld, CONVERSATIONS.c.owner == "staff")
    return or_(unheld, and_(CONVERSATIONS.c.owner == "staff", CONVERSATIONS.c.staff_id == staff.id))


def _held_now() -> dict[str, Any]:
    now = utc_now()
    return {"held_since": now, "team_id": None, "updated_at": now}


def _queued(context: Context, now: Any, reason: str) -> dict[str, Any]:
    """Values that put a conversation into the queue; what staff held waits, and starts clean when the bot has it."""
    held = CONVERSATIONS.c.owner == "staff"
    fresh = {name: case((held, value), else_=CONVERSATIONS.c[name]) for name, value in FRESH_STRETCH.items()}
    return {
        "owner": case((held, "waiting"), else_=CONVERSATIONS.c.owner),
        "staff_id": None,
        "held_since": None,
        "queue_since": func.coalesce(CONVERSATIONS.c.queue_since, now),
        "after_hours": case(
            (CONVERSATIONS.c.queue_since.is_(None), not context.hours.is_open(now)),
            else_=CONVERSATIONS.c.after_hours,
        ),
        "queue_reason": func.coalesce(CONVERSATIONS.c.queue_reason, reason),
        "updated_at": now,
        **fresh,
    }


def _back_in_queue(context: Context, now: Any) -> Body:
    writer = context.writer(now)
    if context.hours.is_open(now):
        return writer.answer(context.knowledge.notice("back_in_queue"))
    opening = describe(context.hours.next_opening(now), now)
    return writer.answer(context.knowledge.notice("back_in_queue_closed", next_open=opening))


async def _say(
    connection: AsyncConnection, context: Context, conversation: Any, body: Body, *, staff_id: str | None = None
) -> None:
    await context.writer(utc_now()).append(connection, conversation, [body], author="system", staff_id=staff_id)
