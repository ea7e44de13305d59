"""Working hours: the setting, holidays, daylight saving time, and the phrase a resident reads."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hours import HoursError, WorkingHours, describe

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = WorkingHours.parse("mon-fri 07:30-15:30")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T07:29:59", False),
        ("2026-11-23T07:30", True),
        ("2026-11-23T15:29:59", True),
        ("2026-11-23T15:30", False),
        ("2026-11-22T10:00", False),
        ("2026-11-11T10:00", False),
        ("2026-12-24T10:00", False),
        ("2026-04-06T10:00", False),
        ("2026-06-04T10:00", False),
        ("2026-05-04T10:00", True),
    ],
)
def test_open(moment: str, is_open: bool) -> None:
    assert OFFICE.is_open(at(moment)) is is_open


def test_open_is_asked_in_any_time_zone() -> None:
    assert OFFICE.is_open(datetime(2026, 11, 23, 6, 30, tzinfo=UTC))
    assert not OFFICE.is_open(datetime(2026, 7, 13, 13, 30, tzinfo=UTC))
    assert OFFICE.is_open(datetime(2026, 11, 23, 14, 29, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T05:00", "2026-11-23T07:30"),
        ("2026-11-23T16:00", "2026-11-24T07:30"),
        ("2026-11-20T16:00", "2026-11-23T07:30"),
        ("2026-11-10T15:30", "2026-11-12T07:30"),
        ("2026-12-23T20:00", "2026-12-28T07:30"),
        ("2026-12-31T20:00", "2027-01-04T07:30"),
    ],
)
def test_next_opening(moment: str, opening: str) -> None:
    assert OFFICE.next_opening(at(moment)) == at(opening)


def test_next_opening_while_open_is_now() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert OFFICE.next_opening(now) == now


def test_split_days_exceptions_and_half_days() -> None:
    hours = WorkingHours.parse(
        "Mon 07:30-17:00, tue-thu 7:30-12:00 12:30-15:30; fri 07:30-14:00\n"
        "12-31 07:30-12:00, 2026-11-11 10:00-12:00; 2026-05-04 closed"
    )
    assert hours.is_open(at("2026-11-23T16:30"))
    assert not hours.is_open(at("2026-11-24T12:15"))
    assert hours.next_opening(at("2026-11-24T12:15")) == at("2026-11-24T12:30")
    assert hours.spans(date(2026, 12, 31)) == ((time(7, 30), time(12, 0)),)
    assert hours.spans(date(2027, 12, 31)) == ((time(7, 30), time(12, 0)),)
    assert hours.is_open(at("2026-11-11T11:00")), "a dated exception beats a public holiday"
    assert hours.spans(date(2026, 5, 4)) == ()


def test_a_range_may_pass_the_end_of_the_week() -> None:
    hours = WorkingHours.parse("sat-mon 10:00-12:00")
    assert set(hours.weekly) == {5, 6, 0}


def test_daylight_saving_time() -> None:
    night = WorkingHours.parse("sun 02:30-05:00")
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    opening = night.next_opening(before)
    assert opening.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert (opening.hour, opening.minute) == (3, 30)
    assert night.is_open(opening)
    office = WorkingHours.parse("sun-mon 07:30-15:30")
    assert office.next_opening(at("2026-10-24T20:00")).astimezone(UTC) == datetime(2026, 10, 25, 6, 30, tzinfo=UTC)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_opening_is_open_and_nothing_is_before_it(moment: datetime) -> None:
    opening = OFFICE.next_opening(moment)
    assert opening >= moment
    assert OFFICE.is_open(opening)
    if opening > moment:
        assert not OFFICE.is_open(moment)
        assert not OFFICE.is_open(max(moment, opening - timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no weekday has opening hours"),
        ("12-31 07:30-12:00", "no weekday has opening hours"),
        ("mon-fri closed", "no weekday has opening hours"),
        ("mon-fry 07:30-15:30", "unknown day 'fry'"),
        ("pon 07:30-15:30", "unknown day 'pon'"),
        ("mon-wed-fri 07:30-15:30", "not a day or a range"),
        ("mon", "is not hours such as"),
        ("mon 7-15", "is not hours such as"),
        ("mon 07:30-15:30 lunch", "is not hours such as"),
        ("mon 15:30-07:30", "ends before it begins"),
        ("mon 07:30-25:00", "hour must be in"),
        ("mon 07:30-12:00 11:00-15:00", "overlaps"),
        ("mon-fri 07:30-15:30, wed 07:30-17:00", "'wed' is set twice"),
        ("mon 07:30-15:30, 2026-02-30 closed", "2026-02-30"),
    ],
)
def test_a_wrong_setting_is_named(text: str, message: str) -> None:
    with pytest.raises(HoursError) as caught:
        WorkingHours.parse(text, setting="MOPS_WORKING_HOURS")
    assert str(caught.value).startswith("MOPS_WORKING_HOURS: ")
    assert message in str(caught.value)


def test_a_wrong_time_zone_is_named() -> None:
    with pytest.raises(HoursError, match="MOPS_WORKING_HOURS: unknown time zone 'Europe/Zielona'"):
        WorkingHours.parse("mon 07:30-15:30", timezone="Europe/Zielona")


def test_naive_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.is_open(datetime(2026, 11, 23, 10, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "now", "phrase"),
    [
        ("2026-11-23T07:30", "2026-11-23T05:00", "dzisiaj o 7:30"),
        ("2026-11-24T07:30", "2026-11-23T16:00", "jutro, we wtorek 24 listopada 2026 r., o 7:30"),
        ("2026-11-23T10:05", "2026-11-20T16:00", "w poniedziałek 23 listopada 2026 r. o 10:05"),
        ("2027-01-04T07:30", "2026-12-31T20:00", "w poniedziałek 4 stycznia 2027 r. o 7:30"),
        ("2026-05-02T09:00", "2026-05-01T09:00", "jutro, w sobotę 2 maja 2026 r., o 9:00"),
    ],
)
def test_phrases(moment: str, now: str, phrase: str) -> None:
    assert describe(at(moment), at(now)) == phrase


def test_today_is_the_office_s_today() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert describe(OFFICE.next_opening(late), late) == "dzisiaj o 7:30"
