"""Models change while residents write: refused, promoted, broken, rolled back, and no message notices."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.processes import Product
from tests.support.residents import Resident
from tests.support.small_project import small_project

pytestmark = [pytest.mark.engine, pytest.mark.process]

QUESTIONS = [
    ("jaki jest numer telefonu do mops", "68 411 50 00"),
    ("jaki jest adres skrytki epuap", "/jep62f01ky/SkrytkaESP"),
]


class Traffic:
    """Residents who ask one question after the other until they are told to stop, each waiting for the answer."""

    def __init__(self, url: str, residents: int = 2) -> None:
        self._stop = threading.Event()
        self._residents = [Resident(url) for _ in range(residents)]
        self._asked = [0] * residents
        self._failed: list[BaseException] = []
        self._threads = [threading.Thread(target=self._talk, args=(number,)) for number in range(residents)]
        for thread in self._threads:
            thread.start()

    def _talk(self, number: int) -> None:
        try:
            while not self._stop.is_set():
                question, _ = QUESTIONS[self._asked[number] % len(QUESTIONS)]
                self._residents[number].send(question)
                self._asked[number] += 1
                self._residents[number].messages(1 + 2 * self._asked[number])
        except BaseException as error:
            self._failed.append(error)

    def end(self) -> list[tuple[int, list[dict]]]:
        """Stop; returns for each resident how often it asked and everything in its conversation."""
        self._stop.set()
        for thread in self._threads:
            thread.join(90)
        assert not self._failed, self._failed
        return [
            (asked, resident.messages(1 + 2 * asked))
            for asked, resident in zip(self._asked, self._residents, strict=True)
        ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = small_project(tmp_path)
    (made / "tests" / "nlu" / "regression.tsv").write_text(
        "dzień dobry\tpowitanie\njaki jest numer telefonu do mops\ttelefon\n"
    )
    (made / "tests" / "safety" / "crisis_messages.tsv").write_text("nie chcę już żyć\tsamobojstwo\n")
    return made


@pytest.fixture
def product(tmp_path: Path, project: Path) -> Iterator[Product]:
    with Product(
        tmp_path / "data", project_dir=str(project), models_dir=str(tmp_path / "models"), engine_patience="600"
    ) as running:
        yield running.wait_ready()


def serving(product: Product) -> str:
    answer = httpx.get(f"{product.url}/health/ready", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["components"]["engine"]["model"]


def swap(project: Path, one: str, other: str) -> None:
    """Teach two intents each other's messages."""
    for path in (project / "nlu_data" / "nlu").glob("*.yml"):
        text = path.read_text()
        text = text.replace(f"intent: {one}\n", "intent: -\n").replace(f"intent: {other}\n", f"intent: {one}\n")
        path.write_text(text.replace("intent: -\n", f"intent: {other}\n"))


def test_models_are_refused_promoted_and_rolled_back_while_messages_flow(product: Product, project: Path) -> None:
    first = serving(product)
    traffic = Traffic(product.url)
    try:
        # A candidate that takes a greeting for a farewell.
        swap(project, "powitanie", "pozegnanie")
        trained = product.mops("train", timeout=400)
        assert trained.returncode == 0, trained.stderr
        assert "REFUSED" in trained.stdout
        assert "“dzień dobry” (tests/nlu/regression.tsv:1): wanted powitanie, now pozegnanie" in trained.stdout
        assert serving(product) == first

        refused = product.mops("models", "promote", "latest")
        assert refused.returncode == 1
        assert "regression list is no longer right" in refused.stdout
        assert f"{first} stays in use" in refused.stderr

        # A broken one, promoted by force: it starts beside, fails, and never serves.
        candidate = sorted(path.name for path in product.models.glob("mops-*.tar.gz"))[-1]
        whole = (product.models / candidate).read_bytes()
        broken = product.models / "mops-20200101-0000-000000000000.tar.gz"
        broken.write_bytes(whole[: len(whole) // 2])
        forced = product.mops("models", "promote", "000000000000", "--force", "--reason", "a trial", timeout=200)
        assert forced.returncode == 1
        assert "does not work" in forced.stderr
        assert f"{first} goes on serving" in forced.stderr
        assert serving(product) == first
        assert "although refused, because: a trial" in product.mops("models", "show", "000000000000").stdout

        # The list is changed on purpose: now the candidate may serve.
        (project / "tests" / "nlu" / "regression.tsv").write_text("jaki jest numer telefonu do mops\ttelefon\n")
        promoted = product.mops("models", "promote", candidate, timeout=200)
        assert promoted.returncode == 0, promoted.stdout + promoted.stderr
        second = serving(product)
        assert candidate == f"mops-{second}.tar.gz"
        greeted = product.ask("greeting", "dzień dobry")[-1]["text"]

        rolled_back = product.mops("models", "rollback", "--reason", "greetings", timeout=200)
        assert rolled_back.returncode == 0, rolled_back.stdout + rolled_back.stderr
        assert serving(product) == first
        assert product.ask("greeting again", "dzień dobry")[-1]["text"] != greeted
        assert f"in use     {first}" in product.mops("models", "list").stdout
    finally:
        talks = traffic.end()

    for asked, messages in talks:
        assert asked > len(QUESTIONS)
        assert [message["seq"] for message in messages] == list(range(1, 2 * asked + 2))
        answers = [message["text"] for message in messages if message["author"] == "bot"][1:]
        assert len(answers) == asked
        for number, answer in enumerate(answers):
            assert QUESTIONS[number % len(QUESTIONS)][1] in answer
    assert "The engine ended" not in product.output
