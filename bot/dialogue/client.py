"""HTTP client of the engine's turn channel (``engine/turn_channel.py``)."""

import asyncio
import zlib
from collections import Counter
from typing import Any

import aiohttp
import msgspec

from bot.metrics import ENGINE_SECONDS

TRIAL_QUESTION = "jaki jest numer telefonu do MOPS"
"""Asked of an engine before it takes over."""


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


class _ErrorAnswer(msgspec.Struct):
    error: str = ""


class Engine:
    """One or several engines. A conversation stays with one while it lives and moves on when it dies."""

    def __init__(self, urls: list[str], token: str, turn_timeout: float) -> None:
        """Talk to the engines at ``urls``; ``turn_timeout`` is in seconds."""
        self.urls = [url.rstrip("/") for url in urls]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(total=turn_timeout, connect=2.0)
        self._session: aiohttp.ClientSession | None = None
        self._dead_until: dict[str, float] = {}
        self._under_way: Counter[str] = Counter()
        self._finished = asyncio.Event()

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

    async def state_of(self, url: str) -> tuple[int, str]:
        """Return the health of one engine as HTTP status and error; status 0 while nobody answers there."""
        try:
            async with self._client().get(
                f"{url}/webhooks/mops/health", headers=self._headers, timeout=aiohttp.ClientTimeout(total=10)
            ) as response:
                body = await response.read()
                return response.status, _error_in(body)
        except (aiohttp.ClientError, TimeoutError) as error:
            return 0, type(error).__name__

    async def try_turn(self, url: str) -> None:
        """Ask one engine a plain question, as nobody.

        Raises:
            EngineFailed: it does not answer; says why.
        """
        question = {
            "sender": "trial",
            "tracker": None,
            "interrupt": False,
            "text": TRIAL_QUESTION,
            "metadata": {"channel": "trial"},
        }
        try:
            async with self._client().post(
                f"{url}/webhooks/mops/turn",
                data=msgspec.json.encode(question),
                headers=self._headers,
                timeout=self._timeout,
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise EngineFailed(type(error).__name__) from None
        if response.status != 200:
            raise EngineFailed(_error_in(content) or f"status {response.status}")
        try:
            said = any(reply.text for reply in msgspec.json.decode(content, type=Turn).replies)
        except msgspec.MsgspecError:
            raise EngineFailed("its answer cannot be read") from None
        if not said:
            raise EngineFailed("nothing is said")

    async def drained(self, url: str) -> None:
        """Wait until no request to ``url`` is under way; one lasts no longer than the turn timeout."""
        while self._under_way[url]:
            self._finished.clear()
            await self._finished.wait()

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
            # Counted before the first await, so that an engine that is about to end waits for it.
            self._under_way[url] += 1
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
            finally:
                self._under_way[url] -= 1
                self._finished.set()
            if response.status == 200:
                return content
            if response.status in (404, 429, 503):
                continue
            raise EngineFailed(f"status {response.status}")
        raise EngineUnavailable


def _error_in(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_ErrorAnswer).error
    except msgspec.MsgspecError:
        return ""
