"""What the widget is told when a request fails: JSON with one Polish sentence, and never a detail of ours."""

import logging
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from bot.db.session import StorageUnavailable
from bot.hub.messages import NotFound, TooLong, UnknownButton

logger = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]

STORAGE_RETRY_SECONDS = 3

BY_STATUS: Mapping[int, str] = {
    401: "Ta rozmowa nie jest już dostępna.",
    403: "Ta strona internetowa nie może korzystać z asystenta.",
    404: "Nie ma takiego adresu.",
    405: "Tego adresu nie można użyć w ten sposób.",
    413: "Wiadomość jest za długa.",
    422: "Wiadomości nie można odczytać.",
    429: "Za dużo wiadomości naraz. Proszę spróbować ponownie za chwilę.",
    503: "Wiadomości nie można teraz zapisać. Proszę spróbować ponownie za chwilę.",
}
INTERNAL = "Wystąpił błąd. Proszę spróbować ponownie za chwilę."


class Refused(Exception):
    """A request that is answered with an HTTP error; ``text`` defaults to the status's own sentence."""

    def __init__(self, status: int, text: str | None = None, retry_after: int | None = None) -> None:
        """Remember what to answer; ``retry_after`` is in seconds."""
        super().__init__(status)
        self.status = status
        self.text = text or BY_STATUS[status]
        self.retry_after = retry_after


def error_response(status: int, text: str, retry_after: int | None = None) -> Response[dict[str, str]]:
    """Build the answer that the widget understands."""
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response({"error": text}, status_code=status, headers=headers)


def grouped(number: int) -> str:
    """Write a number as Polish does: 4000, but 10 000 (with a no-break space)."""
    return f"{number:,}".replace(",", "\u00a0") if number >= 10_000 else str(number)


def _refused(_: AnyRequest, error: Refused) -> Response[dict[str, str]]:
    return error_response(error.status, error.text, error.retry_after)


def _too_long(_: AnyRequest, error: TooLong) -> Response[dict[str, str]]:
    text = f"Wiadomość jest za długa. Jedna wiadomość może mieć najwyżej {grouped(error.limit)} znaków."
    return error_response(413, text)


def _unknown_button(_: AnyRequest, __: UnknownButton) -> Response[dict[str, str]]:
    return error_response(422, "Ten przycisk nie jest już aktywny. Proszę napisać wiadomość.")


def _gone(_: AnyRequest, __: NotFound) -> Response[dict[str, str]]:
    # Erased between the look at the token and the work.
    return error_response(401, BY_STATUS[401])


def _storage(_: AnyRequest, __: StorageUnavailable) -> Response[dict[str, str]]:
    return error_response(503, BY_STATUS[503], STORAGE_RETRY_SECONDS)


def _http(_: AnyRequest, error: HTTPException) -> Response[dict[str, str]]:
    # What Litestar cannot parse or validate is one thing to the sender: unreadable.
    unreadable = isinstance(error, ValidationException) or error.status_code == 400
    status = 422 if unreadable else error.status_code
    return error_response(status, BY_STATUS.get(status, INTERNAL))


def _not_utf8(_: AnyRequest, __: UnicodeDecodeError) -> Response[dict[str, str]]:
    # Litestar turns broken JSON into a ValidationException, but lets broken UTF-8 through.
    return error_response(422, BY_STATUS[422])


def _unforeseen(request: AnyRequest, error: Exception) -> Response[dict[str, str]]:
    # The exception's own text is left out: it may quote what a resident wrote.
    logger.error("web channel: %s %s failed: %s", request.method, request.url.path, type(error).__name__)
    logger.debug("web channel: traceback", exc_info=error)
    return error_response(500, INTERNAL)


ERRORS: ExceptionHandlersMap = {
    Refused: _refused,
    TooLong: _too_long,
    UnknownButton: _unknown_button,
    NotFound: _gone,
    StorageUnavailable: _storage,
    HTTPException: _http,
    UnicodeDecodeError: _not_utf8,
    Exception: _unforeseen,
}
"""Exception handlers of every route under ``/api/web``."""
