"""How a hub's message becomes Bot API calls, and what their failures mean."""

import re

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.hub.messages import Delivery, Outgoing

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
# The request never left this machine, so sending again cannot double it.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def split(text: str, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> list[str]:
    """Cut a text into parts of at most ``limit`` UTF-16 code units (Bot API's count), at sentences if possible."""
    parts: list[str] = []
    rest = text
    while _length(rest) > limit:
        fitting = _fitting(rest, limit)
        cut = max((m.start() for m in _SENTENCE_END.finditer(rest, 0, fitting)), default=0)
        cut = cut or rest.rfind(" ", 0, fitting)
        if cut <= 0:
            cut = fitting
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of ``text`` fit into ``limit`` UTF-16 code units."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)


def text_of(message: Outgoing) -> str:
    """Name the person who writes; the bot's own messages stand as they are."""
    return f"{message.author_name}: {message.text}" if message.author_name else message.text


def keyboard_of(message: Outgoing) -> InlineKeyboardMarkup | None:
    """One button a row, so that Polish titles stay readable on a phone."""
    if not message.buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(b.title, callback_data=b.id)] for b in message.buttons])


def outcome_of(error: TelegramError) -> Delivery:
    """Say what a failed ``sendMessage`` means: without an idempotency key only what surely did not arrive is retried."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = float(wait) if isinstance(wait, int | float) else wait.total_seconds()
        return Delivery("retry", error="429", retry_after=seconds + 0.1)
    if isinstance(error, Forbidden):
        return Delivery("failed", error="blocked by the user")
    if isinstance(error, BadRequest):
        return Delivery("failed", error=f"refused: {error.message}"[:200])
    if isinstance(error, NetworkError):
        cause = error.__cause__
        if cause is None or isinstance(cause, _NOT_SENT):
            return Delivery("retry", error=type(cause or error).__name__)
        return Delivery("unknown", error=type(cause).__name__)
    return Delivery("failed", error=type(error).__name__)
