"""The event stream of one conversation: what was missed, then everything new, and who answers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from litestar.response.sse import ServerSentEventMessage

from bot.db.session import StorageUnavailable
from bot.hub.feed import FeedClosed, conversation_topic
from bot.hub.hub import Hub
from bot.hub.messages import Event, NotFound, Status

KEEP_ALIVE_SECONDS = 15.0

COMMANDS: Mapping[str, str] = {"person": "czlowiek", "assistant": "asystent"}
"""The hub's commands behind the widget's own buttons."""


async def conversation_stream(hub: Hub, chat: str, after: int) -> AsyncIterator[ServerSentEventMessage]:
    """Yield the messages numbered above ``after``, then each new one as it comes.

    A ``status`` event follows the first batch and every change, so a reader knows by the first one that
    it has caught up. The stream ends when the conversation no longer exists.
    """
    conversation_id = await hub.conversation_of("web", chat)
    if conversation_id is None:
        return
    told: Status | None = None
    # Ending is enough: the widget comes back and is told by the request's own answer what is wrong.
    with suppress(NotFound, StorageUnavailable, FeedClosed):
        async with hub.feed.subscribe(conversation_topic(conversation_id)) as wakeups:
            while True:
                events, status = await hub.news(conversation_id, after)
                for event in events:
                    after = event.seq
                    yield ServerSentEventMessage(event="message", id=event.seq, data=_json(as_message(event)))
                if status != told:
                    told = status
                    yield ServerSentEventMessage(event="status", data=_json(status))
                if not await wakeups.wait(KEEP_ALIVE_SECONDS):
                    yield ServerSentEventMessage(comment="", data=None)


def as_message(event: Event) -> dict[str, Any]:
    """Describe a message for the widget: what a resident sees and nothing of the hub's."""
    return {
        "seq": event.seq,
        "author": event.author,
        "author_name": event.author_name,
        "text": event.text,
        "buttons": [{"id": button.id, "title": button.title} for button in event.buttons],
        "at": event.created_at,
        "client_id": event.client_id,
        "lang": event.lang,
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
