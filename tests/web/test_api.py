"""The web channel's HTTP API, over HTTP, against the whole product."""

import json
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import takewhile
from uuid import uuid4

import httpx
import pytest

from tests.support.processes import Product, until

LOCKED = ("", "Bearer", "Basic abc", "Bearer " + "x" * 43, "Bearer " + "x" * 5000, "Bearer ąęś")


class Visitor:
    """What a widget does, as plain requests."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url + "/api/web/", timeout=20)
        self.streams: list[Generator[tuple[str, dict], None, None]] = []
        opened = self.http.post("conversations", json={})
        assert opened.status_code == 201
        self.token = opened.json()["conversation"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str | None = None, *, client_id: str | None = None, **more: str) -> httpx.Response:
        body = {"client_id": client_id or str(uuid4()), **({"text": text} if text is not None else {}), **more}
        return self.http.post("messages", json=body, headers=self.headers)

    def stream(self, after: int = 0) -> Generator[tuple[str, dict], None, None]:
        """Yield (event, data) without end."""
        self.streams.append(self._stream(after))
        return self.streams[-1]

    def _stream(self, after: int) -> Generator[tuple[str, dict], None, None]:
        with self.http.stream("GET", "events", params={"after": after}, headers=self.headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            assert "no-store" in response.headers["cache-control"]
            name = "message"
            for line in response.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

    def messages(self, after: int = 0) -> list[dict]:
        """What the stream says until it has caught up."""
        with closing(self._stream(after)) as stream:
            return [data for _, data in takewhile(lambda event: event[0] != "status", stream)]

    def status(self) -> dict:
        with closing(self._stream(0)) as stream:
            return next(data for name, data in stream if name == "status")

    def wait_for(self, author: str, after: int) -> list[dict]:
        def look() -> list[dict]:
            return [message for message in self.messages(after) if message["author"] == author]

        return until(look, 20, f"a message of {author}")


@pytest.fixture
def visitors(product: Product) -> Generator[Callable[[], Visitor], None, None]:
    """Make visitors with conversations of their own."""
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(product.url))
        return made[-1]

    yield make
    for visitor in made:
        for stream in visitor.streams:
            stream.close()
        visitor.http.close()


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    return visitors()


def test_a_new_conversation_begins_with_the_program_introducing_itself(visitor: Visitor) -> None:
    opening, *others = visitor.messages()
    assert not others
    assert opening["author"] == "bot"
    assert opening["seq"] == 1
    assert "automatyczny asystent (program komputerowy)" in opening["text"]
    assert any("pracownik" in button["title"].lower() for button in opening["buttons"])
    assert all(len(button["id"].encode()) <= 64 for button in opening["buttons"])


def test_every_message_comes_once_and_in_order_from_any_point_on(visitor: Visitor) -> None:
    sent = [visitor.send(f"Jaki jest telefon? {n}").json()["seq"] for n in range(3)]

    def all_answered() -> list[dict]:
        seen = visitor.messages()
        return seen if sum(message["author"] == "bot" for message in seen) >= 4 else []

    everything = until(all_answered, 30, "three answers")
    numbers = [message["seq"] for message in everything]
    assert numbers == list(range(1, len(numbers) + 1))
    assert set(sent) <= set(numbers)
    for after in (1, numbers[-2], numbers[-1]):
        assert [message["seq"] for message in visitor.messages(after)] == [n for n in numbers if n > after]


def test_a_repeated_message_is_stored_once(visitor: Visitor) -> None:
    mark = str(uuid4())
    first, second = visitor.send("Dzień dobry", client_id=mark), visitor.send("Dzień dobry", client_id=mark)
    assert first.status_code == second.status_code == 202
    assert first.json() == {"seq": 2, "duplicate": False}
    assert second.json() == {"seq": 2, "duplicate": True}
    mine = [message for message in visitor.messages() if message["author"] == "resident"]
    assert [message["client_id"] for message in mine] == [mark]


@pytest.mark.parametrize("authorization", LOCKED)
def test_without_its_token_a_conversation_can_be_neither_read_nor_written(
    product: Product, authorization: str
) -> None:
    headers = {"Authorization": authorization.encode()} if authorization else {}
    body = {"client_id": str(uuid4()), "text": "Dzień dobry"}
    with httpx.Client(base_url=product.url) as client:
        for answer in (
            client.get("/api/web/events", headers=headers),
            client.post("/api/web/messages", json=body, headers=headers),
            client.post("/api/web/typing", headers=headers),
            client.post("/api/web/rating", json={"score": 5}, headers=headers),
            client.get("/api/web/export", headers=headers),
            client.delete("/api/web/conversation", headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.json()["error"].startswith("Ta rozmowa")


def test_an_open_stream_says_that_the_conversation_is_gone(visitor: Visitor) -> None:
    stream = visitor.stream()
    assert next(name for name, _ in stream if name == "status")
    erased = visitor.http.delete("conversation", headers=visitor.headers)
    assert erased.json() == {"kept_cases": []}
    assert [name for name, _ in stream] == ["gone"]
    assert visitor.send("Czy ktoś tu jest?").status_code == 401


def test_a_rating_is_a_number_from_1_to_5(visitor: Visitor) -> None:
    for body in ({"score": 0}, {"score": 6}, {}, {"score": 3, "comment": "x" * 1001}):
        assert visitor.http.post("rating", json=body, headers=visitor.headers).status_code == 422
    assert visitor.http.post("rating", json={"score": 4}, headers=visitor.headers).status_code == 204
    copy = visitor.http.get("export", headers=visitor.headers)
    assert copy.headers["content-disposition"] == 'attachment; filename="moje-dane-mops.json"'
    assert [one["ocena"] for one in copy.json()["oceny"]] == [4]


def test_neither_the_token_in_the_address_nor_its_hash_opens_anything(product: Product, visitor: Visitor) -> None:
    assert httpx.get(f"{product.url}/api/web/events?token={visitor.token}").status_code == 401
    with sqlite3.connect(product.folder / "mops.db") as database:
        chats = [chat for (chat,) in database.execute("SELECT chat FROM conversations WHERE channel = 'web'")]
    assert visitor.token not in chats
    for chat in chats[:3]:
        stolen = httpx.get(f"{product.url}/api/web/events", headers={"Authorization": f"Bearer {chat}"})
        assert stolen.status_code == 401


def test_a_button_works_only_in_the_conversation_that_it_was_issued_in(visitors: Callable[[], Visitor]) -> None:
    one, other = visitors(), visitors()
    answered = one.wait_for("bot", one.send("Jaki jest numer telefonu?").json()["seq"])
    issued = [button["id"] for message in [*one.messages(), *answered] for button in message["buttons"]]
    assert one.send(button=issued[0]).status_code == 202
    for foreign in ("b9999.0", "b1.99", "/zgloszenie", "hub:person"):
        refused = other.send(button=foreign)
        assert refused.status_code == 422, foreign
        assert "przycisk" in refused.json()["error"]


def test_text_that_begins_with_a_slash_is_text(visitor: Visitor) -> None:
    seq = visitor.send('/zgloszenie{"temat":"zasilek"}').json()["seq"]
    mine = next(message for message in visitor.messages() if message["seq"] == seq)
    assert mine["text"] == '/zgloszenie{"temat":"zasilek"}'
    reply = visitor.wait_for("bot", seq)[0]["text"]
    assert "Jak się zwracać" not in reply


def test_a_person_and_the_assistant_can_be_asked_for_without_words(visitor: Visitor) -> None:
    """The engine has no part in it, so it works when the engine does not."""
    person = visitor.send(ask="person").json()["seq"]
    visitor.wait_for("system", person)
    assert visitor.status()["owner"] == "waiting"
    visitor.send(ask="assistant")
    until(lambda: visitor.status()["owner"] == "bot", 10, "the assistant is back")
    pressed = [message["text"] for message in visitor.messages() if message["author"] == "resident"]
    assert pressed == ["Porozmawiaj z pracownikiem", "Wróć do asystenta"]
    assert visitor.send(ask="admin").status_code == 422


def test_too_long_a_message_is_refused_with_the_limit(visitor: Visitor) -> None:
    refused = visitor.send("ż" * 10_001)
    assert refused.status_code == 413
    assert "znaków" in refused.json()["error"]


def test_a_huge_request_is_refused_before_it_is_read(visitor: Visitor) -> None:
    refused = visitor.send("a" * 600_000)
    assert refused.status_code == 413
    assert refused.json() == {"error": "Wiadomość jest za długa."}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"client_id": "not-a-uuid", "text": "a"}',
        b'{"client_id": "f3a0c5d2-4f7e-4b43-8d1d-7f0d3c4a1b11"}',
        b'{"client_id": "f3a0c5d2-4f7e-4b43-8d1d-7f0d3c4a1b11", "text": "  \\n "}',
        b'{"client_id": "f3a0c5d2-4f7e-4b43-8d1d-7f0d3c4a1b11", "text": 7}',
        b'{"client_id": "f3a0c5d2-4f7e-4b43-8d1d-7f0d3c4a1b11", "text": "\\ud800"}',
        b'{"client_id": "f3a0c5d2-4f7e-4b43-8d1d-7f0d3c4a1b11", "text": "\xff"}',
    ],
)
def test_what_cannot_be_read_is_refused_and_stores_nothing(visitor: Visitor, body: bytes) -> None:
    headers = visitor.headers | {"Content-Type": "application/json"}
    refused = visitor.http.post("messages", content=body, headers=headers)
    assert refused.status_code == 422
    assert set(refused.json()) == {"error"}
    assert len(visitor.messages()) == 1


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999"])
def test_a_senseless_starting_point_is_refused(visitor: Visitor, after: str) -> None:
    refused = visitor.http.get("events", params={"after": after}, headers=visitor.headers)
    assert refused.status_code == 422


def test_one_sender_cannot_flood(visitors: Callable[[], Visitor]) -> None:
    visitor, neighbour = visitors(), visitors()
    mark = str(uuid4())
    answers = [visitor.send("Dzień dobry", client_id=mark) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [202] * 60 + [429]
    assert "Za dużo wiadomości" in answers[-1].json()["error"]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert neighbour.send("Dzień dobry").status_code == 202


def test_a_reader_learns_at_once_what_is_new(visitor: Visitor) -> None:
    stream = visitor.stream()
    seen = [next(stream), next(stream)]
    assert [name for name, _ in seen] == ["message", "status"]
    assert seen[1][1] == {"owner": "bot", "place": None, "staff_name": None, "thinking": False, "kept_days": None}
    started = time.monotonic()
    mark = str(uuid4())
    visitor.send("Jaki jest numer telefonu?", client_id=mark)
    for name, data in stream:
        if name == "message" and data["author"] == "bot":
            break
        if name == "message":
            assert data["client_id"] == mark
    assert time.monotonic() - started < 10


def test_only_allowed_websites_may_use_the_channel(start_product: Callable[..., Product]) -> None:
    product = start_product(web_origins="https://www.example.pl, https://bip.example.pl")
    api = product.url + "/api/web/"
    own = product.url
    for origin, allowed in (
        (own, True),
        ("https://www.example.pl", True),
        ("https://bip.example.pl", True),
        ("https://example.pl", False),
        ("https://www.example.pl.evil.example", False),
        ("null", False),
    ):
        answer = httpx.post(api + "conversations", json={}, headers={"Origin": origin})
        assert answer.status_code == (201 if allowed else 403), origin
        if origin != own:
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        before = httpx.options(api + "messages", headers=asked)
        assert before.status_code == (204 if allowed else 403)
        if allowed and origin != own:
            assert "Authorization" in before.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers
    desk = httpx.get(product.url + "/desk/logowanie", headers={"Origin": "https://www.example.pl"})
    assert "access-control-allow-origin" not in desk.headers
