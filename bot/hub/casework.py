"""Work on a case: its status, topic and urgency, with the term that follows and a line of history for each change."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hub import search_index
from bot.hub.access import look, may_work
from bot.hub.body import open_fields, seal_fields
from bot.hub.cases import CASES
from bot.hub.context import Context
from bot.hub.deadlines import due_date
from bot.hub.feed import DESK, conversation_topic
from bot.hub.history import record
from bot.hub.messages import NotFound, StaffRef
from bot.hub.store import CONVERSATIONS, audit

STATUSES = ("new", "in_progress", "waiting", "done")
OPEN = ("new", "in_progress", "waiting")
PAGE = 50


class UnknownValue(ValueError):
    """There is no such status or topic."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the list of cases shows it."""

    number: str
    conversation_id: str
    status: str
    urgent: bool
    topic: str
    name: str
    channel: str
    created_at: datetime
    due_on: date


async def set_status(context: Context, staff: StaffRef, number: str, *, seen: str, status: str) -> bool:
    """Move a case on; False when a colleague has moved it since ``seen`` was on the page.

    Raises:
        NotFound: no such case.
        UnknownValue: no such status, or back to "new".
    """
    may_work(staff)
    if status not in STATUSES or status == "new":
        raise UnknownValue(status)
    now = utc_now()
    async with context.database.write() as connection:
        changed = (
            await connection.execute(
                update(CASES)
                .where(CASES.c.number == number, CASES.c.status == seen, CASES.c.status != status)
                .values(status=status)
                .returning(CASES.c.id, CASES.c.conversation_id)
            )
        ).first()
        if changed is None:
            if await connection.scalar(select(CASES.c.id).where(CASES.c.number == number)) is None:
                raise NotFound(number)
            return False
        await record(
            connection,
            context.keyring,
            now,
            changed.conversation_id,
            staff.id,
            "status",
            case_id=changed.id,
            before=seen,
            after=status,
        )
        await audit(connection, now, staff.id, "case_status", changed.conversation_id)
        await _touch(connection, staff, changed.conversation_id, now)
    context.feed.wake(DESK, conversation_topic(changed.conversation_id))
    return True


async def revise(context: Context, staff: StaffRef, number: str, *, topic: str, urgent: bool) -> str:
    """Correct topic and urgency; the term is counted anew from the day the case came. Returns the conversation.

    Raises:
        NotFound: no such case.
        UnknownValue: no such topic.
    """
    may_work(staff)
    if topic not in context.knowledge.topics:
        raise UnknownValue(topic)
    now = utc_now()
    async with context.database.write() as connection:
        # The lock keeps the details together: they are one sealed value, read and written back.
        row = (await connection.execute(select(CASES).where(CASES.c.number == number).with_for_update())).first()
        if row is None:
            raise NotFound(number)
        details = open_fields(context.keyring, row.details_enc)
        before = (details.get("temat", "inne"), details.get("pilnosc", "zwykla"))
        after = (topic, "pilna" if urgent else "zwykla")
        if before == after:
            return str(row.conversation_id)
        details |= {"temat": after[0], "pilnosc": after[1]}
        await connection.execute(
            update(CASES)
            .where(CASES.c.id == row.id)
            .values(
                details_enc=seal_fields(context.keyring, details),
                urgent=urgent,
                due_on=term(context, row.created_at, urgent=urgent),
            )
        )
        await search_index.index_cases(connection, context.keyring, row.conversation_id)
        by_case = and_(CONVERSATIONS.c.queue_reason == "case", CONVERSATIONS.c.queue_since.is_not(None))
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == row.conversation_id)
            .values(
                topic_enc=context.keyring.encrypt(topic),
                # An alarm raised for another reason is not ours to take back.
                urgent=case((by_case, urgent), else_=CONVERSATIONS.c.urgent),
            )
        )
        for kind, old, new in zip(("topic", "urgency"), before, after, strict=True):
            if old != new:
                await record(
                    connection,
                    context.keyring,
                    now,
                    row.conversation_id,
                    staff.id,
                    kind,
                    case_id=row.id,
                    before=old,
                    after=new,
                )
        await audit(connection, now, staff.id, "case_revised", row.conversation_id)
        await _touch(connection, staff, row.conversation_id, now)
    context.feed.wake(DESK, conversation_topic(row.conversation_id))
    return str(row.conversation_id)


def term(context: Context, received: datetime, *, urgent: bool) -> date:
    """Return the last day of the term of a case that came at this moment."""
    return due_date(received.astimezone(ZoneInfo(context.settings.timezone)).date(), urgent=urgent)


async def list_cases(context: Context, staff: StaffRef, *, done: bool, page: int) -> tuple[list[CaseRow], int]:
    """List cases, those that are due first on top (done ones: newest first), and how many there are in all."""
    await look(context, staff, "cases", None)
    which = CASES.c.status == "done" if done else CASES.c.status.in_(OPEN)
    order = (CASES.c.created_at.desc(),) if done else (CASES.c.due_on.asc().nulls_first(), CASES.c.created_at)
    query = (
        select(CASES, CONVERSATIONS.c.channel)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == CASES.c.conversation_id)
        .where(which)
        .order_by(*order)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    async with context.database.connect() as connection:
        rows = (await connection.execute(query)).all()
        total = int(await connection.scalar(select(func.count()).select_from(CASES).where(which)) or 0)
    found = []
    for row in rows:
        details = open_fields(context.keyring, row.details_enc)
        urgent = details.get("pilnosc") == "pilna"
        topic = details.get("temat", "inne")
        found.append(
            CaseRow(
                number=row.number,
                conversation_id=row.conversation_id,
                status=row.status,
                urgent=urgent,
                topic=context.knowledge.topics.get(topic, topic),
                name=details.get("imie", ""),
                channel=row.channel,
                created_at=row.created_at,
                due_on=row.due_on or term(context, row.created_at, urgent=urgent),
            )
        )
    return found, total


async def _touch(connection: AsyncConnection, staff: StaffRef, conversation_id: str, now: datetime) -> None:
    """Open pages learn of the change; the holder's work keeps the claim alive."""
    mine = and_(CONVERSATIONS.c.owner == "staff", CONVERSATIONS.c.staff_id == staff.id)
    await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id)
        .values(updated_at=now, held_since=case((mine, now), else_=CONVERSATIONS.c.held_since))
    )
