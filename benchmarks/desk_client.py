"""An employee's browser without a browser: the live stream, and the parts that an open page fetches when told."""

import asyncio
import re
import time
from contextlib import suppress

import aiohttp

from bot.desk.tokens import form_token

_PARTS = {"kolejka": "/desk/kolejka/obok?rozmowa={0}", "rozmowa": "/desk/rozmowa/{0}/widok"}
_QUEUE_PART = "/desk/kolejka"
MARK = re.compile(r"znak-[0-9a-f]+-\d+")
"""How measured messages are recognised."""


class Desk:
    """One signed-in employee with one page open, on one conversation or on the queue."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Prepare; `watch` opens the page's stream."""
        self._http = http
        self._url = url
        self._cookies = {"mops_desk": token}
        self._csrf = form_token(token)
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted: dict[str, asyncio.Event] = {}
        self.conversation: str | None = None
        self.up = asyncio.Event()
        self.told: list[float] = []
        """When the stream said that the open conversation changed."""
        self.shown: dict[str, float] = {}
        """When a marked message was on the page."""
        self.faults: list[str] = []

    async def watch(self, conversation: str | None = None) -> None:
        """Open a page: read it once, then follow it."""
        await self.leave()
        self.conversation = conversation
        self.up.clear()
        path = f"/desk/rozmowa/{conversation}" if conversation else "/desk"
        text = await self._get(path)
        known = re.search(r'data-po="([^"]*)"', text)
        self._wanted = {name: asyncio.Event() for name in _PARTS}
        self._tasks = [asyncio.create_task(self._listen(known[1] if known else ""))]
        self._tasks += [asyncio.create_task(self._refresh(name)) for name in _PARTS]
        await asyncio.wait_for(self.up.wait(), 30)

    async def leave(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def submit(self, path: str, **data: str) -> float:
        """Send a form as the page does; returns when it began."""
        begun = time.perf_counter()
        headers = {"X-CSRF-Token": self._csrf, "HX-Request": "true"}
        async with self._http.post(
            f"{self._url}{path}", data=data, headers=headers, cookies=self._cookies
        ) as response:
            self._look(await response.text())
            if response.status >= 400:
                self.faults.append(f"{response.status} {path.rpartition('/')[2]}")
        return begun

    async def _get(self, path: str) -> str:
        async with self._http.get(
            f"{self._url}{path}", cookies=self._cookies, headers={"HX-Request": "true"}
        ) as response:
            text = await response.text()
            if response.status >= 400:
                self.faults.append(f"{response.status} {path.partition('?')[0].rpartition('/')[2]}")
            return text

    async def _listen(self, known: str) -> None:
        params = {"po": known} | ({"rozmowa": self.conversation} if self.conversation else {})
        async with self._http.get(
            f"{self._url}/desk/zdarzenia",
            params=params,
            cookies=self._cookies,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=60),
        ) as response:
            response.raise_for_status()
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\r\n").partition(": ")
                if name != "event":
                    continue
                self.up.set()
                if value == "rozmowa":
                    self.told.append(time.perf_counter())
                if value in self._wanted:
                    self._wanted[value].set()

    async def _refresh(self, name: str) -> None:
        """Fetch a part when told; what comes meanwhile is one more fetch, as htmx queues it."""
        while True:
            await self._wanted[name].wait()
            self._wanted[name].clear()
            path = _PARTS[name].format(self.conversation) if self.conversation else _QUEUE_PART
            with suppress(aiohttp.ClientError, TimeoutError):
                self._look(await self._get(path))

    def _look(self, text: str) -> None:
        now = time.perf_counter()
        for mark in MARK.findall(text):
            self.shown.setdefault(mark, now)
