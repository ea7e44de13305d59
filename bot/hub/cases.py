"""Cases: what a resident confirmed, under a number that can be read out over the phone."""

import secrets
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from stdnum import luhn

from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.models import Case
from bot.hub import search_index
from bot.hub.body import open_fields, seal_fields
from bot.hub.context import Context
from bot.hub.deadlines import due_date
from bot.hub.messages import CaseView
from bot.knowledge import Knowledge

CASES = cast(Table, Case.__table__)


def new_number() -> str:
    """Draw a case number such as ``4821-9307``: seven random digits and a Luhn check digit.

    Random, so that nobody learns from it how many people asked for help; checked, so that one misheard digit
    is noticed. It never starts with 0, which people leave out when they read aloud.
    """
    digits = str(1_000_000 + secrets.randbelow(9_000_000))
    digits += luhn.calc_check_digit(digits)
    return f"{digits[:4]}-{digits[4:]}"


async def create_case(
    connection: AsyncConnection,
    context: Context,
    conversation_id: str,
    details: dict[str, Any],
    now: datetime,
) -> str:
    """Store a confirmed case and return its number."""
    kept = {name: str(value) for name, value in details.items() if value not in (None, "")}
    urgent = kept.get("pilnosc") == "pilna"
    received = now.astimezone(ZoneInfo(context.settings.timezone)).date()
    while True:
        number = new_number()
        if await connection.scalar(select(CASES.c.id).where(CASES.c.number == number)) is None:
            break
    await connection.execute(
        insert(CASES).values(
            id=new_id(),
            number=number,
            conversation_id=conversation_id,
            details_enc=seal_fields(context.keyring, kept),
            status="new",
            urgent=urgent,
            due_on=due_date(received, urgent=urgent),
            created_at=now,
        )
    )
    await search_index.index_cases(connection, context.keyring, conversation_id)
    return number


async def cases_of(
    connection: AsyncConnection, keyring: Keyring, knowledge: Knowledge, timezone: str, conversation_id: str
) -> list[CaseView]:
    """Read the cases of one resident in one channel, newest first: a chat is one conversation for good."""
    rows = await connection.execute(
        select(CASES).where(CASES.c.conversation_id == conversation_id).order_by(CASES.c.created_at.desc())
    )
    cases = []
    for row in rows:
        details = open_fields(keyring, row.details_enc)
        topic = details.get("temat", "inne")
        urgency = details.get("pilnosc", "zwykla")
        received = row.created_at.astimezone(ZoneInfo(timezone)).date()
        cases.append(
            CaseView(
                id=row.id,
                status=row.status,
                topic=topic,
                due_on=row.due_on or due_date(received, urgent=urgency == "pilna"),
                number=row.number,
                details=details,
                topic_title=knowledge.topics.get(topic, topic),
                urgency=urgency,
                created_at=row.created_at,
            )
        )
    return cases
