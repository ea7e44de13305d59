"""Which websites may embed the widget: checked on the server, and told to browsers in CORS's terms."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from channels.web.errors import BY_STATUS, error_response

PREFLIGHT_SECONDS = 600


class AllowedOrigins(ASGIMiddleware):
    """Lets the product's own pages and the listed origins in and refuses the rest.

    Litestar's CORS configuration covers a whole application; the staff desk must not be opened with the
    widget's API. A refused origin gets an answer instead of a silent browser error, so that whoever embeds
    the widget sees what to set.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, origins: Sequence[str]) -> None:
        """Allow ``origins`` (``https://www.example.pl``); ``*`` allows every website."""
        self._all = "*" in origins
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer or pass on one request."""
        headers = Headers.from_scope(scope)
        origin = headers.get("origin")
        if origin is None or _is_own(origin, headers.get("host")):
            await next_app(scope, receive, send)
            return
        if not self._all and origin.lower() not in self._origins:
            request = scope["litestar_app"].request_class(scope, receive=receive, send=send)
            refusal = error_response(403, BY_STATUS[403]).to_asgi_response(app=None, request=request)
            await refusal(scope, receive, send)
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableScopeHeaders.from_message(message)
                out["Access-Control-Allow-Origin"] = origin
                out["Access-Control-Expose-Headers"] = "Retry-After"
                out.extend_header_value("Vary", "Origin")
                if scope.get("method") == "OPTIONS":
                    out["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                    out["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                    out["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
            await send(message)

        await next_app(scope, receive, send_allowed)


def _is_own(origin: str, host: str | None) -> bool:
    """Tell whether a page of this very host asks; the scheme is left to the proxy that ends TLS."""
    return host is not None and urlsplit(origin).netloc.lower() == host.lower()
