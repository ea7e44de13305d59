"""The live connection: tells an open page which of its parts to fetch again."""

from collections.abc import AsyncIterator
from contextlib import suppress

from litestar import get
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from bot.db.session import Database, StorageUnavailable
from bot.desk.pulse import Pulse, parse, take_pulse
from bot.desk.sessions import SignedIn, find_session
from bot.desk.web import AnyRequest, needs
from bot.hub.feed import DESK, Feed, FeedClosed, conversation_topic
from bot.hub.hub import Hub
from bot.permissions import Permission

BEAT_SECONDS = 10.0
"""A page that hears nothing for three of these knows that the connection is dead."""


@get("/zdarzenia", include_in_schema=False)
async def live_events(
    request: AnyRequest,
    hub: Hub,
    database: Database,
    watching: SignedIn,
    rozmowa: str | None = None,
    po: str | None = None,
) -> ServerSentEvent:
    """Stream "kolejka" and "rozmowa" when these changed, "puls" when nothing did, "sesja" when it ended.

    The id of each event is the fingerprint of what the page shows by then, so a browser that reconnects is told
    at once whether it missed anything.
    """
    known = parse(request.headers.get("last-event-id") or po)
    stream = changes(hub.feed, database, watching, rozmowa, known)
    return ServerSentEvent(stream, headers={"Cache-Control": "no-store"})


@get("/sesja", status_code=204, include_in_schema=False, opt=needs(Permission.OWN_ACCOUNT))
async def session_check(watching: SignedIn) -> None:
    """Whether the session still lives: 204, or 401 through the error handler."""


async def changes(
    feed: Feed, database: Database, watching: SignedIn, conversation_id: str | None, known: Pulse | None
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield what changed, from ``known`` on, until the session ends or the browser goes away."""
    topics = [DESK, conversation_topic(conversation_id)] if conversation_id else [DESK]
    with suppress(FeedClosed):
        async for message in _changes(feed, database, watching, conversation_id, known, topics):
            yield message


async def _changes(
    feed: Feed,
    database: Database,
    watching: SignedIn,
    conversation_id: str | None,
    known: Pulse | None,
    topics: list[str],
) -> AsyncIterator[ServerSentEventMessage]:
    async with feed.subscribe(*topics) as wakeups:
        yield ServerSentEventMessage(event="puls", data="", retry=2000)
        while True:
            try:
                if await find_session(database, watching.token, active=False) is None:
                    yield ServerSentEventMessage(event="sesja", data="")
                    return
                current = await take_pulse(database, conversation_id)
            except StorageUnavailable:
                # The page goes on showing what it has; ending the stream makes it say so and try again.
                return
            if known is None or current.queue != known.queue:
                yield ServerSentEventMessage(event="kolejka", data="", id=str(current))
            if conversation_id and (known is None or current.conversation != known.conversation):
                yield ServerSentEventMessage(event="rozmowa", data="", id=str(current))
            known = current
            if not await wakeups.wait(BEAT_SECONDS):
                yield ServerSentEventMessage(event="puls", data="", id=str(current))
