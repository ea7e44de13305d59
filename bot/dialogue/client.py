"""HTTP client of the engine's turn channel (``engine/turn_channel.py``)."""

import asyncio
import zlib
from typing import Any

import aiohttp
import msgspec

from bot.metrics import ENGINE_SECONDS


class EngineUnavailable(Exception):
    """The engine is down, starting or overloaded: the message waits and is tried again."""


class EngineFailed(Exception):
    """The engine is up, but this very message made it fail."""


class ReplyButton(msgspec.Struct):
    """A quick reply as the dialogue made it."""

    title: str
    payload: str


class Reply(msgspec.Struct):
    """One reply; ``custom`` may hold a command for the hub under ``mops``."""

    text: str | None = None
    buttons: list[ReplyButton] = []
    custom: dict[str, Any] = {}


class Intent(msgspec.Struct):
    """A guess of the model and its confidence (0 to 1)."""

    name: str | None = None
    confidence: float = 0.0


class Parse(msgspec.Struct):
    """What the model made of a text."""

    intent: Intent = msgspec.field(default_factory=Intent)
    ranking: list[Intent] = []
    segments: list[str] = []


class Turn(msgspec.Struct):
    """The result of one turn: what to say, and the dialogue state to store with it."""

    replies: list[Reply]
    tracker: str | None = None
    parse: Parse = msgspec.field(default_factory=Parse)
    active_form: str | None = None


class _ParseAnswer(msgspec.Struct):
    parse: Parse


class Engine:
    """One or several engines. A conversation stays with one while it lives and moves on when it dies."""

    def __init__(self, urls: list[str], token: str, turn_timeout: float) -> None:
        """Talk to the engines at ``urls``; ``turn_timeout`` is in seconds."""
        self.urls = [url.rstrip("/") for url in urls]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(total=turn_timeout, connect=2.0)
        self._session: aiohttp.ClientSession | None = None
        self._dead_until: dict[str, float] = {}

    async def turn(
        self,
        sender: str,
        *,
        text: str | None,
        payload: str | None,
        tracker: str | None,
        interrupt: bool,
        channel: str,
    ) -> Turn:
        """Run one turn of dialogue.

        Raises:
            EngineUnavailable: no engine took the message.
            EngineFailed: an engine took it and failed on it.
        """
        request: dict[str, Any] = {
            "sender": sender,
            "tracker": tracker,
            "interrupt": interrupt,
            "metadata": {"channel": channel},
        }
        if payload is not None:
            request["payload"] = payload
        else:
            request["text"] = text
        with ENGINE_SECONDS.time():
            answer = await self._post(sender, "turn", request)
        return msgspec.json.decode(answer, type=Turn)

    async def parse(self, sender: str, text: str) -> Parse:
        """Ask the model for the intent of ``text``, without dialogue.

        Raises:
            EngineUnavailable, EngineFailed: as for :meth:`turn`.
        """
        answer = await self._post(sender, "parse", {"text": text})
        return msgspec.json.decode(answer, type=_ParseAnswer).parse

    async def ready(self) -> bool:
        """Tell whether an engine serves a model that passed its smoke test."""
        for url in self.urls:
            try:
                async with self._client().get(
                    f"{url}/webhooks/mops/health",
                    headers=self._headers,
                    timeout=aiohttp.ClientTimeout(total=3),
                ) as response:
                    if response.status == 200:
                        return True
            except (aiohttp.ClientError, TimeoutError):
                continue
        return False

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session

    def _order(self, sender: str) -> list[str]:
        now = asyncio.get_running_loop().time()
        start = zlib.crc32(sender.partition(":")[0].encode()) % len(self.urls)
        ring = self.urls[start:] + self.urls[:start]
        return sorted(ring, key=lambda url: self._dead_until.get(url, 0.0) > now)

    async def _post(self, sender: str, route: str, request: dict[str, Any]) -> bytes:
        if not self.urls:
            raise EngineUnavailable
        body = msgspec.json.encode(request)
        for url in self._order(sender):
            try:
                async with self._client().post(
                    f"{url}/webhooks/mops/{route}", data=body, headers=self._headers, timeout=self._timeout
                ) as response:
                    content = await response.read()
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                self._dead_until[url] = asyncio.get_running_loop().time() + 3.0
                continue
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                # Taken and not answered: this very message may be what ends or hangs the engine, so it counts.
                self._dead_until[url] = asyncio.get_running_loop().time() + 3.0
                raise EngineFailed(type(error).__name__) from None
            if response.status == 200:
                return content
            if response.status in (404, 429, 503):
                continue
            raise EngineFailed(f"status {response.status}")
        raise EngineUnavailable
