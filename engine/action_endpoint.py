"""Rasa's client of the action server, with the connection kept open and a time limit that fits a conversation."""

from __future__ import annotations

from typing import Any, Optional

import aiohttp
from rasa.core.actions.constants import SELECTIVE_DOMAIN
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# Rasa waits 300 s. A resident does not, and the gateway asks again after a while anyway.
_SECONDS = 10.0
_IDLE_SECONDS = 3.0


class KeptOpenEndpoint(EndpointConfig):
    """An endpoint that uses one HTTP session for all calls instead of a new connection for each.

    The domain (all responses, forms and slots) is sent only to actions that ask for it with `send_domain: true` in
    domain.yml, Rasa's own "selective domain": sending it each time costs more than the action itself.
    """

    _session: Optional[aiohttp.ClientSession] = None

    @classmethod
    def like(cls, endpoint: EndpointConfig) -> KeptOpenEndpoint:
        """Return an endpoint with the same settings."""
        made = cls(
            endpoint.url,
            endpoint.params,
            endpoint.headers,
            endpoint.basic_auth,
            endpoint.token,
            endpoint.token_name,
            endpoint.cafile,
            **endpoint.kwargs,
        )
        made.type = endpoint.type
        made.kwargs.setdefault(SELECTIVE_DOMAIN, True)
        return made

    async def request(
        self,
        method: str = "post",
        subpath: Optional[str] = None,
        content_type: Optional[str] = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Optional[Any]:
        """Send one request and return the JSON of its answer. Raises as Rasa's own endpoint does."""
        if subpath or self.cafile:
            return await super().request(method, subpath, content_type, compress, **kwargs)
        kwargs["timeout"] = aiohttp.ClientTimeout(total=_SECONDS)
        if isinstance(kwargs.get("json"), dict):
            # Newer rasa-sdk servers answer 449 to a call without any domain; an empty one is a domain to them.
            kwargs["json"].setdefault("domain", {})
        async with self._kept_session().request(
            method,
            self.url,
            headers=kwargs.pop("headers", None),
            params=self.combine_parameters(kwargs),
            compress=compress,
            **kwargs,
        ) as response:
            if response.status >= 400:
                # Rasa reads the body of a rejection (400) and logs that of all others, where rasa-sdk quotes the
                # whole request with the resident's words.
                body = await response.read() if response.status == 400 else b"not kept"
                raise ClientResponseError(response.status, response.reason or "", body)
            return await response.json()

    def _kept_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # Fewer seconds than any server keeps an idle connection, so none is used that the server just closed.
            self._session = aiohttp.ClientSession(
                headers=self.headers,
                auth=aiohttp.BasicAuth(self.basic_auth["username"], self.basic_auth["password"])
                if self.basic_auth
                else None,
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS),
            )
        return self._session

    async def close(self) -> None:
        """Close the kept connection."""
        if self._session is not None:
            await self._session.close()
