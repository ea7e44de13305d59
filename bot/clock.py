"""The one place that asks the machine for the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current moment, timezone-aware in UTC, as everything is stored."""
    return datetime.now(tz=UTC)
