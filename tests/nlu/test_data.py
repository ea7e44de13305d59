"""The training messages are really different from each other and from the held-out ones."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from math import ceil
from random import Random
from typing import NamedTuple

import yaml

from bot.safety.folding import fold
from tests.support.processes import ROOT

TRAINING = ROOT / "nlu_data" / "nlu"
# The regression list is not held out: what must always be understood may well be taught.
HELD_OUT = [
    *(path for path in (ROOT / "tests" / "nlu").glob("*.tsv") if path.name != "regression.tsv"),
    *(ROOT / "tests" / "safety").glob("strangers_*.tsv"),
]

# Words of politeness change neither the question nor its intent, as long as a question is left: beside a single word
# they may be the message itself ("ok, dziękuję").
COURTESY = frozenset(
    "prosze poprosze dzien dobry witam uprzejmie przepraszam pani pan panstwo panstwa dziekuje".split()
)
FEWEST_LEFT = 2

# Share of common words from which two messages of an intent count as one. Four words out of five is a template with
# one word swapped; below four words each word weighs too much for a share to say anything.
SAME_WORDS = 0.8
FEWEST_WORDS = 4

# One or two words ("tak", "epuap", "dziękuję bardzo") are what everybody writes: training and tests both need them.
FEWEST_HELD_OUT = 3


class Message(NamedTuple):
    """One training message; `place` is file:line."""

    place: str
    intent: str
    text: str


def training() -> Iterator[Message]:
    for path in sorted(TRAINING.glob("*.yml")):
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        for entry in next(value for key, value in root.value if key.value == "nlu").value:
            fields = {key.value: value for key, value in entry.value}
            if "intent" not in fields:
                continue
            # The block's first line stands below its `examples: |`; marks count lines from zero.
            first = fields["examples"].start_mark.line + 2
            for number, line in enumerate(fields["examples"].value.splitlines(), first):
                if line.startswith("- "):
                    yield Message(f"{path.name}:{number}", fields["intent"].value, line[2:])


def words(text: str) -> tuple[str, ...]:
    """Folded words without punctuation, and without courtesy where enough is left."""
    plain = tuple(re.findall(r"\w+", fold(text)))
    core = tuple(word for word in plain if word not in COURTESY)
    return core if len(core) >= FEWEST_LEFT else plain


def too_close(one: frozenset[str], other: frozenset[str]) -> bool:
    return min(len(one), len(other)) >= FEWEST_WORDS and len(one & other) >= SAME_WORDS * len(one | other)


def test_no_message_is_said_twice() -> None:
    """Within an intent a repetition teaches nothing; in two intents it teaches a contradiction."""
    said: dict[tuple[str, ...], list[Message]] = defaultdict(list)
    for message in training():
        said[words(message.text)].append(message)
    repeated = [
        "  =  ".join(f"{one.place} ({one.intent}) {one.text}" for one in same)
        for same in said.values()
        if len(same) > 1
    ]
    assert not repeated, "said twice:\n" + "\n".join(repeated)


def close_pairs(found: list[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Give the places of sets that are too close, without comparing each with all.

    Two such sets share so many words that one of the few rarest of the first is in the second.
    """
    holders: dict[str, list[int]] = defaultdict(list)
    for place, its in enumerate(found):
        for word in its:
            holders[word].append(place)
    for place, its in enumerate(found):
        few = len(its) - ceil(SAME_WORDS * len(its)) + 1
        rarest = sorted(its, key=lambda word: (len(holders[word]), word))[:few]
        for other in {other for word in rarest for other in holders[word] if other > place}:
            if too_close(its, found[other]):
                yield place, other


def test_close_pairs_are_those_that_comparing_each_with_all_finds() -> None:
    chance = Random(5)
    found = [frozenset(chance.choices("abcdefghijkl", k=chance.randint(3, 9))) for _ in range(400)]
    every = {(one, two) for one, two in combinations(range(400), 2) if too_close(found[one], found[two])}
    assert len(every) > 100
    assert set(close_pairs(found)) == every


def test_no_two_messages_of_an_intent_share_almost_all_words() -> None:
    by_intent: dict[str, list[Message]] = defaultdict(list)
    for message in training():
        by_intent[message.intent].append(message)
    close = [
        f"{messages[one].place} {messages[one].text}  ~  {messages[other].place} {messages[other].text}"
        for messages in by_intent.values()
        for one, other in close_pairs([frozenset(words(message.text)) for message in messages])
        if words(messages[one].text) != words(messages[other].text)
    ]
    assert not close, "near-duplicates:\n" + "\n".join(close)


def test_no_training_message_is_a_held_out_one() -> None:
    """A message that the model was trained on proves nothing when it is asked; the training side gives way."""
    held = {
        words(line.split("\t")[0]): path.name
        for path in HELD_OUT
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    }
    assert len(held) > 1000
    known = [
        f"{message.place} {message.text}  (in {held[plain]})"
        for message in training()
        if len(plain := words(message.text)) >= FEWEST_HELD_OUT and plain in held
    ]
    assert not known, "also held out:\n" + "\n".join(known)
