"""Ask the running product what strangers ask, and count what it makes of it.

``python -m tests.nlu.ask_product`` trains the model unless it is there, starts the engine and the gateway once and
sends every line of the strangers' lists (`LISTS`) over the REST webhook, each in a conversation of its own: as
written, without diacritics, and with one slip of the finger. What was heard comes from the engine's own door; what
only the gateway knows (crisis, other languages) is read off the answer. What went wrong is written to
``build/strangers.json``. A few minutes on two cores.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

import httpx

from bot.knowledge.loader import load_knowledge
from bot.safety.folding import fold
from tests.support.processes import ROOT, Product, SharedEngine, trained_model

Verdict = Literal["right", "partly", "asked back", "wrong"]
Heard = tuple[str, ...]


class Lists(NamedTuple):
    """What one group of strangers wrote: questions, crises, and messages that only look like a crisis."""

    questions: Path
    crises: Path
    lookalikes: Path


_HERE, _SAFETY = ROOT / "tests" / "nlu", ROOT / "tests" / "safety"
LISTS = {
    "first": Lists(_HERE / "strangers.tsv", _SAFETY / "strangers_crisis.tsv", _SAFETY / "strangers_lookalikes.tsv"),
    "second": Lists(_HERE / "second.tsv", _HERE / "second_crisis.tsv", _HERE / "second_lookalikes.tsv"),
    "third": Lists(_HERE / "third.tsv", _HERE / "third_crisis.tsv", _HERE / "third_lookalikes.tsv"),
}
"""The first were looked at while net and rules were mended; of the second, every other line; of the third, none."""

REPORT = ROOT / "build" / "strangers.json"

FALLBACK = "nlu_fallback"
CRISIS = "kryzys"
# Said beside an answer they change nothing; as the only thing heard they are judged like any other.
COURTESIES = frozenset({"powitanie", "podziekowanie", "pozegnanie"})
LANGUAGES = ("uk", "ru", "en")
NO_EMERGENCY = "To nie jest nagła sytuacja"
"""The button that stands under every crisis card and nowhere else."""

SEED = 20261124
WORKERS = 3
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Question:
    """A message and the answers that serve its writer: each a tuple of one intent, or of several in order."""

    text: str
    accepted: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one message, as the report keeps it."""

    spelling: str
    sent: str
    accepted: str
    heard: str
    verdict: str


def lines(path: Path) -> list[str]:
    """Return the lines of a list without its comments."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def questions(path: Path) -> list[Question]:
    """Return the questions of a list."""
    found = []
    for line in lines(path):
        text, accepted = line.split("\t")
        found.append(Question(text, tuple(tuple(one.split("+")) for one in accepted.split())))
    return found


def neighbours(letter: str) -> str:
    """Return the keys beside a letter's key and those touching it in the rows above and below."""
    for number, row in enumerate(ROWS):
        place = row.find(letter)
        if place >= 0:
            near = row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
            for other in ROWS[max(number - 1, 0) : number] + ROWS[number + 1 : number + 2]:
                near += other[max(place - 1, 0) : place + 2]
            return near
    return ""


def with_slip(text: str) -> str:
    """Return the text with one slip in a word of at least three letters, always the same one for a text."""
    chance = random.Random(f"{SEED}:{text}")
    places = [
        start + place
        for start, word in _words(text)
        if len(word) >= 3
        for place in range(len(word))
        if word[place].isalpha()
    ]
    if not places:
        return text
    at = chance.choice(places)
    near = neighbours(fold(text[at]))
    kind = chance.choice(("omit", "double", "swap", "near") if near else ("omit", "double", "swap"))
    if kind == "omit":
        return text[:at] + text[at + 1 :]
    if kind == "double":
        return text[: at + 1] + text[at:]
    if kind == "near":
        return text[:at] + chance.choice(near) + text[at + 1 :]
    first = at if at + 1 < len(text) and text[at + 1].isalpha() else at - 1
    return text[:first] + text[first + 1] + text[first] + text[first + 2 :]


def _words(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for word in text.split(" "):
        yield start, word
        start += len(word) + 1


SPELLINGS: dict[str, Callable[[str], str]] = {"as written": str, "no diacritics": fold, "one slip": with_slip}


def judge(heard: Heard, accepted: tuple[Heard, ...]) -> Verdict:
    """Tell whether what was heard is what a fair judge would accept.

    Anything answered that no accepted answer holds is wrong, also beside a right one. One of two wanted answers is
    "partly". Several answers each of which serves the writer are right.
    """
    said = tuple(dict.fromkeys(heard))
    if len(said) > 1:
        said = tuple(name for name in said if name not in COURTESIES) or said[:1]
    if said in accepted:
        return "right"
    serving = {name for one in accepted for name in one}
    if any(name not in serving and name != FALLBACK for name in said):
        return "wrong"
    if FALLBACK in said:
        return "asked back" if len(said) == 1 else "partly"
    return "right" if all((name,) in accepted for name in said) else "partly"


class Asker:
    """Sends messages to a product, each as a new resident."""

    def __init__(self, product: Product, engine: SharedEngine) -> None:
        """Take a running product and the engine that it asks."""
        knowledge = load_knowledge(ROOT / "knowledge")
        self._cards = {knowledge.notice(f"card_{lang}").text: f"inny_jezyk_{lang}" for lang in LANGUAGES}
        self._rest = f"{product.url}/webhooks/rest/webhook"
        self._parse = f"{engine.url}/webhooks/mops/parse"
        self._headers = {"Authorization": f"Bearer {engine.TOKEN}"}
        self._http = httpx.Client(timeout=60)

    def hear(self, numbered: tuple[str, str]) -> Heard:
        """Return the intents that the product acted on for (sender, text).

        The conversation is new, so the parse route hears what the turn route has just heard, without answering twice.
        """
        sender, text = numbered
        replies = self._post(self._rest, {"sender": sender, "message": text})
        if any(button["title"] == NO_EMERGENCY for reply in replies for button in reply.get("buttons", ())):
            return (CRISIS,)
        for reply in replies:
            if reply["text"] in self._cards:
                return (self._cards[reply["text"]],)
        return tuple(self._post(self._parse, {"text": text})["parse"]["segments"])

    def hear_all(self, texts: Iterable[str], name: str) -> list[Heard]:
        """Return what was heard for each text, in order."""
        numbered = [(f"{name}-{number}", text) for number, text in enumerate(texts)]
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(self.hear, numbered))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, url: str, body: dict[str, str]) -> Any:
        answer = self._http.post(url, json=body, headers=self._headers if url == self._parse else None)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running() -> Iterator[Asker]:
    """Train if needed, start engine and gateway, and end both afterwards."""
    with tempfile.TemporaryDirectory(prefix="mops-ask-") as name:
        folder = Path(name)
        model = trained_model(folder / "train.log")
        with (
            SharedEngine(folder, model) as engine,
            Product(folder / "product", **engine.settings) as product,
        ):
            asker = Asker(product.wait_ready(), engine)
            try:
                yield asker
            finally:
                asker.close()


def ask_questions(asker: Asker, path: Path, spelling: str, found: list[Finding]) -> dict[str, float]:
    """Ask all questions in one spelling; add what was not right to ``found`` and return the shares in percent.

    "asked back" is the part where nothing was answered; a judge counts "partly" with it.
    """
    asked = questions(path)
    sent = [SPELLINGS[spelling](question.text) for question in asked]
    verdicts: Counter[str] = Counter()
    alarms = 0
    for question, text, heard in zip(asked, sent, asker.hear_all(sent, f"{path.stem} {spelling}"), strict=True):
        verdict = judge(heard, question.accepted)
        verdicts[verdict] += 1
        alarms += heard == (CRISIS,)
        if verdict != "right":
            accepted = " ".join("+".join(one) for one in question.accepted)
            found.append(Finding(spelling, text, accepted, "+".join(heard), verdict))
    shares = {
        name: round(100 * verdicts[name] / len(asked), 2) for name in ("right", "asked back", "partly", "wrong")
    }
    return {"messages": len(asked), **shares, "crisis cards": alarms}


def ask_safety(asker: Asker, asked: Lists, spelling: str, found: list[Finding]) -> dict[str, float]:
    """Count crises without the crisis card and other messages with it."""
    counts: dict[str, float] = {}
    for path, expected, name in ((asked.crises, True, "crisis misses"), (asked.lookalikes, False, "false alarms")):
        sent = [SPELLINGS[spelling](text) for text in lines(path)]
        failed = [
            Finding(spelling, text, CRISIS if expected else f"not {CRISIS}", "+".join(heard), name)
            for text, heard in zip(sent, asker.hear_all(sent, f"{path.stem} {spelling}"), strict=True)
            if (heard == (CRISIS,)) is not expected
        ]
        found += failed
        counts[name] = len(failed)
        counts[f"{name} of"] = len(sent)
    return counts


def say(line: str) -> None:
    """Write a line for whoever waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run everything, print the figures and write the report."""
    found: list[Finding] = []
    figures: dict[str, dict[str, float]] = {}
    with running() as asker:
        for (group, asked), spelling in product(LISTS.items(), SPELLINGS):
            shares = ask_questions(asker, asked.questions, spelling, found)
            shares |= ask_safety(asker, asked, spelling, found)
            figures[f"{group}, {spelling}"] = shares
            say(f"{group}, {spelling}: " + ", ".join(f"{name} {value:g}" for name, value in shares.items()))
    REPORT.parent.mkdir(exist_ok=True)
    report = {"figures": figures, "not right": [asdict(one) for one in found]}
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(f"{len(found)} messages that were not right: {REPORT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
