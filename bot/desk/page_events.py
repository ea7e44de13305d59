"""The live connection: tells an open page which of its parts to fetch again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import monotonic

from litestar import get
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from bot.db.session import Database, StorageUnavailable
from bot.desk.pulse import Pulse, parse, take_bell, take_pulse
from bot.desk.sessions import SignedIn, find_session
from bot.desk.web import AnyRequest, needs
from bot.hub.feed import DESK, Feed, FeedClosed, conversation_topic, typing_topic
from bot.hub.hub import Hub
from bot.permissions import Permission

BEAT_SECONDS = 10.0
"""A page that hears nothing for three of these knows that the connection is dead."""
CALM_SECONDS = 0.8
"""A page is told at once that its list changed, then not again for so long: lists are dear with many open pages."""


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

    With "kolejka" goes what `pulse.take_bell` tells. "pisze" says that the resident is writing. The id of the others
    is the fingerprint of what the page shows by then, so a browser that reconnects is told at once whether it missed
    anything.
    """
    known = parse(request.headers.get("last-event-id") or po)
    stream = changes(hub.feed, database, watching, rozmowa, known, present=hub.work.present)
    return ServerSentEvent(stream, headers={"Cache-Control": "no-store"})


@get("/sesja", status_code=204, include_in_schema=False, opt=needs(Permission.OWN_ACCOUNT))
async def session_check(watching: SignedIn) -> None:
    """Whether the session still lives: 204, or 401 through the error handler."""


async def changes(
    feed: Feed,
    database: Database,
    watching: SignedIn,
    conversation_id: str | None,
    known: Pulse | None,
    *,
    present: Callable[[str], Awaitable[None]] | None = None,
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield what changed, from ``known`` on, until the session ends or the browser goes away.

    ``present`` is told again and again that a page of this person is open.
    """
    with suppress(FeedClosed):
        async for message in _changes(feed, database, watching, conversation_id, known, present):
            yield message


async def _changes(
    feed: Feed,
    database: Database,
    watching: SignedIn,
    conversation_id: str | None,
    known: Pulse | None,
    present: Callable[[str], Awaitable[None]] | None,
) -> AsyncIterator[ServerSentEventMessage]:
    typing = typing_topic(conversation_id or "", "resident")
    topics = [DESK, conversation_topic(conversation_id), typing] if conversation_id else [DESK]
    async with feed.subscribe(*topics) as wakeups:
        yield ServerSentEventMessage(event="puls", data="", retry=2000)
        calm_until = 0.0
        while True:
            try:
                if await find_session(database, watching.token, active=False) is None:
                    yield ServerSentEventMessage(event="sesja", data="")
                    return
                if present is not None:
                    await present(watching.staff.id)
                current = await take_pulse(database, conversation_id, watching.staff.id)
                changed = known is None or current.queue != known.queue
                pause = max(0.0, calm_until - monotonic()) if changed else 0.0
                bell = await take_bell(database) if changed and not pause else ""
            except StorageUnavailable:
                # The page goes on showing what it has; ending the stream makes it say so and try again.
                return
            if known is not None and pause:
                # Told a moment ago: the next change of the list waits, the conversation's own does not.
                current = Pulse(known.queue, current.conversation)
            elif changed:
                calm_until = monotonic() + CALM_SECONDS
                yield ServerSentEventMessage(event="kolejka", data=bell, id=str(current))
            if conversation_id and (known is None or current.conversation != known.conversation):
                yield ServerSentEventMessage(event="rozmowa", data="", id=str(current))
            known = current
            due = monotonic() + (pause or BEAT_SECONDS)
            news = late = False
            while not news and (left := due - monotonic()) > 0:
                if await wakeups.wait(left):
                    if typing in wakeups.heard:
                        yield ServerSentEventMessage(event="pisze", data="")
                    news = bool(wakeups.heard - {typing})
                    if news and wakeups.heard <= {DESK, typing} and monotonic() < calm_until:
                        # Of the list alone, which was told a moment ago: one look at the end of the calm serves all
                        # that comes until then, so that many open pages do not each look at every message.
                        news, late, due = False, True, min(due, calm_until)
            if not news and not late and not pause:
                yield ServerSentEventMessage(event="puls", data="", id=str(current))
