"""Signing in and out, and the one-time link that gives an account its first password."""

import re
from typing import Annotated
from urllib.parse import quote

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.clock import utc_now
from bot.db.session import Database
from bot.desk import accounts, presentation
from bot.desk.errors import tell
from bot.desk.passwords import MINIMUM_LENGTH
from bot.desk.sessions import SignedIn, close_session, find_session, open_session
from bot.desk.throttle import LockedOut
from bot.desk.web import PUBLIC_FORM, SESSION_COOKIE, AnyRequest, client_address, go, page
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
    """Check login and password, and start a fresh session."""
    login, target = data.get("login", ""), data.get("dalej", "")
    try:
        staff_id = await accounts.sign_in(database, login, data.get("haslo", ""), address=client_address(request))
    except LockedOut as lock:
        wait = max(1, int((lock.until - utc_now()).total_seconds()))
        text = (
            "Zbyt wiele nieudanych prób logowania. "
            f"Następna próba będzie możliwa o {presentation.clock_time_with_seconds(lock.until)}."
        )
        return await _sign_in_form(
            request, database, target, login, text, status_code=429, headers={"Retry-After": str(wait)}
        )
    except accounts.WrongCredentials:
        text = "Nieprawidłowy login lub hasło."
        return await _sign_in_form(request, database, target, login, text, status_code=401)
    except accounts.AccountBlocked:
        text = "To konto jest zablokowane. Może je odblokować administrator."
        return await _sign_in_form(request, database, target, login, text, status_code=403)
    token = await open_session(
        database, staff_id, lifetime=settings.staff_session, replaces=request.cookies.get(SESSION_COOKIE)
    )
    return go(request, _safe(target), token=token)


@post("/wyloguj", status_code=200, include_in_schema=False)
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
    token = await open_session(
        database, staff_id, lifetime=settings.staff_session, replaces=request.cookies.get(SESSION_COOKIE)
    )
    return go(request, "/desk", token=token)


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
