"""The blind index: finds conversations by words that are stored only encrypted.

Each term of a text (``bot.hub.terms``) is kept as a keyed fingerprint, HMAC-SHA-256 cut to 64 bits, under a key that
is derived from the installation's own secret key. Rows are written and deleted in the transaction of what they stand
for, from texts that are masked already, so no identity or account number is ever in the index.

**What it gives away.** Equal terms are equal fingerprints. Whoever steals the database without the key learns which
conversations share a term, how many terms each has, and how often each occurs; with a good guess at how often people
write a word, the most frequent fingerprints can be guessed at, and whoever can also write messages of their own can
look which fingerprints appear. **How that is limited:** the words that everybody uses are not indexed at all; a term
is in a conversation once, without order, place or count; only what residents and staff write is indexed; the kind is
inside the fingerprint, so a surname in a case's name field and the same word in a text are different numbers; each
installation has a key of its own, so nothing can be compared between towns; and without the key no word can be tried.
Who has the key needs no index: it opens the texts themselves.

**After a rotation of the key** new terms are written under the new key and a search asks under all keys of the file.
Before an old key's line is removed, ``mops search reindex`` writes every term anew (the texts sealed with the old key
stay as they are and need their key all the same).
"""

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crypto import Keyring
from bot.db.models import INDEX_VERSION, Case, Conversation, Message, Note, SearchTerm
from bot.hub import terms
from bot.hub.body import open_body, open_fields

TERMS = cast(Table, SearchTerm.__table__)
_CONVERSATIONS = cast(Table, Conversation.__table__)
_MESSAGES = cast(Table, Message.__table__)
_CASES = cast(Table, Case.__table__)
_NOTES = cast(Table, Note.__table__)

MESSAGE, CASE, NOTE = "message", "case", "note"
INDEXED_AUTHORS = ("resident", "staff")
"""What the program itself says is the same everywhere, so a search for it would find everything."""

# In this order whoever writes it, and known rows are passed over: the same words come again and again.
_ADD = text(
    "INSERT INTO search_terms (conversation_id, source, term) VALUES (:conversation, :source, :term) "
    "ON CONFLICT DO NOTHING"
)


async def add_text(
    connection: AsyncConnection, keyring: Keyring, conversation_id: str, source: str, said: str
) -> None:
    """Index a message or a note, inside the transaction that stores it."""
    await _add(connection, keyring, conversation_id, source, terms.of_text(said))


async def index_cases(connection: AsyncConnection, keyring: Keyring, conversation_id: str) -> None:
    """Index the cases of a conversation anew, inside the transaction that has just changed one of them."""
    await forget(connection, conversation_id, CASE)
    sealed = await connection.scalars(select(_CASES.c.details_enc).where(_CASES.c.conversation_id == conversation_id))
    found: set[tuple[str, str]] = set()
    for one in sealed:
        found |= terms.of_case(open_fields(keyring, one))
    await _add(connection, keyring, conversation_id, CASE, found)


async def forget(connection: AsyncConnection, conversation_id: str, *sources: str) -> None:
    """Take away what the sources of a conversation are found by; deleting a conversation takes it all."""
    await connection.execute(
        delete(TERMS).where(TERMS.c.conversation_id == conversation_id, TERMS.c.source.in_(sources))
    )


async def index_anew(connection: AsyncConnection, keyring: Keyring, conversation_id: str) -> bool:
    """Index everything of one conversation that an older version, or none, has indexed; False: nothing to do.

    The conversation's row is locked first, so what is written meanwhile comes after it.
    """
    mine = await connection.execute(
        update(_CONVERSATIONS)
        .where(_CONVERSATIONS.c.id == conversation_id, _CONVERSATIONS.c.indexed < INDEX_VERSION)
        .values(indexed=INDEX_VERSION)
    )
    if mine.rowcount == 0:
        return False
    await forget(connection, conversation_id, MESSAGE, NOTE)
    said: set[tuple[str, str]] = set()
    sealed = await connection.scalars(
        select(_MESSAGES.c.body_enc).where(
            _MESSAGES.c.conversation_id == conversation_id, _MESSAGES.c.author.in_(INDEXED_AUTHORS)
        )
    )
    for one in sealed:
        body = open_body(keyring, one)
        for said_then in (body.text, *(before.text for before in body.earlier)):
            said |= terms.of_text(said_then)
    await _add(connection, keyring, conversation_id, MESSAGE, said)
    noted: set[tuple[str, str]] = set()
    for one in await connection.scalars(select(_NOTES.c.text_enc).where(_NOTES.c.conversation_id == conversation_id)):
        noted |= terms.of_text(keyring.decrypt(one))
    await _add(connection, keyring, conversation_id, NOTE, noted)
    await index_cases(connection, keyring, conversation_id)
    return True


async def _add(
    connection: AsyncConnection,
    keyring: Keyring,
    conversation_id: str,
    source: str,
    found: Iterable[tuple[str, str]],
) -> None:
    rows = [
        {"conversation": conversation_id, "source": source, "term": term}
        for term in sorted({keyring.blind(kind, term) for kind, term in found})
    ]
    if rows:
        await connection.execute(_ADD, rows)
