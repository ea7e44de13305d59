"""The log: to standard error, without residents' words and without secrets."""

import logging
from collections.abc import Iterable
from urllib.parse import quote

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
HIDDEN = "[hidden]"
NOISY = ("httpx", "httpcore", "telegram", "apscheduler", "alembic", "uvicorn.access", "aiosqlite")
"""Libraries that print too much; httpx whole addresses, and Telegram's contain the bot's token."""


class WithoutSecrets(logging.Formatter):
    """The last door before the log: whatever a library puts into a message or an exception, secrets stay inside."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets; each is hidden as it is and as it stands in an address."""
        super().__init__(FORMAT)
        known = {form for secret in secrets for form in (secret, quote(secret, safe="")) if secret}
        self._secrets = sorted(known, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Write the record with its exception, secrets replaced."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def set_up_logging(level: str, secrets: Iterable[str]) -> None:
    """Log to standard error from ``level`` on; ``secrets`` never appear."""
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutSecrets(secrets))
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Says again at each try what the hub says once; ``mops alerts test`` shows it.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
