"""The term of a case: working days as the law on administrative proceedings counts them, with Polish holidays."""

from datetime import date, timedelta

from bot.hours import public_holidays

URGENT_DAYS = 2
ORDINARY_DAYS = 14
"""Working days until the interview: the ordinance on the family interview gives 14, in urgent matters 2."""


def is_working_day(day: date) -> bool:
    """Whether an office works on this day: no Saturday, no Sunday, no public holiday."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


def due_date(received: date, *, urgent: bool) -> date:
    """Return the last day of the term. The day on which the case came does not count (art. 57 § 1 kpa)."""
    left = URGENT_DAYS if urgent else ORDINARY_DAYS
    day = received
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


def working_days_until(due: date, today: date) -> int:
    """Count the working days left, today's not among them; negative when the term has passed."""
    step = 1 if due >= today else -1
    day, count = today, 0
    while day != due:
        day += timedelta(days=step)
        count += step * is_working_day(day if step > 0 else day + timedelta(days=1))
    return count
