"""What travels through the hub: the types that channels, the desk and the hub share."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Author = Literal["resident", "bot", "system", "staff"]
Owner = Literal["bot", "waiting", "staff", "closed"]


Action = Literal["send", "edit", "delete"]
Fixed = Literal["rest", "erased", "unknown"]
"""Why a sent message stays as it is: its channel takes nothing back, the resident erased the conversation, or nobody
knows whether it arrived."""

BLOCKED = "blocked by the user"
NO_ACCOUNT = "the account no longer exists"
NO_CHAT = "chat not found"
NEVER_STARTED = "the person never wrote to the bot"
UNREACHABLE = frozenset({BLOCKED, NO_ACCOUNT, NO_CHAT, NEVER_STARTED})
"""Errors of a delivery that say that nothing can reach this resident now."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers to: its beginning, and its sequence number if it is one of this conversation."""

    text: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a resident's message quotes, as the platform tells it."""

    text: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as a channel accepted it. ``external_id`` is the sender's or platform's own id of it.

    ``reference``: what the platform calls the message itself, by which later edits and quotes name it.
    ``begins``: the message may begin a conversation; the web channel opens its conversations apart.
    """

    channel: str
    chat: str
    external_id: str
    text: str = ""
    button: str | None = None
    kind: str = "text"
    begins: bool = True
    reference: str | None = None
    quoted: Quoted | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of a stored message."""

    conversation_id: str
    message_id: str
    seq: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply. The id means nothing outside its conversation and is at most 64 bytes."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Event:
    """One message as readers of a conversation see it.

    ``text`` is the newest text, ``earlier`` holds those before it, oldest first. A ``retracted`` one keeps its text
    for staff; residents' channels must not show it. ``delivery`` is the state of ``delivery_action``, and
    ``delivery_error`` why it failed. ``change`` is the number of its last change.
    """

    seq: int
    id: str
    author: Author
    author_name: str | None
    text: str
    buttons: tuple[Button, ...]
    created_at: datetime
    client_id: str | None
    kind: str
    lang: str | None
    delivery: str | None = None
    stretch: int = 1
    delivery_error: str | None = None
    delivery_action: Action | None = None
    edited_at: datetime | None = None
    earlier: tuple[str, ...] = ()
    retracted: bool = False
    quote: Quote | None = None
    change: int | None = None
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way to a resident through a push channel.

    ``references``: what the platform calls the parts of it that were sent, for editing and deleting them.
    ``quotes``: what the platform calls the message it answers to.
    """

    message_id: str
    conversation_id: str
    channel: str
    chat: str
    seq: int
    author: Author
    author_name: str | None
    text: str
    buttons: tuple[Button, ...]
    lang: str | None
    action: Action = "send"
    references: tuple[str, ...] = ()
    quotes: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a send ended. ``unknown``: no answer came, so the message may or may not have arrived.

    ``references``: what the platform calls the parts that were sent. ``away``: a retry waits for the platform or the
    network, not for this message, so it may wait for long.
    """

    status: Literal["sent", "retry", "failed", "unknown"]
    references: tuple[str, ...] = ()
    error: str | None = None
    retry_after: float | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a resident is shown about who answers.

    ``kept_days``: so many days after its last change a conversation at rest is deleted; None: no period is set.
    """

    owner: Owner
    place: int | None
    staff_name: str | None
    thinking: bool
    kept_days: int | None = None


@dataclass(frozen=True, slots=True)
class StaffRef:
    """The employee on whose behalf something is done."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A conversation as the desk lists it."""

    id: str
    channel: str
    owner: Owner
    staff_id: str | None
    staff_name: str | None
    reason: str | None
    urgent: bool
    waiting_since: datetime
    unanswered: bool
    topic: str | None
    language: str | None
    last_line: str
    last_kind: str
    case_number: str | None
    after_hours: bool
    team: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as staff read it; ``details`` maps field names to what the resident confirmed."""

    id: str
    number: str
    status: str
    details: dict[str, str]
    topic: str
    topic_title: str
    urgency: str
    due_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A whole conversation as staff read it."""

    id: str
    channel: str
    owner: Owner
    staff_id: str | None
    staff_name: str | None
    language: str | None
    urgent: bool
    reason: str | None
    topic: str | None
    team: str | None = None
    first_seq: int = 1
    """Where ``events`` begins; above 1, earlier ones are there to be asked for."""
    unreachable: str | None = None
    cases: list[CaseView] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Whether a claim won; if not, who owns the conversation now."""

    won: bool
    owner_name: str | None


@dataclass(frozen=True, slots=True)
class RatingView:
    """A resident's rating of one stretch: 1 (bad) to 5 (good)."""

    stretch: int
    score: int
    comment: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """A case as its own author gets it back; ``details`` maps the form's field names to what was confirmed."""

    number: str
    status: str
    created_at: datetime
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is stored about a conversation, for the resident it belongs to."""

    channel: str
    chat: str | None
    language: str | None
    owner: Owner
    created_at: datetime
    updated_at: datetime
    messages: list[Event]
    cases: list[ExportedCase]
    ratings: list[RatingView]


class Sender(Protocol):
    """A push channel's way out. Channels that residents read by themselves have none."""

    name: str

    async def send(self, message: Outgoing) -> Delivery:
        """Send one message; never raises for what the platform or the network does."""


class TooLong(Exception):
    """The text is longer than the limit, which is carried in characters."""

    def __init__(self, limit: int) -> None:
        """Remember the limit for the message to the sender."""
        super().__init__(limit)
        self.limit = limit


class UnknownButton(Exception):
    """The button was not issued in this conversation."""


class NotFound(Exception):
    """No such conversation."""


class NotOwner(Exception):
    """Somebody else, or nobody, owns the conversation; or the message is somebody else's."""


class CannotChange(Exception):
    """What was sent can be neither corrected nor taken back; ``why`` says for what reason."""

    def __init__(self, why: Fixed) -> None:
        """Remember the reason for whoever asked."""
        super().__init__(why)
        self.why = why


class NobodyThere(NotOwner):
    """The resident has erased the conversation: only the case is left, and nothing can be said to anybody."""
