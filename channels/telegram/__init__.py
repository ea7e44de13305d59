"""Telegram: updates in (polling or webhook), messages out through the hub's outbox."""

import os

# The library's coming way of telling durations; the other one warns at every use.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
