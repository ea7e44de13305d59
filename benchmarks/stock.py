"""The alternative: a stock Rasa project on the same training data, trained once per state of the data, and served."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import httpx
from ruamel.yaml import YAML

from tests.support.processes import ENGINE_PYTHON, ROOT, Server, free_port, until

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONUNBUFFERED": "1",
}

STORIES = (("powitanie", "kontakt", "podziekowanie"), ("powitanie", "kasa_godziny", "pozegnanie"), ("telefon",))
"""Like the stories of ``rasa init``. Without any, TED and UnexpecTED learn nothing, are skipped and cost nothing."""

FALLBACK = "Nie rozumiem tej wiadomości. Proszę napisać inaczej."


class StockProject:
    """What a team has that followed Rasa's documentation: default configuration, a rule per intent, one action."""

    def __init__(
        self,
        build: Path,
        answers: dict[str, str],
        *,
        stories: bool,
        keep: bool = False,
        epochs: int | None = None,
    ) -> None:
        """Write the project below ``build``.

        With ``stories`` the default policies have something to learn. With ``keep`` the newest trained model is good
        enough, also when the data has changed since. ``epochs`` shortens the training: what a message costs depends
        on the size of the networks and not on how long they learned, what they understand does.
        """
        kind = "stories" if stories else "rules"
        files = _project_files(stories=stories, epochs=epochs)
        self.shortened = epochs is not None
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
        self.folder = build / "stock" / f"{kind}-{digest.hexdigest()[:12]}"
        trained = sorted(build.glob(f"stock/{kind}-*/models/stock.tar.gz"), key=lambda path: path.stat().st_mtime)
        self.outdated = keep and bool(trained) and trained[-1].parents[1] != self.folder
        if self.outdated:
            self.folder = trained[-1].parents[1]
            files = {}
        self.model = self.folder / "models" / "stock.tar.gz"
        self._times = self.folder / "training.json"
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        # Not part of the key: what the action says changes without training.
        said = {"nlu_fallback": FALLBACK} | answers
        (self.folder / "answers.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        shutil.copy(Path(__file__).parent / "stock_actions.py", self.folder / "actions.py")

    def train(self) -> float:
        """Train unless a model for this data is there; returns the seconds it takes, or took then."""
        if not self.model.exists():
            print(f"Training the stock model {self.folder.name} (several minutes)", flush=True)
            log = self.folder / "train.log"
            started = time.monotonic()
            with log.open("wb") as out:
                done = subprocess.run(
                    [
                        *(str(ENGINE_PYTHON), "-m", "rasa", "train", "--data", "data", "--out", "models"),
                        *("--fixed-model-name", "stock"),
                    ],
                    cwd=self.folder,
                    # A cache of its own: with a filled one the time would be that of what was not in it.
                    env=os.environ | QUIET | {"RASA_CACHE_DIRECTORY": str(self.folder / "cache")},
                    stdout=out,
                    stderr=out,
                    stdin=subprocess.DEVNULL,
                    check=False,
                )
            shutil.rmtree(self.folder / "cache", ignore_errors=True)
            if done.returncode != 0 or not self.model.exists():
                raise SystemExit(f"The stock model could not be trained; see {log}")
            self._times.write_text(json.dumps({"seconds": round(time.monotonic() - started, 1)}))
        return float(json.loads(self._times.read_text())["seconds"])


class Stock:
    """``rasa run`` with the REST channel, and ``python -m rasa_sdk``, as two processes."""

    def __init__(self, project: StockProject, logs: Path) -> None:
        """Prepare the two processes; their output goes below ``logs``."""
        logs.mkdir(parents=True, exist_ok=True)
        actions, self.port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        endpoints = logs / "stock-endpoints.yml"
        endpoints.write_text(f"action_endpoint: {{url: 'http://127.0.0.1:{actions}/webhook'}}\n")
        python = str(ENGINE_PYTHON)
        self.actions = Server(
            [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions)],
            logs / "stock-actions.log",
            QUIET,
            project.folder,
        )
        self.rasa = Server(
            [
                *(python, "-m", "rasa", "run", "--model", str(project.model.resolve())),
                *("--endpoints", str(endpoints.resolve()), "--credentials", "credentials.yml"),
                *("--interface", "127.0.0.1", "--port", str(self.port)),
            ],
            logs / "stock-rasa.log",
            QUIET,
            project.folder,
        )

    def start(self) -> Self:
        """Start both at once, as one would."""
        self.actions.start()
        self.rasa.start()
        return self

    def ask(self, sender: str, text: str, timeout: float = 30.0) -> list[dict[str, Any]]:
        """One turn, for looking whether it works; the measurements use a faster client."""
        answer = httpx.post(
            f"{self.url}/webhooks/rest/webhook", json={"sender": sender, "message": text}, timeout=timeout
        )
        answer.raise_for_status()
        replies: list[dict[str, Any]] = answer.json()
        return replies

    def wait_ready(self, patience: float = 180.0) -> Self:
        """Wait until a question gets an answer."""

        def answers() -> bool:
            assert self.rasa.process is not None
            assert self.rasa.process.poll() is None, self.rasa.output[-3000:]
            try:
                return bool(self.ask("ready", "jaki jest telefon"))
            except httpx.HTTPStatusError:
                return False

        until(answers, patience, f"the stock server answers; it said:\n{self.rasa.output[-2000:]}")
        return self

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by role."""
        assert self.rasa.process is not None
        assert self.actions.process is not None
        return {"rasa run": self.rasa.process.pid, "rasa_sdk": self.actions.process.pid}

    def stop(self) -> None:
        """End both."""
        self.rasa.stop()
        self.actions.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _project_files(*, stories: bool, epochs: int | None) -> dict[str, str]:
    """Return the project's files: what ``rasa init`` writes, with the data and the language of this repository."""
    nlu = {f"data/nlu/{path.name}": path.read_text(encoding="utf-8") for path in _nlu_files()}
    intents = sorted(
        {item["intent"] for text in nlu.values() for item in _load(text).get("nlu") or () if "intent" in item}
    )
    answered = [*intents, "nlu_fallback"]
    rules = [
        {"rule": f"answer {name}", "steps": [{"intent": name}, {"action": "action_answer"}]} for name in answered
    ]
    files = {
        "config.yml": _default_config(epochs),
        "domain.yml": _dump({"version": "3.1", "intents": intents, "actions": ["action_answer"]}),
        "credentials.yml": "rest:\n",
        "data/rules.yml": _dump({"version": "3.1", "rules": rules}),
        **nlu,
    }
    if stories:
        told = [
            {
                "story": "like the starter project " + " ".join(names),
                "steps": [step for name in names for step in ({"intent": name}, {"action": "action_answer"})],
            }
            for names in STORIES
            if set(names) <= set(intents)
        ]
        files["data/stories.yml"] = _dump({"version": "3.1", "stories": told})
    return files


def _default_config(epochs: int | None) -> str:
    """Return the configuration that Rasa itself falls back to, for Polish; ``epochs`` instead of its own number."""
    found = (ENGINE_PYTHON.parent.parent / "lib").glob(
        "python3*/site-packages/rasa/engine/recipes/config_files/default_config.yml"
    )
    config = _load(next(found).read_text()) | {"language": "pl", "assistant_id": "stock"}
    for part in (*config["pipeline"], *config["policies"]) if epochs is not None else ():
        if "epochs" in part:
            part["epochs"] = epochs
    return _dump(config)


def _nlu_files() -> list[Path]:
    return sorted((ROOT / "nlu_data" / "nlu").rglob("*.yml"))


def _load(text: str) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(text) or {}
    return content


def _dump(content: dict[str, Any]) -> str:
    out = io.StringIO()
    YAML(typ="safe").dump(content, out)
    return out.getvalue()
