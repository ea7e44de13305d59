"""Send again: what a channel refused, or what nobody knows about, goes out once more when staff say so."""

from sqlalchemy import or_, select, update

from bot.clock import utc_now
from bot.hub.access import may_work
from bot.hub.context import Context
from bot.hub.feed import conversation_topic
from bot.hub.messages import StaffRef
from bot.hub.store import MESSAGES, OUTBOX, audit

AGAIN = ("failed", "unknown")
"""States of a delivery after which sending again makes sense."""


async def send_again(context: Context, staff: StaffRef, conversation_id: str, message_id: str) -> bool:
    """Queue a message for delivery once more; False when it is under way, has arrived or was taken back meanwhile.

    Two clicks send once.
    """
    may_work(staff)
    now = utc_now()
    standing = select(MESSAGES.c.id).where(MESSAGES.c.id == message_id, MESSAGES.c.retracted_at.is_(None))
    async with context.database.write() as connection:
        queued = await connection.execute(
            update(OUTBOX)
            .where(
                OUTBOX.c.message_id == message_id,
                OUTBOX.c.conversation_id == conversation_id,
                OUTBOX.c.state.in_(AGAIN),
                or_(OUTBOX.c.action != "send", OUTBOX.c.message_id.in_(standing)),
            )
            .values(state="pending", attempts=0, due_at=now, lease_until=None, error=None)
        )
        if queued.rowcount == 0:
            return False
        await audit(connection, now, staff.id, "send_again", conversation_id)
    context.feed.wake(conversation_topic(conversation_id))
    return True
