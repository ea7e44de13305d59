"""Wake-ups for readers: "something changed here, look into the database".

They carry no content, so nothing private passes through Redis or PostgreSQL's NOTIFY, and losing one costs
a reader only the time until its next look.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from litestar.channels import ChannelsPlugin
from litestar.channels.backends.base import ChannelsBackend
from litestar.channels.backends.memory import MemoryChannelsBackend

from bot.settings import Settings

DESK = "desk"
RECHECK_SECONDS = 20.0


def conversation_topic(conversation_id: str) -> str:
    """Name the topic of one conversation."""
    return f"c.{conversation_id}"


class FeedClosed(Exception):
    """The gateway is stopping: there will be no more wake-ups."""


class Wakeups:
    """Iterates once for each wake-up (several may melt into one) and at least every ``RECHECK_SECONDS``."""

    def __init__(self, signal: asyncio.Event, feed: "Feed") -> None:
        """Listen to ``signal`` until ``feed`` closes."""
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
            return False
        self._signal.clear()
        if self._feed.closed:
            raise FeedClosed
        return True


class Feed:
    """Publishes and receives wake-ups, across gateways where the settings name Redis or PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        """Choose the backend: Redis if set, else PostgreSQL if the database is one, else this process."""
        self._closed = False
        self._open: set[asyncio.Event] = set()
        self.plugin = ChannelsPlugin(
            backend=_backend(settings),
            arbitrary_channels_allowed=True,
            subscriber_max_backlog=4,
            subscriber_backlog_strategy="dropleft",
        )

    @property
    def closed(self) -> bool:
        """Whether the gateway is stopping."""
        return self._closed

    def close(self) -> None:
        """End all subscriptions, so that open streams do not hold the gateway back when it stops."""
        self._closed = True
        for signal in self._open:
            signal.set()

    def wake(self, *topics: str) -> None:
        """Tell the readers of ``topics`` to look again."""
        # A turn may end while the gateway stops and the plug-in is already down; its readers are gone, too.
        with suppress(RuntimeError):
            self.plugin.publish(b"1", list(topics))

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[Wakeups]:
        """Receive wake-ups from now on. Subscribe first, then read, then wait: nothing is missed."""
        signal = asyncio.Event()

        async with self.plugin.start_subscription(list(topics)) as subscriber:

            async def pump() -> None:
                async for _ in subscriber.iter_events():
                    signal.set()

            task = asyncio.create_task(pump())
            self._open.add(signal)
            try:
                yield Wakeups(signal, self)
            finally:
                self._open.discard(signal)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def _backend(settings: Settings) -> ChannelsBackend:
    # Imported where they are used: each takes memory that a town with one gateway keeps.
    if settings.redis_url is not None:
        from litestar.channels.backends.redis import RedisChannelsPubSubBackend
        from redis.asyncio import Redis

        return RedisChannelsPubSubBackend(redis=Redis.from_url(settings.redis_url.get_secret_value()))
    if settings.database.startswith("postgresql"):
        from litestar.channels.backends.asyncpg import AsyncPgChannelsBackend

        return AsyncPgChannelsBackend(settings.database.replace("postgresql+asyncpg://", "postgresql://", 1))
    return MemoryChannelsBackend()
