"""The state of the office in a few figures, for a screen on the wall: nothing of any resident."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select

from bot.clock import utc_now
from bot.hub.access import may_work
from bot.hub.claims import PRESENCE_EVERY
from bot.hub.context import Context
from bot.hub.messages import StaffRef
from bot.hub.store import CONVERSATIONS, IN_QUEUE, STAFF


@dataclass(frozen=True, slots=True)
class AtWork:
    """A colleague: how many conversations they have, in how many of them somebody waits, whether a page is open."""

    name: str
    held: int
    unanswered: int
    present: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What the screen shows. ``oldest`` is when the longest wait began; None: nobody waits."""

    waiting: int
    urgent: int
    after_hours: int
    oldest: datetime | None
    people: list[AtWork]
    open_now: bool


async def read_board(context: Context, staff: StaffRef) -> Board:
    """Count what waits and who has what. Raises Forbidden."""
    may_work(staff)
    now = utc_now()
    waiting = select(
        func.count(),
        func.coalesce(func.sum(case((CONVERSATIONS.c.urgent.is_(True), 1), else_=0)), 0),
        func.coalesce(func.sum(case((CONVERSATIONS.c.after_hours.is_(True), 1), else_=0)), 0),
        func.min(CONVERSATIONS.c.queue_since),
    ).where(IN_QUEUE)
    fresh = now - 3 * PRESENCE_EVERY
    held = func.count(CONVERSATIONS.c.id)
    people = (
        select(
            STAFF.c.name,
            held.label("held"),
            func.count(CONVERSATIONS.c.unanswered_since).label("unanswered"),
            STAFF.c.present_at,
        )
        .select_from(
            STAFF.outerjoin(
                CONVERSATIONS, and_(CONVERSATIONS.c.staff_id == STAFF.c.id, CONVERSATIONS.c.owner == "staff")
            )
        )
        .where(STAFF.c.blocked.is_(False))
        .group_by(STAFF.c.id, STAFF.c.name, STAFF.c.present_at)
        .having(or_(held > 0, STAFF.c.present_at > fresh))
        .order_by(held.desc(), STAFF.c.name)
    )
    async with context.database.connect() as connection:
        total, urgent, late, oldest = (await connection.execute(waiting)).one()
        rows = (await connection.execute(people)).all()
    at_work = [
        AtWork(row.name, row.held, row.unanswered, row.present_at is not None and row.present_at > fresh)
        for row in rows
    ]
    return Board(total, urgent, late, oldest, at_work, context.hours.is_open(now))
