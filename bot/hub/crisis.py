"""What the hub does when somebody may be in danger: the numbers at once, urgent in the queue."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.hub.body import Body, IssuedButton
from bot.hub.context import Context
from bot.hub.ownership import enqueue
from bot.hub.phrases import ANSWER_ANYWAY, PERSON
from bot.hub.store import CONVERSATIONS

MODEL_THRESHOLD = 0.5
"""Confidence from which the model's crisis intent alone raises the alarm, where no dialogue runs."""


def crisis_card(context: Context, kind: str, seq: int) -> Body:
    """Make the card for message ``seq``. Two ways on: a person, and "this was no emergency"."""
    return Body(
        text=context.knowledge.crisis_card(kind, on=context.today().date()),
        buttons=[
            IssuedButton("Porozmawiaj z pracownikiem", PERSON),
            IssuedButton("To nie jest nagła sytuacja", f"{ANSWER_ANYWAY}{seq}"),
        ],
    )


async def raise_alarm(connection: AsyncConnection, conversation_id: str, now: datetime) -> None:
    """Flag the conversation urgent for staff and keep its next message out of any open form."""
    await enqueue(connection, conversation_id, now, "crisis", urgent=True)
    await connection.execute(
        update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).values(interrupted=True)
    )
