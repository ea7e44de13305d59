"""Find conversations by what staff know: a number, a phone, a name, a period, a word. Each search is written down."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, union

from bot.clock import utc_now
from bot.hub import queue, terms
from bot.hub.access import may_work
from bot.hub.cases import CASES
from bot.hub.context import Context
from bot.hub.history import CHANGES
from bot.hub.messages import QueueRow, StaffRef
from bot.hub.search_index import TERMS
from bot.hub.store import CONVERSATIONS, MESSAGES, audit

PAGE = 25
MOST_WORDS = 12

_NUMBER = re.compile(r"(\d{4})[\s.–-]*(\d{4})")


class BadCriterion(ValueError):
    """A criterion makes no sense; ``field`` is its name in `Criteria`."""

    def __init__(self, field: str) -> None:
        """Remember which one."""
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; all that is given must fit. Days are days of the office, both included."""

    number: str = ""
    """A case's number, with or without its dash."""
    phone: str = ""
    """A phone number in any usual spelling: of a case, of a message or of a note."""
    name: str = ""
    """How the resident of a case is addressed; every word must fit."""
    words: str = ""
    """Words of messages, notes and cases; every one must fit, inflected as may be."""
    topic: str = ""
    """The code of a case's topic."""
    staff_id: str = ""
    """Who holds it, has held it, or has answered."""
    channel: str = ""
    since: date | None = None
    until: date | None = None
    """Something happened in it within these days: it began before their end and went on after their beginning."""

    @property
    def kinds(self) -> list[str]:
        """Which criteria are given, for the audit trail: never what they say."""
        short = {
            "number": "nr",
            "phone": "tel",
            "name": "imię",
            "words": "treść",
            "topic": "temat",
            "staff_id": "osoba",
            "channel": "kanał",
            "since": "od",
            "until": "do",
        }
        return [word for field, word in short.items() if getattr(self, field)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins after it."""

    updated_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, newest first, and where the next one begins."""

    rows: list[QueueRow]
    next: Place | None


async def find(context: Context, staff: StaffRef, wanted: Criteria, after: Place | None = None) -> Found:
    """Search; the line in the audit trail says who searched by which kinds of criteria, not what for.

    Raises:
        BadCriterion: which criterion makes no sense; nothing was searched.
        Forbidden: the role does not open conversations.
    """
    may_work(staff)
    where = _conditions(context, wanted)
    if after is not None:
        where.append(
            or_(
                CONVERSATIONS.c.updated_at < after.updated_at,
                and_(CONVERSATIONS.c.updated_at == after.updated_at, CONVERSATIONS.c.id < after.id),
            )
        )
    async with context.database.write() as connection:
        await audit(connection, utc_now(), staff.id, "search", ",".join(wanted.kinds))
    page = (
        select(CONVERSATIONS.c.id, CONVERSATIONS.c.updated_at)
        .where(*where)
        .order_by(CONVERSATIONS.c.updated_at.desc(), CONVERSATIONS.c.id.desc())
        .limit(PAGE + 1)
    )
    async with context.database.scan() as connection:
        found = (await connection.execute(page)).all()
    more, found = len(found) > PAGE, found[:PAGE]
    if not found:
        return Found([], None)
    order = {row.id: place for place, row in enumerate(found)}
    rows = await queue.read_rows(context, CONVERSATIONS.c.id.in_(order), closed=True, limit=PAGE)
    rows.sort(key=lambda row: order[row.id])
    return Found(rows, Place(found[-1].updated_at, found[-1].id) if more else None)


def _conditions(context: Context, wanted: Criteria) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    this = CONVERSATIONS.c.id
    if wanted.number:
        digits = _NUMBER.fullmatch(wanted.number.strip())
        if digits is None:
            raise BadCriterion("number")
        where.append(this.in_(select(CASES.c.conversation_id).where(CASES.c.number == f"{digits[1]}-{digits[2]}")))
    if wanted.phone:
        phone = terms.phone(wanted.phone)
        if phone is None:
            raise BadCriterion("phone")
        where.append(_holds(context, "phone", phone))
    for field, kind, text in (("name", "name", wanted.name), ("words", "word", wanted.words)):
        asked = terms.words(text)
        if text and not asked:
            raise BadCriterion(field)
        where += [_holds(context, kind, word) for word in sorted(asked)[:MOST_WORDS]]
    if wanted.topic:
        if wanted.topic not in context.knowledge.topics:
            raise BadCriterion("topic")
        where.append(_holds(context, "topic", wanted.topic))
    if wanted.staff_id:
        worked = union(
            select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.staff_id == wanted.staff_id),
            select(MESSAGES.c.conversation_id).where(MESSAGES.c.staff_id == wanted.staff_id),
            select(CHANGES.c.conversation_id).where(CHANGES.c.staff_id == wanted.staff_id),
        )
        where.append(this.in_(worked))
    if wanted.channel:
        where.append(CONVERSATIONS.c.channel == wanted.channel)
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise BadCriterion("until")
    zone = ZoneInfo(context.settings.timezone)
    if wanted.since:
        where.append(CONVERSATIONS.c.updated_at >= datetime.combine(wanted.since, time(), tzinfo=zone))
    if wanted.until:
        end = datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=zone)
        where.append(CONVERSATIONS.c.created_at < end)
    return where


def _holds(context: Context, kind: str, term: str) -> Any:
    """The conversation is found by this term, whichever of the keys it was indexed under."""
    blinds = context.keyring.blinds(kind, term)
    return CONVERSATIONS.c.id.in_(select(TERMS.c.conversation_id).where(TERMS.c.term.in_(blinds)))
