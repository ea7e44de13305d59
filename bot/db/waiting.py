"""What was already done about somebody who waits, so that it is done once."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class WaitingStep(Base):
    """One step about one waiting: the office was alerted, or the resident was told how it stands."""

    __tablename__ = "waiting_steps"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    """When the waiting began (``bot.hub.waits``); the next one in the same conversation begins at another moment."""
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    """urgent, lapsed or waiting: an alert; told: a message to the resident."""
    target: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Of an alert, a mark of the address it went to; of a message, what it told and of which opening."""
    at: Mapped[datetime]
