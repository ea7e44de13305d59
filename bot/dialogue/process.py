"""One engine process: ``rasa run`` on the loopback interface, started, proved, watched, ended."""

import asyncio
import ctypes
import json
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from bot.dialogue.catalogue import Model
from bot.dialogue.client import Engine, EngineFailed
from bot.dialogue.model import engine_environment
from bot.settings import Settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
_LOG_LIMIT = 5_000_000
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: loading a library between fork and exec can deadlock.
_LIBC = ctypes.CDLL("libc.so.6", use_errno=True) if sys.platform == "linux" else None


class NotUsable(Exception):
    """The process did not become an engine that works; the message says why."""


def free_port() -> int:
    """Find a port on the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Ask the kernel to end the engine when the gateway is killed: no orphan keeps memory and port."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class RasaProcess:
    """One ``rasa run`` with one model."""

    def __init__(self, settings: Settings, engine: Engine, token: str, actions_url: str, model: Model) -> None:
        """Prepare; ``engine`` is the client with which the process is asked for its health."""
        self._settings = settings
        self._engine = engine
        self._token = token
        self._actions_url = actions_url
        self._process: asyncio.subprocess.Process | None = None
        self.model = model
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def exit_code(self) -> int | None:
        """Exit code once it has ended."""
        return self._process.returncode if self._process is not None else None

    async def start(self) -> None:
        """Start, and wait until the model has passed the engine's smoke check.

        Raises:
            NotUsable: it ended, refused its model, or took too long; the process is gone then.
        """
        try:
            with self._log() as log:
                await self._spawn(log)
        except OSError as error:
            raise NotUsable(f"it cannot be started: {error.strerror}") from error
        try:
            await asyncio.wait_for(self._proved(), self._settings.engine_start_timeout)
        except TimeoutError:
            await self.end()
            raise NotUsable(f"not ready within {self._settings.engine_start_timeout:.0f} s") from None
        except BaseException:
            await self.end()
            raise

    async def prove_turn(self) -> None:
        """Run one whole turn through dialogue and actions; nothing of it is kept.

        Raises:
            NotUsable: no answer came; the process is ended.
        """
        try:
            await self._engine.try_turn(self.url)
        except EngineFailed as error:
            await self.end()
            raise NotUsable(f"a trial question gets no answer: {error}") from None

    async def ended(self, patience: float) -> bool:
        """Wait at most ``patience`` seconds for the process to end by itself; tells whether it has."""
        if self._process is None:
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), patience)
        return self._process.returncode is not None

    async def end(self) -> None:
        """End the process, kindly first."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5.0)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _proved(self) -> None:
        while self.exit_code is None:
            status, error = await self._engine.state_of(self.url)
            if status == 200:
                return
            if status:
                # The engine loads its model before it listens: what it says now it would say for ever.
                raise NotUsable(error or f"its health check answers {status}")
            await asyncio.sleep(POLL_SECONDS)
        raise NotUsable(f"exit code {self.exit_code}: {self.last_words()}")

    async def _spawn(self, log: IO[bytes]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(self._settings.engine_python),
            *("-m", "rasa", "run", "--model", str(self.model.path.resolve())),
            *("--endpoints", str(self._write_endpoints().resolve()), "--credentials", "credentials.yml"),
            *("--interface", "127.0.0.1", "--port", str(self.port)),
            cwd=self._settings.project_dir,
            env=engine_environment(MOPS_ENGINE_TOKEN=self._token, OMP_NUM_THREADS="1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal goes to the gateway alone, which then ends the engine in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    @property
    def log_path(self) -> Path:
        """Where the engine writes; at its level it logs no residents' words."""
        return self._settings.data_dir / "logs" / "engine.log"

    def last_words(self) -> str:
        """Return the last error in the engine's log."""
        try:
            lines = self.log_path.read_text(errors="replace").splitlines()[-40:]
        except OSError:
            return "no log"
        errors = [line.strip() for line in lines if "Error" in line or "rror:" in line]
        return errors[-1][:300] if errors else "no reason given"

    def _log(self) -> IO[bytes]:
        path = self.log_path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _write_endpoints(self) -> Path:
        """Write what points the engine at this gateway; readable by the owner only, it holds the token."""
        run = self._settings.data_dir / "run"
        run.mkdir(parents=True, exist_ok=True, mode=0o700)
        endpoints = run / "endpoints.yml"
        # JSON is YAML, and quotes itself.
        _write_private(
            endpoints,
            json.dumps(
                {
                    "action_endpoint": {
                        "url": self._actions_url,
                        "headers": {"Authorization": f"Bearer {self._token}"},
                    },
                    "tracker_store": {"type": "engine.tracker_store.TurnTrackerStore"},
                }
            ),
        )
        return endpoints


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
