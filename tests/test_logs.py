"""Secrets stay out of the log, whatever a library puts into a message or an exception."""

import logging
import sys
from urllib.parse import quote

import pytest

from bot.logs import HIDDEN, WithoutSecrets
from bot.serve import secrets_of
from bot.settings import Settings

TOKEN = "123456789:AAtest-SECRET_0123456789-abcdefghij"
SECRET = "webhook-secret_of-the-tests"


@pytest.fixture
def written() -> WithoutSecrets:
    return WithoutSecrets(secrets_of(Settings(telegram_token=TOKEN, telegram_webhook_secret=SECRET)))  # type: ignore[arg-type]


def record(message: str, *values: object, failed: bool = False) -> logging.LogRecord:
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, values, sys.exc_info() if failed else None)


ADDRESS = f"https://api.telegram.org/bot{TOKEN}/getMe"


@pytest.mark.parametrize("told", [TOKEN, ADDRESS, quote(TOKEN, safe=""), TOKEN.partition(":")[2], SECRET])
def test_a_secret_in_a_message_is_hidden(written: WithoutSecrets, told: str) -> None:
    line = written.format(record("asked %s", told))
    assert "AAtest" not in line
    assert SECRET not in line
    assert HIDDEN in line


def test_a_secret_in_an_exception_is_hidden(written: WithoutSecrets) -> None:
    try:
        raise ValueError(f"The token `{TOKEN}` was rejected by the server.")
    except ValueError:
        text = written.format(record("it failed", failed=True))
    assert "Traceback" in text
    assert "AAtest" not in text


def test_everything_else_is_written_as_it_is(written: WithoutSecrets) -> None:
    assert written.format(record("update %d is stored", 7)).endswith("x: update 7 is stored")
