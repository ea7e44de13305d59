"""The statements that end a turn; built once, as every message passes here."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.hub.store import CONVERSATIONS, MESSAGES

WORKED_ON = (
    update(MESSAGES)
    .where(MESSAGES.c.id == bindparam("message"), MESSAGES.c.state == "pending")
    .values(state=bindparam("outcome"))
)


@cache
def closing(
    *, bot_must_own: bool, answers: bool, by_engine: bool, with_tracker: bool, resumes: bool
) -> ReturningUpdate[Any]:
    """Build the statement that ends a turn, once for each kind of turn: it checks who owns the conversation, gives
    the lease back, numbers the replies and keeps the dialogue's state.
    """
    values: dict[str, Any] = {
        "last_seq": CONVERSATIONS.c.last_seq + bindparam("said"),
        "lease_by": None,
        "lease_until": None,
        "updated_at": bindparam("at"),
    }
    if answers:
        answered = CONVERSATIONS.c.owner == "bot"
        values["unanswered_since"] = case((answered, None), else_=CONVERSATIONS.c.unanswered_since)
    if by_engine:
        values |= {"active_form": bindparam("form"), "delay_told": False}
    if with_tracker:
        values["tracker_enc"] = bindparam("tracker")
    if resumes:
        values["interrupted"] = False
    mine = [CONVERSATIONS.c.id == bindparam("conversation"), CONVERSATIONS.c.lease_by == bindparam("instance")]
    if bot_must_own:
        mine += [CONVERSATIONS.c.owner == "bot", CONVERSATIONS.c.stretch == bindparam("stretch_was")]
    return update(CONVERSATIONS).where(*mine).values(**values).returning(*CONVERSATIONS.c)
