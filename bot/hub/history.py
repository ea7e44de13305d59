"""The history of a conversation: who held it and why, what became of its cases. Details are sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crypto import Keyring
from bot.db.models import Change
from bot.hub.body import open_fields, seal_fields
from bot.hub.store import STAFF

CHANGES = cast(Table, Change.__table__)
SHOWN = 60


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of the history as staff read it; ``who`` is None when the hub did it itself."""

    kind: str
    who: str | None
    at: datetime
    case_id: str | None
    detail: dict[str, str] = field(default_factory=dict)


async def record(
    connection: AsyncConnection,
    keyring: Keyring,
    now: datetime,
    conversation_id: str,
    staff_id: str | None,
    kind: str,
    *,
    case_id: str | None = None,
    **detail: str,
) -> None:
    """Write one line, inside the transaction of what it tells."""
    sealed = seal_fields(keyring, detail) if detail else None
    await connection.execute(
        insert(CHANGES).values(
            conversation_id=conversation_id,
            case_id=case_id,
            staff_id=staff_id,
            kind=kind,
            detail_enc=sealed,
            at=now,
        )
    )


async def read_history(connection: AsyncConnection, keyring: Keyring, conversation_id: str) -> list[ChangeView]:
    """Read the newest lines, newest first."""
    query = (
        select(CHANGES.c.kind, CHANGES.c.at, CHANGES.c.case_id, CHANGES.c.detail_enc, STAFF.c.name)
        .outerjoin(STAFF, STAFF.c.id == CHANGES.c.staff_id)
        .where(CHANGES.c.conversation_id == conversation_id)
        .order_by(CHANGES.c.id.desc())
        .limit(SHOWN)
    )
    return [
        ChangeView(
            kind=row.kind,
            who=row.name,
            at=row.at,
            case_id=row.case_id,
            detail=open_fields(keyring, row.detail_enc) if row.detail_enc else {},
        )
        for row in await connection.execute(query)
    ]
