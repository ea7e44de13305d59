"""The event stream of one conversation: what was missed, then everything new, and who answers."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from litestar.response.sse import ServerSentEventMessage

from bot.db.session import StorageUnavailable
from bot.hub.feed import TYPING_SECONDS, FeedClosed, Wakeups, conversation_topic, typing_topic
from bot.hub.hub import Hub
from bot.hub.messages import Event, NotFound, Status

KEEP_ALIVE_SECONDS = 15.0

COMMANDS: Mapping[str, str] = {"person": "czlowiek", "assistant": "asystent", "privacy": "prywatnosc"}
"""The hub's commands behind the widget's own buttons."""


async def conversation_stream(hub: Hub, conversation_id: str, after: int) -> AsyncGenerator[ServerSentEventMessage]:
    """Yield the messages numbered above ``after``, then each new one as it comes.

    A ``status`` event follows the first batch and every change, so a reader knows by the first one that
    it has caught up. ``typing`` says that the employee is writing and for how many seconds that counts. ``update``
    tells that a message of before was corrected or taken back; each reader gets those of the whole conversation at
    first, as it may have missed them. The stream ends with ``gone`` when the conversation is erased.
    """
    told: Status | None = None
    known = 0
    # Ending is enough: the widget comes back and is told by the request's own answer what is wrong.
    with suppress(StorageUnavailable, FeedClosed):
        writing = typing_topic(conversation_id, "staff")
        async with hub.feed.subscribe(conversation_topic(conversation_id), writing) as wakeups:
            while True:
                try:
                    events, status = await hub.news(conversation_id, after, known)
                except NotFound:
                    yield ServerSentEventMessage(event="gone", data="{}")
                    return
                for event in events:
                    known = max(known, event.change or 0)
                    if event.seq <= after:
                        yield ServerSentEventMessage(event="update", data=_json(as_update(event)))
                        continue
                    after = event.seq
                    yield ServerSentEventMessage(event="message", id=event.seq, data=_json(as_message(event)))
                if status != told:
                    told = status
                    yield ServerSentEventMessage(event="status", data=_json(status))
                while await _only_typing(wakeups, writing):
                    yield ServerSentEventMessage(event="typing", data=_json({"seconds": TYPING_SECONDS}))
                if not wakeups.heard:
                    yield ServerSentEventMessage(comment="", data=None)


async def _only_typing(wakeups: Wakeups, writing: str) -> bool:
    """Wait; True when all that happened is that the employee writes, which no look into the database shows."""
    woken = await wakeups.wait(KEEP_ALIVE_SECONDS)
    return woken and wakeups.heard == {writing}


def as_message(event: Event) -> dict[str, Any]:
    """Describe a message for the widget: what a resident sees and nothing of the hub's."""
    return {
        "seq": event.seq,
        "author": event.author,
        "author_name": event.author_name,
        "text": "" if event.retracted else event.text,
        "edited": event.edited_at is not None,
        "retracted": event.retracted,
        "quote": event.quote,
        "buttons": [{"id": button.id, "title": button.title} for button in event.buttons],
        "at": event.created_at,
        "client_id": event.client_id,
        "lang": event.lang,
    }


def as_update(event: Event) -> dict[str, Any]:
    """Describe what became of a message that the widget has already."""
    if event.retracted:
        return {"seq": event.seq, "retracted": True}
    return {"seq": event.seq, "text": event.text, "edited": True}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
