"""Something that one process of several does at a time, agreed on in the database."""

from datetime import timedelta
from typing import cast

from sqlalchemy import Table, insert, or_, update
from sqlalchemy.exc import IntegrityError

from bot.clock import utc_now
from bot.db.models import Lease
from bot.db.session import Database

LEASES = cast(Table, Lease.__table__)


class SharedLease:
    """A named task that its holder keeps by renewing it; when the holder dies, it is free after ``seconds``.

    The gateways' clocks must agree to about a second, as their logs should anyway.
    """

    def __init__(self, database: Database, name: str, holder: str, seconds: float) -> None:
        """Prepare; nothing is taken yet."""
        self._database = database
        self._name = name
        self._holder = holder
        self._length = timedelta(seconds=seconds)

    async def take(self) -> bool:
        """Take it or renew it; False while somebody else holds it.

        Raises:
            StorageUnavailable: nobody can tell.
        """
        now = utc_now()
        async with self._database.write() as connection:
            renewed = await connection.execute(
                update(LEASES)
                .where(LEASES.c.name == self._name, or_(LEASES.c.holder == self._holder, LEASES.c.until < now))
                .values(holder=self._holder, until=now + self._length)
            )
        if renewed.rowcount:
            return True
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    insert(LEASES).values(name=self._name, holder=self._holder, until=now + self._length)
                )
        except IntegrityError:
            return False
        return True

    async def release(self) -> None:
        """Let the next one have it at once.

        Raises:
            StorageUnavailable: it runs out by itself.
        """
        async with self._database.write() as connection:
            await connection.execute(
                update(LEASES)
                .where(LEASES.c.name == self._name, LEASES.c.holder == self._holder)
                .values(until=utc_now())
            )
