"""What a page of one conversation shows, gathered in one place for the whole page and for its parts."""

from dataclasses import dataclass
from datetime import datetime

from bot.desk.presentation import day
from bot.hub.history import ChangeView
from bot.hub.hub import Hub
from bot.hub.messages import ConversationView, Event, StaffRef
from bot.hub.notes import NoteView


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the thread: a message or a note; ``new_day`` is the heading above it."""

    at: datetime
    event: Event | None
    note: NoteView | None
    new_day: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A conversation with everything around it."""

    view: ConversationView
    mode: str
    """What the composer is for now: "moja", "cudza", "czeka", "asystent" or "zamknieta"."""
    thread: list[Entry]
    notes: list[NoteView]
    history: list[ChangeView]
    names: dict[str, str]
    """Names of colleagues by login, for mentions."""

    @property
    def latest(self) -> ChangeView | None:
        """The newest change of who holds the conversation."""
        holding = ("claim", "take_over", "assign", "resume", "returned", "release", "hand_back", "close")
        return next((line for line in self.history if line.kind in holding), None)


async def gather(
    hub: Hub, staff: StaffRef, conversation_id: str, *, watching: bool = False, since: int | None = None
) -> Shown:
    """Read it all. Raises NotFound: no such conversation."""
    view = await hub.conversation(staff, conversation_id, watching=watching, since=since)
    notes = await hub.work.notes(staff, conversation_id)
    return Shown(
        view=view,
        mode=mode(view, staff),
        thread=thread(view, notes),
        notes=notes,
        history=await hub.work.history(staff, conversation_id),
        names={login: person.name for person, login, _ in await hub.work.colleagues()},
    )


def mode(view: ConversationView, staff: StaffRef) -> str:
    """What the composer is for now."""
    if view.owner == "staff":
        return "moja" if view.staff_id == staff.id else "cudza"
    return {"waiting": "czeka", "bot": "asystent"}.get(view.owner, "zamknieta")


def thread(view: ConversationView, notes: list[NoteView]) -> list[Entry]:
    """Messages in their order with the notes between them; of a thread shown in part, only the notes of that part."""
    entries: list[tuple[datetime, Event | None, NoteView | None]] = []
    waiting = list(notes)
    if view.first_seq > 1 and view.events:
        waiting = [note for note in notes if note.created_at >= view.events[0].created_at]
    for event in view.events:
        while waiting and waiting[0].created_at < event.created_at:
            note = waiting.pop(0)
            entries.append((note.created_at, None, note))
        entries.append((event.created_at, event, None))
    entries += [(note.created_at, None, note) for note in waiting]
    shown: list[Entry] = []
    today = None
    for at, message, note_or_none in entries:
        heading = day(at)
        shown.append(Entry(at, message, note_or_none, heading if heading != today else None))
        today = heading
    return shown
