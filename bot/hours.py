"""When people answer: working hours by weekday, exceptions by date, Polish public holidays.

The setting is a list of parts separated by commas or semicolons::

    mon-thu 07:30-15:30, fri 07:30-14:00
    mon-fri 07:30-12:00 12:30-15:30; 12-31 07:30-12:00; 2026-05-02 closed

A part is days (``mon``, ``mon-fri``), a date that returns every year (``12-31``) or one date (``2026-05-02``),
followed by one or more spans of time or by ``closed``. A date beats a weekday, and also a public holiday.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

Span = tuple[time, time]
"""From and to, in local time; the end itself is already closed."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ON_DAY: Final = (
    "w poniedziałek",
    "we wtorek",
    "w środę",
    "w czwartek",
    "w piątek",
    "w sobotę",
    "w niedzielę",
)
_OF_MONTH: Final = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
]
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-\u2013]\s*([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})")
# Long enough to pass any run of holidays and exceptions that a working office could set.
_SEARCH_DAYS: Final = 400


class HoursError(ValueError):
    """The setting cannot be read; the message names the setting and the part at fault."""


@dataclass(frozen=True)
class WorkingHours:
    """The office's week. All questions take and give aware datetimes."""

    weekly: Mapping[int, tuple[Span, ...]]
    tz: ZoneInfo
    yearly: Mapping[tuple[int, int], tuple[Span, ...]] = field(default_factory=dict)
    dated: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    @classmethod
    def parse(
        cls, text: str, *, timezone: str = "Europe/Warsaw", setting: str = "MOPS_WORKING_HOURS"
    ) -> "WorkingHours":
        """Read the setting. Raises HoursError that names the setting and says what is wrong in it."""
        try:
            tz = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise HoursError(f"{setting}: unknown time zone {timezone!r}") from None
        weekly: dict[int, tuple[Span, ...]] = {}
        yearly: dict[tuple[int, int], tuple[Span, ...]] = {}
        dated: dict[date, tuple[Span, ...]] = {}
        parts = [part.strip().lower() for part in re.split(r"[,;\n]", text) if part.strip()]
        for part in parts:
            try:
                _read_part(part, weekly, yearly, dated)
            except ValueError as error:
                raise HoursError(
                    f"{setting}: cannot read {part!r}: {error}. Example: mon-fri 07:30-15:30, 12-31 07:30-12:00"
                ) from None
        if not any(weekly.values()):
            raise HoursError(f"{setting}: no weekday has opening hours. Example: mon-fri 07:30-15:30")
        return cls(weekly, tz, yearly, dated)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody answers at this moment."""
        local = self._local(at)
        return any(start <= local.time() < end for start, end in self.spans(local.date()))

    def next_opening(self, at: datetime) -> datetime:
        """The first moment from ``at`` on when somebody answers: ``at`` itself when it is open now."""
        local = self._local(at)
        if self.is_open(at):
            return local
        for days in range(_SEARCH_DAYS):
            day = local.date() + timedelta(days=days)
            for start, _ in self.spans(day):
                opening = self._moment(day, start)
                if opening > at:
                    return opening
        raise HoursError(f"no opening hours within {_SEARCH_DAYS} days after {local.date()}")

    def opened_at(self, at: datetime) -> datetime | None:
        """When the hours began that ``at`` is in; None when it is closed then."""
        local = self._local(at)
        for start, end in self.spans(local.date()):
            if start <= local.time() < end:
                return self._moment(local.date(), start)
        return None

    def spans(self, day: date) -> tuple[Span, ...]:
        """The opening hours of one day, in order; empty when closed."""
        if day in self.dated:
            return self.dated[day]
        if (day.month, day.day) in self.yearly:
            return self.yearly[day.month, day.day]
        if day in public_holidays(day.year):
            return ()
        return self.weekly.get(day.weekday(), ())

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return at.astimezone(self.tz)

    def _moment(self, day: date, start: time) -> datetime:
        # Through UTC and back: an opening time that the change to summer time skips moves to the hour that exists.
        return datetime.combine(day, start, tzinfo=self.tz).astimezone(UTC).astimezone(self.tz)


def day_in_words(moment: datetime, timezone: str) -> str:
    """Write a day as Polish does: "16 marca 2020 r."."""
    day = moment.astimezone(ZoneInfo(timezone))
    return f"{day.day} {_OF_MONTH[day.month - 1]} {day.year} r."


def how_long(duration: timedelta) -> str:
    """Say how long something lasts, coarser the longer: "poniżej 1 min", "12 min", "3 godz. 5 min", "2 dni"."""
    minutes = max(0, int(duration.total_seconds() // 60))
    if minutes < 1:
        return "poniżej 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} godz. {minutes} min" if minutes else f"{hours} godz."
    days = hours // 24
    return "1 dzień" if days == 1 else f"{days} dni"


def describe(moment: datetime, now: datetime) -> str:
    """Say in Polish when that is: "jutro, we wtorek 24 listopada 2026 r., o 7:30". Both in the office's time zone."""
    now = now.astimezone(moment.tzinfo)
    clock = f"o {moment.hour}:{moment.minute:02d}"
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"dzisiaj {clock}"
    on_day = f"{_ON_DAY[moment.weekday()]} {moment.day} {_OF_MONTH[moment.month - 1]} {moment.year} r."
    return f"jutro, {on_day}, {clock}" if days == 1 else f"{on_day} {clock}"


@lru_cache(maxsize=8)
def public_holidays(year: int) -> frozenset[date]:
    """Return the statutory days off in Poland."""
    return frozenset(holidays.country_holidays("PL", years=year))


def _read_part(
    part: str,
    weekly: dict[int, tuple[Span, ...]],
    yearly: dict[tuple[int, int], tuple[Span, ...]],
    dated: dict[date, tuple[Span, ...]],
) -> None:
    when, _, hours = part.partition(" ")
    spans = _read_spans(hours.strip())
    if match := _DATE.fullmatch(when):
        year, month, day = match.groups()
        # 2000 was a leap year: a returning 29 February is a date, too.
        known = date(int(year or 2000), int(month), int(day))
        if year:
            dated[known] = spans
        else:
            yearly[known.month, known.day] = spans
        return
    for weekday in _read_days(when):
        if weekday in weekly:
            raise ValueError(f"{_DAYS[weekday]!r} is set twice")
        weekly[weekday] = spans


def _read_days(text: str) -> list[int]:
    ends = [_weekday(name) for name in text.split("-")]
    if len(ends) > 2:
        raise ValueError(f"{text!r} is not a day or a range of days")
    first, last = ends[0], ends[-1]
    return [(first + offset) % 7 for offset in range((last - first) % 7 + 1)]


def _weekday(name: str) -> int:
    if name not in _DAYS:
        raise ValueError(f"unknown day {name!r} (use {', '.join(_DAYS)} or a date such as 2026-12-31)")
    return _DAYS.index(name)


def _read_spans(text: str) -> tuple[Span, ...]:
    if text == "closed":
        return ()
    spans: list[Span] = []
    for match in _SPAN.finditer(text):
        first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
        start, end = time(first_hour, first_minute), time(last_hour, last_minute)
        if end <= start:
            raise ValueError(f"{match.group()!r} ends before it begins")
        if spans and start < spans[-1][1]:
            raise ValueError(f"{match.group()!r} overlaps the span before it")
        spans.append((start, end))
    if not spans or _SPAN.sub("", text).strip():
        raise ValueError(f"{text!r} is not hours such as 07:30-15:30, nor 'closed'")
    return tuple(spans)
