"""Put the test messages to a trained model, in the engine's Python and through the engine's code."""

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from bot.dialogue.catalogue import Model, write_whole
from bot.dialogue.model import engine_environment
from bot.dialogue.questions import Answer, Judged, Question, judge
from bot.errors import StartupError
from bot.settings import Settings

logger = logging.getLogger(__name__)

_UNUSABLE = 3
"""Exit code of ``engine.evaluation.ask`` when the model cannot be loaded."""

_CODE = ("engine/understanding.py", "engine/intents.py", "engine/evaluation/ask.py", "engine/polish")
"""What decides about an answer beside the model: kept answers are good for as long as it stays the same."""


class UnusableModel(StartupError):
    """A model that the engine cannot load, with the reason."""


class _Kept(msgspec.Struct):
    """The answers that lie beside a model."""

    code: str
    answers: dict[str, Answer]
    parse_ms: dict[str, float] = {}


class _Asked(msgspec.Struct):
    answers: list[Answer]
    parse_ms: dict[str, float] = {}


async def examine(
    settings: Settings, model: Model, asked: Iterable[Question], report: Callable[[str], None]
) -> list[Judged]:
    """Judge what the product with this model would make of each question.

    Answers are kept beside the model, so that only new test messages cost time.

    Raises:
        UnusableModel: the model cannot be loaded.
        StartupError: the examination itself failed.
    """
    asked = list(asked)
    kept = _read(model, _code(settings))
    texts = {question.text for question in asked if question.gateway is None}
    # An empty set still loads the model: a broken one must not pass for want of questions.
    missing = sorted(texts - kept.answers.keys())
    if missing or not kept.answers:
        report(f"Asking {model.name} about {len(missing)} messages")
        fresh = await _ask(settings, model, missing, report)
        kept.answers |= dict(zip(missing, fresh.answers, strict=True))
        kept.parse_ms = fresh.parse_ms or kept.parse_ms
        write_whole(model.examination_path, msgspec.json.encode(kept))
    return [judge(question, kept.answers.get(question.text)) for question in asked]


def parse_ms(model: Model) -> dict[str, float]:
    """Return how long the last examination's parses took (p50, p95), if there was one."""
    try:
        return msgspec.json.decode(model.examination_path.read_bytes(), type=_Kept).parse_ms
    except (OSError, msgspec.MsgspecError):
        return {}


def _read(model: Model, code: str) -> _Kept:
    try:
        kept = msgspec.json.decode(model.examination_path.read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return _Kept(code, {})
    # A file put in the model's place under its name is another model.
    newer = model.examination_path.stat().st_mtime >= model.path.stat().st_mtime
    return kept if kept.code == code and newer else _Kept(code, {})


def _code(settings: Settings) -> str:
    digest = hashlib.sha256()
    for name in _CODE:
        path = settings.project_dir / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


async def _ask(settings: Settings, model: Model, texts: list[str], report: Callable[[str], None]) -> _Asked:
    with tempfile.TemporaryDirectory(prefix="mops-ask-") as name:
        folder = Path(name)
        (folder / "questions.json").write_bytes(msgspec.json.encode(texts))
        answers = folder / "answers.json"
        code, words = await run_engine_tool(
            settings,
            "engine.evaluation.ask",
            [str(model.path.resolve()), str(folder / "questions.json"), str(answers)],
            report,
        )
        if code == _UNUSABLE:
            raise UnusableModel(f"{model.name} cannot be used: {words[-1] if words else 'no reason given'}")
        if code != 0 or not answers.exists():
            raise StartupError(f"{model.name} could not be examined:\n  " + "\n  ".join(words[-8:]))
        return msgspec.json.decode(answers.read_bytes(), type=_Asked)


async def run_engine_tool(
    settings: Settings, module: str, words: list[str], report: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Run a module in the engine's Python; returns its exit code and the last lines of its standard error.

    Lines ``progress DONE OF`` of its standard output are shown as progress, the others as they are.
    """
    process = await asyncio.create_subprocess_exec(
        *(str(settings.engine_python), "-W", "ignore", "-m", module, *words),
        cwd=settings.project_dir,
        env=engine_environment(OMP_NUM_THREADS="1"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - the pipes were asked for
    assert process.stderr is not None  # noqa: S101
    errors = asyncio.create_task(process.stderr.read())
    try:
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            if line.startswith("progress "):
                done, of = line.split()[1:3]
                report(f"  {done} of {of}")
            elif line:
                report(f"  {line}")
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    told = (await errors).decode(errors="replace").splitlines()
    return code, [line for line in told if line.strip()][-20:]
