"""An employee who works through the desk's own pages, without a browser."""

import re
from typing import Self
from uuid import uuid4

import httpx


class Clerk:
    """Signed in at the desk for the length of a ``with`` block."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=20)
        self._login, self._password = login, password

    def __enter__(self) -> Self:
        self._post("/desk/logowanie", "/desk/logowanie", login=self._login, haslo=self._password, dalej="/desk")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _post(self, form_on: str, action: str, **values: str) -> None:
        found = re.search(r'name="_csrf" value="([^"]+)"', self._client.get(form_on).text)
        assert found, f"no form on {form_on}"
        headers = {"Origin": str(self._client.base_url).rstrip("/")}
        self._client.post(action, data={"_csrf": found[1], **values}, headers=headers).raise_for_status()

    def find(self, words: str) -> str:
        """The id of the conversation whose last line has ``words``."""
        page = self._client.get("/desk").text
        for row in page.split('<li id="wiersz-')[1:]:
            if words in row:
                return row.partition('"')[0]
        raise AssertionError(f"{words!r} is not in the queue")

    def claim(self, conversation: str) -> None:
        self._on(conversation, "przejmij")

    def reply(self, conversation: str, text: str) -> None:
        self._on(conversation, "odpowiedz", tresc=text, client_id=str(uuid4()))

    def hand_back(self, conversation: str) -> None:
        self._on(conversation, "oddaj")

    def close(self, conversation: str) -> None:
        self._on(conversation, "zakoncz")

    def _on(self, conversation: str, action: str, **values: str) -> None:
        self._post(f"/desk/rozmowa/{conversation}", f"/desk/rozmowa/{conversation}/{action}", **values)
