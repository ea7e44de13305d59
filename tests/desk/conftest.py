"""A product whose engine is away (the desk must work without it) and its database at hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.desk.accounts import create_staff
from bot.desk.sessions import open_session
from bot.settings import Settings
from tests.desk.scene import Line, Scene, say, stage
from tests.desk.visitor import PASSWORD, Clerk, Visitor
from tests.support.processes import Product

__all__ = ["PASSWORD", "Clerk", "Office"]


@dataclass
class Office:
    """A running product and what tests put into its database beside it."""

    product: Product

    @property
    def url(self) -> str:
        return self.product.url

    def hire(self, name: str = "Anna", role: str = "clerk") -> Clerk:
        login = f"{role}-{uuid4().hex[:8]}"
        return Clerk(self._with(create_staff, login, name, role, PASSWORD), login, name)

    def enter(self, role: str, name: str = "Anna") -> Visitor:
        """Somebody signed in, without the seconds that passwords take."""
        login = f"{role}-{uuid4().hex[:8]}"
        staff_id = self._with(create_staff, login, name, role, None)
        visitor = Visitor(base_url=self.url, timeout=30)
        visitor.clerk = Clerk(staff_id, login, name)
        visitor.cookies.set("mops_desk", self.ask(open_session, staff_id, lifetime=timedelta(hours=1)))
        return visitor

    def ask(self, action: Callable, *arguments: object, **named: object):
        """Call something that takes the database."""
        return self._with(partial(action, **named), *arguments)

    def stage(self, scene: Scene) -> str:
        return self._with(stage, self.keyring, scene)

    def say(self, conversation_id: str, line: Line) -> None:
        self._with(say, self.keyring, conversation_id, line)

    @property
    def keyring(self) -> Keyring:
        return Keyring.from_file(self.product.folder / "keys" / "secret.key")

    def _with(self, action: Callable, *arguments: object):
        async def run():
            database = Database(f"sqlite+aiosqlite:///{self.product.folder / 'mops.db'}")
            try:
                return await action(database, *arguments)
            finally:
                await database.close()

        # A thread of its own: Playwright's loop may be running in this one.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, run()).result()


@pytest.fixture(scope="session")
def make_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Office]]:
    started: list[Product] = []

    def make() -> Office:
        folder = tmp_path_factory.mktemp("office")
        token = folder / "engine.token"
        token.write_text("nobody listens")
        # Port 9 is "discard": nothing answers there, as when the engine is down.
        product = Product(
            folder, engine_url="http://127.0.0.1:9", engine_token_file=str(token), engine_patience="9999"
        )
        started.append(product)
        product.start()
        return Office(product)

    yield make
    for product in started:
        product.stop()


@pytest.fixture(scope="session")
def shared_office(make_office: Callable[[], Office]) -> Office:
    return make_office()


@pytest.fixture
def office(shared_office: Office) -> Office:
    return shared_office


@pytest.fixture
def visitor(office: Office) -> Iterator[Visitor]:
    with Visitor(base_url=office.url, timeout=30) as client:
        yield client


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of each kind, at the newest schema."""
    settings = Settings(data_dir=tmp_path, database_url=database_url)  # type: ignore[arg-type]
    await migrate.upgrade(settings.database)
    opened = Database(settings.database)
    yield opened
    await opened.close()
