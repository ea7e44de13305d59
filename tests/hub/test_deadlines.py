"""Terms in working days: the day of arrival does not count, weekends and Polish holidays do not either."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies

from bot.hub.deadlines import due_date, is_working_day, working_days_until

DAYS = strategies.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("received", "urgent", "due"),
    [
        (date(2026, 11, 24), True, date(2026, 11, 26)),
        (date(2026, 11, 24), False, date(2026, 12, 14)),
        # Friday: the weekend does not count.
        (date(2026, 11, 20), True, date(2026, 11, 24)),
        # 11 November is Independence Day.
        (date(2026, 11, 10), True, date(2026, 11, 13)),
        # Christmas Eve is a day off since 2025; 25, 26 and the weekend follow it.
        (date(2026, 12, 23), True, date(2026, 12, 29)),
        (date(2024, 12, 23), True, date(2024, 12, 27)),
        # Easter Monday 2027 is 29 March; received on a Sunday.
        (date(2027, 3, 28), True, date(2027, 3, 31)),
    ],
)
def test_the_term_is_what_a_calendar_on_the_wall_says(received: date, urgent: bool, due: date) -> None:
    assert due_date(received, urgent=urgent) == due


@given(DAYS, strategies.booleans())
def test_a_term_ends_on_a_working_day_with_exactly_so_many_days_in_it(received: date, urgent: bool) -> None:
    due = due_date(received, urgent=urgent)
    days = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    assert is_working_day(due)
    assert sum(map(is_working_day, days)) == (2 if urgent else 14)
    assert working_days_until(due, received) == (2 if urgent else 14)


@given(DAYS, strategies.integers(0, 60))
def test_days_past_the_term_are_counted_like_days_left(due: date, later: int) -> None:
    today = due + timedelta(days=later)
    passed = [due + timedelta(days=n) for n in range(1, later + 1)]
    assert working_days_until(due, today) == -sum(map(is_working_day, passed))
