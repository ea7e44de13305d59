"""One account, for administrators: name and role, one-time link, sessions, second factor, block.

Whatever signs a person out wakes the open pages, so that theirs says so at once and not at the next beat.
"""

from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.db.session import Database
from bot.db.staff_tables import Staff
from bot.desk import accounts, second_factor, sessions, throttle
from bot.desk.errors import tell
from bot.desk.page_staff import link_to
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, go, needs, page
from bot.hub.feed import DESK
from bot.hub.hub import Hub
from bot.permissions import ROLES, Permission
from bot.settings import Settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

_ACCOUNTS = needs(Permission.ACCOUNTS)
_DONE = {
    "zmieniono": "Dane konta zostały zapisane.",
    "wylogowano": "Osoba została wylogowana.",
    "skladnik": "Drugi składnik logowania został usunięty, a osoba wylogowana.",
    "zablokowano": "Konto zostało zablokowane, a osoba wylogowana.",
    "odblokowano": "Konto zostało odblokowane.",
}


@get("/pracownicy/{staff_id:str}", include_in_schema=False, opt=_ACCOUNTS)
async def person_page(
    request: AnyRequest, database: Database, signed_in: SignedIn, staff_id: str, zrobione: str = ""
) -> Response[str]:
    """Everything about one account."""
    return await _person(request, database, signed_in, staff_id, done=_DONE.get(zrobione))


@post("/pracownicy/{staff_id:str}", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def change_person(
    request: AnyRequest, database: Database, signed_in: SignedIn, staff_id: str, data: Form
) -> Response[str]:
    """Another name or role."""
    try:
        await accounts.change_staff(
            database, staff_id, data.get("nazwa", ""), data.get("rola", ""), by=signed_in.staff.id
        )
    except accounts.AccountError as error:
        return await _person(request, database, signed_in, staff_id, error=str(error))
    # Who gave up being an administrator may not look at this page any more.
    gave_up = staff_id == signed_in.staff.id and data.get("rola") != "admin"
    return go(request, "/desk/konto" if gave_up else _page(staff_id, "zmieniono"))


@post("/pracownicy/{staff_id:str}/odnosnik", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def new_link(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, staff_id: str
) -> Response[str]:
    """A new one-time link, for a forgotten password; the old password works until it is used."""
    staff = await accounts.find_staff(database, staff_id)
    if staff is None or staff.blocked:
        return tell(request, 409, "Nie ma takiego konta albo jest zablokowane.")
    code = await accounts.create_invite(
        database, staff.role, settings.invite_hours, staff_id=staff.id, by=signed_in.staff.id
    )
    # A person locked out by wrong passwords needs the way in as well as the link.
    await throttle.forgive(database, throttle.by_login(staff.login))
    return await _person(
        request,
        database,
        signed_in,
        staff_id,
        link=link_to(request, settings, code),
        link_hours=settings.invite_hours,
    )


@post("/pracownicy/{staff_id:str}/wyloguj", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def sign_out_person(
    request: AnyRequest, database: Database, hub: Hub, signed_in: SignedIn, staff_id: str
) -> Response[str]:
    """Sign the person out everywhere; their next click asks for the password."""
    if await accounts.find_staff(database, staff_id) is None:
        return _no_account(request)
    keep = signed_in.token if staff_id == signed_in.staff.id else None
    await sessions.revoke_sessions(database, staff_id, by=signed_in.staff.id, keep=keep)
    hub.feed.wake(DESK)
    return go(request, _page(staff_id, "wylogowano"))


@post(
    "/pracownicy/{staff_id:str}/sesje/{session_id:str}/zakoncz",
    status_code=200,
    include_in_schema=False,
    opt=_ACCOUNTS,
)
async def end_session(
    request: AnyRequest, database: Database, hub: Hub, signed_in: SignedIn, staff_id: str, session_id: str
) -> Response[str]:
    """Sign the person out of one browser."""
    if not await sessions.revoke_session(database, staff_id, session_id, by=signed_in.staff.id):
        return tell(request, 409, "Ta sesja już się skończyła.")
    hub.feed.wake(DESK)
    return go(request, _page(staff_id, "wylogowano"))


@post("/pracownicy/{staff_id:str}/drugi-skladnik/usun", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def reset_second_factor(
    request: AnyRequest, database: Database, hub: Hub, signed_in: SignedIn, staff_id: str
) -> Response[str]:
    """For a lost phone: the password alone lets the person in, until they set a new one up."""
    if staff_id == signed_in.staff.id:
        return tell(request, 409, "Własny drugi składnik zmienia się na stronie Moje konto.")
    if not await second_factor.switch_off(database, staff_id, by=signed_in.staff.id):
        return tell(request, 409, "To konto nie ma drugiego składnika logowania.")
    hub.feed.wake(DESK)
    return go(request, _page(staff_id, "skladnik"))


@post("/pracownicy/{staff_id:str}/zablokuj", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def block(
    request: AnyRequest, database: Database, hub: Hub, signed_in: SignedIn, staff_id: str
) -> Response[str]:
    """Sign the person out everywhere and let them in no more."""
    if staff_id == signed_in.staff.id:
        return tell(request, 409, "Nie można zablokować konta, na którym trwa praca.")
    answer = await _set_blocked(request, database, signed_in, staff_id, blocked=True)
    hub.feed.wake(DESK)
    return answer


@post("/pracownicy/{staff_id:str}/odblokuj", status_code=200, include_in_schema=False, opt=_ACCOUNTS)
async def unblock(request: AnyRequest, database: Database, signed_in: SignedIn, staff_id: str) -> Response[str]:
    """Let a blocked person in again."""
    return await _set_blocked(request, database, signed_in, staff_id, blocked=False)


async def _set_blocked(
    request: AnyRequest, database: Database, signed_in: SignedIn, staff_id: str, *, blocked: bool
) -> Response[str]:
    try:
        await accounts.set_blocked(database, staff_id, blocked, by=signed_in.staff.id)
    except accounts.AccountError as error:
        return tell(request, 409, str(error))
    return go(request, _page(staff_id, "zablokowano" if blocked else "odblokowano"))


async def _person(
    request: AnyRequest,
    database: Database,
    signed_in: SignedIn,
    staff_id: str,
    *,
    done: str | None = None,
    error: str | None = None,
    link: str | None = None,
    link_hours: int = 0,
) -> Response[str]:
    person: Staff | None = await accounts.find_staff(database, staff_id)
    if person is None:
        return _no_account(request)
    return page(
        request,
        "pracownik.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        person=person,
        roles=ROLES,
        done=done,
        error=error,
        link=link,
        link_for=person.name,
        link_role=None,
        link_hours=link_hours,
        open_sessions=await sessions.list_sessions(database, staff_id, token=signed_in.token),
    )


def _no_account(request: AnyRequest) -> Response[str]:
    return tell(request, 404, "Nie ma takiego konta.")


def _page(staff_id: str, done: str) -> str:
    return f"/desk/pracownicy/{staff_id}?zrobione={done}"
