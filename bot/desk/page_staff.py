"""Accounts, for administrators: add a person, give them a one-time link, block or let in again."""

from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.db.session import Database
from bot.desk import accounts, throttle
from bot.desk.errors import tell
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, page
from bot.settings import Settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/pracownicy", include_in_schema=False)
async def staff_page(request: AnyRequest, database: Database, administrator: SignedIn) -> Response[str]:
    """All accounts and the form for a new one."""
    return await _staff_page(request, database, administrator)


@post("/pracownicy", status_code=200, include_in_schema=False)
async def add_staff(
    request: AnyRequest, database: Database, settings: Settings, administrator: SignedIn, data: Form
) -> Response[str]:
    """Make an account without a password and show its one-time link, this once."""
    login, name, role = data.get("login", ""), data.get("nazwa", ""), data.get("rola", "")
    by = administrator.staff.id
    try:
        staff_id = await accounts.create_staff(database, login, name, role, None, by=by)
    except accounts.AccountError as error:
        entered = {"login": login[:64], "nazwa": name[:80], "rola": role}
        return await _staff_page(request, database, administrator, error=str(error), entered=entered)
    return await _with_link(request, database, settings, administrator, staff_id)


@post("/pracownicy/{staff_id:str}/odnosnik", status_code=200, include_in_schema=False)
async def new_link(
    request: AnyRequest, database: Database, settings: Settings, administrator: SignedIn, staff_id: str
) -> Response[str]:
    """A new one-time link, for a forgotten password; the old password works until it is used."""
    return await _with_link(request, database, settings, administrator, staff_id)


@post("/pracownicy/{staff_id:str}/zablokuj", status_code=200, include_in_schema=False)
async def block(request: AnyRequest, database: Database, administrator: SignedIn, staff_id: str) -> Response[str]:
    """Sign the person out everywhere and let them in no more."""
    if staff_id == administrator.staff.id:
        return tell(request, 409, "Nie można zablokować konta, na którym trwa praca.")
    return await _set_blocked(request, database, administrator, staff_id, blocked=True)


@post("/pracownicy/{staff_id:str}/odblokuj", status_code=200, include_in_schema=False)
async def unblock(request: AnyRequest, database: Database, administrator: SignedIn, staff_id: str) -> Response[str]:
    """Let a blocked person in again."""
    return await _set_blocked(request, database, administrator, staff_id, blocked=False)


async def _set_blocked(
    request: AnyRequest, database: Database, administrator: SignedIn, staff_id: str, *, blocked: bool
) -> Response[str]:
    try:
        await accounts.set_blocked(database, staff_id, blocked, by=administrator.staff.id)
    except accounts.AccountError as error:
        return tell(request, 409, str(error))
    return go(request, "/desk/pracownicy")


async def _with_link(
    request: AnyRequest, database: Database, settings: Settings, administrator: SignedIn, staff_id: str
) -> Response[str]:
    staff = await accounts.find_staff(database, staff_id)
    if staff is None or staff.blocked:
        return tell(request, 409, "Nie ma takiego konta albo jest zablokowane.")
    code = await accounts.create_invite(
        database, staff.role, settings.invite_hours, staff_id=staff.id, by=administrator.staff.id
    )
    # A person locked out by wrong passwords needs the way in as well as the link.
    await throttle.forgive(database, throttle.by_login(staff.login))
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    link = f"{base}/desk/pierwsze-uruchomienie?kod={code}"
    return await _staff_page(
        request, database, administrator, link=link, link_for=staff.name, link_hours=settings.invite_hours
    )


async def _staff_page(
    request: AnyRequest,
    database: Database,
    administrator: SignedIn,
    *,
    error: str | None = None,
    entered: dict[str, str] | None = None,
    link: str | None = None,
    link_for: str | None = None,
    link_hours: int = 0,
) -> Response[str]:
    return page(
        request,
        "pracownicy.html",
        signed_in=administrator,
        status_code=422 if error else 200,
        people=await accounts.list_staff(database),
        roles=accounts.ROLES,
        error=error,
        entered=entered or {"login": "", "nazwa": "", "rola": "clerk"},
        link=link,
        link_for=link_for,
        link_hours=link_hours,
    )
