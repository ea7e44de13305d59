"""What the hub does when somebody may be in danger: the numbers at once, urgent in the queue."""

from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.hub.body import Body, IssuedButton
from bot.hub.context import Context
from bot.hub.history import record
from bot.hub.ownership import enqueue, reopen
from bot.hub.phrases import ANSWER_ANYWAY, BACK_TO_FORM, PERSON
from bot.hub.store import CONVERSATIONS

MODEL_THRESHOLD = 0.5
"""Confidence from which the model's crisis intent alone raises the alarm, where no dialogue runs."""


def crisis_card(context: Context, kind: str, seq: int, *, in_form: bool, lang: str | None = None) -> Body:
    """Make the card for message ``seq``. Ways on: a person, "this was no emergency", back to an open form.

    In another language its own card is said, which holds all numbers.
    """
    if lang is not None:
        card = context.knowledge.notice(f"card_{lang}")
        return Body(text=card.text, buttons=[IssuedButton(b.title, b.payload) for b in card.buttons])
    buttons = [
        IssuedButton("Porozmawiaj z pracownikiem", PERSON),
        IssuedButton("To nie jest nagła sytuacja", f"{ANSWER_ANYWAY}{seq}"),
    ]
    if in_form:
        buttons.append(IssuedButton("Wróć do zgłoszenia", BACK_TO_FORM))
    return Body(text=context.knowledge.crisis_card(kind, on=context.today().date()), buttons=buttons)


async def raise_alarm(connection: AsyncConnection, context: Context, conversation_id: str, now: datetime) -> None:
    """Flag the conversation urgent for staff and keep its next message out of any open form.

    Who waited for a person keeps the place in the queue, but the bot answers again until somebody claims:
    nobody in danger meets silence.
    """
    await reopen(connection, conversation_id)
    known = await connection.scalar(
        select(CONVERSATIONS.c.id).where(
            CONVERSATIONS.c.id == conversation_id,
            CONVERSATIONS.c.queue_reason == "crisis",
            CONVERSATIONS.c.queue_since.is_not(None),
        )
    )
    if known is None:
        await record(connection, context.keyring, now, conversation_id, None, "crisis")
    await enqueue(connection, context, conversation_id, now, "crisis", urgent=True)
    await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id)
        .values(
            interrupted=True,
            owner=case((CONVERSATIONS.c.owner == "waiting", "bot"), else_=CONVERSATIONS.c.owner),
        )
    )
