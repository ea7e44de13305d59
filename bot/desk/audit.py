"""The desk's own lines of the audit trail: who did what to which account, never content."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import utc_now
from bot.db.staff_tables import Audit


def note(session: AsyncSession, staff_id: str | None, action: str, target: str | None = None) -> None:
    """Add one line to the running transaction."""
    session.add(Audit(at=utc_now(), staff_id=staff_id, action=action, target=target))
