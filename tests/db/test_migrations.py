"""The migrations lead to exactly the schema that the models describe, on both databases."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from bot.db import migrate
from bot.db.base import Base
from bot.settings import Settings


def _url(database_url: str) -> str:
    return Settings(database_url=database_url).database  # type: ignore[arg-type]


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def _inside(url: str, work: object) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)  # type: ignore[arg-type]
    finally:
        await engine.dispose()


def test_the_migrations_make_what_the_models_describe(database_url: str) -> None:
    url = _url(database_url)
    assert asyncio.run(migrate.upgrade(url))
    assert asyncio.run(_inside(url, _differences)) == []
    assert not asyncio.run(migrate.upgrade(url)), "a second run changes nothing"


def test_the_migrations_can_be_taken_back(database_url: str) -> None:
    url = _url(database_url)
    asyncio.run(migrate.upgrade(url))

    def down(connection: Connection) -> list[str]:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        return inspect(connection).get_table_names()

    assert asyncio.run(_inside(url, down)) == ["alembic_version"]
