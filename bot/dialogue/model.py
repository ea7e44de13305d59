"""The trained model: which one fits the current data, and how to make it."""

import asyncio
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.errors import StartupError
from bot.settings import Settings

logger = logging.getLogger(__name__)

TRAINED_FROM = ("config.yml", "domain.yml", "nlu_data", "engine/polish", "engine/requirements.lock")
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


def check_sources(settings: Settings) -> None:
    """Find what would break the training before it begins: YAML that cannot be read, missing parts.

    Raises:
        StartupError: names the file and the line.
    """
    yaml = YAML(typ="safe", pure=False)
    for path in sorted(_sources(settings)):
        if path.suffix != ".yml":
            continue
        try:
            content = yaml.load(path)
        except (YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark is not None else ""
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            shown = path.relative_to(settings.project_dir)
            raise StartupError(f"{shown}{line}: not valid YAML ({problem}). Nothing was started.") from None
        if path.name == "domain.yml":
            missing = [part for part in ("intents", "actions", "slots") if not (content or {}).get(part)]
            if missing:
                raise StartupError(f"domain.yml has no {', '.join(missing)}. Nothing was started.")


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


def model_path(settings: Settings) -> Path:
    """Where the model that fits the current data is, or will be."""
    return settings.models_dir / f"mops-{fingerprint(settings)}.tar.gz"


async def train(settings: Settings, report: Callable[[str], None]) -> Path:
    """Train a model for the current data; ``report`` gets a line whenever there is progress to show.

    Raises:
        TrainingFailed: with the reason the trainer gave.
    """
    check_sources(settings)
    target = model_path(settings)
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    draft = f"draft-{os.getpid()}"
    started = time.monotonic()
    report("Training the model (about a minute)")
    process = await asyncio.create_subprocess_exec(
        str(settings.engine_python),
        *("-m", "rasa", "train", "--data", "nlu_data", "--out", str(settings.models_dir.resolve())),
        *("--fixed-model-name", draft),
        cwd=settings.project_dir,
        env=engine_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    last: list[str] = []
    stdout = process.stdout
    if stdout is None:  # pragma: no cover - the pipe was asked for
        raise TrainingFailed("The training has no output.")
    ticker = asyncio.create_task(_tick(report, started))
    try:
        async for raw in stdout:
            line = re.sub(r"\x1b\[[0-9;]*m", "", raw.decode(errors="replace")).rstrip()
            last = [*last[-30:], line]
            step = re.search(r"(Starting to train|Finished training|Restored) component '?(\w+)", line)
            if step:
                report(f"  {time.monotonic() - started:5.0f} s  {step[1].lower()} {step[2]}")
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    finally:
        ticker.cancel()
    made = settings.models_dir / f"{draft}.tar.gz"
    if code != 0 or not made.exists():
        reason = [line for line in last if not _NOISE.search(line)] or last
        raise TrainingFailed("The training failed:\n  " + "\n  ".join(reason[-8:]))
    made.replace(target)
    report(f"  {time.monotonic() - started:5.0f} s  trained {target.name}")
    return target


async def _tick(report: Callable[[str], None], started: float) -> None:
    """Show that the trainer is alive while it says nothing."""
    while True:
        await asyncio.sleep(10)
        report(f"  {time.monotonic() - started:5.0f} s  training")
