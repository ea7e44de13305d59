"""What staff do with a resident's data on request: print a case, hand out a copy, erase (RODO art. 15 and 17)."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.hub import rights
from bot.hub.access import look, may_work
from bot.hub.context import Context
from bot.hub.feed import DESK, conversation_topic
from bot.hub.history import ChangeView, read_history
from bot.hub.messages import ConversationView, Export, NotFound, StaffRef
from bot.hub.notes import NOTES, NoteView, read_notes
from bot.hub.readers import read_conversation
from bot.hub.rights import ERASED, OPEN_ALARM, Erased, kept_cases
from bot.hub.store import CONVERSATIONS, MESSAGES
from bot.permissions import Permission, require

REASONS = ("request", "needless", "mistaken")
"""Why staff may erase: the person asked for it; it should never have been collected; it came here by mistake. A code,
because the audit trail holds no words; it is part of the act's name there (``erase_request`` and so on)."""


class UnknownReason(ValueError):
    """There is no such reason."""


@dataclass(frozen=True, slots=True)
class Printout:
    """A conversation with its cases, for paper."""

    view: ConversationView
    notes: list[NoteView]
    history: list[ChangeView]


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything stored about a resident, for the resident. The notes are about them, so they belong to it."""

    export: Export
    notes: list[NoteView]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take, and what it would leave."""

    conversation_id: str
    erased_before: bool
    messages: int
    notes: int
    kept_cases: tuple[str, ...]
    alarm: bool


async def printout(context: Context, staff: StaffRef, conversation_id: str) -> Printout:
    """Read all of a conversation for paper. Raises NotFound."""
    may_work(staff)
    view = await read_conversation(context, staff, conversation_id, watching=False, since=1)
    await look(context, staff, "print", conversation_id)
    async with context.database.connect() as connection:
        return Printout(
            view,
            await read_notes(connection, context.keyring, staff, conversation_id),
            (await read_history(connection, context.keyring, conversation_id))[::-1],
        )


async def copy(context: Context, staff: StaffRef, conversation_id: str) -> Copy:
    """Collect a resident's data on their request.

    Staff notes are personal data of the person they are about, so a copy holds them (RODO art. 15 (3)). They may also
    speak of somebody else (art. 15 (4)): that is why this copy goes through the hands of an employee who reads it
    first, and why the one that residents take by themselves has no notes.

    Raises:
        NotFound: no such conversation.
        Forbidden: the role does not handle such requests.
    """
    require(staff.role, Permission.COORDINATION)
    found = await rights.collect(context, conversation_id, erased_too=True)
    await look(context, staff, "export", conversation_id)
    async with context.database.connect() as connection:
        return Copy(found, await read_notes(connection, context.keyring, staff, conversation_id))


async def preview(context: Context, staff: StaffRef, conversation_id: str) -> Preview:
    """Count what an erasure would take; shows no words. Raises NotFound."""
    require(staff.role, Permission.COORDINATION)
    async with context.database.connect() as connection:
        row = (
            await connection.execute(
                select(CONVERSATIONS.c.channel, OPEN_ALARM.label("alarm")).where(
                    CONVERSATIONS.c.id == conversation_id
                )
            )
        ).first()
        if row is None:
            raise NotFound(conversation_id)
        counts = [
            int(await connection.scalar(select(func.count()).where(table.c.conversation_id == conversation_id)) or 0)
            for table in (MESSAGES, NOTES)
        ]
        kept = await kept_cases(connection, context, conversation_id)
    return Preview(conversation_id, row.channel == ERASED, counts[0], counts[1], kept, bool(row.alarm))


async def erase(context: Context, staff: StaffRef, conversation_id: str, reason: str) -> Erased:
    """Erase a conversation as the resident's own request would.

    Raises:
        UnknownReason: nothing was deleted.
        NotFound: no such conversation, or it was erased before.
        Forbidden: the role does not handle such requests.
    """
    require(staff.role, Permission.COORDINATION)
    if reason not in REASONS:
        raise UnknownReason(reason)
    erased = await rights.erase(context, conversation_id, by=staff.id, action=f"erase_{reason}")
    context.feed.wake(DESK, conversation_topic(conversation_id))
    return erased
