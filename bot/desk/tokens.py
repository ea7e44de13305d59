"""Random secrets handed to browsers, of which the database keeps only hashes."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """A secret that nobody can guess: 192 random bits, safe in a URL and a cookie."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is stored instead of the token. It is random already, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(seed: str) -> str:
    """The anti-forgery token of whoever holds ``seed``, a cookie that no other site can read."""
    return hmac.new(seed.encode(), b"mops-desk-form", hashlib.sha256).hexdigest()


def form_token_fits(seed: str | None, token: str | None) -> bool:
    """Compare in constant time; nothing fits a missing seed."""
    return bool(seed and token) and hmac.compare_digest(form_token(seed or ""), token or "")
