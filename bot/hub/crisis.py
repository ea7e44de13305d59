"""What the hub does when somebody may be in danger: the numbers at once, urgent in the queue."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.hub.body import Body, IssuedButton
from bot.hub.context import Context
from bot.hub.ownership import enqueue
from bot.hub.phrases import ANSWER_ANYWAY, BACK_TO_FORM, PERSON
from bot.hub.store import CONVERSATIONS

MODEL_THRESHOLD = 0.5
"""Confidence from which the model's crisis intent alone raises the alarm, where no dialogue runs."""


def crisis_card(context: Context, kind: str, seq: int, *, in_form: bool) -> Body:
    """Make the card for message ``seq``. Ways on: a person, "this was no emergency", back to an open form."""
    buttons = [
        IssuedButton("Porozmawiaj z pracownikiem", PERSON),
        IssuedButton("To nie jest nagła sytuacja", f"{ANSWER_ANYWAY}{seq}"),
    ]
    if in_form:
        buttons.append(IssuedButton("Wróć do zgłoszenia", BACK_TO_FORM))
    return Body(text=context.knowledge.crisis_card(kind, on=context.today().date()), buttons=buttons)


async def raise_alarm(connection: AsyncConnection, conversation_id: str, now: datetime) -> None:
    """Flag the conversation urgent for staff and keep its next message out of any open form."""
    await enqueue(connection, conversation_id, now, "crisis", urgent=True)
    await connection.execute(
        update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).values(interrupted=True)
    )
