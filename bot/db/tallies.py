"""Counts of what the assistant was asked and how it ended, without any conversation beside them."""

from datetime import date

from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class Tally(Base):
    """How many messages of one day on one channel ended in one way. Nobody can be found by it: it outlives them."""

    __tablename__ = "tallies"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """In the office's time zone."""
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    """answered, not_understood, handed_off, form (an answer to a form's question), crisis or failed."""
    topic: Mapped[str] = mapped_column(String(60), primary_key=True)
    """The intent that was answered; empty where there is none."""
    count: Mapped[int] = mapped_column(Integer)
