"""One's own account: password, second factor, the browsers in which one is signed in."""

from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from bot.crypto import Keyring
from bot.db.session import Database
from bot.desk import accounts, second_factor, sessions
from bot.desk.errors import tell
from bot.desk.page_sign_in import locked_text
from bot.desk.passwords import MINIMUM_LENGTH
from bot.desk.sessions import SignedIn
from bot.desk.throttle import LockedOut
from bot.desk.web import AnyRequest, go, needs, page
from bot.permissions import Permission
from bot.settings import Settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

_OWN = needs(Permission.OWN_ACCOUNT)
_SETTING_UP = needs(Permission.OWN_ACCOUNT, without_second_factor=True)

_WRONG_CODE = "Ten kod jest nieprawidłowy. Proszę sprawdzić godzinę w telefonie i podać następny kod."
_DONE = {
    "haslo": "Hasło zostało zmienione. Inne przeglądarki zostały wylogowane.",
    "skladnik": "Drugi składnik logowania został wyłączony.",
    "sesja": "Przeglądarka została wylogowana.",
    "sesje": "Pozostałe przeglądarki zostały wylogowane.",
}
"""What the page says after a form, by the key in its address: no text of others can be put there."""


@get("/konto", include_in_schema=False, opt=_OWN)
async def account_page(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, zrobione: str = ""
) -> Response[str]:
    """Everything about one's own account."""
    return await _account(request, database, settings, signed_in, done=_DONE.get(zrobione))


@post("/konto/haslo", status_code=200, include_in_schema=False, opt=_OWN)
async def change_password(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """A new password for whoever knows the old one."""
    old, new = data.get("stare", ""), data.get("nowe", "")
    if new != data.get("powtorzone", ""):
        return await _account(request, database, settings, signed_in, error="Nowe hasła nie są takie same.")
    try:
        await accounts.change_password(database, signed_in, old, new)
    except accounts.WrongCredentials:
        return await _account(request, database, settings, signed_in, error="Dotychczasowe hasło jest nieprawidłowe.")
    except accounts.AccountError as error:
        return await _account(request, database, settings, signed_in, error=str(error))
    except LockedOut as lock:
        return tell(request, 429, locked_text(lock))
    return go(request, "/desk/konto?zrobione=haslo")


@post("/konto/sesje/{session_id:str}/zakoncz", status_code=200, include_in_schema=False, opt=_OWN)
async def end_own_session(
    request: AnyRequest, database: Database, signed_in: SignedIn, session_id: str
) -> Response[str]:
    """Sign out one browser of one's own; one that has ended meanwhile is fine too."""
    await sessions.revoke_session(database, signed_in.staff.id, session_id, by=signed_in.staff.id)
    return go(request, "/desk/konto?zrobione=sesja")


@post("/konto/sesje/pozostale", status_code=200, include_in_schema=False, opt=_OWN)
async def end_other_sessions(request: AnyRequest, database: Database, signed_in: SignedIn) -> Response[str]:
    """Sign out everywhere but here."""
    await sessions.revoke_sessions(database, signed_in.staff.id, by=signed_in.staff.id, keep=signed_in.token)
    return go(request, "/desk/konto?zrobione=sesje")


@get("/konto/drugi-skladnik", include_in_schema=False, opt=_SETTING_UP)
async def second_factor_page(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn
) -> Response[str]:
    """What the second factor is, and the way to begin."""
    if signed_in.second_factor:
        return go(request, "/desk/konto")
    return _second_factor(request, settings, signed_in)


@post("/konto/drugi-skladnik", status_code=200, include_in_schema=False, opt=_SETTING_UP)
async def begin_second_factor(
    request: AnyRequest, database: Database, keyring: Keyring, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """Show a new secret to the phone, to whoever knows the password: a borrowed browser must not take an account."""
    if signed_in.second_factor:
        return go(request, "/desk/konto")
    try:
        await accounts.confirm_password(database, signed_in, data.get("haslo", ""))
    except accounts.WrongCredentials:
        return _second_factor(request, settings, signed_in, error="Hasło jest nieprawidłowe.")
    except LockedOut as lock:
        return tell(request, 429, locked_text(lock))
    enrolment = await second_factor.begin(database, keyring, signed_in.staff.id, signed_in.login)
    return _second_factor(request, settings, signed_in, enrolment=enrolment)


@post("/konto/drugi-skladnik/potwierdz", status_code=200, include_in_schema=False, opt=_SETTING_UP)
async def confirm_second_factor(
    request: AnyRequest, database: Database, keyring: Keyring, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """The first code switches the second factor on and brings the recovery codes."""
    staff_id = signed_in.staff.id
    try:
        codes = await second_factor.confirm(database, keyring, staff_id, data.get("kod", ""), keep=signed_in.token)
    except second_factor.NothingToConfirm:
        return go(request, "/desk/konto/drugi-skladnik")
    except second_factor.WrongCode:
        enrolment = await second_factor.unconfirmed(database, keyring, staff_id, signed_in.login)
        return _second_factor(request, settings, signed_in, enrolment=enrolment, error=_WRONG_CODE)
    except LockedOut as lock:
        return tell(request, 429, locked_text(lock))
    return page(request, "kody_zapasowe.html", signed_in=signed_in, codes=codes)


@post("/konto/kody-zapasowe", status_code=200, include_in_schema=False, opt=_OWN)
async def new_recovery_codes(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """New recovery codes instead of the old ones."""
    refused = await _refused(request, database, settings, signed_in, data)
    if refused is not None:
        return refused
    codes = await second_factor.new_codes(database, signed_in.staff.id)
    return page(request, "kody_zapasowe.html", signed_in=signed_in, codes=codes)


@post("/konto/drugi-skladnik/wylacz", status_code=200, include_in_schema=False, opt=_OWN)
async def switch_off_second_factor(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: Form
) -> Response[str]:
    """Back to the password alone, where the role allows it."""
    if signed_in.staff.role in settings.second_factor_roles:
        return tell(request, 409, "Ta rola wymaga drugiego składnika logowania.")
    refused = await _refused(request, database, settings, signed_in, data)
    if refused is not None:
        return refused
    await second_factor.switch_off(database, signed_in.staff.id, by=signed_in.staff.id)
    return go(request, "/desk/konto?zrobione=skladnik")


async def _refused(
    request: AnyRequest, database: Database, settings: Settings, signed_in: SignedIn, data: dict[str, str]
) -> Response[str] | None:
    if not signed_in.second_factor:
        return go(request, "/desk/konto")
    try:
        await accounts.confirm_password(database, signed_in, data.get("haslo", ""))
    except accounts.WrongCredentials:
        return await _account(request, database, settings, signed_in, factor_error="Hasło jest nieprawidłowe.")
    except LockedOut as lock:
        return tell(request, 429, locked_text(lock))
    return None


async def _account(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    signed_in: SignedIn,
    *,
    done: str | None = None,
    error: str | None = None,
    factor_error: str | None = None,
) -> Response[str]:
    staff_id = signed_in.staff.id
    return page(
        request,
        "konto.html",
        signed_in=signed_in,
        status_code=422 if error or factor_error else 200,
        done=done,
        error=error,
        factor_error=factor_error,
        minimum=MINIMUM_LENGTH,
        required=signed_in.staff.role in settings.second_factor_roles,
        codes_left=await second_factor.codes_left(database, staff_id) if signed_in.second_factor else 0,
        open_sessions=await sessions.list_sessions(database, staff_id, token=signed_in.token),
    )


def _second_factor(
    request: AnyRequest,
    settings: Settings,
    signed_in: SignedIn,
    *,
    enrolment: second_factor.Enrolment | None = None,
    error: str | None = None,
) -> Response[str]:
    return page(
        request,
        "drugi_skladnik.html",
        signed_in=signed_in,
        status_code=422 if error else 200,
        enrolment=enrolment,
        error=error,
        required=signed_in.staff.role in settings.second_factor_roles,
    )
