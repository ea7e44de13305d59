"""What the command line does to stored conversations: a hub's context without a running hub."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.app import instance_name, load_hours, load_knowledge
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.dialogue.client import Engine
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.reindex import index_outdated, outdate_all
from bot.hub.retention import Done, Due, read_due, run
from bot.settings import Settings


@asynccontextmanager
async def stored(settings: Settings) -> AsyncIterator[Context]:
    """Open the database with its key, at the newest schema.

    Raises:
        StartupError: the database or the key is not there, or they do not fit.
    """
    keyring = Keyring.from_file(settings.key_file)
    await migrate.upgrade(settings.database)
    database = Database(settings.database)
    engine = Engine(settings.engine_url, "", settings.engine_turn_timeout)
    try:
        await migrate.check_key(database, keyring)
        yield Context(
            settings=settings,
            database=database,
            keyring=keyring,
            feed=Feed(settings),
            engine=engine,
            knowledge_store=load_knowledge(settings),
            hours=load_hours(settings),
            push_channels=frozenset(),
            instance=instance_name(),
        )
    finally:
        await engine.close()
        await database.close()


async def reindex(settings: Settings, report: Callable[[str], None]) -> int:
    """Index all conversations anew; returns how many."""
    async with stored(settings) as context:
        await outdate_all(context)
        return await index_outdated(context, lambda done, total: report(f"{done} of {total}"))


async def due_for_deletion(settings: Settings, days_ahead: int) -> Due:
    """Tell what retention would delete in so many days."""
    async with stored(settings) as context:
        return await read_due(context, utc_now() + timedelta(days=days_ahead))


async def delete_due(settings: Settings) -> Done:
    """Delete what is due now."""
    async with stored(settings) as context:
        return await run(context, utc_now())
