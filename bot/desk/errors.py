"""Errors as staff see them: what happened and what to do, in Polish, as a page or as a line on the page."""

from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.exceptions.responses import create_exception_response
from litestar.types import ExceptionHandlersMap

from bot.db.session import StorageUnavailable
from bot.desk.web import AnyRequest, Forged, SecondFactorDue, SignedOut, from_htmx, go, page
from bot.hub.messages import NotFound
from bot.permissions import Forbidden

_TEXTS = {
    400: "Formularz jest niepełny lub uszkodzony. Proszę odświeżyć stronę i spróbować ponownie.",
    403: "Ta rola nie ma dostępu do tej strony lub czynności. Role nadaje administrator.",
    404: "Nie ma takiej strony albo ta rozmowa została usunięta.",
    405: "Tej czynności nie da się tu wykonać.",
    413: "Treść jest za długa.",
    503: "Baza danych chwilowo nie odpowiada. Nic nie zostało utracone. Proszę spróbować ponownie za chwilę.",
}


_BACKGROUND = ("/desk/zdarzenia", "/desk/sesja")
"""What scripts ask for: a redirect to a form would mislead them."""


def tell(request: AnyRequest, status_code: int, text: str, *, reason: str = "") -> Response[str]:
    """An error as a whole page, or for htmx as a line for the page's message area."""
    headers = {"X-Desk-Reason": reason} if reason else {}
    if status_code == 503:
        headers["Retry-After"] = "2"
    template = "czesci/komunikat.html" if from_htmx(request) else "blad.html"
    return page(request, template, status_code=status_code, headers=headers, text=text)


def _signed_out(request: AnyRequest, _: SignedOut) -> Response[str]:
    if from_htmx(request) or request.url.path in _BACKGROUND:
        return tell(request, 401, "Sesja wygasła.", reason="sesja")
    path = request.url.path
    # Only a page can be returned to, not the target of a form.
    back = f"?dalej={quote(path)}" if request.method == "GET" and path != "/desk" else ""
    return go(request, f"/desk/logowanie{back}")


def _forged(request: AnyRequest, _: Forged) -> Response[str]:
    return tell(
        request,
        403,
        "Ta strona jest nieaktualna: od jej otwarcia zmieniło się logowanie. Proszę ją odświeżyć.",
        reason="formularz",
    )


def _second_factor_due(request: AnyRequest, _: SecondFactorDue) -> Response[str]:
    if from_htmx(request) or request.url.path in _BACKGROUND:
        return tell(request, 403, "Najpierw trzeba ustawić drugi składnik logowania: Moje konto.")
    return go(request, "/desk/konto/drugi-skladnik")


def _forbidden(request: AnyRequest, _: Forbidden) -> Response[str]:
    return tell(request, 403, _TEXTS[403])


def _storage(request: AnyRequest, _: StorageUnavailable) -> Response[str]:
    return tell(request, 503, _TEXTS[503])


def _not_found(request: AnyRequest, _: NotFound) -> Response[str]:
    return tell(request, 404, _TEXTS[404])


def _http(request: AnyRequest, error: HTTPException) -> Response[str]:
    fallback = _TEXTS[400] if error.status_code < 500 else "Wystąpił błąd. Został zapisany w dzienniku."
    return tell(request, error.status_code, _TEXTS.get(error.status_code, fallback))


def outside_routes(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """For the whole application: an address of the desk that leads nowhere gets a page, others Litestar's JSON."""
    if request.url.path.startswith("/desk/"):
        return _http(request, error)
    return create_exception_response(request, error)


exception_handlers: ExceptionHandlersMap = {
    SignedOut: _signed_out,
    Forged: _forged,
    SecondFactorDue: _second_factor_due,
    Forbidden: _forbidden,
    StorageUnavailable: _storage,
    NotFound: _not_found,
    HTTPException: _http,
}
