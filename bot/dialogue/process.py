"""The engine's process: trained when needed, started, watched, started again when it dies."""

import asyncio
import ctypes
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from bot.dialogue import model
from bot.dialogue.client import Engine
from bot.errors import StartupError
from bot.settings import Settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: loading a library between fork and exec can deadlock.
_LIBC = ctypes.CDLL("libc.so.6", use_errno=True) if sys.platform == "linux" else None


def free_port() -> int:
    """Find a port on the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Ask the kernel to end the engine when the gateway is killed: no orphan keeps memory and port."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class EngineProcess:
    """One ``rasa run`` on the loopback interface. ``state`` says what it is doing, for ``/health/ready``."""

    def __init__(self, settings: Settings, engine: Engine, token: str, report: Callable[[str], None]) -> None:
        """Prepare; ``engine`` is the client that will be pointed at the process."""
        self._settings = settings
        self._engine = engine
        self._token = token
        self._report = report
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.state = "starting"
        self.port = free_port()
        engine.urls = [f"http://127.0.0.1:{self.port}"]

    def start(self, actions_url: str, fatal: Callable[[StartupError], None]) -> None:
        """Train if needed, then run; ``fatal`` is told when there can be no model."""
        self._task = asyncio.create_task(self._run(actions_url, fatal), name="engine")

    async def stop(self) -> None:
        """End the process, kindly first."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    @property
    def pid(self) -> int | None:
        """Process id of the engine while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def _run(self, actions_url: str, fatal: Callable[[StartupError], None]) -> None:
        try:
            path = model.model_path(self._settings)
            if not path.exists():
                self.state = "training"
                path = await model.train(self._settings, self._report)
        except StartupError as error:
            self.state = "failed"
            fatal(error)
            return
        wait = 0.5
        while True:
            self.state = "starting"
            loop = asyncio.get_running_loop()
            begun = loop.time()
            try:
                with self._log() as log:
                    await self._spawn(path, self._write_endpoints(actions_url), log)
            except OSError as error:
                logger.error("The engine cannot be started (%s); trying again.", error.strerror)
            if await self._becomes_ready(begun):
                self.state = "ready"
                self._report(f"The engine is ready ({loop.time() - begun:.0f} s).")
                wait = 0.5
            if self._process is not None:
                code = await self._process.wait()
                logger.error(
                    "The engine ended (exit code %s: %s) and is started again in %.1f s; messages wait. More in %s.",
                    code,
                    self._last_words(),
                    wait,
                    self._log_path,
                )
            self.state = "starting"
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    async def _becomes_ready(self, begun: float) -> bool:
        loop = asyncio.get_running_loop()
        while self._process is not None and self._process.returncode is None:
            if await self._engine.ready():
                return True
            if loop.time() - begun > self._settings.engine_start_timeout:
                logger.error("The engine did not become ready in time; it is started again.")
                await self._end()
                return False
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _spawn(self, path: Path, endpoints: Path, log: IO[bytes]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(self._settings.engine_python),
            *("-m", "rasa", "run", "--model", str(path.resolve())),
            *("--endpoints", str(endpoints.resolve()), "--credentials", "credentials.yml"),
            *("--interface", "127.0.0.1", "--port", str(self.port)),
            cwd=self._settings.project_dir,
            env=model.engine_environment(MOPS_ENGINE_TOKEN=self._token, OMP_NUM_THREADS="1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal goes to the gateway alone, which then ends the engine in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    async def _end(self) -> None:
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

    @property
    def _log_path(self) -> Path:
        return self._settings.data_dir / "logs" / "engine.log"

    def _last_words(self) -> str:
        """Return the last error in the engine's log; the engine logs no residents' words at its level."""
        try:
            lines = self._log_path.read_text(errors="replace").splitlines()[-40:]
        except OSError:
            return "no log"
        errors = [line.strip() for line in lines if "Error" in line or "rror:" in line]
        return errors[-1][:300] if errors else "no reason given"

    def _log(self) -> IO[bytes]:
        path = self._log_path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > 5_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _write_endpoints(self, actions_url: str) -> Path:
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
                        "url": actions_url,
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
