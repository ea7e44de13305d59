"""Telegram's updates as they came, stored under (bot, update id) before Telegram is told that they arrived.

Telegram repeats an update under the same id, so the pair makes a repetition harmless. The content is encrypted, and
erased with the chat's number as soon as the hub has taken it; the id stays for a week, longer than Telegram repeats
anything (24 hours).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.models import TelegramUpdate
from bot.db.session import Database

UPDATES = cast(Table, TelegramUpdate.__table__)
LEASE = timedelta(seconds=6)
KEPT_DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A stored update that the hub has not taken yet; they sort in Telegram's order."""

    update_id: int
    chat: int
    item: dict[str, Any] = field(compare=False)


class UpdateStore:
    """The table of one bot's updates, as one gateway uses it."""

    def __init__(self, database: Database, keyring: Keyring, bot: int, instance: str) -> None:
        """Take the bot's id and this gateway's name among all."""
        self._database = database
        self._keyring = keyring
        self._bot = bot
        self._instance = instance
        dialect: Any = sqlite if database.is_sqlite else postgresql
        self._keep = dialect.insert(UPDATES).on_conflict_do_nothing().returning(UPDATES.c.update_id)

    async def keep(self, items: Sequence[dict[str, Any]]) -> list[Kept]:
        """Store updates; returns those that were not there before, which this gateway works on.

        Raises:
            StorageUnavailable: none is stored.
        """
        if not items:
            return []
        now = utc_now()
        found = {int(item["update_id"]): item for item in items}
        rows = [
            {
                "bot": self._bot,
                "update_id": number,
                "chat": chat_of(item),
                "body_enc": self._keyring.encrypt(msgspec.json.encode(item).decode()),
                "state": "pending",
                "lease_by": self._instance,
                "lease_until": now + LEASE,
                "received_at": now,
            }
            for number, item in found.items()
        ]
        async with self._database.write() as connection:
            new = set(await connection.scalars(self._keep, rows))
        return sorted(Kept(number, chat_of(found[number]), found[number]) for number in new)

    async def is_held_up(self, kept: Kept) -> bool:
        """Tell whether another gateway still works on an earlier update of the same chat."""
        earlier = select(UPDATES.c.update_id).where(
            UPDATES.c.bot == self._bot,
            UPDATES.c.chat == kept.chat,
            UPDATES.c.state == "pending",
            UPDATES.c.update_id < kept.update_id,
            UPDATES.c.lease_by != self._instance,
        )
        async with self._database.connect() as connection:
            return (await connection.execute(earlier.limit(1))).first() is not None

    async def finish(self, numbers: Iterable[int], state: str = "done") -> None:
        """Note that the hub has taken updates, or that it cannot (``failed``); content and chat go, the id stays."""
        values: dict[str, Any] = {"state": state, "lease_by": None, "lease_until": None, "body_enc": None, "chat": 0}
        async with self._database.write() as connection:
            await connection.execute(
                update(UPDATES)
                .where(UPDATES.c.bot == self._bot, UPDATES.c.update_id.in_(list(numbers)))
                .values(**values)
            )

    async def renew(self) -> None:
        """Keep other gateways away from what this one works on."""
        await self._mine(utc_now() + LEASE)

    async def release(self) -> None:
        """Leave what is not done to whoever looks next."""
        await self._mine(utc_now() - LEASE)

    async def _mine(self, until: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(UPDATES)
                .where(UPDATES.c.bot == self._bot, UPDATES.c.state == "pending", UPDATES.c.lease_by == self._instance)
                .values(lease_until=until)
            )

    async def left_behind(self) -> list[Kept]:
        """Take over what a gateway that ended has not done."""
        now = utc_now()
        stale = (UPDATES.c.bot == self._bot, UPDATES.c.state == "pending", UPDATES.c.lease_until < now)
        async with self._database.connect() as connection:
            if (await connection.execute(select(UPDATES.c.update_id).where(*stale).limit(1))).first() is None:
                return []
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(UPDATES)
                .where(*stale)
                .values(lease_by=self._instance, lease_until=now + LEASE)
                .returning(UPDATES.c.update_id, UPDATES.c.body_enc)
            )
            taken = [(row.update_id, msgspec.json.decode(self._keyring.decrypt(row.body_enc))) for row in rows]
        return sorted(Kept(number, chat_of(item), item) for number, item in taken)

    async def forget_old(self) -> None:
        """Drop what Telegram can no longer repeat."""
        old = utc_now() - timedelta(days=KEPT_DAYS)
        async with self._database.write() as connection:
            await connection.execute(
                delete(UPDATES).where(
                    UPDATES.c.bot == self._bot, UPDATES.c.state != "pending", UPDATES.c.received_at < old
                )
            )


def chat_of(item: dict[str, Any]) -> int:
    """Return the chat that an update belongs to, or 0: what belongs to no chat needs no order."""
    for value in item.values():
        if isinstance(value, dict):
            for place in (value, value.get("message")):
                match place:
                    case {"chat": {"id": int(chat)}}:
                        return chat
            match value:
                case {"from": {"id": int(person)}}:
                    return person
    return 0
