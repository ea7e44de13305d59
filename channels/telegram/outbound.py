"""How a hub's message becomes Bot API calls, and what their failures mean."""

import re

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.hub.messages import Delivery, Outgoing

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
# The request never left this machine, so sending again cannot double it.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
TOKEN_RETRY_SECONDS = 60.0


def split(text: str, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> list[str]:
    """Cut a text into parts of at most ``limit`` UTF-16 code units (Bot API's count), at sentences if possible."""
    parts: list[str] = []
    rest = text.strip()
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
    """Say what a failed ``sendMessage`` means: having no idempotency key, it is retried only if it surely failed."""
    if isinstance(error, RetryAfter):
        return Delivery("retry", error="429", retry_after=seconds_of(error) + 0.1)
    if isinstance(error, Forbidden):
        return Delivery("failed", error=_blame(error))
    if isinstance(error, BadRequest):
        return Delivery("failed", error=f"refused: {error.message}"[:200])
    if isinstance(error, InvalidToken):
        # Its text quotes the token. Nothing was taken, and the operator can put the token right.
        return Delivery("retry", error="the bot's token was refused", retry_after=TOKEN_RETRY_SECONDS)
    cause = error.__cause__
    if isinstance(error, NetworkError):
        # Without a cause it is an answer of the API itself, which says that it could not do it.
        if cause is None or isinstance(cause, _NOT_SENT):
            return Delivery("retry", error=type(cause or error).__name__)
        if isinstance(cause, RuntimeError):
            return Delivery("retry", error="the client is closed")
    # An answer that is not the API's, or none: a proxy's error page, a connection that broke, silence.
    return Delivery("unknown", error=type(cause or error).__name__)


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks to wait."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _blame(error: Forbidden) -> str:
    told = error.message.lower()
    if "blocked" in told:
        return "blocked by the user"
    if "deactivated" in told:
        return "the account no longer exists"
    return f"refused: {error.message}"[:200]
