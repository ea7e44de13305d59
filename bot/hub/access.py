"""The door to conversations and cases: the role is checked and the look written down before anything is opened.

Whatever shows staff a resident's words, or a case, calls `look` first. What staff do to a conversation calls
`may_work` and writes its own line of the audit trail in the transaction that does it.
"""

from datetime import timedelta

from sqlalchemy import select

from bot.clock import utc_now
from bot.hub.context import Context
from bot.hub.messages import StaffRef
from bot.hub.store import AUDIT, audit
from bot.permissions import Permission, require

ONE_LOOK = timedelta(minutes=15)
"""A page that stays open refreshes itself every few seconds: one line for each quarter of an hour says it as well."""


async def look(context: Context, staff: StaffRef, action: str, target: str | None, *, watching: bool = False) -> None:
    """Write down that somebody looks at ``target`` (a conversation; None: the whole queue).

    ``watching``: an open page refreshes itself. It is the same look as long as there is a line of it younger than
    `ONE_LOOK`; without one it is written down like any other, so that no address shows anything unseen.

    Raises:
        Forbidden: the role does not open conversations.
        StorageUnavailable: it could not be written down, so nothing may be shown.
    """
    may_work(staff)
    now = utc_now()
    if watching:
        recent = select(AUDIT.c.id).where(
            AUDIT.c.staff_id == staff.id,
            AUDIT.c.action == action,
            AUDIT.c.target.is_(None) if target is None else AUDIT.c.target == target,
            AUDIT.c.at > now - ONE_LOOK,
        )
        async with context.database.connect() as connection:
            if (await connection.execute(recent.limit(1))).first() is not None:
                return
    async with context.database.write() as connection:
        await audit(connection, now, staff.id, action, target)


def may_work(staff: StaffRef) -> None:
    """Raise `Forbidden` unless the role opens conversations."""
    require(staff.role, Permission.CONVERSATIONS)
