"""A hub in this process, on a real database, with the real engine."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.app import instance_name, load_hours, load_knowledge
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.db.staff_tables import Staff
from bot.dialogue.client import Engine
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.hub import Hub
from bot.hub.messages import Event, Inbound, StaffRef
from bot.settings import Settings
from tests.support.processes import SharedEngine


class Town:
    """A running hub with what tests ask of it."""

    def __init__(self, hub: Hub, context: Context) -> None:
        self.hub = hub
        self.context = context
        self._count = 0

    async def staff(self, name: str, role: str = "clerk") -> StaffRef:
        async with self.context.database.begin() as session:
            person = Staff(login=name.lower(), name=name, role=role, created_at=utc_now())
            session.add(person)
            await session.flush()
            return StaffRef(person.id, name, role)

    async def say(self, chat: str, text: str, *, wait: float = 20.0, button: str | None = None) -> list[Event]:
        """Send a message over the REST channel's way and return what the hub says to it."""
        self._count += 1
        receipt = await self.hub.accept(Inbound("rest", chat, f"m{self._count}", text=text, button=button))
        return await self.hub.answered(receipt, wait)

    async def conversation(self, chat: str) -> str:
        found = await self.hub.conversation_of("rest", chat)
        assert found is not None
        return found

    async def lines(self, chat: str) -> list[tuple[str, str]]:
        events = await self.hub.events(await self.conversation(chat), 0)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return [(event.author, event.text) for event in events]


@pytest.fixture
async def make_town(
    tmp_path: Path, database_url: str, shared_engine: SharedEngine
) -> AsyncIterator[Callable[..., AsyncIterator[Town]]]:
    running: list[tuple[Hub, Feed, Context]] = []
    keyring = Keyring([Fernet.generate_key()])

    async def make(**changes: object) -> Town:
        values: dict[str, object] = {
            "data_dir": tmp_path,
            "database_url": database_url,
            "working_hours": "mon-sun 00:00-23:59",
            "engine_url": [shared_engine.url],
        }
        settings = Settings(**(values | changes))  # type: ignore[arg-type]
        await migrate.upgrade(settings.database)
        feed = Feed(settings)
        context = Context(
            settings=settings,
            database=Database(settings.database),
            keyring=keyring,
            feed=feed,
            engine=Engine(settings.engine_url, shared_engine.TOKEN, settings.engine_turn_timeout),
            knowledge_store=load_knowledge(settings),
            hours=load_hours(settings),
            push_channels=frozenset(),
            instance=instance_name(),
        )
        hub = Hub(context)
        await feed.start()
        await hub.start()
        running.append((hub, feed, context))
        return Town(hub, context)

    yield make
    for hub, feed, context in running:
        await hub.stop()
        await feed.stop()
        await context.engine.close()
        await context.database.close()


@pytest.fixture
async def town(make_town: Callable[..., AsyncIterator[Town]]) -> Town:
    return await make_town()
