"""Updates of every kind in the Bot API, as Telegram sends them, replayed over HTTP against the whole product.

``updates.jsonl`` holds one per line: its ``name``, the ``update`` and what to ``expect`` of it: the ``kind`` that is
stored, what the resident ``hears``, what ``staff_see``, that a chat of some kind is left, or nothing at all. Ids of
people and groups are exchanged for those of the test's; ``in_chat_of`` puts an update into an earlier one's chat.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Update

from channels.telegram.words import ONLY_PRIVATE
from tests.support.botapi import BotApi
from tests.support.botapi_people import Citizen, Group
from tests.support.processes import Product, until
from tests.telegram.conftest import SECRET
from tests.telegram.office import Reader, conversation_of, hears, idle, rows

pytestmark = pytest.mark.engine

RECORDS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "updates.jsonl").read_text(encoding="utf-8").splitlines()
]
PERSON, GROUP = "5550001", "-1001234567890"


class Replayed:
    """One record with people of the test's own."""

    def __init__(self, api: BotApi, record: dict[str, Any], earlier: dict[str, "Replayed"]) -> None:
        self.name = record["name"]
        self.expect: dict[str, str] = record["expect"]
        same = earlier.get(record.get("in_chat_of", ""))
        self.citizen: Citizen = same.citizen if same else api.citizen("Maria")
        self.group: Group = api.group(kind=self.expect.get("leaves", "supergroup"))
        self.query = api.act(api.query_id) if "callback_query" in record["update"] else ""
        api.act(self._meet)
        body = json.dumps(record["update"]).replace(PERSON, str(self.citizen.id)).replace(GROUP, str(self.group.id))
        self.update = json.loads(body.replace("QUERY", self.query) if self.query else body)

    def _meet(self) -> None:
        self.citizen.started = True
        self.group.bot_is_in = "leaves" in self.expect

    def push(self, product: Product) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        return httpx.post(
            f"{product.url}/webhooks/telegram", json=self.update, headers=headers, timeout=20
        ).status_code


def test_every_kind_of_update_is_among_them() -> None:
    kinds = {kind for record in RECORDS for kind in record["update"]} - {"update_id"}
    assert set(Update.ALL_TYPES) <= kinds


def test_updates_of_every_kind(start_webhook_bot: Callable[..., Product], api: BotApi) -> None:
    product = start_webhook_bot()
    password = product.add_staff("anna", "Anna")
    replayed: dict[str, Replayed] = {}
    for record in RECORDS:
        replayed[record["name"]] = Replayed(api, record, replayed)
    for one in replayed.values():
        assert one.push(product) == 200, one.name

    def taken() -> bool:
        return rows(product, "SELECT count(*) FROM telegram_updates WHERE state = 'pending'") == [(0,)]

    until(taken, 60, "every update is taken")
    numbers = [one.update["update_id"] for one in replayed.values()]
    done = "SELECT count(*) FROM telegram_updates WHERE state = 'done' AND update_id BETWEEN ? AND ?"
    assert rows(product, done, min(numbers), max(numbers)) == [(len(RECORDS),)]
    until(lambda: idle(product), 60, "everything is answered")
    with Reader(product.url, "anna", password) as anna:
        for one in replayed.values():
            check(product, api, one, anna)

    # All of it a second time: Telegram repeats what it is not sure of.
    said = rows(product, "SELECT count(*) FROM messages")
    sent = len(api.calls_of("sendMessage"))
    for one in replayed.values():
        assert one.push(product) == 200, one.name
    until(lambda: taken() and idle(product), 30, "nothing is left")
    assert rows(product, "SELECT count(*) FROM messages") == said
    assert len(api.calls_of("sendMessage")) == sent


def check(product: Product, api: BotApi, one: Replayed, anna: Reader) -> None:
    """What came of one update."""
    kinds = rows(
        product,
        "SELECT m.kind FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE c.chat = ? AND m.author = 'resident'",
        str(one.citizen.id),
    )
    wanted = one.expect.get("kind")
    if wanted is not None:
        assert kinds == [(wanted,)], one.name
    elif "staff_see" not in one.expect and "answered" not in one.expect:
        assert kinds == [], one.name
    if "hears" in one.expect:
        hears(one.citizen, one.expect["hears"])
    if "staff_see" in one.expect:
        assert one.expect["staff_see"] in anna.page(conversation_of(product, one.citizen)), one.name
    if "answered" in one.expect:
        until(lambda: one.expect["answered"] in str(api.answers.get(one.query)), 20, f"{one.name}: answered")
    if "leaves" in one.expect:
        until(lambda: not one.group.bot_is_in, 20, f"{one.name}: the bot leaves")
        assert one.group.texts == [ONLY_PRIVATE], one.name
