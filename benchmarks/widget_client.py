"""A widget without a browser: one conversation whose stream breaks and resumes, and messages that are repeated."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

import aiohttp

from benchmarks.residents import addresses

PATIENCE_SECONDS = 60.0


class Widget:
    """Keeps what arrived, and notices anything twice, missing or out of order."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        """Prepare; :meth:`open` begins."""
        self._http = http
        self._url = f"{url}/api/web"
        self._headers: dict[str, str] = {}
        self._response: aiohttp.ClientResponse | None = None
        self._stopped = False
        self.up = asyncio.Event()
        self.last = 0
        self.arrived: dict[str, float] = {}
        self.order: list[str] = []
        self.faults: list[str] = []
        self.reconnects = 0

    async def open(self) -> None:
        """Open the conversation; the stream is read by :meth:`listen`."""
        # Residents come from different addresses through the office's proxy; the product limits each address.
        number = next(addresses)
        forwarded = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        token = await self._token(forwarded)
        self._headers = {"Authorization": f"Bearer {token}", **forwarded}

    async def _token(self, headers: dict[str, str]) -> str:
        """Ask again where the server says that it is busy, as the browser's widget does."""
        while True:
            async with self._http.post(f"{self._url}/conversations", headers=headers) as response:
                if response.status not in (429, 503):
                    response.raise_for_status()
                    return str((await response.json())["conversation"])
            await asyncio.sleep(0.5)

    async def listen(self) -> None:
        """Read the stream until :meth:`stop`, coming back after each interruption."""
        while not self._stopped:
            with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                await self._read()
            self.up.clear()
            if not self._stopped:
                self.reconnects += 1
                await asyncio.sleep(0.05)

    async def _read(self) -> None:
        async with self._http.get(
            f"{self._url}/events",
            params={"after": str(self.last)},
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=40),
        ) as response:
            response.raise_for_status()
            self._response = response
            kind = ""
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\r\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "message":
                    self._take(json.loads(value))
                elif name == "data" and kind == "status":
                    self.up.set()

    def _take(self, message: dict[str, Any]) -> None:
        if message["seq"] != self.last + 1:
            self.faults.append(f"number {message['seq']} after {self.last}")
        self.last = message["seq"]
        mark = message["client_id"]
        if mark is not None:
            if mark in self.arrived:
                self.faults.append("a message came twice")
            self.arrived[mark] = time.perf_counter()
            self.order.append(mark)

    def cut(self) -> None:
        """Drop the stream as a bad network does."""
        if self._response is not None:
            self._response.close()

    async def send(self, *, lose_the_answer: bool = False, **body: str) -> tuple[str, float]:
        """Send until it is acknowledged, under one id; returns the id and when the first attempt began."""
        mark = str(uuid4())
        begun = time.perf_counter()
        deadline = begun + PATIENCE_SECONDS
        while True:
            try:
                async with asyncio.timeout(0.004 if lose_the_answer else 15):
                    async with self._http.post(
                        f"{self._url}/messages", json={"client_id": mark, **body}, headers=self._headers
                    ) as response:
                        await response.read()
                        if response.status == 202:
                            return mark, begun
                        if response.status not in (429, 503):
                            response.raise_for_status()
            except (aiohttp.ClientConnectionError, ConnectionError, TimeoutError):
                pass
            lose_the_answer = False
            if time.perf_counter() > deadline:
                raise TimeoutError("the message was never acknowledged")
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Leave."""
        self._stopped = True
        self.cut()
