"""Which model is in use: a history in the database that every gateway watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.clock import utc_now
from bot.db.models import GatewayModel, ModelPromotion
from bot.db.session import Database

PROMOTIONS: Any = ModelPromotion.__table__
GATEWAYS: Any = GatewayModel.__table__

Kind = Literal["first", "automatic", "promote", "rollback"]

ALIVE = timedelta(seconds=15)
"""A gateway that has not been heard of for so long has ended."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One entry of the history."""

    id: int
    model: str
    kind: str
    state: str
    """pending (no gateway serves it yet), serving, or failed (it did not pass the smoke check)."""
    forced: bool
    reason: str | None
    failure: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a running gateway last said about its engine."""

    instance: str
    model: str | None
    state: str
    seen_at: datetime


def in_use_after(history: Sequence[Promotion]) -> list[Promotion]:
    """Return the promotions that a rollback would go through, the one in use last.

    A rollback takes promotions back, so that the next one goes further back instead of to and fro. Failed
    promotions never counted.
    """
    stack: list[Promotion] = []
    for entry in history:
        if entry.state == "failed":
            continue
        if entry.kind == "rollback":
            while stack and stack[-1].model != entry.model:
                stack.pop()
            if stack:
                stack.pop()
        if stack and stack[-1].model == entry.model:
            stack.pop()
        stack.append(entry)
    return stack


class Registry:
    """The history of promotions, and what the running gateways say."""

    def __init__(self, database: Database) -> None:
        """Read and write in ``database``."""
        self._database = database

    async def history(self) -> list[Promotion]:
        """Every promotion, oldest first."""
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(PROMOTIONS).order_by(PROMOTIONS.c.id))).all()
        return [Promotion(r.id, r.model, r.kind, r.state, r.forced, r.reason, r.failure, r.promoted_at) for r in rows]

    async def in_use(self) -> Promotion | None:
        """Return the promotion that counts, or None before the first."""
        stack = in_use_after(await self.history())
        return stack[-1] if stack else None

    async def previous(self) -> Promotion | None:
        """Return the promotion to which a rollback would lead."""
        stack = in_use_after(await self.history())
        return stack[-2] if len(stack) > 1 else None

    async def record(self, model: str, kind: Kind, *, reason: str | None = None, forced: bool = False) -> int:
        """Put a model in use; returns the entry's number."""
        async with self._database.write() as connection:
            number = await connection.scalar(
                insert(PROMOTIONS)
                .values(
                    model=model,
                    kind=kind,
                    state="pending",
                    forced=forced,
                    reason=reason[:400] if reason else None,
                    promoted_at=utc_now(),
                )
                .returning(PROMOTIONS.c.id)
            )
        assert number is not None  # noqa: S101 - RETURNING of an insert of one row
        return int(number)

    async def serves(self, number: int) -> None:
        """Note that an engine with this promotion's model passed its smoke check."""
        await self._settle(number, state="serving")

    async def failed(self, number: int, why: str) -> bool:
        """Take back a promotion that no gateway has served yet; False when one has (then the machine is at fault)."""
        return await self._settle(number, state="failed", failure=why[:400])

    async def _settle(self, number: int, **values: Any) -> bool:
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(PROMOTIONS).where(PROMOTIONS.c.id == number, PROMOTIONS.c.state == "pending").values(**values)
            )
        return changed.rowcount == 1

    # --- gateways ---

    async def report(self, instance: str, model: str | None, state: str) -> None:
        """Say what this gateway's engine does; also a sign of life."""
        make = sqlite.insert if self._database.is_sqlite else postgresql.insert
        values = {"model": model, "state": state[:200], "seen_at": utc_now()}
        async with self._database.write() as connection:
            await connection.execute(
                make(GATEWAYS)
                .values(instance=instance, **values)
                .on_conflict_do_update(index_elements=["instance"], set_=values)
            )
            await connection.execute(delete(GATEWAYS).where(GATEWAYS.c.seen_at < utc_now() - 20 * ALIVE))

    async def forget(self, instance: str) -> None:
        """Leave in order."""
        async with self._database.write() as connection:
            await connection.execute(delete(GATEWAYS).where(GATEWAYS.c.instance == instance))

    async def gateways(self) -> list[Gateway]:
        """Return the gateways that run an engine of their own now."""
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(GATEWAYS).where(GATEWAYS.c.seen_at > utc_now() - ALIVE))).all()
        return [Gateway(r.instance, r.model, r.state, r.seen_at) for r in rows]
