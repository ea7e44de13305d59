"""A database as after years of work: many conversations that have ended, some that wait or are held."""

import random
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.questions import QUESTIONS
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.session import Database
from bot.hub.body import Body
from bot.hub.cases import CASES, new_number
from bot.hub.deadlines import due_date
from bot.hub.search_index import index_anew
from bot.hub.store import CONVERSATIONS, MESSAGES

SEED = 20261124
EXCHANGES = 4
"""Messages of the resident in each conversation; each has a reply."""
_BATCH = 250
_NAMES = "Maria Anna Jan Piotr Ewa Zofia Adam Tomasz Halina Krystyna Marek Barbara".split()
_SURNAMES = "Kowalski Nowak Wiśniewska Wójcik Kamińska Lewandowski Zielińska Szymański Woźniak Dąbrowska".split()
_MATTERS = "opał leki czynsz wózek remont pobyt opiekunka węgiel dożywianie wyprawka schronienie pieluchy".split()


class Seeder:
    """Makes conversations from a fixed sequence of chances; remembers what a search for one of them needs."""

    def __init__(self, keyring: Keyring, holders: list[str]) -> None:
        """Take the key that seals, and the ids of staff who hold or answered conversations."""
        self._keyring = keyring
        self._holders = holders
        self._chance = random.Random(SEED)
        self._replies = keyring.encrypt(msgspec.json.encode(Body("Sekretariat: 68 411 50 00.")).decode())
        self.numbers: list[str] = []
        self._drawn: set[str] = set()
        self.phones: list[str] = []

    async def fill(
        self, database: Database, count: int, *, waiting: int = 150, held: int = 60, bot: int = 800
    ) -> None:
        """Store ``count`` conversations, of which all but ``waiting``, ``held`` and ``bot`` have ended."""
        owners = ["waiting"] * waiting + ["staff"] * held + ["bot"] * bot
        owners += ["closed"] * (count - len(owners))
        for start in range(0, count, _BATCH):
            async with database.write() as connection:
                await self._store(connection, owners[start : start + _BATCH], start)

    async def _store(self, connection: AsyncConnection, owners: list[str], start: int) -> None:
        now = utc_now()
        conversations: list[dict[str, Any]] = []
        messages: list[dict[str, Any]] = []
        cases: list[dict[str, Any]] = []
        for place, owner in enumerate(owners, start):
            at = now - timedelta(minutes=7 * place)
            holder = self._chance.choice(self._holders)
            live = owner in ("waiting", "staff")
            row = {
                "id": new_id(),
                "channel": self._chance.choice(("web", "web", "telegram")),
                "owner": owner,
                "staff_id": holder if owner == "staff" else None,
                "held_since": now if owner == "staff" else None,
                "urgent": live and place % 20 == 0,
                "queue_reason": "person" if live else None,
                "queue_since": at if live else None,
                "unanswered_since": at if live else None,
                "after_hours": owner == "waiting" and place % 3 == 0,
                "last_seq": 2 * EXCHANGES,
                "topic_enc": self._keyring.encrypt("zasilki"),
                "indexed": 0,
                "created_at": at - timedelta(minutes=5),
                "updated_at": at,
            }
            conversations.append(row | {"chat": row["id"]})
            messages += self._talk(row, holder)
            if place % 2 == 0:
                cases.append(self._case(row))
        await connection.execute(insert(CONVERSATIONS), conversations)
        await connection.execute(insert(MESSAGES), messages)
        if cases:
            await connection.execute(insert(CASES), cases)
        for row in conversations:
            await index_anew(connection, self._keyring, row["id"])

    def _talk(self, row: dict[str, Any], holder: str) -> list[dict[str, Any]]:
        said = []
        for seq in range(1, 2 * EXCHANGES + 1):
            resident = seq % 2 == 1
            matters = " i ".join(self._chance.choices(_MATTERS, k=2))
            text = f"{self._chance.choice(QUESTIONS)[0]}, {matters}"
            author = "resident" if resident else ("bot" if seq < 2 * EXCHANGES else "staff")
            said.append(
                {
                    "id": new_id(),
                    "conversation_id": row["id"],
                    "seq": seq,
                    "channel": row["channel"],
                    "author": author,
                    "staff_id": holder if author == "staff" else None,
                    "body_enc": Body(text).seal(self._keyring) if resident else self._replies,
                    "stretch": 1,
                    "created_at": row["created_at"] + timedelta(seconds=20 * seq),
                }
            )
        return said

    def _case(self, row: dict[str, Any]) -> dict[str, Any]:
        number, phone = new_number(), f"6{self._chance.randrange(10**8):08d}"
        while number in self._drawn:  # of ten million, some thousands seldom hold no number twice
            number = new_number()
        self._drawn.add(number)
        self.numbers.append(number)
        self.phones.append(phone)
        details = {
            "temat": self._chance.choice(("zasilki", "uslugi_opiekuncze", "inne")),
            "imie": f"{self._chance.choice(_NAMES)} {self._chance.choice(_SURNAMES)}",
            "opis": f"Potrzebna pomoc: {self._chance.choice(_MATTERS)}",
            "kontakt": phone,
            "ulica": "Kupiecka",
            "pilnosc": "zwykla",
        }
        return {
            "id": new_id(),
            "number": number,
            "conversation_id": row["id"],
            "details_enc": self._keyring.encrypt(msgspec.json.encode(details).decode()),
            "status": "done" if row["owner"] == "closed" else "new",
            "urgent": False,
            "due_on": due_date(row["created_at"].date(), urgent=False),
            "created_at": row["created_at"],
        }
