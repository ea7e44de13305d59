"""Webhook mode: only with the secret, stored before it is acknowledged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.botapi import BotApi
from tests.support.processes import Product, until
from tests.telegram.conftest import SECRET
from tests.telegram.office import (
    ANSWER,
    QUESTION,
    SECOND,
    SECOND_ANSWER,
    THANKS,
    THANKS_ANSWER,
    hears,
    locked,
    rows,
    stored,
)

pytestmark = pytest.mark.engine

Start = Callable[..., Product]


def push(product: Product, body: Any, secret: str | None) -> int:
    headers = {} if secret is None else {b"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    return httpx.post(f"{product.url}/webhooks/telegram", json=body, headers=headers, timeout=20).status_code


def test_webhook_mode(start_webhook_bot: Start, api: BotApi) -> None:
    product = start_webhook_bot()
    assert api.webhook is not None
    assert api.webhook.url == f"{product.url}/webhooks/telegram"
    assert api.webhook.secret == SECRET
    assert api.webhook.allowed == {"message", "edited_message", "callback_query", "my_chat_member"}

    jan = api.citizen()
    jan.start()
    hears(jan, "automatyczny asystent")
    query = jan.press("Kasa i wypłaty")
    hears(jan, ANSWER)
    until(lambda: query in api.answers, 10, "the press is answered")
    assert api.calls_of("getUpdates") == []

    # A stranger, who knows the address but not the secret.
    message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": QUESTION}
    for secret in (None, "", "wrong", SECRET + "x", "żółw"):
        assert push(product, {"update_id": 5, "message": message}, secret) == 401
    assert rows(product, "SELECT id FROM conversations WHERE chat = '5'") == []

    # Rubbish with the secret: nothing that Telegram should send again.
    assert push(product, [], SECRET) == 200
    assert push(product, {"update_id": "x"}, SECRET) == 200

    # Repeated and late updates.
    api.hold()
    jan.say(QUESTION)
    jan.say(SECOND)
    api.release([1, 0, 1, 0])
    hears(jan, SECOND_ANSWER)
    until(lambda: not api.unconfirmed(), 20, "all is acknowledged")
    until(lambda: len(jan.texts) == 4, 20, "both are answered")
    assert stored(product, jan).count("resident") == 4

    # The database is away: 503, and Telegram brings it again.
    before = len(api.pushes)
    with locked(product):
        update = jan.say(THANKS)
        until(lambda: (update, 503) in api.pushes[before:], 30, "not acknowledged")
    until(lambda: (update, 200) in api.pushes, 30, "acknowledged when stored")
    until(lambda: len(jan.texts) == 5, 30, "answered")
    assert stored(product, jan).count("resident") == 5


def test_changing_between_polling_and_webhook_loses_nothing(
    start_bot: Start, start_webhook_bot: Start, api: BotApi, tmp_path: Path
) -> None:
    jan = api.citizen()
    product = start_bot(tmp_path)
    jan.say(QUESTION)
    hears(jan, ANSWER)
    product.stop()
    jan.say(SECOND)
    product = start_webhook_bot(tmp_path)
    hears(jan, SECOND_ANSWER)
    product.stop()
    jan.say(THANKS)
    product = start_bot(tmp_path)
    hears(jan, THANKS_ANSWER)
    until(lambda: not api.unconfirmed(), 20, "all is confirmed")
    assert stored(product, jan).count("resident") == 3
    assert len(jan.texts) == 4
