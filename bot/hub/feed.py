"""Wake-ups for readers: "something changed here, look into the database".

They carry no content, so nothing private passes through Redis or PostgreSQL's NOTIFY, and losing one costs
a reader only the time until its next look.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from bot.hub.relay import make_relay
from bot.settings import Settings

DESK = "desk"
RECHECK_SECONDS = 20.0
TYPING_SECONDS = 6.0
"""How long a sign that somebody is writing counts; it is repeated while they go on."""


def conversation_topic(conversation_id: str) -> str:
    """Name the topic of one conversation."""
    return f"c.{conversation_id}"


def typing_topic(conversation_id: str, who: str) -> str:
    """Name the topic that is woken while ``who`` ("resident" or "staff") is writing in a conversation."""
    return f"t.{who}.{conversation_id}"


class FeedClosed(Exception):
    """The gateway is stopping: there will be no more wake-ups."""


class Signal(asyncio.Event):
    """An event that remembers which topics set it."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        super().__init__()
        self.topics: set[str] = set()


class Wakeups:
    """Iterates once for each wake-up (several may melt into one) and at least every ``RECHECK_SECONDS``."""

    def __init__(self, signal: "Signal", feed: "Feed") -> None:
        """Listen to ``signal`` until ``feed`` closes."""
        self.heard: frozenset[str] = frozenset()
        """The topics of the last wake-up."""
        self._signal = signal
        self._feed = feed

    def __aiter__(self) -> "Wakeups":
        return self

    async def __anext__(self) -> None:
        try:
            await self.wait(RECHECK_SECONDS)
        except FeedClosed:
            raise StopAsyncIteration from None

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - a reader's patience, not a cancellation
        """Wait for the next wake-up; False when ``timeout`` seconds passed without one.

        Raises:
            FeedClosed: the gateway stops; readers come back to another one, or later.
        """
        if self._feed.closed:
            raise FeedClosed
        try:
            await asyncio.wait_for(self._signal.wait(), timeout)
        except TimeoutError:
            self.heard = frozenset()
            return False
        self._signal.clear()
        self.heard = frozenset(self._signal.topics)
        self._signal.topics.clear()
        if self._feed.closed:
            raise FeedClosed
        return True


class Feed:
    """Wakes readers in this process directly and those of other gateways through a relay."""

    def __init__(self, settings: Settings) -> None:
        """Choose the relay by the settings; nothing is connected yet."""
        self.closed = False
        self._readers: dict[str, set[Signal]] = {}
        self._relay = make_relay(settings, self._wake_here)

    async def start(self) -> None:
        """Connect to the other gateways, in the background."""
        if self._relay is not None:
            self._relay.start()

    async def stop(self) -> None:
        """Disconnect."""
        self.close()
        if self._relay is not None:
            await self._relay.stop()

    def close(self) -> None:
        """End all subscriptions, so that open streams do not hold the gateway back when it stops."""
        self.closed = True
        self._wake_here(list(self._readers))

    def wake(self, *topics: str) -> None:
        """Tell the readers of ``topics`` to look again."""
        self._wake_here(topics)
        if self._relay is not None:
            self._relay.publish(topics)

    def _wake_here(self, topics: Iterable[str]) -> None:
        for topic in topics:
            for signal in self._readers.get(topic, ()):
                signal.topics.add(topic)
                signal.set()

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[Wakeups]:
        """Receive wake-ups from now on. Subscribe first, then read, then wait: nothing is missed."""
        signal = Signal()
        for topic in topics:
            self._readers.setdefault(topic, set()).add(signal)
        try:
            yield Wakeups(signal, self)
        finally:
            for topic in topics:
                readers = self._readers[topic]
                readers.discard(signal)
                if not readers:
                    del self._readers[topic]
