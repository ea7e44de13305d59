"""Reading the audit trail: who did what to which record, when. It holds no content and neither does this."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, select

from bot.clock import utc_now
from bot.db.models import Case, Conversation
from bot.db.session import Database
from bot.db.staff_tables import Audit, Staff
from bot.desk.presentation import WARSAW

PAGE_SIZE = 50
_CHUNK = 1000
NOBODY = "-"
"""Filter for acts of nobody who is signed in: the program, or somebody at the entrance."""

_AUDIT = cast(Table, Audit.__table__)
_STAFF = cast(Table, Staff.__table__)
_CASES = cast(Table, Case.__table__)
_CONVERSATIONS = cast(Table, Conversation.__table__)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are asked for. Days are days in Zielona Góra, both included."""

    staff_id: str | None = None
    action: str | None = None
    since: date | None = None
    until: date | None = None
    target: str | None = None
    """As typed: a conversation, an account's login, or a case number."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act. ``target_kind`` is "conversation", "staff", "" when there is none, "other" for what is gone."""

    id: int
    at: datetime
    staff_id: str | None
    staff_name: str | None
    staff_login: str | None
    action: str
    target: str | None
    target_kind: str
    target_name: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first, and where the neighbouring pages begin."""

    lines: list[Line]
    older: int | None
    """Lines before this id follow."""
    newer: int | None
    """Lines after this id precede."""


async def read_page(
    database: Database, wanted: Filter, *, before: int | None = None, after: int | None = None
) -> Page:
    """One page: the newest, the one ``before`` an id, or the one ``after`` an id."""
    async with database.scan() as connection:
        where = await _conditions(connection, wanted)
        query = _lines(where)
        if after is not None:
            rows = await connection.execute(
                query.where(_AUDIT.c.id > after).order_by(_AUDIT.c.id).limit(PAGE_SIZE + 1)
            )
            found = list(rows.all())
            more_newer, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
            more_older = True
        else:
            if before is not None:
                query = query.where(_AUDIT.c.id < before)
            rows = await connection.execute(query.order_by(_AUDIT.c.id.desc()).limit(PAGE_SIZE + 1))
            found = list(rows.all())
            more_older, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
            more_newer = before is not None
        lines = await _named(connection, found)
    if not lines:
        return Page([], None, None)
    return Page(lines, lines[-1].id if more_older else None, lines[0].id if more_newer else None)


async def read_all(database: Database, wanted: Filter) -> AsyncIterator[list[Line]]:
    """Everything that fits, oldest first, in chunks; lines written meanwhile are left out."""
    now = utc_now()
    last = 0
    while True:
        # A connection for each chunk: a slow download must not hold one, nor keep the database from tidying up.
        async with database.scan() as connection:
            where = await _conditions(connection, wanted)
            query = _lines(where).where(_AUDIT.c.id > last, _AUDIT.c.at <= now).order_by(_AUDIT.c.id).limit(_CHUNK)
            lines = await _named(connection, (await connection.execute(query)).all())
        if lines:
            yield lines
            last = lines[-1].id
        if len(lines) < _CHUNK:
            return


def _lines(where: list[ColumnElement[bool]]) -> Any:
    return (
        select(
            _AUDIT.c.id,
            _AUDIT.c.at,
            _AUDIT.c.staff_id,
            _STAFF.c.name.label("staff_name"),
            _STAFF.c.login.label("staff_login"),
            _AUDIT.c.action,
            _AUDIT.c.target,
        )
        .outerjoin(_STAFF, _STAFF.c.id == _AUDIT.c.staff_id)
        .where(*where)
    )


async def _conditions(connection: Any, wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.staff_id == NOBODY:
        where.append(_AUDIT.c.staff_id.is_(None))
    elif wanted.staff_id:
        where.append(_AUDIT.c.staff_id == wanted.staff_id)
    if wanted.action:
        where.append(_AUDIT.c.action == wanted.action)
    if wanted.since:
        where.append(_AUDIT.c.at >= _midnight(wanted.since))
    if wanted.until:
        where.append(_AUDIT.c.at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.target:
        where.append(_AUDIT.c.target.in_(await _meant(connection, wanted.target)))
    return where


async def _meant(connection: Any, typed: str) -> set[str]:
    """What somebody may mean by what they typed: an id as it is, a case's conversation, an account's id."""
    meant = {typed, typed.upper()}
    case = select(_CASES.c.id, _CASES.c.conversation_id).where(_CASES.c.number == typed.upper())
    for row in await connection.execute(case):
        meant |= set(row)
    meant |= set((await connection.scalars(select(_STAFF.c.id).where(_STAFF.c.login == typed.casefold()))).all())
    return meant


async def _named(connection: Any, rows: Sequence[Any]) -> list[Line]:
    targets = {row.target for row in rows if row.target}
    people = select(_STAFF.c.id, _STAFF.c.name).where(_STAFF.c.id.in_(targets))
    names = {row.id: row.name for row in await connection.execute(people)} if targets else {}
    kept = select(_CONVERSATIONS.c.id).where(_CONVERSATIONS.c.id.in_(targets - set(names)))
    conversations = set((await connection.scalars(kept)).all()) if targets - set(names) else set()

    def line(row: Any) -> Line:
        kind = "other" if row.target else ""
        bare = Line(row.id, row.at, row.staff_id, row.staff_name, row.staff_login, row.action, row.target, kind, None)
        if row.target in names:
            return replace(bare, target_kind="staff", target_name=names[row.target])
        return replace(bare, target_kind="conversation") if row.target in conversations else bare

    return [line(row) for row in rows]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=WARSAW)
