"""Passwords of staff: hashing, checking, and the rules a new one has to meet."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
_MINIMUM_DISTINCT = 5

T = TypeVar("T")

_hasher = PasswordHasher()
# One hash takes 64 MiB and a whole core: two at a time keep a burst of sign-ins from starving the residents.
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


class WeakPassword(ValueError):
    """The new password does not meet the rules; the message is Polish, for the person choosing it."""


def check_rules(password: str, *, login: str) -> None:
    """Raise `WeakPassword` unless the password is long, not the login, and not one character repeated."""
    normal = _normal(password)
    if len(normal) < MINIMUM_LENGTH:
        raise WeakPassword(f"Hasło musi mieć co najmniej {MINIMUM_LENGTH} znaków.")
    if len(normal) > MAXIMUM_LENGTH:
        raise WeakPassword(f"Hasło może mieć najwyżej {MAXIMUM_LENGTH} znaków.")
    if login and login.casefold() in normal.casefold():
        raise WeakPassword("Hasło nie może zawierać loginu.")
    if len(set(normal.casefold())) < _MINIMUM_DISTINCT:
        raise WeakPassword(f"Hasło musi zawierać co najmniej {_MINIMUM_DISTINCT} różnych znaków.")


async def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    return await _run(_hasher.hash, _normal(password))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; with nothing stored it takes as long as a real check and says no."""
    matches = await _run(_verify, stored, _normal(password)[:MAXIMUM_LENGTH])
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("no account has this password")


def _normal(password: str) -> str:
    # Keyboards differ in how they compose "ą"; the same password must fit from each of them.
    return unicodedata.normalize("NFC", password)


async def _run(function: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_workers, function, *arguments)
