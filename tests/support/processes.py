"""Real servers for the tests: the product, the engine, an action server, PostgreSQL, Redis."""

import asyncio
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import httpx

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"


# Below the ports that the kernel gives to clients: none of these can take a port between the look and its use.
_FIRST_PORT, _PORTS_OF_ONE = 20_000, 3_000
_ports = itertools.count(os.getpid() % 1_000)


def free_port() -> int:
    """Find a port that nobody listens on; each of pytest's workers looks in a range of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    while True:
        port = _FIRST_PORT + worker * _PORTS_OF_ONE + next(_ports) % _PORTS_OF_ONE
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(look: Callable[[], T], patience: float, what: str) -> T:
    """Call ``look`` until it returns something true; fails with ``what`` after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            seen = look()
        except (httpx.TransportError, ConnectionError):
            seen = None
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.05)


async def until_async(look: Callable[[], Awaitable[T]], patience: float, what: str) -> T:
    """:func:`until` for what is awaited."""
    deadline = time.monotonic() + patience
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        await asyncio.sleep(0.05)
    return seen


class Server:
    """A process with its output in a file, ended at the end of the ``with`` block."""

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
        self.command = command
        self.log = log
        self.env = os.environ | (env or {})
        self.cwd = cwd
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=self.cwd, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        return self

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """kill -9, as an operator or the kernel would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Product(Server):
    """The gateway as ``mops serve`` starts it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        env = {
            "MOPS_DATA_DIR": str(folder),
            "MOPS_PORT": str(self.port),
            "MOPS_WORKING_HOURS": "mon-sun 00:00-23:59",
            **{f"MOPS_{name.upper()}": value for name, value in settings.items() if value},
        }
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__([str(BIN / "mops"), "serve"], folder / "gateway.log", env)
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        super().start()
        try:
            self.wait_alive()
        except BaseException:
            self.stop()
            raise
        return self

    def wait_alive(self, patience: float = 60.0) -> None:
        def alive() -> bool:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the product ended:\n{self.output[-3000:]}")
            return httpx.get(f"{self.url}/health/live", timeout=1).status_code == 200

        until(alive, patience, "the gateway answers")

    def wait_ready(self, patience: float = 300.0) -> Self:
        until(
            lambda: httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200,
            patience,
            f"the product is ready; it said:\n{self.output[-2000:]}",
        )
        return self

    @property
    def setup_link(self) -> str:
        match = re.search(r"https?://\S+/desk/pierwsze-uruchomienie\?kod=\S+", self.output)
        assert match, self.output
        return match.group()

    @property
    def models(self) -> Path:
        """Where its trained models are."""
        return Path(self.env.get("MOPS_MODELS_DIR", ROOT / "models"))

    def mops(self, *words: str, stdin: str | None = None, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "mops"), *words],
            env=self.env,
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def add_staff(self, login: str, name: str, role: str = "clerk", password: str = "bardzo-tajne-haslo-1") -> str:
        done = self.mops(
            "staff", "add", "--login", login, "--name", name, "--role", role, "--password-stdin", stdin=password
        )
        assert done.returncode == 0, done.stderr
        return password

    def ask(self, sender: str, message: str, timeout: float = 30) -> list[dict]:
        """One turn over the REST contract."""
        answer = httpx.post(
            f"{self.url}/webhooks/rest/webhook", json={"sender": sender, "message": message}, timeout=timeout
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def engine_pid(self) -> int | None:
        """The engine that this gateway started."""
        assert self.process is not None
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", "rasa run"], capture_output=True, text=True
        ).stdout.split()
        return int(found[0]) if found else None


def trained_model(log: Path) -> Path:
    """Train a model for the current data unless there is one, through the product's own command."""
    done = subprocess.run([str(BIN / "mops"), "train"], cwd=ROOT, capture_output=True, text=True, timeout=900)
    log.write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    from bot.dialogue.model import fitting
    from bot.settings import Settings

    made = fitting(Settings())
    assert made is not None, done.stdout
    return made.path


class SharedEngine:
    """One real Rasa server with a real rasa-sdk action server, for all products of a test session."""

    TOKEN = "token-of-the-tests-engine"

    def __init__(self, folder: Path, model: Path) -> None:
        self.token_file = folder / "engine.token"
        self.token_file.write_text(self.TOKEN)
        actions = free_port()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        endpoints = folder / "endpoints.yml"
        endpoints.write_text(
            f"action_endpoint: {{url: 'http://127.0.0.1:{actions}/webhook'}}\n"
            "tracker_store: {type: engine.tracker_store.TurnTrackerStore}\n"
        )
        self.actions = Server(
            [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions)], folder / "actions.log"
        )
        self.rasa = Server(
            [
                *(str(ENGINE_PYTHON), "-m", "rasa", "run", "--model", str(model)),
                *("--endpoints", str(endpoints), "--credentials", "credentials.yml"),
                *("--interface", "127.0.0.1", "--port", str(self.port)),
            ],
            folder / "rasa.log",
            {
                "MOPS_ENGINE_TOKEN": self.TOKEN,
                "RASA_TELEMETRY_ENABLED": "false",
                "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
                "TF_CPP_MIN_LOG_LEVEL": "3",
            },
        )

    @property
    def settings(self) -> dict[str, str]:
        return {"engine_url": self.url, "engine_token_file": str(self.token_file)}

    def __enter__(self) -> Self:
        self.actions.start()
        self.rasa.start()
        try:
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.rasa.process is not None
            assert self.rasa.process.poll() is None, self.rasa.output[-3000:]
            headers = {"Authorization": f"Bearer {self.TOKEN}"}
            return httpx.get(f"{self.url}/webhooks/mops/health", headers=headers, timeout=3).status_code == 200

        until(ready, 300, "the shared engine is ready")

    def __exit__(self, *_: object) -> None:
        self.rasa.stop()
        self.actions.stop()


class Postgres:
    """A PostgreSQL server of our own; one database per test."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        located = shutil.which("pg_ctl") or (str(found[-1]) if found else None)
        assert located, "PostgreSQL is not installed (apt-get install postgresql)"
        self.bin = Path(located).resolve().parent
        self.folder = folder / "cluster"
        self.socket = folder
        self.port = free_port()
        self.count = 0

    def _run(self, *words: str) -> None:
        # PostgreSQL refuses to run as root.
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*prefix, *words], check=True, capture_output=True, cwd="/")

    def __enter__(self) -> Self:
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (self.socket, *self.socket.parents):
                if path == Path("/tmp"):  # noqa: S108
                    break
                path.chmod(path.stat().st_mode | 0o055)
            os.chown(self.socket, owner.pw_uid, owner.pw_gid)
        self._run(
            str(self.bin / "initdb"), "-D", str(self.folder), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"
        )
        options = f"-p {self.port} -k {self.socket} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self.options = options
        self.up()
        return self

    def up(self) -> None:
        self._run(
            *(str(self.bin / "pg_ctl"), "-D", str(self.folder), "-w", "-o", self.options),
            *("-l", str(self.socket / "postgres.log"), "start"),
        )

    def down(self) -> None:
        self._run(str(self.bin / "pg_ctl"), "-D", str(self.folder), "-w", "-m", "immediate", "stop")

    def new_database(self) -> str:
        self.count += 1
        name = f"test_{self.count}"
        self._run(str(self.bin / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def __exit__(self, *_: object) -> None:
        self.down()
