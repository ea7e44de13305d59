"""How a hub's message becomes Bot API calls, and what their failures mean."""

import re

import httpx
import phonenumbers
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.hub.messages import BLOCKED, NEVER_STARTED, NO_ACCOUNT, NO_CHAT, Delivery, Outgoing

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
# The request never left this machine, so sending again cannot double it.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
TOKEN_RETRY_SECONDS = 60.0
POLAND = 48
_CALLABLE = (
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


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
    """Name the person who writes, and write phone numbers so that every Telegram client makes links of them.

    Sent without ``parse_mode``: nothing in it is markup, so nothing needs escaping. Telegram itself finds web
    addresses and e-mail addresses; phone numbers only with the country's code. It takes no ``tel:`` links.
    """
    text = f"{message.author_name}: {message.text}" if message.author_name else message.text
    return _with_country_code(text)


def _with_country_code(text: str) -> str:
    """Put +48 in front of Polish numbers that can be called from anywhere; free and short numbers stay."""
    found = phonenumbers.PhoneNumberMatcher(text, "PL", leniency=phonenumbers.Leniency.STRICT_GROUPING)
    for match in reversed(list(found)):
        callable_abroad = phonenumbers.number_type(match.number) in _CALLABLE
        if match.raw_string[0].isdigit() and match.number.country_code == POLAND and callable_abroad:
            text = f"{text[: match.start]}+{POLAND} {text[match.start :]}"
    return text


def keyboard_of(message: Outgoing) -> InlineKeyboardMarkup | None:
    """One button a row, so that Polish titles stay readable on a phone."""
    if not message.buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(b.title, callback_data=b.id)] for b in message.buttons])


def outcome_of(error: TelegramError) -> Delivery:
    """Say what a failed ``sendMessage`` means: having no idempotency key, it is retried only if it surely failed."""
    if isinstance(error, RetryAfter):
        return Delivery("retry", error="429", retry_after=seconds_of(error) + 0.1, away=True)
    if isinstance(error, Forbidden):
        return Delivery("failed", error=_blame(error))
    if isinstance(error, BadRequest):
        if "chat not found" in error.message.lower():
            return Delivery("failed", error=NO_CHAT)
        return Delivery("failed", error=f"refused: {error.message}"[:200])
    if isinstance(error, InvalidToken):
        # Its text quotes the token. Nothing was taken, and the operator can put the token right.
        return Delivery("retry", error="the bot's token was refused", retry_after=TOKEN_RETRY_SECONDS, away=True)
    cause = error.__cause__
    if isinstance(error, NetworkError):
        # Without a cause it is an answer of the API itself, which says that it could not do it.
        if cause is None or isinstance(cause, _NOT_SENT):
            return Delivery("retry", error=type(cause or error).__name__, away=cause is not None)
        if isinstance(cause, RuntimeError):
            return Delivery("retry", error="the client is closed", away=True)
    # An answer that is not the API's, or none: a proxy's error page, a connection that broke, silence.
    return Delivery("unknown", error=type(cause or error).__name__)


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks to wait."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _blame(error: Forbidden) -> str:
    told = error.message.lower()
    if "blocked" in told:
        return BLOCKED
    if "deactivated" in told:
        return NO_ACCOUNT
    if "initiate conversation" in told:
        return NEVER_STARTED
    return f"refused: {error.message}"[:200]
