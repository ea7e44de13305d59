"""Connections and transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from bot.db import inline_sqlite

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 4.0
_BUSY_RETRY_SECONDS = 0.02


class StorageUnavailable(Exception):
    """The database cannot be reached or is locked: nothing was stored, the sender should try again."""


class Database:
    """The hub's database. :meth:`write` to write, :meth:`connect` for short reads, :meth:`scan` for long ones."""

    def __init__(self, url: str) -> None:
        """Prepare connections to ``url`` (an async SQLAlchemy URL); nothing is opened yet."""
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            # No busy handler: it would hold up the event loop. write() waits for the lock instead.
            self._engine = _sqlite_engine(parsed.set(drivername=f"sqlite+{inline_sqlite.NAME}"), busy_seconds=0)
            self._scanner: AsyncEngine | None = None
        else:
            self._engine = create_async_engine(
                url,
                pool_size=10,
                max_overflow=10,
                pool_timeout=BUSY_TIMEOUT_SECONDS,
                hide_parameters=True,
                connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "command_timeout": 15.0},
            )
            self._scanner = self._engine
        # SQLite has one writer: queueing here is fair and cheap, its own busy handler polls.
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction; commits at the end, rolls back on an exception.

        Raises:
            StorageUnavailable: the database is away or stayed locked; nothing was written.
        """
        async with self.write() as connection, AsyncSession(connection, expire_on_commit=False) as session:
            yield session
            await session.flush()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Like :meth:`begin`, with a plain connection for the paths where every message passes."""
        if self.is_sqlite and self._writer.locked():
            try:
                # Not wait_for, which in Python 3.11 can lose a cancellation and then the lock with it.
                async with asyncio.timeout(BUSY_TIMEOUT_SECONDS * 2):
                    await self._writer.acquire()
            except TimeoutError as error:
                raise StorageUnavailable from error
        elif self.is_sqlite:
            await self._writer.acquire()
        try:
            with _translated():
                async with self._engine.connect() as connection:
                    if self.is_sqlite:
                        await _take_write_lock(connection)
                    else:
                        # Begun here and not by the first statement, so that a session joins it.
                        await connection.begin()
                    yield connection
                    await connection.commit()
        finally:
            if self.is_sqlite:
                self._writer.release()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session for reading.

        Raises:
            StorageUnavailable: the database is away.
        """
        with _translated():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open a plain connection for short reads: some rows, found by an index.

        Raises:
            StorageUnavailable: the database is away.
        """
        with _translated():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def scan(self) -> AsyncIterator[AsyncConnection]:
        """Open a plain connection for reads that look at many rows; they do not hold up the event loop.

        Raises:
            StorageUnavailable: the database is away.
        """
        if self._scanner is None:
            self._scanner = _sqlite_engine(make_url(self.url), busy_seconds=BUSY_TIMEOUT_SECONDS)
        with _translated():
            async with self._scanner.connect() as connection:
                yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
        if self._scanner is not None:
            await self._scanner.dispose()


def _sqlite_engine(url: URL, *, busy_seconds: float) -> AsyncEngine:
    engine = create_async_engine(
        url,
        # One connection serves one coroutine at a time, but a commit may wait for the disk in a thread.
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


async def _take_write_lock(connection: AsyncConnection) -> None:
    """Begin with the write lock: a reader that turns writer cannot wait for it. Another process may hold it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            busy = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            if not busy or loop.time() > deadline:
                raise
            await asyncio.sleep(_BUSY_RETRY_SECONDS)
        else:
            return


_OUR_FAULT = (IntegrityError, ProgrammingError, DataError, NotSupportedError)


class _translated:  # noqa: N801 - reads as a statement
    """Turn the driver's ways of saying "away" into :class:`StorageUnavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        # Servers that start, stop or are full say so in many classes; what the statement itself did wrong is not it.
        if isinstance(error, DBAPIError) and not isinstance(error, _OUR_FAULT):
            raise StorageUnavailable(type(error).__name__) from error
        if isinstance(error, OSError | TimeoutError):
            raise StorageUnavailable(type(error).__name__) from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Autocommit on the driver's side: transactions are begun explicitly (see Database.write).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()
