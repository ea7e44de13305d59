"""The audit trail as a page and as a file, for those who supervise access to residents' matters."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get
from litestar.response import Stream

from bot.clock import utc_now
from bot.db.session import Database
from bot.desk import accounts, audit_trail, audit_words, days
from bot.desk.audit import note
from bot.desk.audit_trail import Filter, Line
from bot.desk.presentation import WARSAW
from bot.desk.sessions import SignedIn
from bot.desk.spreadsheet import MARK, inert, lines_of
from bot.desk.web import SECURITY_HEADERS, AnyRequest, needs, page
from bot.permissions import Permission

_AUDIT = needs(Permission.AUDIT)
_COLUMNS = ("czas", "osoba", "login", "czynność", "kod czynności", "obiekt", "nazwa obiektu")
_LONGEST_TARGET = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """The filter as it came in the address, kept to fill the form and the links again."""

    osoba: str
    czynnosc: str
    od: str
    do: str
    obiekt: str

    def address(self, path: str, **more: object) -> str:
        """The same question at another address."""
        given = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)} | more
        return f"{path}?{urlencode(given)}" if given else path

    def parsed(self) -> tuple[Filter, str | None]:
        """What it means, and in Polish what is wrong with it."""
        since, until = days.parse_day(self.od), days.parse_day(self.do)
        error = None
        if (self.od and since is None) or (self.do and until is None):
            error = days.NO_DAY
        elif since and until and since > until:
            error = days.BACKWARDS
        wanted = Filter(self.osoba or None, self.czynnosc or None, since, until, self.obiekt or None)
        return wanted, error


@get("/dziennik", include_in_schema=False, opt=_AUDIT)
async def audit_page(
    request: AnyRequest,
    database: Database,
    signed_in: SignedIn,
    osoba: str = "",
    czynnosc: str = "",
    od: str = "",
    do: str = "",
    obiekt: str = "",
    przed: int | None = None,
    po: int | None = None,
) -> Response[str]:
    """Lines that fit, newest first, page by page. Looking at them is a line of its own."""
    asked = _asked(osoba, czynnosc, od, do, obiekt)
    wanted, error = asked.parsed()
    if error is not None:
        return await _page(request, database, signed_in, asked, audit_trail.Page([], None, None), error)
    found = await audit_trail.read_page(database, wanted, before=przed, after=po)
    async with database.begin() as session:
        note(session, signed_in.staff.id, "audit_read")
    return await _page(request, database, signed_in, asked, found)


@get("/dziennik.csv", include_in_schema=False, opt=_AUDIT)
async def audit_file(
    request: AnyRequest,
    database: Database,
    signed_in: SignedIn,
    osoba: str = "",
    czynnosc: str = "",
    od: str = "",
    do: str = "",
    obiekt: str = "",
) -> Stream | Response[str]:
    """The same lines as a file for a spreadsheet, oldest first."""
    asked = _asked(osoba, czynnosc, od, do, obiekt)
    wanted, error = asked.parsed()
    if error is not None:
        return await _page(request, database, signed_in, asked, audit_trail.Page([], None, None), error)
    async with database.begin() as session:
        note(session, signed_in.staff.id, "audit_exported")
    name = f"dziennik-{utc_now().astimezone(WARSAW):%Y-%m-%d-%H%M}.csv"
    headers = SECURITY_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(_file(database, wanted), media_type="text/csv", headers=headers)


async def _page(
    request: AnyRequest,
    database: Database,
    signed_in: SignedIn,
    asked: _Asked,
    found: audit_trail.Page,
    error: str | None = None,
) -> Response[str]:
    return page(
        request,
        "dziennik.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        asked=asked,
        error=error,
        found=found,
        people=await accounts.list_staff(database),
        actions=audit_words.ACTIONS,
        name_of=audit_words.name,
        nobody=audit_trail.NOBODY,
    )


async def _file(database: Database, wanted: Filter) -> AsyncIterator[str]:
    yield MARK + lines_of([_COLUMNS])
    async for lines in audit_trail.read_all(database, wanted):
        yield lines_of([_cells(line) for line in lines])


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.at.astimezone(WARSAW).isoformat(timespec="seconds"),
        inert(line.staff_name or ""),
        inert(line.staff_login or ""),
        audit_words.name(line.action),
        line.action,
        inert(line.target or ""),
        inert(line.target_name or ""),
    )


def _asked(person: str, action: str, since: str, until: str, target: str) -> _Asked:
    return _Asked(person[:32], action[:32], since[:10], until[:10], target.strip()[:_LONGEST_TARGET])
