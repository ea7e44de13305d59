"""Starting and stopping the whole product."""

import asyncio
import logging
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvicorn

from bot.alerts import alert_urls, secrets_in
from bot.app import build_app
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.desk.accounts import any_admin, create_invite
from bot.dialogue import model
from bot.dialogue.data_check import require_sound_data
from bot.dialogue.registry import Registry
from bot.errors import StartupError
from bot.hub.feed import Feed
from bot.logs import set_up_logging
from bot.safety import crisis, crisis_patterns
from bot.settings import PROJECT_ROOT, Settings

logger = logging.getLogger(__name__)


def secrets_of(settings: Settings) -> list[str]:
    """Return what must not appear in a log; of a bot's token also the half behind the bot's public id."""
    hidden = (settings.telegram_token, settings.telegram_webhook_secret, settings.database_url, settings.redis_url)
    found = [secret.get_secret_value() for secret in hidden if secret is not None]
    if settings.telegram_token is not None:
        found.append(settings.telegram_token.get_secret_value().partition(":")[2])
    found += secrets_in(alert_urls(settings))
    return found


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is started.

    Raises:
        StartupError: somebody else has it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by each connection: without it a response's body waits 40 ms for the client's delayed ACK.
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise StartupError(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Is the product already running? Another port: MOPS_PORT=8081."
        ) from None
    return taken


async def open_keyring(settings: Settings) -> Keyring:
    """Read the key; made only where there is no data yet and no other place for it was set.

    Raises:
        StartupError: the key that the stored data needs is not there.
    """
    path = settings.key_file
    if not path.exists() and settings.secret_key_file is None and not await migrate.has_data(settings.database):
        Keyring.create_file(path)
        logger.info("Made the encryption key %s. Back it up apart from the database.", path)
    return Keyring.from_file(path)


def engine_token(settings: Settings) -> str:
    """Read the secret shared with the engine, made on first use.

    Raises:
        StartupError: a file was named and is not there.
    """
    path = settings.engine_token_file or settings.data_dir / "keys" / "engine.token"
    if not path.exists():
        if settings.engine_token_file is not None:
            raise StartupError(f"The engine's token file {path} is missing (MOPS_ENGINE_TOKEN_FILE).")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32) + "\n")
    return path.read_text().strip()


def load_crisis_net(settings: Settings) -> None:
    """Load the crisis net; compiled by a process of its own where the patterns are new.

    Raises:
        StartupError: the patterns cannot be read.
    """
    cache = settings.data_dir / "cache"
    path = cache / f"crisis-{crisis_patterns.fingerprint()}.json"
    try:
        crisis.load(path)
    except (OSError, msgspec.MsgspecError):
        for old in cache.glob("crisis-*.json"):
            old.unlink(missing_ok=True)
        command = [sys.executable, "-m", crisis_patterns.__name__, str(path.resolve())]
        compiled = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if compiled.returncode:
            reason = compiled.stderr.strip().splitlines()[-1:]
            raise StartupError(f"The crisis net cannot be built: {' '.join(reason)}") from None
        crisis.load(path)


async def prepare(settings: Settings) -> Keyring:
    """Check and prepare everything that must be right before the first request.

    Raises:
        StartupError: what is wrong and what to do.
    """
    if not settings.engine_url and not Path(settings.engine_python).exists():
        raise StartupError(f"The engine's Python {settings.engine_python} is missing. Run 'make setup'.")
    load_crisis_net(settings)
    keyring = await open_keyring(settings)
    if await migrate.upgrade(settings.database):
        logger.info("The database is at the newest schema.")
    database = Database(settings.database)
    try:
        await migrate.check_key(database, keyring)
        if not settings.engine_url and await Registry(database).in_use() is None and model.fitting(settings) is None:
            # Mistakes that would end the first training are told at once.
            require_sound_data(settings.project_dir, settings.knowledge_dir)
    finally:
        await database.close()
    return keyring


class _Server(uvicorn.Server):
    """Ends the open event streams first, which would otherwise hold a stopping server back."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.close()
        await super().shutdown(sockets)


async def serve(settings: Settings, report: Callable[[str], None]) -> None:
    """Run the product until it is told to stop.

    Raises:
        StartupError: it cannot run.
    """
    sock = listen(settings)
    try:
        keyring = await prepare(settings)
        host, port = sock.getsockname()[:2]
        failure: list[StartupError] = []

        def fatal(error: StartupError) -> None:
            failure.append(error)
            server.should_exit = True

        app = build_app(settings, keyring, engine_token(settings), port, report, fatal)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=3,
                timeout_keep_alive=75,
                server_header=False,
                proxy_headers=True,
            ),
            app.state.feed,
        )
        address = settings.public_url or f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
        report(f"Address: {address}  (staff desk: {address}/desk)")
        await _offer_first_administrator(settings, address, report)
        await server.serve(sockets=[sock])
    finally:
        sock.close()
    if failure:
        raise failure[0]
    report("Stopped.")


async def _offer_first_administrator(settings: Settings, address: str, report: Callable[[str], None]) -> None:
    database = Database(settings.database)
    try:
        if not await any_admin(database):
            code = await create_invite(database, "admin", settings.invite_hours)
            report(
                "Nobody can sign in yet. Create the first administrator with this one-time link "
                f"(valid {settings.invite_hours} hours):\n  {address}/desk/pierwsze-uruchomienie?kod={code}"
            )
    finally:
        await database.close()


def run(settings: Settings, report: Callable[[str], None]) -> None:
    """Run :func:`serve` to its end; Ctrl-C and SIGTERM stop it in order."""
    set_up_logging(settings.log_level, secrets_of(settings))
    # SIGTERM ends like Ctrl-C: uvicorn raises the signal again once it has stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(serve(settings, report))
    except KeyboardInterrupt:
        report("Stopped.")
