"""Notes: what staff write for each other beside a conversation, with @mentions. Residents never see them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import uuid4

from sqlalchemy import Table, and_, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.models import Mention, Note
from bot.hub import search_index
from bot.hub.access import look, may_work
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.messages import NotFound, StaffRef, TooLong
from bot.hub.store import CONVERSATIONS, STAFF, audit
from bot.safety.masking import mask

NOTES = cast(Table, Note.__table__)
MENTIONS = cast(Table, Mention.__table__)

MENTION = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]{1,38}[a-z0-9])", re.IGNORECASE)
"""An ``@`` and the login of a colleague; a full stop after it belongs to the sentence."""

INBOX = 50


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as staff read it."""

    id: str
    author_name: str
    mine: bool
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MentionView:
    """A note in which somebody was named, for that person's own list."""

    conversation_id: str
    author_name: str
    text: str
    created_at: datetime
    unread: bool


async def add_note(context: Context, staff: StaffRef, conversation_id: str, text: str, client_id: str) -> None:
    """Write a note; repeating ``client_id`` writes it once. Colleagues named in it are told.

    Raises:
        NotFound: no such conversation.
        TooLong: longer than a message may be.
    """
    may_work(staff)
    limit = context.settings.message_limit
    if len(text) > limit:
        raise TooLong(limit)
    now = utc_now()
    kept = mask(text).text
    logins = {found.casefold() for found in MENTION.findall(kept)}
    mine = and_(CONVERSATIONS.c.owner == "staff", CONVERSATIONS.c.staff_id == staff.id)
    try:
        async with context.database.write() as connection:
            touched = await connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == conversation_id)
                .values(updated_at=now, held_since=case((mine, now), else_=CONVERSATIONS.c.held_since))
            )
            if touched.rowcount == 0:
                raise NotFound(conversation_id)
            note_id = new_id()
            await connection.execute(
                insert(NOTES).values(
                    id=note_id,
                    conversation_id=conversation_id,
                    staff_id=staff.id,
                    client_id=f"{staff.id}:{(client_id or uuid4().hex)[:64]}",
                    text_enc=context.keyring.encrypt(kept),
                    created_at=now,
                )
            )
            await search_index.add_text(connection, context.keyring, conversation_id, search_index.NOTE, kept)
            if logins:
                named = select(STAFF.c.id).where(
                    STAFF.c.login.in_(logins), STAFF.c.blocked.is_(False), STAFF.c.id != staff.id
                )
                rows = [{"note_id": note_id, "staff_id": one} for one in await connection.scalars(named)]
                if rows:
                    await connection.execute(insert(MENTIONS), rows)
            await audit(connection, now, staff.id, "note", conversation_id)
    except IntegrityError:
        return  # the same click a second time: the first note stands
    context.feed.wake(DESK, conversation_topic(conversation_id))


async def read_notes(
    connection: AsyncConnection, keyring: Keyring, staff: StaffRef, conversation_id: str
) -> list[NoteView]:
    """Read the notes beside a conversation, oldest first."""
    query = (
        select(NOTES, STAFF.c.name)
        .join(STAFF, STAFF.c.id == NOTES.c.staff_id)
        .where(NOTES.c.conversation_id == conversation_id)
        .order_by(NOTES.c.created_at, NOTES.c.id)
    )
    return [
        NoteView(row.id, row.name, row.staff_id == staff.id, keyring.decrypt(row.text_enc), row.created_at)
        for row in await connection.execute(query)
    ]


async def read_mentions(context: Context, staff: StaffRef) -> list[MentionView]:
    """Read the newest notes that name this person, unread first."""
    await look(context, staff, "mentions", None)
    unread = MENTIONS.c.read_at.is_(None)
    query = (
        select(NOTES.c.conversation_id, NOTES.c.text_enc, NOTES.c.created_at, STAFF.c.name, unread.label("unread"))
        .join(MENTIONS, MENTIONS.c.note_id == NOTES.c.id)
        .join(STAFF, STAFF.c.id == NOTES.c.staff_id)
        .where(MENTIONS.c.staff_id == staff.id)
        .order_by(unread.desc(), NOTES.c.created_at.desc())
        .limit(INBOX)
    )
    async with context.database.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [
        MentionView(
            row.conversation_id, row.name, context.keyring.decrypt(row.text_enc), row.created_at, bool(row.unread)
        )
        for row in rows
    ]


async def count_mentions(context: Context, staff_id: str) -> int:
    """Count the notes that name this person and wait to be read."""
    query = select(func.count()).where(MENTIONS.c.staff_id == staff_id, MENTIONS.c.read_at.is_(None))
    async with context.database.connect() as connection:
        return int(await connection.scalar(query) or 0)


async def mark_mentions_read(context: Context, staff: StaffRef, conversation_id: str) -> None:
    """The person looks at the conversation: what named them there has been read."""
    may_work(staff)
    here = and_(
        MENTIONS.c.staff_id == staff.id,
        MENTIONS.c.read_at.is_(None),
        MENTIONS.c.note_id.in_(select(NOTES.c.id).where(NOTES.c.conversation_id == conversation_id)),
    )
    async with context.database.connect() as connection:
        if await connection.scalar(select(func.count()).select_from(MENTIONS).where(here)) == 0:
            return
    async with context.database.write() as connection:
        await connection.execute(update(MENTIONS).where(here).values(read_at=utc_now()))
    context.feed.wake(DESK)
