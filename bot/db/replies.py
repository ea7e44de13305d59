"""Canned replies: texts that staff have ready. They are staff's own words, so they are not sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, new_id


class CannedReply(Base):
    """A text with variables in braces, such as ``{imię}``; see `bot.hub.canned` for what they are."""

    __tablename__ = "canned_replies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    """Whose own it is; None: everybody's."""
    name: Mapped[str] = mapped_column(String(60))
    """What it is found by; no two of one owner have the same."""
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
