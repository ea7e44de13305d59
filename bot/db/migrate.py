"""Bring the database to the schema this version knows, and prove that the key in use fits it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.crypto import Keyring
from bot.db.models import Meta
from bot.db.session import Database, StorageUnavailable
from bot.errors import StartupError

if TYPE_CHECKING:
    from alembic.config import Config

_KEY_SAMPLE = "key-sample"
_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> "Config":
    # Alembic is imported where it migrates: most starts find nothing to do and save its time and memory.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _known() -> list[str]:
    """List the revisions, oldest first; a migration's file name begins with its number."""
    return sorted(path.stem[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> bool:
    current: str | None = None
    if "alembic_version" in inspect(connection).get_table_names():
        current = connection.scalar(text("SELECT version_num FROM alembic_version"))
    head = _known()[-1]
    if current == head:
        return False
    if current is not None and current not in _known():
        raise StartupError(
            f"The database was made by a newer version of this product (schema {current}, this version knows "
            f"{head}). Start that version, or restore a backup made before the update."
        )
    if current is None and "conversations" in inspect(connection).get_table_names():
        raise StartupError("The database holds tables of unknown origin and no schema version. Not touched.")
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


async def upgrade(url: str) -> bool:
    """Migrate; True when something changed.

    Raises:
        StartupError: the database cannot be reached, or comes from a newer version.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url)
    shown = parsed.render_as_string(hide_password=True)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade)
    except StartupError:
        raise
    except Exception as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0][:200]
        raise StartupError(f"The database {shown} cannot be used: {reason}") from error
    finally:
        await engine.dispose()


def new_revision(url: str, message: str) -> None:
    """Write the migration that leads from the database at ``url`` to the models (for developers)."""

    async def run() -> None:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(generate)
        await engine.dispose()

    def generate(connection: Connection) -> None:
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True)

    asyncio.run(run())


async def has_data(url: str) -> bool:
    """Tell whether a database of this product exists at ``url`` (it then needs its old key)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return False
    database = Database(url)
    try:
        async with database.connect() as connection:
            if not await connection.run_sync(lambda c: "meta" in inspect(c).get_table_names()):
                return False
            return await connection.scalar(select(Meta.key).where(Meta.key == _KEY_SAMPLE)) is not None
    except StorageUnavailable as error:
        shown = parsed.render_as_string(hide_password=True)
        raise StartupError(f"The database {shown} cannot be reached. Is its server running?") from error
    finally:
        await database.close()


async def check_key(database: Database, keyring: Keyring) -> None:
    """Prove that the key opens what is stored; a new database remembers a sample of the first key.

    Raises:
        StartupError: the key is another one.
    """
    for _ in range(2):
        async with database.connect() as connection:
            sample = await connection.scalar(select(Meta.value_enc).where(Meta.key == _KEY_SAMPLE))
        if sample is not None:
            break
        try:
            async with database.begin() as session:
                session.add(Meta(key=_KEY_SAMPLE, value_enc=keyring.encrypt(_KEY_SAMPLE)))
        except IntegrityError:
            continue
    if sample is not None and not keyring.opens(sample):
        raise StartupError(
            "The key file does not fit this database: what is stored was encrypted with another key. "
            "Restore the right key file, or point MOPS_SECRET_KEY_FILE to it."
        )
