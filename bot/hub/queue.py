"""The staff's queue: its tabs, their counts, and pages of rows. Every query of it stands on an index."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from bot.db.models import Case
from bot.hub.access import look, may_work
from bot.hub.body import open_body
from bot.hub.context import Context
from bot.hub.messages import QueueRow, StaffRef
from bot.hub.readers import topic_title
from bot.hub.store import CONVERSATIONS, IN_QUEUE, MESSAGES, STAFF
from bot.hub.teams import TEAMS

Tab = Literal["waiting", "mine", "others", "after_hours", "closed"]
TABS: tuple[Tab, ...] = ("waiting", "mine", "others", "after_hours", "closed")
PAGE = 40
LAST_LINE = 140

_HELD = CONVERSATIONS.c.owner == "staff"
_WAITING_SINCE = func.coalesce(
    CONVERSATIONS.c.unanswered_since, CONVERSATIONS.c.queue_since, CONVERSATIONS.c.updated_at
)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many conversations stand in each tab, and how many of those that wait are urgent."""

    waiting: int
    urgent: int
    mine: int
    mine_unanswered: int
    others: int
    after_hours: int
    closed: int

    def of(self, tab: Tab) -> int:
        """How many stand in this tab."""
        return int(getattr(self, tab))


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of one tab."""

    tab: Tab
    rows: list[QueueRow]
    counts: QueueCounts
    page: int
    pages: int


async def read_page(context: Context, staff: StaffRef, tab: Tab, page: int, *, watching: bool) -> QueuePage:
    """Read one page of a tab, urgent first, then the longest wait; closed ones newest first.

    ``watching``: an open page refreshes itself; see `access.look`. A page past the end (rows were
    taken meanwhile) becomes the last one.
    """
    await look(context, staff, "queue", None, watching=watching)
    counts = await read_counts(context, staff)
    pages = max(1, -(-counts.of(tab) // PAGE))
    page = min(max(1, page), pages)
    rows = await read_rows(context, _of_tab(tab, staff), closed=tab == "closed", limit=PAGE, offset=PAGE * (page - 1))
    return QueuePage(tab, rows, counts, page, pages)


async def read_counts(context: Context, staff: StaffRef) -> QueueCounts:
    """Count the tabs for one person."""
    may_work(staff)

    def count(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    waiting = select(
        func.count(), count(CONVERSATIONS.c.urgent.is_(True)), count(CONVERSATIONS.c.after_hours.is_(True))
    ).where(IN_QUEUE)
    is_mine = CONVERSATIONS.c.staff_id == staff.id
    held = select(
        count(is_mine),
        count(and_(is_mine, CONVERSATIONS.c.unanswered_since.is_not(None))),
        count(CONVERSATIONS.c.staff_id != staff.id),
    ).where(_HELD)
    closed = select(func.count()).select_from(CONVERSATIONS).where(CONVERSATIONS.c.owner == "closed")
    async with context.database.connect() as connection:
        total, urgent, after_hours = (await connection.execute(waiting)).one()
        mine, mine_unanswered, others = (await connection.execute(held)).one()
        ended = await connection.scalar(closed)
    return QueueCounts(total, urgent, mine, mine_unanswered, others, after_hours, int(ended or 0))


async def read_all(context: Context, staff: StaffRef, *, watching: bool) -> list[QueueRow]:
    """List what waits and what staff hold, without pages; for lists that are short by nature and for tests."""
    await look(context, staff, "queue", None, watching=watching)
    return await read_rows(context, or_(IN_QUEUE, _HELD), limit=500)


async def read_beside(context: Context, staff: StaffRef, limit: int) -> tuple[list[QueueRow], list[QueueRow]]:
    """Read one's own conversations and those that wait, as many as stand beside an open conversation."""
    await look(context, staff, "queue", None, watching=True)
    mine = await read_rows(context, _of_tab("mine", staff), limit=limit)
    waiting = await read_rows(context, _of_tab("waiting", staff), limit=limit)
    return mine, waiting


async def read_rows(
    context: Context, which: ColumnElement[bool], *, closed: bool = False, limit: int, offset: int = 0
) -> list[QueueRow]:
    """Read rows of conversations: urgent first, who waits for an answer before who was answered, longest first."""
    if closed:
        order: tuple[Any, ...] = (CONVERSATIONS.c.updated_at.desc(),)
    else:
        answered = and_(_HELD, CONVERSATIONS.c.unanswered_since.is_(None))
        order = (CONVERSATIONS.c.urgent.desc(), case((answered, 1), else_=0), _WAITING_SINCE, CONVERSATIONS.c.id)
    # First the page, then what each of its rows shows: the rest of the queue is not looked into.
    page = select(CONVERSATIONS.c.id).where(which).order_by(*order).limit(limit).offset(offset).subquery()
    last_seq = (
        select(MESSAGES.c.seq)
        .where(MESSAGES.c.conversation_id == CONVERSATIONS.c.id, MESSAGES.c.author == "resident")
        .order_by(MESSAGES.c.seq.desc())
        .limit(1)
        .correlate(CONVERSATIONS)
        .scalar_subquery()
    )
    number = (
        select(Case.number)
        .where(Case.conversation_id == CONVERSATIONS.c.id)
        .order_by(Case.created_at.desc())
        .limit(1)
        .correlate(CONVERSATIONS)
        .scalar_subquery()
    )
    query = (
        select(
            CONVERSATIONS.c.id,
            CONVERSATIONS.c.channel,
            CONVERSATIONS.c.owner,
            CONVERSATIONS.c.staff_id,
            CONVERSATIONS.c.queue_reason,
            CONVERSATIONS.c.urgent,
            CONVERSATIONS.c.unanswered_since,
            CONVERSATIONS.c.topic_enc,
            CONVERSATIONS.c.language,
            CONVERSATIONS.c.after_hours,
            CONVERSATIONS.c.updated_at,
            STAFF.c.name.label("staff_name"),
            TEAMS.c.name.label("team"),
            MESSAGES.c.body_enc,
            MESSAGES.c.kind,
            number.label("case_number"),
            _WAITING_SINCE.label("waiting_since"),
        )
        .join(page, page.c.id == CONVERSATIONS.c.id)
        .outerjoin(STAFF, STAFF.c.id == CONVERSATIONS.c.staff_id)
        .outerjoin(TEAMS, TEAMS.c.id == CONVERSATIONS.c.team_id)
        .outerjoin(MESSAGES, and_(MESSAGES.c.conversation_id == CONVERSATIONS.c.id, MESSAGES.c.seq == last_seq))
        .order_by(*order)
    )
    async with context.database.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [
        QueueRow(
            id=row.id,
            channel=row.channel,
            owner=row.owner,
            staff_id=row.staff_id,
            staff_name=row.staff_name,
            reason=row.queue_reason,
            urgent=row.urgent,
            waiting_since=row.waiting_since,
            unanswered=row.unanswered_since is not None,
            topic=topic_title(context, row.topic_enc),
            language=row.language,
            last_line=_one_line(open_body(context.keyring, row.body_enc).text) if row.body_enc else "",
            last_kind=row.kind or "text",
            case_number=row.case_number,
            after_hours=row.after_hours,
            team=row.team,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def _of_tab(tab: Tab, staff: StaffRef) -> ColumnElement[bool]:
    return {
        "waiting": IN_QUEUE,
        "mine": and_(_HELD, CONVERSATIONS.c.staff_id == staff.id),
        "others": and_(_HELD, CONVERSATIONS.c.staff_id != staff.id),
        "after_hours": and_(IN_QUEUE, CONVERSATIONS.c.after_hours.is_(True)),
        "closed": CONVERSATIONS.c.owner == literal("closed"),
    }[tab]


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LAST_LINE else line[: LAST_LINE - 1].rstrip() + "…"
