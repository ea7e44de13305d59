"""A browser as far as cookies and forms go."""

import re
from dataclasses import dataclass

import httpx

from bot.desk.tokens import form_token

PASSWORD = "zielony-rower-nad-odra"


@dataclass(frozen=True)
class Clerk:
    id: str
    login: str
    name: str


class Visitor(httpx.Client):
    clerk: Clerk

    def token(self, path: str) -> str:
        found = re.search(r'name="_csrf" value="(\w+)"', self.get(path).text)
        assert found, path
        return found[1]

    def sign_in(self, clerk: Clerk, password: str = PASSWORD, target: str = "/desk") -> httpx.Response:
        self.clerk = clerk
        data = {"_csrf": self.token("/desk/logowanie"), "login": clerk.login, "haslo": password}
        return self.post("/desk/logowanie", data=data | {"dalej": target})

    def form_token(self) -> str:
        return form_token(self.cookies["mops_desk"])

    def submit(self, path: str, **data: str) -> httpx.Response:
        """Send a form as a page of the desk would."""
        return self.post(path, data=data | {"_csrf": self.form_token()})
