"""The schema, documented where it is defined.

Columns that end in ``_enc`` hold Fernet tokens (see ``bot.crypto``); nothing else in the database holds a
resident's words. Times are UTC.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, new_id

INDEX_VERSION = 1
"""How the search index is made (``bot.hub.terms``, ``bot.hub.search_index``). Raise it when that changes: what is
stored is then indexed anew at the next start."""


class Conversation(Base):
    """One resident on one channel. Who answers is ``owner``; every change of it is one conditional UPDATE."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("channel", "chat"),
        CheckConstraint("owner IN ('bot', 'waiting', 'staff', 'closed')", name="owner_known"),
        CheckConstraint("(owner = 'staff') = (staff_id IS NOT NULL)", name="staff_owner_named"),
        Index("ix_conversations_queue", "queue_since"),
        Index("ix_conversations_staff", "staff_id"),
        Index("ix_conversations_owner", "owner", "updated_at"),
        Index("ix_conversations_updated", "updated_at", "id"),
        Index(
            "ix_conversations_unindexed",
            "indexed",
            sqlite_where=text(f"indexed < {INDEX_VERSION}"),
            postgresql_where=text(f"indexed < {INDEX_VERSION}"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(16))
    chat: Mapped[str] = mapped_column(String(128))
    """The channel's own name of the chat; on the web a hash of the resident's secret token."""
    owner: Mapped[str] = mapped_column(String(8), default="bot")
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    stretch: Mapped[int] = mapped_column(Integer, default=1)
    """Counts the stretches that the bot owned; each is a Rasa conversation of its own."""
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    tracker_enc: Mapped[bytes | None]
    """Dialogue state of the current stretch, opaque to the hub."""
    interrupted: Mapped[bool] = mapped_column(Boolean, default=False)
    """A crisis broke into a form: the next turn must not take the answer for a form field."""
    active_form: Mapped[str | None] = mapped_column(String(40))
    """The form that the last turn left open."""
    language: Mapped[str | None] = mapped_column(String(8))
    topic_enc: Mapped[bytes | None]
    """Topic of the newest case: it tells why somebody is a client, so it is sealed like the details."""
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    queue_reason: Mapped[str | None] = mapped_column(String(16))
    queue_since: Mapped[datetime | None]
    """In the staff's queue since; the bot may still own the conversation (a sent case, a crisis)."""
    after_hours: Mapped[bool] = mapped_column(Boolean, default=False)
    """Came into the queue when nobody was at work."""
    team_id: Mapped[str | None] = mapped_column(String(32))
    """The team (``teams.id``) that is to take it; anybody still may."""
    held_since: Mapped[datetime | None]
    """The present owner's claim, assignment or last activity in it; how old it may get is a setting."""
    unanswered_since: Mapped[datetime | None]
    """First message of the resident that nobody has answered yet."""
    unreachable: Mapped[str | None] = mapped_column(String(40))
    """Why nothing can be delivered there now (the bot is blocked, the account is gone); None: it can."""
    last_change: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the changes of messages that were already there, so that readers ask for what is new."""
    delay_told: Mapped[bool] = mapped_column(Boolean, default=False)
    lease_by: Mapped[str | None] = mapped_column(String(64))
    """The consumer that works on this conversation now."""
    lease_until: Mapped[datetime | None]
    indexed: Mapped[int] = mapped_column(Integer, default=INDEX_VERSION)
    """The version of the search index that holds it (`INDEX_VERSION`); an older one is renewed in the background."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Message(Base):
    """One line of a conversation, by anybody. ``seq`` counts from 1 without gaps inside a conversation."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "external_id"),
        Index(
            "ix_messages_pending",
            "conversation_id",
            "seq",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_messages_reply_to", "reply_to"),
        Index(
            "ix_messages_staff",
            "staff_id",
            "conversation_id",
            sqlite_where=text("staff_id IS NOT NULL"),
            postgresql_where=text("staff_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_changed",
            "conversation_id",
            "changed",
            sqlite_where=text("changed IS NOT NULL"),
            postgresql_where=text("changed IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str | None] = mapped_column(String(255))
    """``<chat>:<id given by the sender>``: a retry or a replay hits the unique constraint."""
    author: Mapped[str] = mapped_column(String(8))
    """resident, bot, system (the hub itself) or staff."""
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(12), default="text")
    body_enc: Mapped[bytes]
    """Encrypted JSON: ``text``, ``buttons`` [{title, payload}], a pressed button's ``payload``, ``masked``,
    ``earlier`` texts of an edited message, the ``quote`` of a reply."""
    lang: Mapped[str | None] = mapped_column(String(8))
    reply_to: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8), default="done")
    """pending (the hub has yet to work on it), done, or failed (given up, told to the resident)."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    stretch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    retracted_at: Mapped[datetime | None]
    """Taken back by the employee who wrote it: residents no longer see it, staff do."""
    changed: Mapped[int | None] = mapped_column(Integer)
    """The number of its last change (``conversations.last_change``)."""


class PlatformMessage(Base):
    """What a platform calls a message: needed to edit it, to take it back, and to know what a reply quotes."""

    __tablename__ = "platform_messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(64), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    part: Mapped[int] = mapped_column(Integer, default=0)
    """A long message goes out in several."""


class Outbox(Base):
    """What must still go out through a push channel; a row first, then sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "due_at"),
        Index("ix_outbox_conversation", "conversation_id", "state"),
    )

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8), default="pending")
    """pending, sending, sent, failed (the platform refused), unknown (no answer: it may have arrived) or
    recalled (taken back before it was sent)."""
    action: Mapped[str] = mapped_column(String(8), default="send")
    """send, edit or delete: what ``state`` speaks of."""
    wanted: Mapped[int] = mapped_column(Integer, default=0)
    """Counts what was asked for: a change that comes while a sending is under way is done after it."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))


class TelegramUpdate(Base):
    """What Telegram sent, stored before it is confirmed. The id outlives the content, to recognise a repetition."""

    __tablename__ = "telegram_updates"
    __table_args__ = (
        Index(
            "ix_telegram_updates_pending",
            "bot",
            "chat",
            "update_id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    bot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat: Mapped[int] = mapped_column(BigInteger)
    """Updates of one chat are worked on in order; 0: the update belongs to none."""
    body_enc: Mapped[bytes | None]
    """The encrypted update; gone as soon as the hub is done with it, as is ``chat``."""
    state: Mapped[str] = mapped_column(String(8), default="pending")
    """pending, done or failed."""
    lease_by: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    received_at: Mapped[datetime]


class Lease(Base):
    """What one gateway of several does at a time."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]


class Case(Base):
    """A confirmed request for help. Its number can be read out over the phone."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_due", "status", "due_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    details_enc: Mapped[bytes]
    status: Mapped[str] = mapped_column(String(16), default="new")
    """new, in_progress, waiting (for the resident) or done."""
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    due_on: Mapped[date | None]
    """Last day of the term that the urgency gives; None for cases older than this column."""
    created_at: Mapped[datetime]


class Change(Base):
    """One line of a conversation's history: who held it and why, what became of its cases."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_staff", "staff_id", "conversation_id"),
        Index("ix_changes_kind", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who did it; None: the resident or the hub itself."""
    kind: Mapped[str] = mapped_column(String(16))
    detail_enc: Mapped[bytes | None]
    """Encrypted JSON: what it was before and is now, the reason given."""
    at: Mapped[datetime]


class Note(Base):
    """What staff write for each other beside a conversation. Residents never see it."""

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    client_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    """``<staff id>:<id given by the page>``: a double click writes one note."""
    text_enc: Mapped[bytes]
    created_at: Mapped[datetime]


class Mention(Base):
    """A colleague named in a note, until they have read it."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_unread", "staff_id", "read_at"),)

    note_id: Mapped[str] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    read_at: Mapped[datetime | None]


class SearchTerm(Base):
    """A word, phone number or other thing that a conversation is found by, as a keyed fingerprint.

    What it gives away, and how that is limited: ``bot.hub.search_index``.
    """

    __tablename__ = "search_terms"
    __table_args__ = (
        Index("ix_search_terms_term", "term", "conversation_id"),
        {"sqlite_with_rowid": False},
    )

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Where it stands: message, case or note; so that each can go without the others."""
    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """``Keyring.blind(kind, term)``; the kind (word, phone, name, topic) is inside it."""


class Rating(Base):
    """How a resident liked one stretch of a conversation."""

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("conversation_id", "stretch"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_known"),
        Index("ix_ratings_at", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    stretch: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(Integer)
    """From 1 (bad) to 5 (good)."""
    comment_enc: Mapped[bytes | None]
    at: Mapped[datetime]


class ModelPromotion(Base):
    """A model was put in use. The newest that neither failed nor was rolled back counts."""

    __tablename__ = "model_promotions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    model: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    """first (there was none), automatic (a start after a change of the data), promote or rollback (a person)."""
    state: Mapped[str] = mapped_column(String(8))
    """pending until a gateway's engine passed the smoke check with it, then serving; or failed."""
    forced: Mapped[bool] = mapped_column(Boolean, default=False)
    """Promoted although the gate had refused it; ``reason`` says why."""
    reason: Mapped[str | None] = mapped_column(String(400))
    failure: Mapped[str | None] = mapped_column(String(400))
    promoted_at: Mapped[datetime]


class GatewayModel(Base):
    """What each running gateway's own engine serves; rows are signs of life."""

    __tablename__ = "gateway_models"

    instance: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[datetime]


class Meta(Base):
    """Single values about the database itself, such as the sample that proves the right key is in use."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    value_enc: Mapped[bytes]
