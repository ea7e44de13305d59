"""Signing in and out, and the one-time link that gives an account its first password."""

import re
from typing import Annotated
from urllib.parse import quote

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.session import Database
from bot.desk import accounts, presentation, second_factor
from bot.desk.devices import device_of
from bot.desk.errors import tell
from bot.desk.passwords import MINIMUM_LENGTH
from bot.desk.sessions import SignedIn, close_session, find_half_session, find_session, open_session
from bot.desk.throttle import LockedOut
from bot.desk.web import PUBLIC_FORM, SESSION_COOKIE, AnyRequest, client_address, go, needs, page
from bot.permissions import Permission
from bot.settings import Settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

# Only the desk's own pages: anything else would make the sign-in page a springboard to a foreign site.
_DESK_PAGE = re.compile(r"/desk(/[A-Za-z0-9/-]*)?")


@get("/logowanie", include_in_schema=False)
async def sign_in_page(request: AnyRequest, database: Database, dalej: str = "/desk") -> Response[str]:
    """The form; who is signed in already goes on."""
    if await find_session(database, request.cookies.get(SESSION_COOKIE), active=False):
        return go(request, _safe(dalej))
    return await _sign_in_form(request, database, target=dalej)


@post("/logowanie", status_code=200, include_in_schema=False, opt={PUBLIC_FORM: True})
async def sign_in(request: AnyRequest, database: Database, settings: Settings, data: Form) -> Response[str]:
    """Check login and password; start a fresh session, or ask for the second factor."""
    login, target = data.get("login", ""), data.get("dalej", "")
    try:
        staff_id = await accounts.sign_in(database, login, data.get("haslo", ""), address=client_address(request))
    except LockedOut as lock:
        return await _sign_in_form(
            request, database, target, login, locked_text(lock), status_code=429, headers=retry_after(lock)
        )
    except accounts.WrongCredentials:
        text = "Nieprawidłowy login lub hasło."
        return await _sign_in_form(request, database, target, login, text, status_code=401)
    except accounts.AccountBlocked:
        text = "To konto jest zablokowane. Może je odblokować administrator."
        return await _sign_in_form(request, database, target, login, text, status_code=403)
    return await _let_in(request, database, settings, staff_id, target)


@get("/logowanie/kod", include_in_schema=False)
async def code_page(request: AnyRequest, database: Database, dalej: str = "/desk") -> Response[str]:
    """The second step of signing in, for whoever got the password right."""
    if await find_half_session(database, request.cookies.get(SESSION_COOKIE)) is None:
        return go(request, _with_target("/desk/logowanie", dalej))
    return _code_form(request, dalej)


@post("/logowanie/kod", status_code=200, include_in_schema=False, opt={PUBLIC_FORM: True})
async def give_code(
    request: AnyRequest, database: Database, keyring: Keyring, settings: Settings, data: Form
) -> Response[str]:
    """Check the code and start a fresh session."""
    target = data.get("dalej", "")
    staff = await find_half_session(database, request.cookies.get(SESSION_COOKIE))
    if staff is None:
        return go(request, _with_target("/desk/logowanie", target))
    try:
        await second_factor.check(database, keyring, staff.id, data.get("kod", ""))
    except LockedOut as lock:
        return _code_form(request, target, locked_text(lock), status_code=429, headers=retry_after(lock))
    except second_factor.WrongCode:
        text = "Ten kod jest nieprawidłowy albo został już użyty. Proszę podać następny."
        return _code_form(request, target, text, status_code=401)
    return await _start(request, database, settings, staff.id, target)


@post(
    "/wyloguj",
    status_code=200,
    include_in_schema=False,
    opt=needs(Permission.OWN_ACCOUNT, without_second_factor=True),
)
async def sign_out(request: AnyRequest, database: Database, signed_in: SignedIn) -> Response[str]:
    """End the session here and in the database."""
    await close_session(database, signed_in)
    return go(request, "/desk/logowanie", sign_out=True)


@get("/pierwsze-uruchomienie", include_in_schema=False)
async def first_use_page(request: AnyRequest, database: Database, kod: str = "") -> Response[str]:
    """The form behind a one-time link. Opening it does not use the link up."""
    try:
        invite = await accounts.open_invite(database, kod)
    except accounts.BadInvite:
        return _bad_invite(request)
    return _first_use_form(request, invite, kod)


@post("/pierwsze-uruchomienie", status_code=200, include_in_schema=False, opt={PUBLIC_FORM: True})
async def first_use(request: AnyRequest, database: Database, settings: Settings, data: Form) -> Response[str]:
    """Use the link up: set the password (and make the account), then sign in."""
    code, password = data.get("kod", ""), data.get("haslo", "")
    login, name = data.get("login", ""), data.get("nazwa", "")
    try:
        invite = await accounts.open_invite(database, code)
        if password != data.get("powtorzone", ""):
            return _first_use_form(request, invite, code, login, name, "Hasła nie są takie same.")
        staff_id = await accounts.redeem_invite(database, code, login=login, name=name, password=password)
    except accounts.BadInvite:
        return _bad_invite(request)
    except accounts.AccountError as error:
        return _first_use_form(request, invite, code, login, name, str(error))
    # A link replaces a forgotten password, never the second factor.
    return await _let_in(request, database, settings, staff_id, "/desk")


def locked_text(lock: LockedOut) -> str:
    """What a person is told who has tried too often."""
    return (
        "Zbyt wiele nieudanych prób. "
        f"Następna próba będzie możliwa o {presentation.clock_time_with_seconds(lock.until)}."
    )


def retry_after(lock: LockedOut) -> dict[str, str]:
    """The same for programs."""
    return {"Retry-After": str(max(1, int((lock.until - utc_now()).total_seconds())))}


async def _let_in(
    request: AnyRequest, database: Database, settings: Settings, staff_id: str, target: str
) -> Response[str]:
    if not await second_factor.is_on(database, staff_id):
        return await _start(request, database, settings, staff_id, target)
    token = await open_session(
        database,
        staff_id,
        lifetime=settings.staff_session,
        replaces=request.cookies.get(SESSION_COOKIE),
        awaits_code=True,
    )
    return go(request, _with_target("/desk/logowanie/kod", target), token=token)


async def _start(
    request: AnyRequest, database: Database, settings: Settings, staff_id: str, target: str
) -> Response[str]:
    token = await open_session(
        database,
        staff_id,
        lifetime=settings.staff_session,
        replaces=request.cookies.get(SESSION_COOKIE),
        device=device_of(request),
    )
    return go(request, _safe(target), token=token)


def _with_target(path: str, target: str) -> str:
    target = _safe(target)
    return path if target == "/desk" else f"{path}?dalej={quote(target)}"


def _safe(target: str) -> str:
    return quote(target) if _DESK_PAGE.fullmatch(target) else "/desk"


async def _sign_in_form(
    request: AnyRequest,
    database: Database,
    target: str,
    login: str = "",
    error: str | None = None,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    return page(
        request,
        "logowanie.html",
        status_code=status_code,
        headers=headers,
        target=_safe(target),
        login=login[:64],
        error=error,
        nobody_yet=not await accounts.any_admin(database),
    )


def _code_form(
    request: AnyRequest,
    target: str,
    error: str | None = None,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    return page(request, "kod.html", status_code=status_code, headers=headers, target=_safe(target), error=error)


def _first_use_form(
    request: AnyRequest,
    invite: accounts.OpenInvite,
    code: str,
    login: str = "",
    name: str = "",
    error: str | None = None,
) -> Response[str]:
    return page(
        request,
        "pierwsze_uruchomienie.html",
        status_code=422 if error else 200,
        invite=invite,
        code=code,
        login=login[:64],
        name=name[:80],
        error=error,
        minimum=MINIMUM_LENGTH,
    )


def _bad_invite(request: AnyRequest) -> Response[str]:
    return tell(
        request,
        410,
        "Ten odnośnik jest nieważny: został już użyty albo minął jego termin. "
        "Nowy może przygotować administrator. Przy pierwszym uruchomieniu nowy pojawia się po ponownym starcie.",
    )
