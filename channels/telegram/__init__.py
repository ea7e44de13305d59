"""Telegram: updates in (polling or webhook), messages out through the hub's outbox."""

from channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
