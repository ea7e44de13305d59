"""Promise 1: a message is committed before it is acknowledged, once, whatever the sender repeats."""

from datetime import timedelta

from sqlalchemy import bindparam, case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.db.base import new_id
from bot.hub import search_index
from bot.hub.body import Body, excerpt, open_body, parse_button_id
from bot.hub.context import Context
from bot.hub.crisis import crisis_card, raise_alarm
from bot.hub.messages import Accepted, Inbound, NotFound, Quote, Quoted, TooLong, UnknownButton
from bot.hub.phrases import COMMANDS, TITLES
from bot.hub.store import CONVERSATIONS, MESSAGES, PLATFORM, name_message
from bot.safety import crisis, language
from bot.safety.masking import mask

LEASE = timedelta(seconds=10)

# Built once: putting a statement together costs more than running it, and every message passes here.
_FIND = select(CONVERSATIONS.c.id).where(
    CONVERSATIONS.c.channel == bindparam("in_channel"), CONVERSATIONS.c.chat == bindparam("in_chat")
)
_NOW = bindparam("at", type_=CONVERSATIONS.c.updated_at.type)
_FREE = or_(CONVERSATIONS.c.lease_by.is_(None), CONVERSATIONS.c.lease_until < _NOW)
_NUMBER_AND_TAKE = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
    .values(
        last_seq=CONVERSATIONS.c.last_seq + 1,
        unanswered_since=case(
            (CONVERSATIONS.c.unanswered_since.is_(None), _NOW), else_=CONVERSATIONS.c.unanswered_since
        ),
        updated_at=_NOW,
        unreachable=None,
        lease_by=case((_FREE, bindparam("instance")), else_=CONVERSATIONS.c.lease_by),
        lease_until=case(
            (_FREE, bindparam("until", type_=CONVERSATIONS.c.lease_until.type)), else_=CONVERSATIONS.c.lease_until
        ),
    )
    .returning(
        CONVERSATIONS.c.id,
        CONVERSATIONS.c.channel,
        CONVERSATIONS.c.last_seq,
        CONVERSATIONS.c.stretch,
        CONVERSATIONS.c.lease_by,
        CONVERSATIONS.c.active_form,
    )
)
"""Numbers a message and, where nobody works on the conversation, takes it for this process."""
_STORE = insert(MESSAGES)


async def find_conversation(connection: AsyncConnection, channel: str, chat: str) -> str | None:
    """Return the id of a chat's conversation, or None."""
    found: str | None = await connection.scalar(_FIND, {"in_channel": channel, "in_chat": chat})
    return found


async def create_conversation(
    context: Context, channel: str, chat: str, *, greet: bool, topic: str | None = None
) -> str:
    """Return the conversation of a chat, made now if there is none; ``greet`` opens a new one with the
    opening message, so that people learn at once that a program answers (AI Act art. 50).
    """
    now = utc_now()
    try:
        async with context.database.write() as connection:
            existing = await find_conversation(connection, channel, chat)
            if existing is not None:
                return existing
            row = {
                "id": new_id(),
                "channel": channel,
                "chat": chat,
                "owner": "bot",
                "stretch": 1,
                "last_seq": 0,
                "interrupted": False,
                "urgent": False,
                "delay_told": False,
                "created_at": now,
                "updated_at": now,
            }
            result = await connection.execute(insert(CONVERSATIONS).values(**row).returning(*CONVERSATIONS.c))
            conversation = result.one()
            if greet:
                writer = context.writer(now)
                said = [writer.answer(context.knowledge.notice("opening"))]
                if topic is not None:
                    said.append(writer.answer(context.knowledge.answer(topic, on=context.today().date())))
                await writer.append(connection, conversation, said, author="bot")
            return str(conversation.id)
    except IntegrityError:
        # Another process made it between our look and our insert.
        async with context.database.connect() as connection:
            existing = await find_conversation(connection, channel, chat)
        if existing is None:
            raise
        return existing


async def accept(context: Context, inbound: Inbound, *, greet: bool) -> tuple[Accepted, bool]:
    """Store a message. Returns the receipt and whether this process may work on the conversation.

    Raises:
        StorageUnavailable: nothing was stored; the sender must not take it for delivered.
        TooLong: the text passes the limit.
        UnknownButton: no such button was issued here.
        NotFound: there is no such conversation, and the message may not begin one.
    """
    limit = context.settings.message_limit
    if len(inbound.text) > limit:
        raise TooLong(limit)
    async with context.database.connect() as connection:
        conversation_id = await find_conversation(connection, inbound.channel, inbound.chat)
    if conversation_id is None:
        if not inbound.begins:
            raise NotFound(inbound.channel)
        conversation_id = await create_conversation(context, inbound.channel, inbound.chat, greet=greet)
    body = await _body(context, conversation_id, inbound)
    # Looked at here and not when the message's turn comes: an earlier message may be waiting for the engine,
    # and somebody in danger must not wait behind it.
    danger = crisis.detect(body.text) if inbound.kind != "command" and not inbound.button else None
    now = utc_now()
    external_id = f"{inbound.chat}:{inbound.external_id}"
    try:
        async with context.database.write() as connection:
            locked = (
                await connection.execute(
                    _NUMBER_AND_TAKE,
                    {
                        "conversation": conversation_id,
                        "at": now,
                        "until": now + LEASE,
                        "instance": context.instance,
                    },
                )
            ).one()
            message_id = new_id()
            await connection.execute(
                _STORE,
                {
                    "id": message_id,
                    "conversation_id": conversation_id,
                    "seq": locked.last_seq,
                    "channel": inbound.channel,
                    "external_id": external_id,
                    "author": "resident",
                    "kind": "button" if inbound.button else inbound.kind,
                    "body_enc": body.seal(context.keyring),
                    "state": "pending",
                    "attempts": 0,
                    "stretch": locked.stretch,
                    "created_at": now,
                },
            )
            if inbound.button is None and inbound.kind != "command":
                await search_index.add_text(
                    connection, context.keyring, conversation_id, search_index.MESSAGE, body.text
                )
            if inbound.reference is not None:
                await name_message(connection, conversation_id, message_id, [inbound.reference])
            writer = context.writer(now)
            if body.masked:
                told = writer.answer(context.knowledge.notice("masked", kinds=tuple(dict.fromkeys(body.masked))))
                await writer.append(connection, locked, [told], author="system", reply_to=message_id)
            if danger is not None:
                await raise_alarm(connection, context, conversation_id, now)
                lang = language.detect(body.text)
                in_form = locked.active_form is not None
                card = crisis_card(context, danger, locked.last_seq, in_form=in_form, lang=lang)
                await writer.append(connection, locked, [card], author="system", reply_to=message_id, lang=lang)
                if lang is not None:
                    await connection.execute(
                        update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).values(language=lang)
                    )
    except IntegrityError:
        async with context.database.connect() as connection:
            stored = (
                await connection.execute(
                    select(MESSAGES.c.id, MESSAGES.c.seq, MESSAGES.c.conversation_id).where(
                        MESSAGES.c.channel == inbound.channel, MESSAGES.c.external_id == external_id
                    )
                )
            ).first()
        if stored is None:
            raise
        return Accepted(stored.conversation_id, stored.id, stored.seq, duplicate=True), False
    receipt = Accepted(conversation_id, message_id, locked.last_seq, duplicate=False)
    return receipt, locked.lease_by == context.instance


async def _body(context: Context, conversation_id: str, inbound: Inbound) -> Body:
    """Make the body: what must never be collected is masked before anything is stored."""
    if inbound.button is not None:
        return await _pressed(context, conversation_id, inbound.button)
    if inbound.kind == "command":
        said = TITLES.get(inbound.text, f"/{inbound.text}")
        return Body(text=said, payload=COMMANDS.get(inbound.text))
    masked = mask(inbound.text)
    quote = await quote_of(context, conversation_id, inbound.quoted) if inbound.quoted is not None else None
    return Body(text=masked.text, masked=list(masked.kinds), quote=quote)


async def quote_of(context: Context, conversation_id: str, quoted: Quoted) -> Quote:
    """Find out which message of the conversation is quoted, if it is one."""
    seq: int | None = None
    if quoted.reference is not None:
        async with context.database.connect() as connection:
            seq = await connection.scalar(
                select(MESSAGES.c.seq)
                .join(PLATFORM, PLATFORM.c.message_id == MESSAGES.c.id)
                .where(PLATFORM.c.conversation_id == conversation_id, PLATFORM.c.reference == quoted.reference)
            )
    return Quote(excerpt(mask(quoted.text).text), seq)


async def _pressed(context: Context, conversation_id: str, button: str) -> Body:
    """Look a pressed button up among those issued in this very conversation."""
    parsed = parse_button_id(button)
    if parsed is None:
        raise UnknownButton(button)
    seq, index, mark = parsed
    async with context.database.connect() as connection:
        sealed = await connection.scalar(
            select(MESSAGES.c.body_enc).where(
                MESSAGES.c.conversation_id == conversation_id,
                MESSAGES.c.seq == seq,
                MESSAGES.c.author != "resident",
                MESSAGES.c.id.startswith(mark),
            )
        )
    issued = open_body(context.keyring, sealed).buttons if sealed is not None else []
    if index >= len(issued):
        raise UnknownButton(button)
    return Body(text=issued[index].title, payload=issued[index].payload)
