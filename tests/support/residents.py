"""Residents on the web channel, as the widget behaves: client ids, retries, resuming by sequence number."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx

from tests.support.processes import until


class Resident:
    """One browser with one conversation."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = until(self._open, 60, "a conversation opens")

    def _open(self) -> str:
        answer = httpx.post(f"{self.url}/api/web/conversations", timeout=10)
        return answer.json()["conversation"] if answer.status_code == 201 else ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, text: str, client_id: str, timeout: float = 10) -> httpx.Response:
        return httpx.post(
            f"{self.url}/api/web/messages",
            headers=self.headers,
            json={"client_id": client_id, "text": text},
            timeout=timeout,
        )

    def send(self, text: str, patience: float = 60) -> str:
        """Send until it is stored, with one client id, like the widget's outbox."""
        client_id = str(uuid4())
        until(lambda: self.post(text, client_id).status_code == 202, patience, f"{text!r} is taken")
        return client_id

    @contextmanager
    def _stream(self, after: int, timeout: float) -> Iterator[Iterator[dict]]:
        with httpx.stream(
            "GET", f"{self.url}/api/web/events?after={after}", headers=self.headers, timeout=timeout
        ) as response:
            assert response.status_code == 200, response.read()
            yield (json.loads(line[5:]) for line in response.iter_lines() if line.startswith("data:"))

    def messages(self, count: int, patience: float = 60) -> list[dict]:
        """Read the conversation until it has ``count`` messages, over as many connections as it takes."""
        seen: list[dict] = []
        deadline = time.monotonic() + patience
        while len(seen) < count:
            assert time.monotonic() < deadline, f"{len(seen)} of {count}: {seen}"
            try:
                with self._stream(seen[-1]["seq"] if seen else 0, 3.0) as events:
                    for event in events:
                        if "seq" in event:
                            seen.append(event)
                        if len(seen) >= count:
                            break
            except httpx.TransportError:
                time.sleep(0.1)
        return seen
