"""Canned replies and published facts: what staff can put into an answer without typing it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update

from bot.clock import utc_now
from bot.db.base import new_id
from bot.db.replies import CannedReply
from bot.hub.access import look
from bot.hub.cases import cases_of
from bot.hub.context import Context
from bot.hub.messages import StaffRef
from bot.hub.rights import LEFT_OUT
from bot.hub.store import audit
from bot.knowledge import Fact, Knowledge, today
from bot.knowledge.template import polish_date
from bot.permissions import Forbidden, Permission, allowed, require

CANNED = cast(Table, CannedReply.__table__)
NAME_LIMIT = 60
TEXT_LIMIT = 2000
VARIABLES: Mapping[str, str] = {
    "imię": "jak zwracać się do mieszkańca, ze zgłoszenia",
    "numer zgłoszenia": "numer najnowszego zgłoszenia w tej rozmowie",
    "pracownik": "podpis osoby, która odpowiada",
    "telefon sekretariatu": "numer z opublikowanych informacji",
}
"""What may stand in braces, and what is put there."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_GAP = re.compile(r"\[do uzupełnienia: ([^\]\n]*)\]")


class CannedError(ValueError):
    """The reply cannot be kept this way; the message is Polish and says why."""


@dataclass(frozen=True, slots=True)
class CannedView:
    """A canned reply as its page shows it; ``changeable``: by whoever looks."""

    id: str
    name: str
    text: str
    shared: bool
    changeable: bool


@dataclass(frozen=True, slots=True)
class Insert:
    """Something to put into an answer; ``kind``: "own", "shared" or "fact"."""

    kind: str
    name: str
    text: str


def may_share(role: str) -> bool:
    """Whether somebody of this role looks after the replies that everybody has."""
    return allowed(role, Permission.COORDINATION) or allowed(role, Permission.CONTENT)


def may_own(role: str) -> bool:
    """Whether somebody of this role has replies of their own: those who answer residents."""
    return allowed(role, Permission.CONVERSATIONS)


def gaps(text: str) -> list[str]:
    """What is still to be filled in before a text may be sent: marked gaps, and variables as they were written."""
    return _GAP.findall(text) + [name for name in _BRACES.findall(text) if _normal(name) in VARIABLES]


async def list_canned(context: Context, staff: StaffRef) -> list[CannedView]:
    """The replies that this person has: everybody's by name, then their own. Raises Forbidden."""
    require(staff.role, Permission.REPLIES)
    mine = or_(CANNED.c.staff_id.is_(None), CANNED.c.staff_id == staff.id)
    async with context.database.connect() as connection:
        rows = (await connection.execute(select(CANNED).where(mine))).all()
    views = [
        CannedView(row.id, row.name, row.text, row.staff_id is None, bool(row.staff_id) or may_share(staff.role))
        for row in rows
    ]
    return sorted(views, key=lambda view: (not view.shared, view.name.casefold()))


async def save_canned(
    context: Context, staff: StaffRef, reply_id: str | None, name: str, text: str, *, shared: bool
) -> None:
    """Keep a new reply (no ``reply_id``), or change name and text of one; whose it is does not change.

    Raises:
        CannedError: the name or the text will not do, or the reply is gone.
        Forbidden: the role does not look after such replies.
    """
    require(staff.role, Permission.REPLIES)
    name, text = " ".join(name.split()), text.replace("\r\n", "\n").strip()
    _check(name, text)
    now = utc_now()
    async with context.database.write() as connection:
        if reply_id is not None:
            row = (await connection.execute(select(CANNED).where(_within_reach(staff, reply_id)))).first()
            if row is None:
                raise CannedError("Tej odpowiedzi już nie ma. Treść można zapisać jako nową.")
            shared = row.staff_id is None
        _may_change(staff, shared)
        owner = None if shared else staff.id
        owned = CANNED.c.staff_id.is_(None) if shared else CANNED.c.staff_id == staff.id
        names = await connection.execute(select(CANNED.c.id, CANNED.c.name).where(owned))
        if any(row.name.casefold() == name.casefold() and row.id != reply_id for row in names):
            raise CannedError(f"Odpowiedź o nazwie „{name}” już jest. Proszę wybrać inną nazwę.")
        values = {"name": name, "text": text, "updated_at": now}
        if reply_id is None:
            reply_id = new_id()
            await connection.execute(insert(CANNED).values(id=reply_id, staff_id=owner, **values))
        else:
            await connection.execute(update(CANNED).where(CANNED.c.id == reply_id).values(**values))
        await audit(connection, now, staff.id, "canned_saved", reply_id)


async def delete_canned(context: Context, staff: StaffRef, reply_id: str) -> bool:
    """Delete a reply; False when it is gone already. Raises Forbidden."""
    require(staff.role, Permission.REPLIES)
    now = utc_now()
    async with context.database.write() as connection:
        row = (await connection.execute(select(CANNED).where(_within_reach(staff, reply_id)))).first()
        if row is None:
            return False
        _may_change(staff, row.staff_id is None)
        await connection.execute(delete(CANNED).where(CANNED.c.id == reply_id))
        await audit(connection, now, staff.id, "canned_deleted", reply_id)
    return True


async def inserts(context: Context, staff: StaffRef, conversation_id: str) -> list[Insert]:
    """What can be put into an answer in this conversation, variables filled in; what has no value is marked.

    Raises:
        Forbidden: the role does not open conversations.
    """
    await look(context, staff, "read", conversation_id, watching=True)
    async with context.database.connect() as connection:
        cases = await cases_of(
            connection, context.keyring, context.knowledge, context.settings.timezone, conversation_id
        )
    newest = cases[0] if cases else None
    called = newest.details.get("imie", "") if newest else ""
    phone = context.knowledge.fact("telefon_sekretariat", today())
    values = {
        "imię": "" if called == LEFT_OUT else called,
        "numer zgłoszenia": newest.number if newest else "",
        "pracownik": staff.name,
        "telefon sekretariatu": (phone.value if phone else None) or "",
    }
    canned = [
        Insert("shared" if reply.shared else "own", reply.name, _fill(reply.text, values))
        for reply in await list_canned(context, staff)
    ]
    own_first = sorted(canned, key=lambda each: each.kind == "shared")
    return own_first + facts_on(context.knowledge, today())


def facts_on(knowledge: Knowledge, on: date) -> list[Insert]:
    """The facts that may be told on this day, each with where it comes from and how old it is."""
    return [
        Insert("fact", fact.label, _told(fact))
        for fact in knowledge.facts
        if fact.label is not None and fact.available(on)
    ]


def _told(fact: Fact) -> str:
    source = fact.source.name[0].lower() + fact.source.name[1:]
    published = polish_date(fact.source.published) if fact.source.published else ""
    if published and published not in source:
        source += f" z {published}"
    return f"{fact.label}: {fact.value} (źródło: {source}, stan na {polish_date(fact.verified_on)})."


def _fill(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = _normal(found[1])
        return values.get(name) or f"[do uzupełnienia: {name}]"

    return _BRACES.sub(value, text)


def _check(name: str, text: str) -> None:
    if not name:
        raise CannedError("Proszę podać nazwę.")
    if len(name) > NAME_LIMIT:
        raise CannedError(f"Nazwa może mieć najwyżej {NAME_LIMIT} znaków.")
    if not text:
        raise CannedError("Proszę wpisać treść.")
    if len(text) > TEXT_LIMIT:
        raise CannedError(f"Treść może mieć najwyżej {TEXT_LIMIT} znaków.")
    known = ", ".join(f"{{{each}}}" for each in VARIABLES)
    for variable in _BRACES.findall(text):
        if _normal(variable) not in VARIABLES:
            raise CannedError(f"Nieznana zmienna {{{variable}}}. Dostępne są: {known}.")
    if set(_BRACES.sub("", text)) & set("{}"):
        raise CannedError(f"W treści jest nawias klamrowy bez pary. Nawiasy służą tylko do zmiennych: {known}.")


def _normal(variable: str) -> str:
    return " ".join(variable.casefold().split())


def _within_reach(staff: StaffRef, reply_id: str) -> ColumnElement[bool]:
    return and_(CANNED.c.id == reply_id, or_(CANNED.c.staff_id.is_(None), CANNED.c.staff_id == staff.id))


def _may_change(staff: StaffRef, shared: bool) -> None:
    if not (may_share(staff.role) if shared else may_own(staff.role)):
        raise Forbidden(Permission.CONTENT if shared else Permission.CONVERSATIONS)
