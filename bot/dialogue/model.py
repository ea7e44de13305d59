"""Training: what a model is made from, and how to make it."""

import asyncio
import fcntl
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.clock import utc_now
from bot.dialogue import catalogue
from bot.dialogue.catalogue import Card, Model
from bot.dialogue.data_check import require_sound_data
from bot.errors import StartupError
from bot.settings import Settings

TRAINED_FROM = (
    *("config.yml", "domain.yml", "nlu_data"),
    *("engine/polish", "engine/importer.py", "engine/evaluation/groups.py", "engine/requirements.lock"),
)
"""What a model depends on; ``nlu_data/tests`` is only for ``rasa test``."""

# Lines of the trainer that mean nothing to the person who waits.
_NOISE = re.compile(r"warn|deprecat|sqlalchemy|tensorflow|^\s*$|^\s+|cuda|tensorrt|oneDNN", re.IGNORECASE)


class TrainingFailed(StartupError):
    """The training ended without a model; the message carries the trainer's last words."""


def engine_environment(**extra: str) -> dict[str, str]:
    """Environment of every process in the engine's Python."""
    return os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def _sources(settings: Settings) -> list[Path]:
    found: list[Path] = []
    for name in TRAINED_FROM:
        path = settings.project_dir / name
        if path.is_dir():
            found += [file for file in path.rglob("*") if file.suffix in (".yml", ".yaml", ".py")]
        elif path.exists():
            found.append(path)
        elif name.endswith(".yml"):
            raise StartupError(f"{name} is missing in {settings.project_dir}.")
    tests = settings.project_dir / "nlu_data" / "tests"
    return [path for path in found if not path.is_relative_to(tests)]


def fingerprint(settings: Settings) -> str:
    """Name the current training data, pipeline and rules by their content (12 hex digits)."""
    digest = hashlib.sha256()
    for path in sorted(_sources(settings)):
        digest.update(str(path.relative_to(settings.project_dir)).encode())
        digest.update(b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def fitting(settings: Settings) -> Model | None:
    """Find the model that was trained from the current data."""
    return catalogue.fitting(settings.models_dir, fingerprint(settings))


async def train(settings: Settings, report: Callable[[str], None], *, again: bool = False) -> Model:
    """Make a model for the current data, unless there is one; nothing serves it yet.

    Args:
        settings: the product's settings.
        report: gets a line whenever there is progress to show.
        again: train even where a model fits.

    Raises:
        StartupError: the data has mistakes; all are named with file and line.
        TrainingFailed: with the reason the trainer gave.
    """
    async with _alone(settings.models_dir, fingerprint(settings), report):
        made = None if again else fitting(settings)
        return made or await _train(settings, report)


async def _train(settings: Settings, report: Callable[[str], None]) -> Model:
    data = await asyncio.to_thread(require_sound_data, settings.project_dir, settings.knowledge_dir)
    name = catalogue.name_now(fingerprint(settings))
    target = settings.models_dir / catalogue.file_name(name)
    draft = f"draft-{os.getpid()}"
    started = time.monotonic()
    report("Training the model (about a minute)")

    def tell(line: str) -> None:
        step = re.search(r"(Starting to train|Finished training|Restored) component '?(\w+)", line)
        if step:
            report(f"  {time.monotonic() - started:5.0f} s  {step[1].lower()} {step[2]}")

    ticker = asyncio.create_task(_tick(report, started))
    try:
        await _run_trainer(settings, draft, tell)
    finally:
        ticker.cancel()
    made = settings.models_dir / f"{draft}.tar.gz"
    if not made.exists():
        raise TrainingFailed("The training ended without a model. Run it again; if it stays so, remove .rasa/cache.")
    seconds = time.monotonic() - started
    made.replace(target)
    model = Model(name, name.rpartition("-")[2], target)
    model.write(Card(trained_at=utc_now(), seconds=round(seconds, 1), messages=len(data.examples)))
    report(f"  {seconds:5.0f} s  trained {name}")
    return model


async def _run_trainer(settings: Settings, draft: str, heard: Callable[[str], None]) -> None:
    """Run ``rasa train``; ``heard`` gets each line it prints. Raises TrainingFailed with its last words.

    The data was checked just before; Rasa's own check of rules and forms is a part of ``make test``.
    """
    process = await asyncio.create_subprocess_exec(
        str(settings.engine_python),
        *("-m", "rasa", "train", "--skip-validation", "--data", "nlu_data"),
        *("--out", str(settings.models_dir.resolve()), "--fixed-model-name", draft),
        cwd=settings.project_dir,
        env=engine_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    stdout = process.stdout
    if stdout is None:  # pragma: no cover - the pipe was asked for
        raise TrainingFailed("The training has no output.")
    last: list[str] = []
    try:
        async for raw in stdout:
            line = re.sub(r"\x1b\[[0-9;]*m", "", raw.decode(errors="replace")).rstrip()
            last = [*last[-30:], line]
            heard(line)
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if code != 0:
        reason = [line for line in last if not _NOISE.search(line)] or last
        raise TrainingFailed("The training failed:\n  " + "\n  ".join(reason[-8:]))


@asynccontextmanager
async def _alone(folder: Path, content: str, report: Callable[[str], None]) -> AsyncIterator[None]:
    """Let one process train from this content: whoever waits finds the model made."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".training-{content}.lock"
    told = False
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    report("Another process trains from the same data; waiting for it")
                told = True
                await asyncio.sleep(0.5)
        yield
        # Who waits for this file finds the model; who comes later does, too.
        path.unlink(missing_ok=True)


async def _tick(report: Callable[[str], None], started: float) -> None:
    """Show that the trainer is alive while it says nothing."""
    while True:
        await asyncio.sleep(10)
        report(f"  {time.monotonic() - started:5.0f} s  training")
