"""What every page of the desk does with a request: who asks, is the form genuine, how the answer is sent."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.exceptions import PermissionDeniedException

from bot.clock import utc_now
from bot.db.session import Database
from bot.desk import case_words, mentions, navigation, panel, presentation, queue_words
from bot.desk.sessions import SignedIn, find_session
from bot.desk.tokens import form_token, form_token_fits, new_token
from bot.permissions import Permission, require
from bot.settings import Settings

HERE = Path(__file__).parent
SESSION_COOKIE = "mops_desk"
FORM_COOKIE = "mops_desk_form"
PUBLIC_FORM = "desk_public_form"
"""Route option: the form is for people who have not signed in yet."""
PERMISSION = "desk_permission"
"""Route option: the `Permission` that a request needs. The router sets the usual one."""
WITHOUT_SECOND_FACTOR = "desk_without_second_factor"
"""Route option: open to people who have yet to set up the second factor that their role needs."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

AnyRequest = Request[Any, Any, Any]


class SignedOut(Exception):
    """Nobody is signed in, or the session has ended."""


class SecondFactorDue(Exception):
    """The role needs a second factor and the account has none yet."""


class Forged(PermissionDeniedException):
    """An unsafe request without the anti-forgery token of its session."""


def from_htmx(request: AnyRequest) -> bool:
    """Whether a page asks for a part of itself rather than a person for a page."""
    return request.headers.get("hx-request") == "true"


def client_address(request: AnyRequest) -> str:
    """Where the request comes from, as the server (and the proxy it trusts) tells."""
    return request.client.host if request.client else "unknown"


async def provide_signed_in(request: AnyRequest, database: Database, settings: Settings) -> SignedIn:
    """Dependency of whatever a person does: who they are; doing something keeps them signed in."""
    return await _signed_in(request, database, settings, active=True)


async def provide_watching(request: AnyRequest, database: Database, settings: Settings) -> SignedIn:
    """Dependency of what a page fetches by itself: who it belongs to, without keeping them signed in."""
    return await _signed_in(request, database, settings, active=False)


async def _signed_in(request: AnyRequest, database: Database, settings: Settings, *, active: bool) -> SignedIn:
    found = await find_session(database, request.cookies.get(SESSION_COOKIE), active=active)
    if found is None:
        raise SignedOut
    options = request.route_handler.opt
    due = found.staff.role in settings.second_factor_roles and not found.second_factor
    if due and not options.get(WITHOUT_SECOND_FACTOR):
        raise SecondFactorDue
    require(found.staff.role, options[PERMISSION])
    return found


async def refuse_forgery(request: AnyRequest) -> None:
    """Hook before each request: an unsafe one must carry the token bound to its session's cookie.

    Before sign-in there is no session; those forms are bound to a cookie of their own.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forged
    public = bool(request.route_handler.opt.get(PUBLIC_FORM))
    if not public and SESSION_COOKIE not in request.cookies:
        raise SignedOut
    token = request.headers.get("x-csrf-token")
    if token is None:
        token = (await request.form()).get("_csrf")
    if form_token_fits(request.cookies.get(SESSION_COOKIE), token):
        return
    if public and form_token_fits(request.cookies.get(FORM_COOKIE), token):
        return
    raise Forged


def page(
    request: AnyRequest,
    template: str,
    *,
    signed_in: SignedIn | None = None,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    **values: object,
) -> Response[str]:
    """Render a template (a page or a part of one) for whoever is signed in."""
    cookies: list[Cookie] = []
    if signed_in is not None:
        seed = signed_in.token
    else:
        seed = request.cookies.get(FORM_COOKIE) or new_token()
        cookies.append(_cookie(request, FORM_COOKIE, seed))
    text = (
        _templates()
        .get_template(template)
        .render(signed_in=signed_in, csrf=form_token(seed), now=utc_now(), **values)
    )
    return Response(
        text,
        media_type=MediaType.HTML,
        status_code=status_code,
        headers={**SECURITY_HEADERS, **(headers or {})},
        cookies=cookies,
    )


def needs(permission: Permission, *, without_second_factor: bool = False) -> dict[str, Any]:
    """Options of a route that only some roles may use."""
    return {PERMISSION: permission, WITHOUT_SECOND_FACTOR: without_second_factor}


def go(request: AnyRequest, path: str, *, token: str | None = None, sign_out: bool = False) -> Response[str]:
    """Send the browser to another page, from a form or from htmx; may set or drop the session cookie."""
    headers = {**SECURITY_HEADERS, ("HX-Redirect" if from_htmx(request) else "Location"): path}
    cookies = []
    if token is not None:
        cookies.append(_cookie(request, SESSION_COOKIE, token))
    if sign_out:
        cookies.append(_cookie(request, SESSION_COOKIE, "", max_age=0))
    return Response(
        "",
        media_type=MediaType.HTML,
        status_code=200 if from_htmx(request) else 303,
        headers=headers,
        cookies=cookies,
    )


def _cookie(request: AnyRequest, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    # Without max_age it ends with the browser; the database ends it earlier.
    return Cookie(
        key=name,
        value=value,
        path="/desk",
        max_age=max_age,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=asset,
        words=presentation,
        queue_words=queue_words,
        case_words=case_words,
        navigation=navigation,
        panel=panel,
        Permission=Permission,
    )
    environment.filters["mentions"] = mentions.marked
    return environment


@lru_cache(maxsize=1)
def static_version() -> str:
    """A name for the contents of all static files: part of their address, so that browsers may keep them for long.

    In the path and not behind a question mark: modules then import each other by relative addresses.
    """
    digest = hashlib.sha256()
    for path in sorted((HERE / "static").rglob("*.*")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file."""
    return f"/desk/static/{static_version()}/{name}"
