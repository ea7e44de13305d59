"""Conversations as the hub stores them, written straight into a product's database for the desk to show."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.models import Case, Conversation, Message, Outbox
from bot.db.session import Database
from bot.db.staff_tables import Staff
from bot.hub.body import Body, IssuedButton, seal_fields
from bot.hub.cases import new_number
from bot.hub.search_index import index_anew


@dataclass
class Line:
    """One message; ``delivery`` makes it one that went out through a push channel."""

    author: str
    text: str
    buttons: tuple[str, ...] = ()
    lang: str | None = None
    delivery: str | None = None


@dataclass
class Scene:
    """One conversation in the state that a test needs."""

    lines: list[Line]
    owner: str = "bot"
    staff_id: str | None = None
    reason: str | None = "person"
    urgent: bool = False
    channel: str = "web"
    chat: str = field(default_factory=new_id)
    topic: str | None = None
    language: str | None = None
    minutes: float = 5
    case: dict[str, str] = field(default_factory=dict)


async def stage(database: Database, keyring: Keyring, scene: Scene) -> str:
    """Store the scene and return the conversation's id."""
    conversation_id = new_id()
    since = utc_now() - timedelta(minutes=scene.minutes)
    async with database.begin() as session:
        session.add(
            Conversation(
                id=conversation_id,
                channel=scene.channel,
                chat=scene.chat,
                indexed=0,
                owner=scene.owner,
                staff_id=scene.staff_id,
                held_since=utc_now() if scene.staff_id else None,
                last_seq=len(scene.lines),
                language=scene.language,
                topic_enc=keyring.encrypt(scene.topic) if scene.topic else None,
                urgent=scene.urgent,
                queue_reason=scene.reason,
                queue_since=since if scene.reason else None,
                unanswered_since=since,
                created_at=since,
                updated_at=since,
            )
        )
        await session.flush()
        for seq, line in enumerate(scene.lines, start=1):
            message = _message(keyring, scene, line, conversation_id, seq, since)
            session.add(message)
            if line.delivery:
                await session.flush()
                session.add(_outbox(message, line.delivery))
        if scene.case:
            session.add(_case(keyring, conversation_id, {"temat": scene.topic or "inne", **scene.case}, since))
        await session.flush()
        await index_anew(await session.connection(), keyring, conversation_id)
    return conversation_id


async def say(database: Database, keyring: Keyring, conversation_id: str, line: Line) -> None:
    """Add one more message, as another process would: nobody is woken."""
    async with database.begin() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        conversation.last_seq += 1
        conversation.updated_at = utc_now()
        scene: Any = conversation
        session.add(_message(keyring, scene, line, conversation_id, conversation.last_seq, utc_now()))


async def add_earlier_case(
    database: Database, keyring: Keyring, conversation_id: str, details: dict[str, str], ago: timedelta
) -> str:
    """Give a conversation one more case, confirmed so long ago; returns its number."""
    case = _case(keyring, conversation_id, details, utc_now() - ago)
    async with database.begin() as session:
        session.add(case)
    return case.number


async def pass_time(database: Database, conversation_id: str, staff_id: str, by: timedelta) -> None:
    """Let time pass over a claim whose holder has gone."""
    then = utc_now() - by
    async with database.begin() as session:
        (await session.get_one(Staff, staff_id)).present_at = then
        (await session.get_one(Conversation, conversation_id)).held_since = then


def _case(keyring: Keyring, conversation_id: str, details: dict[str, str], at: datetime) -> Case:
    return Case(
        number=new_number(),
        conversation_id=conversation_id,
        details_enc=seal_fields(keyring, details),
        created_at=at,
    )


def _message(keyring: Keyring, scene: Scene, line: Line, conversation_id: str, seq: int, since: datetime) -> Message:
    body = Body(line.text, [IssuedButton(title, "/pomoc") for title in line.buttons])
    return Message(
        id=new_id(),
        conversation_id=conversation_id,
        seq=seq,
        channel=scene.channel,
        author=line.author,
        staff_id=scene.staff_id if line.author == "staff" else None,
        body_enc=body.seal(keyring),
        lang=line.lang,
        stretch=1,
        created_at=since + timedelta(seconds=20 * seq) if seq < 100 else since,
    )


def _outbox(message: Message, state: str) -> Outbox:
    return Outbox(
        message_id=message.id,
        conversation_id=message.conversation_id,
        channel=message.channel,
        seq=message.seq,
        state=state,
        # Far away: the scene's message stays as it is.
        due_at=utc_now() + timedelta(days=365),
    )
