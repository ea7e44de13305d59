"""What all tables share."""

from datetime import date, datetime
from uuid import uuid4

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Date, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase


def new_id() -> str:
    """Return a fresh random identifier, 32 hex digits."""
    return uuid4().hex


class Base(DeclarativeBase):
    """Base of all tables; its metadata is what migrations compare with."""

    type_annotation_map = {datetime: DateTimeUTC(timezone=True), date: Date, bytes: LargeBinary, str: String}
