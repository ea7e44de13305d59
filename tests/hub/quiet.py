"""A hub on a database of its own and without an engine: enough for whatever staff do."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import insert

from bot.app import instance_name, load_hours, load_knowledge
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.dialogue.client import Engine
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.hub import Hub
from bot.hub.messages import StaffRef
from bot.hub.store import STAFF
from bot.hub.teams import save_team
from bot.settings import Settings

PEOPLE = (("Anna", "clerk"), ("Piotr", "clerk"), ("Ewa", "coordinator"))


class Office:
    """A hub on a database of its own, with two clerks and a coordinator, and no engine."""

    def __init__(self, database_url: str | None = None, **settings: object) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="mops-machine-")
        given: dict[str, object] = {"data_dir": Path(self.folder.name), "engine_url": ["http://127.0.0.1:9"]}
        values = Settings(**(given | settings | {"database_url": database_url}))  # type: ignore[arg-type]
        self.run(migrate.upgrade(values.database))
        self.context = Context(
            settings=values,
            database=Database(values.database),
            keyring=Keyring([Fernet.generate_key()]),
            feed=Feed(values),
            engine=Engine(values.engine_url, "nobody", 1.0),
            knowledge_store=load_knowledge(values),
            hours=load_hours(values),
            push_channels=frozenset(),
            instance=instance_name(),
        )
        self.hub = Hub(self.context)
        self.people = [StaffRef(f"{n:032}", name, role) for n, (name, role) in enumerate(PEOPLE)]
        self.run(self._hire())
        self.team = self.run(save_team(self.context, self.people[2], None, "Zasiłki", [self.people[0].id]))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    async def _hire(self) -> None:
        async with self.context.database.write() as connection:
            for person in self.people:
                await connection.execute(
                    insert(STAFF).values(
                        id=person.id,
                        login=person.name.lower(),
                        name=person.name,
                        role=person.role,
                        blocked=False,
                        created_at=utc_now(),
                    )
                )

    async def change(self, statement: Any) -> None:
        async with self.context.database.write() as connection:
            await connection.execute(statement)

    def shut(self) -> None:
        """Close it and leave nothing behind."""
        self.run(self.close())
        self.runner.close()
        self.folder.cleanup()

    async def close(self) -> None:
        await self.context.engine.close()
        await self.context.database.close()
