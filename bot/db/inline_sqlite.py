"""SQLite without a thread hand-over for each statement.

``aiosqlite`` gives every call on a connection to a thread and waits for it: four hand-overs a statement, and most of
a message's processor time in the gateway. The hub's statements touch a few rows by key and take some 20 µs, so they
run where they are. Two things can take long: a COMMIT waits for the disk, so on a slow disk it goes to a thread; and
the write lock is waited for by :class:`bot.db.session.Database`, which tries again without holding up the event loop.

Long reads (reports, searches) belong into :meth:`bot.db.session.Database.scan`, which keeps ``aiosqlite``.
"""

import asyncio
import sqlite3
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util.concurrency import await_

NAME = "inline"

_SLOW_COMMIT_SECONDS = 0.002
_SLOW_DISK_SECONDS = 10.0


async def _nothing_to_wait_for() -> None:
    """Be awaited: SQLAlchemy takes a statement that awaits nothing for a driver that blocks by mistake."""


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """Keep the rows: SQLAlchemy asks drivers that have buffered theirs to let the server's cursor go."""


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class InlineSQLite(SQLiteDialect_pysqlite):
    """The standard library's driver under SQLAlchemy's asynchronous connections."""

    driver = NAME
    is_async = True
    supports_statement_cache = True
    _disk_slow_until = 0.0

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """Return the pool whose waiting is asynchronous."""
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        """Return what to connect with."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection}

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """Run a statement here and now."""
        await_(_nothing_to_wait_for())
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """Run a statement for many rows here and now."""
        await_(_nothing_to_wait_for())
        cursor.executemany(statement, parameters)

    def do_commit(self, dbapi_connection: Any) -> None:
        """Wait for the disk; in a thread for a while after it was slow."""
        if not dbapi_connection.in_transaction:
            return
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if begun < self._disk_slow_until:
            await_(loop.run_in_executor(None, dbapi_connection.commit))
        else:
            dbapi_connection.commit()
        if loop.time() - begun > _SLOW_COMMIT_SECONDS:
            self._disk_slow_until = loop.time() + _SLOW_DISK_SECONDS


registry.register(f"sqlite.{NAME}", __name__, InlineSQLite.__name__)
