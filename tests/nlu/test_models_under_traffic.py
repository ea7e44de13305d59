"""Models change while residents write: refused, promoted, broken, rolled back, and no message notices."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.processes import Product, until
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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project that the tests of this file share, so that each of its models is trained once."""
    made = small_project(tmp_path_factory.mktemp("models"))
    (made / "tests" / "safety" / "crisis_messages.tsv").write_text("nie chcę już żyć\tsamobojstwo\n")
    return made


@pytest.fixture(autouse=True)
def _as_it_was(project: Path) -> Iterator[None]:
    regression = project / "tests" / "nlu" / "regression.tsv"
    regression.write_text("dzień dobry\tpowitanie\njaki jest numer telefonu do mops\ttelefon\n")
    before = {path: path.read_bytes() for path in (project / "nlu_data" / "nlu").glob("*.yml")}
    yield
    for path, content in before.items():
        path.write_bytes(content)


def started(folder: Path, project: Path) -> Product:
    return Product(folder, project_dir=str(project), models_dir=str(project.parent / "models"), engine_patience="600")


@pytest.fixture
def product(tmp_path: Path, project: Path) -> Iterator[Product]:
    with started(tmp_path / "data", project) as running:
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
        [candidate] = (path.name for path in product.models.glob("mops-*.tar.gz") if first not in path.name)
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


def test_a_start_after_a_change_of_the_data_serves_at_once_and_changes_over_if_the_gate_lets_it(
    tmp_path: Path, project: Path
) -> None:
    product = started(tmp_path / "data", project)
    with product:
        first = serving(product.wait_ready())

    # Refused: the candidate takes a greeting for a farewell.
    swap(project, "powitanie", "pozegnanie")
    with product:
        assert serving(product.wait_ready()) == first
        until(lambda: f"is refused; {first} stays in use" in product.output, 200, "the gate has spoken")
        assert "“dzień dobry” (tests/nlu/regression.tsv:1)" in product.output
        assert serving(product) == first

    # The list is changed on purpose: the same candidate may take over.
    (project / "tests" / "nlu" / "regression.tsv").write_text("jaki jest numer telefonu do mops\ttelefon\n")
    with product:
        product.wait_ready()
        second = until(lambda: (now := serving(product)) != first and now, 200, "the candidate has taken over")

    # Rolled back while nothing runs: a start does not undo what a person decided, nor mind broken data.
    assert f"{first} is in use from the next start on" in product.mops("models", "rollback").stdout
    with product:
        assert serving(product.wait_ready()) == first
        until(
            lambda: f"{second} fits the data and was in use before" in product.output, 60, "the start explains itself"
        )
    broken = project / "nlu_data" / "nlu" / "contact.yml"
    broken.write_text(broken.read_text() + "- intent: faks\n  examples: |\n    - jaki numer faksu\n")
    line = len(broken.read_text().splitlines()) - 2
    with product:
        assert serving(product.wait_ready()) == first
        until(lambda: f"contact.yml:{line}: intent 'faks' is not in domain.yml" in product.output, 60, "it is named")
        assert serving(product) == first


def test_where_the_engines_are_the_operators_promotion_is_too(tmp_path: Path, project: Path) -> None:
    product = started(tmp_path / "data", project)
    product.env["MOPS_ENGINE_URL"] = "http://127.0.0.1:1"
    for words in (("promote", "latest"), ("rollback",)):
        told = product.mops("models", *words)
        assert told.returncode == 1
        assert "these engines are the operator's" in told.stderr


def test_an_evaluation_writes_a_page_for_people_and_figures_for_programs(tmp_path: Path, project: Path) -> None:
    product = started(tmp_path / "data", project)
    folder = tmp_path / "evaluation"
    done = product.mops("evaluate", "--folder", str(folder), "--folds", "2", timeout=400)
    assert done.returncode == 0, done.stderr
    assert "Cross-validation in 2 parts" in done.stdout
    figures = json.loads((folder / "report.json").read_text())
    assert figures["tests"]["regression, as written"]["messages"] == 2
    assert figures["tests"]["crisis, both"]["right"] == 100
    crossed = figures["cross_validation"]
    assert 20 < crossed["best_guess_right"]["as written"] < 100
    assert crossed["threshold"] > 0
    page = (folder / "report.html").read_text()
    assert page.count("<svg") == 3
    assert not (tmp_path / "data" / "mops.db").exists()
