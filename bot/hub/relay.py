"""Carries wake-ups between gateways: over Redis where the settings name one, else over PostgreSQL's NOTIFY.

A relay that loses its server says so once, keeps trying and never disturbs whoever publishes: readers look again by
themselves, so a lost wake-up costs seconds, not messages.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bot.settings import Settings
from bot.tasks import end_tasks

logger = logging.getLogger(__name__)

CHANNEL = "mops_wakeups"
RETRY_SECONDS = 1.0
BACKLOG = 1000


class Relay:
    """Publishes topics to the other gateways and hands theirs to ``receive``."""

    def __init__(self, receive: Callable[[list[str]], None]) -> None:
        """Prepare; ``receive`` is called with the topics of each wake-up that comes in."""
        self._receive = receive
        self._out: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to carry."""
        self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """Stop carrying."""
        await end_tasks([self._task])

    def publish(self, topics: tuple[str, ...]) -> None:
        """Tell the other gateways; dropped where too much waits already."""
        with suppress(asyncio.QueueFull):
            self._out.put_nowait(" ".join(topics))

    async def _run(self) -> None:
        told = False
        while True:
            try:
                await self._carry()
            except Exception as error:  # whatever the driver raises: try again
                if not told:
                    logger.warning("Wake-ups between gateways are interrupted (%s).", type(error).__name__)
                told = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _carry(self) -> None:
        """Connect and carry until something breaks."""
        raise NotImplementedError

    def _incoming(self, message: str) -> None:
        self._receive(message.split())


class PostgresRelay(Relay):
    """LISTEN and NOTIFY on one connection."""

    def __init__(self, dsn: str, receive: Callable[[list[str]], None]) -> None:
        """Take the database's address in libpq's form."""
        super().__init__(receive)
        self._dsn = dsn

    async def _carry(self) -> None:
        import asyncpg  # type: ignore[import-untyped]

        connection: Any = await asyncpg.connect(self._dsn, timeout=5)
        try:
            await connection.add_listener(CHANNEL, lambda *heard: self._incoming(str(heard[-1])))
            while True:
                try:
                    message = await asyncio.wait_for(self._out.get(), 5.0)
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=5)  # notices a connection that died in silence
                    continue
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, message, timeout=5)
        finally:
            connection.terminate()


class RedisRelay(Relay):
    """Redis' publish and subscribe."""

    def __init__(self, url: str, receive: Callable[[list[str]], None]) -> None:
        """Take Redis' address."""
        super().__init__(receive)
        self._url = url

    async def _carry(self) -> None:
        from redis.asyncio import Redis

        client: Any = Redis.from_url(self._url)
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(CHANNEL)
            await asyncio.gather(self._listen(pubsub), self._send(client))
        finally:
            await pubsub.aclose()
            await client.aclose()

    async def _listen(self, pubsub: Any) -> None:
        while True:
            heard = await pubsub.get_message(timeout=5.0)
            if heard is not None:
                self._incoming(heard["data"].decode())

    async def _send(self, client: Any) -> None:
        while True:
            await client.publish(CHANNEL, await self._out.get())


def make_relay(settings: Settings, receive: Callable[[list[str]], None]) -> Relay | None:
    """Choose the relay: Redis if set, else PostgreSQL if the database is one; SQLite has one gateway."""
    if settings.redis_url is not None:
        return RedisRelay(settings.redis_url.get_secret_value(), receive)
    if settings.database.startswith("postgresql"):
        return PostgresRelay(settings.database.replace("postgresql+asyncpg://", "postgresql://", 1), receive)
    return None
