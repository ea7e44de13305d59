"""Accounts, for administrators: the list, a new person, one-time links."""

from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.db.session import Database
from bot.desk import accounts, sessions
from bot.desk.errors import tell
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.permissions import ROLES, Permission
from bot.settings import Settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

_ACCOUNTS = needs(Permission.ACCOUNTS)


def link_to(request: AnyRequest, settings: Settings, code: str) -> str:
    """The address behind which a one-time code is used."""
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    return f"{base}/desk/pierwsze-uruchomienie?kod={code}"


@get("/pracownicy", include_in_schema=False, opt=_ACCOUNTS)
async def staff_page(request: AnyRequest, database: Database, signed_in: SignedIn) -> Response[str]:
    """All accounts, the links that wait, and the forms for new ones."""
    return await _staff_page(request, database, signed_in)


@post("/pracownicy", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def add_staff(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """Make an account without a password and show its one-time link, this once."""
    login, name, role = data.get("login", ""), data.get("nazwa", ""), data.get("rola", "")
    by = signed_in.staff.id
    try:
        staff_id = await accounts.create_staff(database, login, name, role, None, by=by)
    except accounts.AccountError as error:
        entered = {"login": login[:64], "nazwa": name[:80], "rola": role}
        return await _staff_page(request, database, signed_in, error=str(error), entered=entered)
    code = await accounts.create_invite(database, role, settings.invite_hours, staff_id=staff_id, by=by)
    return await _staff_page(
        request,
        database,
        signed_in,
        link=link_to(request, settings, code),
        link_for=name,
        link_hours=settings.invite_hours,
    )


@post("/pracownicy/zaproszenia", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def invite(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """A one-time link with which a person makes the account, login included."""
    role = data.get("rola", "")
    if role not in ROLES:
        return tell(request, 400, "Nie ma takiej roli.")
    code = await accounts.create_invite(database, role, settings.invite_hours, by=signed_in.staff.id)
    return await _staff_page(
        request,
        database,
        signed_in,
        link=link_to(request, settings, code),
        link_role=role,
        link_hours=settings.invite_hours,
    )


@post("/pracownicy/zaproszenia/{invite_id:str}/wycofaj", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def withdraw(request: AnyRequest, database: Database, signed_in: SignedIn, invite_id: str) -> Response[str]:
    """Make a link for a new account worthless."""
    if not await accounts.withdraw_invite(database, invite_id, by=signed_in.staff.id):
        return tell(request, 409, "Ten odnośnik został już użyty albo wycofany.")
    return go(request, "/desk/pracownicy")


async def _staff_page(
    request: AnyRequest,
    database: Database,
    signed_in: SignedIn,
    *,
    error: str | None = None,
    entered: dict[str, str] | None = None,
    link: str | None = None,
    link_for: str | None = None,
    link_role: str | None = None,
    link_hours: int = 0,
) -> Response[str]:
    return page(
        request,
        "pracownicy.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        people=await accounts.list_staff(database),
        invites=await accounts.pending_invites(database),
        signed_in_at=await sessions.count_sessions(database),
        roles=ROLES,
        error=error,
        entered=entered or {"login": "", "nazwa": "", "rola": "clerk"},
        link=link,
        link_for=link_for,
        link_role=link_role,
        link_hours=link_hours,
    )
