"""The running product tells whoever is on duty, and after a restart it does not say it again."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.inbox import HttpInbox
from tests.support.processes import Product, until

pytestmark = pytest.mark.process


def test_an_urgent_conversation_is_told_within_seconds_and_once(tmp_path: Path) -> None:
    token = tmp_path / "engine.token"
    token.write_text("nobody listens")
    with HttpInbox() as inbox:
        product = Product(
            tmp_path, engine_url="http://127.0.0.1:9", engine_token_file=str(token), alert_urls=inbox.url
        )

        def crisis() -> None:
            message = {"sender": uuid4().hex, "message": "chcę się zabić"}
            httpx.post(f"{product.url}/webhooks/rest/webhook", json=message, timeout=30)

        product.start()
        try:
            crisis()
            until(lambda: len(inbox.got) == 1, 20, "the alert arrives")
        finally:
            product.stop()
        product.start()
        try:
            crisis()
            until(lambda: len(inbox.got) == 2, 20, "the second alert arrives")
        finally:
            product.stop()
    first, second = (one["message"] for one in inbox.got)
    assert (first.count("PILNE"), second.count("PILNE")) == (1, 1)
    assert first.split(",")[0] != second.split(",")[0]
    assert "zabić" not in first + second
    assert "very-secret-word" not in product.output
