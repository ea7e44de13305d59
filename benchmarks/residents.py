"""Residents who ask and wait: one talks to the product as the widget does, one to stock Rasa's REST channel."""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import uuid4

import aiohttp

TURNS_IN_CONVERSATION = 10
"""Then a resident begins a new conversation, on both sides: a tracker that grows makes stock Rasa slower."""

PATIENCE_SECONDS = 30.0

addresses = itertools.count(1)


class Answered(NamedTuple):
    """One answered question: how long it took, and whether the answer was the right one."""

    seconds: float
    right: bool


class Resident(Protocol):
    """Asks one question at a time."""

    async def ask(self, text: str, expected: str) -> Answered:
        """Ask, and wait for the reply."""

    async def close(self) -> None:
        """Leave."""


class WidgetResident:
    """One conversation with the product: a stream of events that stays open, and a POST for each message."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        """Prepare; :meth:`open` begins the conversation."""
        self._http = http
        self._url = f"{url}/api/web"
        self._headers: dict[str, str] = {}
        self._stream: aiohttp.ClientResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._replies: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def open(self) -> "WidgetResident":
        """Open the conversation and its stream, and wait until the stream has caught up."""
        # Residents come from different addresses through the office's proxy; the product limits each address.
        number = next(addresses)
        forwarded = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        async with self._http.post(f"{self._url}/conversations", headers=forwarded) as response:
            response.raise_for_status()
            token = (await response.json())["conversation"]
        self._headers = {"Authorization": f"Bearer {token}", **forwarded}
        self._stream = await self._http.get(
            f"{self._url}/events",
            params={"after": "0"},
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        self._stream.raise_for_status()
        caught_up = asyncio.Event()
        self._reader = asyncio.create_task(self._read(self._stream, caught_up))
        await asyncio.wait_for(caught_up.wait(), PATIENCE_SECONDS)
        while not self._replies.empty():
            self._replies.get_nowait()
        return self

    async def _read(self, stream: aiohttp.ClientResponse, caught_up: asyncio.Event) -> None:
        kind, data = "", ""
        async for raw in stream.content:
            line = raw.decode().rstrip("\r\n")
            name, _, value = line.partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data":
                data = value.strip()
            elif not line:
                if kind == "message":
                    message = json.loads(data)
                    if message["author"] in ("bot", "system"):
                        self._replies.put_nowait((time.perf_counter(), message["text"]))
                elif kind == "status":
                    caught_up.set()
                kind, data = "", ""

    async def ask(self, text: str, expected: str) -> Answered:
        """Post a message; the time ends when the reply's event is here."""
        begun = time.perf_counter()
        async with self._http.post(
            f"{self._url}/messages", json={"client_id": str(uuid4()), "text": text}, headers=self._headers
        ) as response:
            if response.status != 202:
                raise RuntimeError(f"the message was not accepted: {response.status}")
            await response.read()
        arrived, reply = await asyncio.wait_for(self._replies.get(), PATIENCE_SECONDS)
        return Answered(arrived - begun, reply == expected)

    async def close(self) -> None:
        """Close the stream."""
        if self._reader is not None:
            self._reader.cancel()
        if self._stream is not None:
            self._stream.close()


class StockResident:
    """One conversation with stock Rasa: a POST that waits for the replies, over a connection kept open."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        """Take a name that nobody had before."""
        self._http = http
        self._url = f"{url}/webhooks/rest/webhook"
        self._sender = uuid4().hex

    async def open(self) -> "StockResident":
        """Do nothing: Rasa begins a conversation with its first message."""
        return self

    async def ask(self, text: str, expected: str) -> Answered:
        """Post a message and wait for the replies."""
        begun = time.perf_counter()
        async with self._http.post(self._url, json={"sender": self._sender, "message": text}) as response:
            response.raise_for_status()
            replies = await response.json(content_type=None)
        arrived = time.perf_counter()
        if not replies:
            raise RuntimeError("stock Rasa said nothing")
        # Its channel cuts a text at empty lines into several messages.
        said = "".join(reply.get("text", "") for reply in replies)
        return Answered(arrived - begun, "".join(said.split()) == "".join(expected.split()))

    async def close(self) -> None:
        """Nothing is open."""


class Crowd:
    """Residents of one side, each with enough opened conversations for the turns ahead."""

    def __init__(self, kind: type[WidgetResident] | type[StockResident], url: str) -> None:
        """Prepare residents of ``kind`` at ``url``."""
        self._kind = kind
        self._url = url
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Crowd":
        """Open the client."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the client."""
        if self._http is not None:
            await self._http.close()

    async def newcomer(self) -> WidgetResident | StockResident:
        """Return a resident whose conversation is open."""
        assert self._http is not None
        return await self._kind(self._http, self._url).open()

    async def all_at_once(self, residents: int, turns: int, questions: Sequence[tuple[str, str]]) -> "Rush":
        """Let ``residents`` ask ``turns`` questions each, one after another, all residents at the same time."""
        rounds = -(-turns // TURNS_IN_CONVERSATION)
        opened = [[await self.newcomer() for _ in range(rounds)] for _ in range(residents)]

        async def one(number: int) -> list[Answered]:
            done = []
            for turn in range(turns):
                text, expected = questions[(number * 7 + turn) % len(questions)]
                done.append(await opened[number][turn // TURNS_IN_CONVERSATION].ask(text, expected))
            return done

        begun = time.perf_counter()
        answered = await asyncio.gather(*(one(number) for number in range(residents)))
        seconds = time.perf_counter() - begun
        for resident in itertools.chain.from_iterable(opened):
            await resident.close()
        return Rush(seconds, [turn for turns_of_one in answered for turn in turns_of_one])


class Rush(NamedTuple):
    """What all residents of a rush experienced."""

    seconds: float
    answered: list[Answered]
