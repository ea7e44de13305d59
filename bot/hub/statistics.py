"""The figures of a period: counts, shares and times, for staff; never a name or a word of a resident.

A day is a day in the office's time zone. What belongs to a day and a channel is kept apart, so that any sum of them
(a day, a channel, the whole period) is made the same way.
"""

import asyncio
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, case, func, literal, select, union_all

from bot.crypto import Keyring
from bot.hub.body import open_fields
from bot.hub.cases import CASES
from bot.hub.context import Context
from bot.hub.history import CHANGES
from bot.hub.messages import StaffRef
from bot.hub.ratings import RATINGS
from bot.hub.store import CONVERSATIONS, MESSAGES
from bot.hub.tally import TALLIES
from bot.permissions import Permission, require

LONGEST = timedelta(days=366)

_TAKES = ("claim", "take_over", "assign", "resume")
_LEAVES = ("release", "returned", "assign_team", "hand_back", "close")
_ENDS = ("hand_back", "close")


@dataclass
class Figures:
    """What was counted; times in seconds. ``outcomes`` are those of `bot.db.tallies.Tally`."""

    conversations: set[str] = field(default_factory=set)
    from_residents: int = 0
    from_bot: int = 0
    from_staff: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    case_topics: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    waits_open: list[float] = field(default_factory=list)
    """Of those who asked for a person in working hours."""
    waits_closed: list[float] = field(default_factory=list)
    called_back: int = 0
    left_unanswered: int = 0
    held: list[float] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)

    @property
    def waits(self) -> list[float]:
        """All waits that ended with an answer."""
        return self.waits_open + self.waits_closed

    @property
    def questions(self) -> int:
        """Messages that the assistant had to answer by itself; steps of a form are none."""
        return sum(self.outcomes[name] for name in ("answered", "not_understood", "handed_off", "crisis", "failed"))

    def share(self, outcome: str) -> float | None:
        """The part of the questions that ended so, from 0 to 1; None without questions."""
        return self.outcomes[outcome] / self.questions if self.questions else None

    @property
    def score(self) -> float | None:
        """The mean rating."""
        return statistics.fmean(self.scores) if self.scores else None

    def add(self, other: "Figures") -> None:
        """Take another's counts in."""
        self.conversations |= other.conversations
        for name in ("from_residents", "from_bot", "from_staff", "cases", "asked", "called_back", "left_unanswered"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("outcomes", "topics", "case_topics"):
            getattr(self, name).update(getattr(other, name))
        for name in ("waits_open", "waits_closed", "held", "scores"):
            getattr(self, name).extend(getattr(other, name))


def median(values: list[float]) -> float | None:
    """The value in the middle; between two, their mean."""
    return statistics.median(values) if values else None


def ninetieth(values: list[float]) -> float | None:
    """The smallest value that at least nine of ten do not pass."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1] if values else None


class Period:
    """The figures from one day to another, both included."""

    def __init__(self, since: date, until: date) -> None:
        """Nothing is counted yet."""
        self.since = since
        self.until = until
        self.cells: dict[tuple[date, str], Figures] = defaultdict(Figures)

    @property
    def days(self) -> list[date]:
        """Each day of the period."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]

    @property
    def channels(self) -> list[str]:
        """The channels on which anything happened."""
        return sorted({channel for _, channel in self.cells})

    def of(self, *, day: date | None = None, channel: str | None = None) -> Figures:
        """Add up a day, a channel, both, or all."""
        total = Figures()
        for (its_day, its_channel), cell in sorted(self.cells.items()):
            if day in (None, its_day) and channel in (None, its_channel):
                total.add(cell)
        return total


async def read_period(
    context: Context, staff: StaffRef, since: date, until: date, channel: str | None = None
) -> Period:
    """Count a period; ``channel``: only this one.

    Raises:
        Forbidden: the role sees no figures.
        ValueError: the period is empty or longer than a year.
    """
    require(staff.role, Permission.STATISTICS)
    if not since <= until or until - since >= LONGEST:
        raise ValueError((since, until))
    reader = _Reader(context, Period(since, until), channel)
    await reader.read()
    return reader.period


class _Reader:
    def __init__(self, context: Context, period: Period, channel: str | None) -> None:
        self._context = context
        self._channel = channel
        self._zone = ZoneInfo(context.settings.timezone)
        self.period = period
        self._start = self._midnight(period.since)
        self._end = self._midnight(period.until + timedelta(days=1))

    async def read(self) -> None:
        database = self._context.database
        async with database.scan() as connection:
            messages = (await connection.execute(self._messages(sqlite=database.is_sqlite))).all()
            tallies = (await connection.execute(self._tallies())).all()
            cases = (await connection.execute(self._cases())).all()
            ratings = (await connection.execute(self._ratings())).all()
            events = (await connection.execute(self._events())).all()
        # In a thread: a year of a town takes a second or two, and the gateway goes on answering.
        await asyncio.to_thread(self._count, messages, tallies, cases, ratings, events)

    def _count(self, messages: Any, tallies: Any, cases: Any, ratings: Any, events: Any) -> None:
        for row in messages:
            cell = self._cell(datetime.strptime(row.hour, "%Y-%m-%d %H").replace(tzinfo=UTC), row.channel)
            if row.residents:
                cell.conversations.add(row.conversation_id)
            cell.from_residents += row.residents
            cell.from_bot += row.bots
            cell.from_staff += row.staffs
        for row in tallies:
            cell = self.period.cells[row.day, row.channel]
            cell.outcomes[row.outcome] += row.count
            if row.outcome == "answered" and row.topic:
                cell.topics[row.topic] += row.count
        for row in cases:
            cell = self._cell(row.created_at, row.channel)
            cell.cases += 1
            cell.case_topics[_topic(self._context.keyring, row.details_enc)] += 1
        for row in ratings:
            self._cell(row.at, row.channel).scores.append(row.score)
        for _, lines in groupby(events, key=lambda row: row.conversation_id):
            self._follow(list(lines))

    def _follow(self, lines: list[Any]) -> None:
        """Go through what happened to one conversation: who asked, who took it, who answered."""
        asked: datetime | None = None
        taken: datetime | None = None
        for line in lines:
            if line.kind == "asks_person":
                if asked is None:
                    asked = line.at
                    if self._inside(asked):
                        self._cell(asked, line.channel).asked += 1
            elif asked is not None and line.kind in ("answer", "called_back", *_ENDS):
                if self._inside(asked):
                    self._end_of_wait(self._cell(asked, line.channel), asked, line)
                asked = None
            if line.kind in _TAKES:
                taken = taken or line.at
            elif line.kind in _LEAVES and taken is not None:
                if self._inside(taken):
                    self._cell(taken, line.channel).held.append((line.at - taken).total_seconds())
                taken = None

    def _end_of_wait(self, cell: Figures, asked: datetime, line: Any) -> None:
        if line.kind == "called_back":
            cell.called_back += 1
        elif line.kind in _ENDS:
            cell.left_unanswered += 1
        else:
            waits = cell.waits_open if self._context.hours.is_open(asked) else cell.waits_closed
            waits.append((line.at - asked).total_seconds())

    def _messages(self, *, sqlite: bool) -> Any:
        # By the hour: time zones differ by whole hours here, and a day of the office is a set of hours.
        at = MESSAGES.c.created_at
        hour: ColumnElement[str] = (
            func.substr(at.cast(String), 1, 13, type_=String)
            if sqlite
            else func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24", type_=String)
        )

        def by(author: str) -> Any:
            return func.sum(case((MESSAGES.c.author == author, 1), else_=0))

        query = select(
            MESSAGES.c.conversation_id,
            MESSAGES.c.channel,
            hour.label("hour"),
            by("resident").label("residents"),
            by("bot").label("bots"),
            by("staff").label("staffs"),
        ).where(at >= self._start, at < self._end)
        return self._on_channel(query, MESSAGES.c.channel).group_by(
            MESSAGES.c.conversation_id, MESSAGES.c.channel, hour
        )

    def _tallies(self) -> Any:
        query = select(TALLIES).where(TALLIES.c.day.between(self.period.since, self.period.until))
        return self._on_channel(query, TALLIES.c.channel)

    def _cases(self) -> Any:
        query = (
            select(CASES.c.created_at, CASES.c.details_enc, CONVERSATIONS.c.channel)
            .join(CONVERSATIONS, CONVERSATIONS.c.id == CASES.c.conversation_id)
            .where(CASES.c.created_at >= self._start, CASES.c.created_at < self._end)
        )
        return self._on_channel(query, CONVERSATIONS.c.channel)

    def _ratings(self) -> Any:
        query = (
            select(RATINGS.c.at, RATINGS.c.score, CONVERSATIONS.c.channel)
            .join(CONVERSATIONS, CONVERSATIONS.c.id == RATINGS.c.conversation_id)
            .where(RATINGS.c.at >= self._start, RATINGS.c.at < self._end)
        )
        return self._on_channel(query, CONVERSATIONS.c.channel)

    def _events(self) -> Any:
        """Build the query of the history and the staff's messages from the start on, by conversation, in order."""
        kinds = ("asks_person", "called_back", *_TAKES, *_LEAVES)
        changes = select(
            CHANGES.c.conversation_id,
            CHANGES.c.kind,
            CHANGES.c.at,
            CHANGES.c.id.label("place"),
            CONVERSATIONS.c.channel,
        ).join(CONVERSATIONS, CONVERSATIONS.c.id == CHANGES.c.conversation_id)
        changes = changes.where(CHANGES.c.kind.in_(kinds), CHANGES.c.at >= self._start)
        answers = (
            select(
                MESSAGES.c.conversation_id,
                literal("answer").label("kind"),
                MESSAGES.c.created_at.label("at"),
                literal(0).label("place"),
                MESSAGES.c.channel,
            )
        ).where(MESSAGES.c.author == "staff", MESSAGES.c.created_at >= self._start)
        both = union_all(
            self._on_channel(changes, CONVERSATIONS.c.channel), self._on_channel(answers, MESSAGES.c.channel)
        ).subquery()
        return select(both).order_by(both.c.conversation_id, both.c.at, both.c.place)

    def _on_channel(self, query: Any, column: Any) -> Any:
        return query if self._channel is None else query.where(column == self._channel)

    def _cell(self, at: datetime, channel: str) -> Figures:
        return self.period.cells[at.astimezone(self._zone).date(), channel]

    def _inside(self, at: datetime) -> bool:
        return self._start <= at < self._end

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self._zone).astimezone(UTC)


def _topic(keyring: Keyring, sealed: bytes) -> str:
    return open_fields(keyring, sealed).get("temat", "inne")


def most(counts: Counter[str], names: dict[str, str], shown: int = 15) -> Iterable[tuple[str, int]]:
    """The most frequent ones by the name that people know."""
    return [
        (names.get(code, code), count) for code, count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))[:shown]
    ]
