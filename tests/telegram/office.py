"""What the tests look at: the product's database, and the desk's pages."""

import html
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.support.botapi_people import Chat, Citizen
from tests.support.processes import Product, until
from tests.web.clerk import Clerk

QUESTION = "w jakich godzinach czynna jest kasa"
ANSWER = "10:30–14:00"
SECOND = "jaki jest adres epuap"
SECOND_ANSWER = "Adres skrytki ePUAP MOPS"
THANKS = "dziękuję bardzo"
THANKS_ANSWER = "Proszę bardzo."


def rows(product: Product, query: str, *values: object) -> list[Any]:
    """Read the product's SQLite database."""
    path = product.folder / "mops.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


@contextmanager
def locked(product: Product) -> Iterator[None]:
    """Hold the database's write lock, as a stuck process would."""
    with closing(sqlite3.connect(product.folder / "mops.db", timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def conversation_of(product: Product, chat: Chat) -> str:
    found = rows(product, "SELECT id FROM conversations WHERE channel = 'telegram' AND chat = ?", str(chat.id))
    assert len(found) == 1, found
    return str(found[0][0])


def stored(product: Product, chat: Chat) -> list[str]:
    """Authors of the conversation's messages in order; the numbering must be without gaps."""
    found = rows(
        product,
        "SELECT m.seq, m.author FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE c.channel = 'telegram' AND c.chat = ? ORDER BY m.seq",
        str(chat.id),
    )
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
    return [author for _, author in found]


def deliveries(product: Product, chat: Chat) -> list[str]:
    """How each message to the chat stands, in order."""
    return [
        state
        for (state,) in rows(
            product,
            "SELECT o.state FROM outbox o JOIN conversations c ON c.id = o.conversation_id "
            "WHERE c.channel = 'telegram' AND c.chat = ? ORDER BY o.seq",
            str(chat.id),
        )
    ]


def idle(product: Product) -> bool:
    """Whether nothing waits for an answer or to be sent."""
    pending = rows(product, "SELECT count(*) FROM messages WHERE state = 'pending'")
    leaving = rows(product, "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")
    return pending == leaving == [(0,)]


def hears(citizen: Citizen, words: str, patience: float = 30, *, after: int = 0) -> str:
    """Wait until the bot has said something with these words; returns the first such message."""

    def said() -> list[str]:
        return [text for text in citizen.texts[after:] if words in text]

    found = until(said, patience, f"{words!r} is said; so far: {citizen.texts}")
    return found[0]


class Reader(Clerk):
    """A clerk who also looks at what the page of a conversation shows."""

    def page(self, conversation: str) -> str:
        answer = self._client.get(f"/desk/rozmowa/{conversation}")
        answer.raise_for_status()
        return html.unescape(answer.text)
