"""The encrypted body of a message and its rows as events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from bot.crypto import Keyring
from bot.hub.messages import Button, Event, Quote

_BUTTON_ID = re.compile(r"b(\d{1,9})\.(\d{1,2})\.([0-9a-f]{8})")
_QUOTE_CHARACTERS = 200


@dataclass(slots=True)
class IssuedButton:
    """A quick reply as stored: what it says and what pressing it means. The payload never leaves the hub."""

    title: str
    payload: str


@dataclass(slots=True)
class Earlier:
    """What an edited message said before; ``at``: until when."""

    text: str
    at: datetime


@dataclass(slots=True)
class Body:
    """What is inside ``messages.body_enc``."""

    text: str
    buttons: list[IssuedButton] = field(default_factory=list)
    payload: str | None = None
    masked: list[str] = field(default_factory=list)
    earlier: list[Earlier] = field(default_factory=list)
    quote: Quote | None = None

    def seal(self, keyring: Keyring) -> bytes:
        """Encrypt for storage."""
        return keyring.encrypt(msgspec.json.encode(self).decode())


def open_body(keyring: Keyring, sealed: bytes) -> Body:
    """Decrypt a stored body."""
    return msgspec.json.decode(keyring.decrypt(sealed), type=Body)


def seal_fields(keyring: Keyring, fields: Mapping[str, str]) -> bytes:
    """Encrypt named texts for storage: the details of a case, what a change was."""
    return keyring.encrypt(msgspec.json.encode(fields).decode())


def open_fields(keyring: Keyring, sealed: bytes) -> dict[str, str]:
    """Decrypt named texts that `seal_fields` encrypted."""
    return msgspec.json.decode(keyring.decrypt(sealed), type=dict[str, str])


def button_id(message_id: str, seq: int, index: int) -> str:
    """Name the ``index``-th button of message ``seq``; resolved inside its own conversation only.

    The message's own id is in it: after "delete my data" a chat's numbers begin anew, and an old keyboard that still
    stands there must not press another button.
    """
    return f"b{seq}.{index}.{message_id[:8]}"


def parse_button_id(value: str) -> tuple[int, int, str] | None:
    """Return (sequence number, index, beginning of the message's id), or None when ``value`` is no button id."""
    match = _BUTTON_ID.fullmatch(value)
    return (int(match[1]), int(match[2]), match[3]) if match else None


def excerpt(text: str) -> str:
    """Return as much of a text as a quote shows."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE_CHARACTERS else line[: _QUOTE_CHARACTERS - 1].rstrip() + "…"


def to_event(keyring: Keyring, row: Mapping[str, Any], staff_name: str | None) -> Event:
    """Build the readers' view of a ``messages`` row."""
    body = open_body(keyring, row["body_enc"])
    external = row["external_id"]
    return Event(
        seq=row["seq"],
        id=row["id"],
        author=row["author"],
        author_name=staff_name,
        text=body.text,
        buttons=tuple(Button(button_id(row["id"], row["seq"], i), b.title) for i, b in enumerate(body.buttons)),
        created_at=row["created_at"],
        client_id=external.rpartition(":")[2] if external and row["author"] == "resident" else None,
        kind=row["kind"],
        lang=row["lang"],
        delivery=row.get("delivery"),
        stretch=row["stretch"],
        delivery_error=row.get("delivery_error"),
        delivery_action=row.get("delivery_action"),
        edited_at=row["edited_at"],
        earlier=tuple(before.text for before in body.earlier),
        retracted=row["retracted_at"] is not None,
        quote=body.quote,
        change=row["changed"],
        staff_id=row["staff_id"],
    )
