"""Changes of messages that are already there: residents edit theirs, staff correct theirs or take them back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hub import search_index
from bot.hub.accept import find_conversation
from bot.hub.access import may_work
from bot.hub.body import Body, Earlier, open_body
from bot.hub.context import Context
from bot.hub.crisis import crisis_card, raise_alarm
from bot.hub.feed import DESK, conversation_topic
from bot.hub.messages import CannotChange, Event, Fixed, Inbound, NotFound, NotOwner, StaffRef, TooLong
from bot.hub.readers import read_events
from bot.hub.rights import ERASED
from bot.hub.store import CONVERSATIONS, MESSAGES, OUTBOX, PLATFORM, audit
from bot.safety import crisis, language
from bot.safety.masking import mask


async def resident_edits(context: Context, edited: Inbound, at: datetime) -> bool:
    """Put a new text beside what a resident wrote; the dialogue does not begin again.

    Args:
        context: the hub's collaborators.
        edited: the message as it reads now; its ``reference`` says which one it is.
        at: when it was edited, by the platform's clock; an older edit that comes late changes nothing.

    Returns:
        False where no such message is stored.

    Raises:
        StorageUnavailable: nothing was stored.
        TooLong: the text passes the limit.
    """
    if len(edited.text) > context.settings.message_limit:
        raise TooLong(context.settings.message_limit)
    async with context.database.connect() as connection:
        conversation_id = await find_conversation(connection, edited.channel, edited.chat)
    if conversation_id is None:
        return False
    masked = mask(edited.text)
    now = utc_now()
    async with context.database.write() as connection:
        conversation = await _lock(connection, conversation_id, now)
        message = (
            await connection.execute(
                select(MESSAGES)
                .join(PLATFORM, PLATFORM.c.message_id == MESSAGES.c.id)
                .where(
                    PLATFORM.c.conversation_id == conversation_id,
                    PLATFORM.c.reference == edited.reference,
                    MESSAGES.c.author == "resident",
                )
            )
        ).first()
        if message is None:
            return False
        body = open_body(context.keyring, message.body_enc)
        stale = message.edited_at is not None and at < message.edited_at
        if body.text == masked.text or stale:
            return True
        before = body.text
        await _rewrite(connection, context, conversation, message, body, masked.text, at)
        silent = CONVERSATIONS.c.owner.in_(("waiting", "staff")) & CONVERSATIONS.c.unanswered_since.is_(None)
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation_id)
            .values(unanswered_since=case((silent, now), else_=CONVERSATIONS.c.unanswered_since))
        )
        writer = context.writer(now)
        if masked.kinds:
            told = writer.answer(context.knowledge.notice("masked", kinds=tuple(dict.fromkeys(masked.kinds))))
            await writer.append(connection, conversation, [told], author="system", reply_to=message.id)
        danger = crisis.detect(masked.text)
        if danger is not None and crisis.detect(before) is None:
            # Danger is recognised wherever it is written; everything else waits for a person to read it.
            await raise_alarm(connection, context, conversation_id, now)
            lang = language.detect(masked.text)
            in_form = conversation.active_form is not None
            card = crisis_card(context, danger, message.seq, in_form=in_form, lang=lang)
            await writer.append(connection, conversation, [card], author="system", reply_to=message.id, lang=lang)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return True


def fixed(channel: str, delivery: str | None, action: str | None) -> Fixed | None:
    """Say why a message of this channel cannot be changed any more; None: it can.

    ``delivery`` and ``action``: its row in the outbox. Telegram takes every change (what it no longer deletes is
    overwritten), the web shows what is stored.
    """
    if channel == ERASED:
        return "erased"
    if channel == "rest":
        return "rest"
    return "unknown" if delivery == "unknown" and action == "send" else None


async def amend(context: Context, staff: StaffRef, conversation_id: str, seq: int, text: str) -> Event:
    """Correct what an employee wrote; residents see the new text, staff both.

    Raises:
        NotFound: no such message, or it was taken back.
        NotOwner: it is not this person's.
        CannotChange: the channel does not take it.
        TooLong: longer than the limit.
        Forbidden: the role does not work on conversations.
    """
    may_work(staff)
    limit = context.settings.message_limit
    if len(text) > limit:
        raise TooLong(limit)
    now = utc_now()
    masked = mask(text).text

    async def change(connection: AsyncConnection, conversation: Any, message: Any) -> None:
        body = open_body(context.keyring, message.body_enc)
        if body.text == masked:
            return
        await _rewrite(connection, context, conversation, message, body, masked, now)
        await _send_change(connection, message.id, "edit", now)

    return await _staff_changes(context, staff, conversation_id, seq, "amend", change)


async def retract(context: Context, staff: StaffRef, conversation_id: str, seq: int) -> Event:
    """Take back what an employee wrote; residents no longer see it, staff see that it was taken back.

    Raises:
        NotFound: no such message, or it was taken back before.
        NotOwner: it is not this person's.
        CannotChange: the channel does not take it.
    """
    now = utc_now()

    async def change(connection: AsyncConnection, conversation: Any, message: Any) -> None:
        await connection.execute(
            update(MESSAGES)
            .where(MESSAGES.c.id == message.id)
            .values(retracted_at=now, changed=conversation.last_change)
        )
        unsent = (OUTBOX.c.state == "pending") & (OUTBOX.c.action == "send")
        await connection.execute(
            update(OUTBOX).where(OUTBOX.c.message_id == message.id, unsent).values(state="recalled", error=None)
        )
        await _send_change(connection, message.id, "delete", now)

    return await _staff_changes(context, staff, conversation_id, seq, "retract", change)


async def _staff_changes(
    context: Context,
    staff: StaffRef,
    conversation_id: str,
    seq: int,
    action: str,
    change: Callable[[AsyncConnection, Any, Any], Any],
) -> Event:
    """Change an employee's own message in one transaction, with its line in the audit trail."""
    may_work(staff)
    now = utc_now()
    this = (MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.seq == seq)
    async with context.database.write() as connection:
        conversation = await _lock(connection, conversation_id, now)
        message = (await connection.execute(select(MESSAGES).where(*this))).first()
        if message is None or message.author != "staff" or message.retracted_at is not None:
            raise NotFound(conversation_id)
        if message.staff_id != staff.id:
            raise NotOwner(conversation_id)
        sent = (await connection.execute(select(OUTBOX).where(OUTBOX.c.message_id == message.id))).first()
        why = fixed(conversation.channel, sent.state if sent else None, sent.action if sent else None)
        if why is not None:
            raise CannotChange(why)
        await change(connection, conversation, message)
        await audit(connection, now, staff.id, action, conversation_id)
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return (await read_events(context, *this))[0]


async def _lock(connection: AsyncConnection, conversation_id: str, now: datetime) -> Any:
    """Number the change and lock the conversation. Raises NotFound."""
    locked = (
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation_id)
            .values(last_change=CONVERSATIONS.c.last_change + 1, updated_at=now)
            .returning(*CONVERSATIONS.c)
        )
    ).first()
    if locked is None:
        raise NotFound(conversation_id)
    return locked


async def _rewrite(
    connection: AsyncConnection,
    context: Context,
    conversation: Any,
    message: Any,
    body: Body,
    text: str,
    at: datetime,
) -> None:
    body.earlier.append(Earlier(body.text, at))
    body.text = text
    await connection.execute(
        update(MESSAGES)
        .where(MESSAGES.c.id == message.id)
        .values(body_enc=body.seal(context.keyring), edited_at=at, changed=conversation.last_change)
    )
    # What it said before stays to be read, and so to be found.
    await search_index.add_text(connection, context.keyring, conversation.id, search_index.MESSAGE, text)


async def _send_change(connection: AsyncConnection, message_id: str, action: str, now: datetime) -> None:
    """Let the outbox bring a change to the platform. What was never sent needs none: it goes out as it is now.

    What is being sent at this moment is changed after it; what failed or may never have arrived cannot be changed.
    """
    was_sent = (OUTBOX.c.state == "sent") | (OUTBOX.c.action != "send")
    under_way = OUTBOX.c.state == "sending"
    await connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.message_id == message_id, was_sent | under_way)
        .values(
            action=action,
            wanted=OUTBOX.c.wanted + 1,
            state=case((under_way, "sending"), else_="pending"),
            attempts=0,
            due_at=now,
            error=None,
        )
    )
