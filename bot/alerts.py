"""Where alerts go: e-mail, a messenger, a ticket system, whatever Apprise has an address for."""

import asyncio
import hashlib
import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.errors import StartupError
from bot.logs import WithoutSecrets
from bot.settings import Settings

if TYPE_CHECKING:
    from apprise import Apprise

TIMEOUT_SECONDS = 60.0
LEAST_SECRET = 12
"""Shorter parts of an address are words, not tokens."""


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """One address. ``name`` may be logged, ``mark`` may be stored; the address itself holds a password."""

    name: str
    mark: str
    notifier: "Apprise"

    async def send(self, title: str, text: str) -> bool:
        """Send one message; False when it did not arrive as far as can be known."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return bool(await asyncio.to_thread(self.notifier.notify, body=text, title=title))
        except TimeoutError:
            return False
        except Exception as error:
            # A service's plug-in is foreign code; what it raises may quote the address.
            logging.getLogger(__name__).debug("%s: %s", self.name, type(error).__name__)
            return False


def alert_urls(settings: Settings) -> list[str]:
    """Read the addresses from the environment and from the file.

    Raises:
        StartupError: the file cannot be read.
    """
    text = settings.alert_urls.get_secret_value() if settings.alert_urls is not None else ""
    if settings.alert_urls_file is not None:
        try:
            lines = settings.alert_urls_file.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            raise StartupError(f"{settings.alert_urls_file} cannot be read (MOPS_ALERT_URLS_FILE).") from None
        text = "\n".join([text, *(line for line in lines if not line.lstrip().startswith("#"))])
    return text.split()


def load_targets(settings: Settings) -> list[AlertTarget]:
    """Prepare the addresses; nothing is connected.

    Raises:
        StartupError: one of them is none that Apprise knows; says which, never what it is.
    """
    urls = alert_urls(settings)
    if not urls:
        return []
    # Imported only where it is used: its memory (25 MB) is left to towns that want alerts.
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(app_id="MOPS", app_desc="Panel MOPS", app_url="", async_mode=False)
    targets = []
    for place, url in enumerate(urls, start=1):
        notifier = Apprise(asset=asset)
        if not notifier.add(url):
            raise StartupError(
                f"Address {place} of {len(urls)} in MOPS_ALERT_URLS (or its file) is not one that Apprise knows. "
                "Example: mailtos://user:password@smtp.example.pl?from=panel@example.pl&to=dyzur@example.pl"
            )
        scheme = url.partition(":")[0][:20]
        mark = hashlib.sha256(url.encode()).hexdigest()[:16]
        targets.append(AlertTarget(f"address {place} ({scheme})", mark, notifier))
    return targets


async def try_all(settings: Settings, targets: list[AlertTarget]) -> list[tuple[AlertTarget, str | None]]:
    """Send a test message to each; beside it stands why it could not be sent, or None."""
    tried: list[tuple[AlertTarget, str | None]] = []
    for target in targets:
        heard = io.StringIO()
        handler = logging.StreamHandler(heard)
        handler.setFormatter(WithoutSecrets(secrets_in(alert_urls(settings))))
        library = logging.getLogger("apprise")
        before = library.level, library.propagate
        library.addHandler(handler)
        library.setLevel(logging.WARNING)
        library.propagate = False
        try:
            sent = await target.send(
                "MOPS: próba powiadomienia", "Powiadomienia z panelu MOPS docierają pod ten adres."
            )
        finally:
            library.removeHandler(handler)
            library.setLevel(before[0])
            library.propagate = before[1]
        tried.append((target, None if sent else heard.getvalue().strip() or "No answer."))
    return tried


def secrets_in(urls: list[str]) -> list[str]:
    """Return what must not appear in a log: whole addresses and the passwords and tokens in them."""
    found = []
    for url in urls:
        parts = urlsplit(url)
        path = [part for part in parts.path.split("/") if len(part) >= LEAST_SECRET]
        values = [value for _, value in parse_qsl(parts.query) if len(value) >= LEAST_SECRET and "@" not in value]
        found += [url, *filter(None, (parts.password, unquote(parts.password or ""))), *path, *values]
    return found
