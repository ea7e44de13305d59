"""Where a message may hold two questions: cuts at sentence marks, new lines and conjunctions.

This module only knows where Polish allows a cut. Whether the parts are two different questions is for the turn
channel, which asks the model about each part.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.polish.text import fold

MIN_WORDS = 2
_MIN_AFTER_COMMA = 3
MAX_CLAUSES = 5

_QUESTION_WORDS = (
    "czy|kiedy|gdzie|skad|dokad|jak|jaki|jaka|jakie|jakich|jakim|ile|kto|kogo|komu|kim|co|czego|czemu|czym|"
    "dlaczego|po co|ktory|ktora|ktore|ktorej|ktorym|ktorych|czyj|czyja"
)
# "o której", "do kiedy", "w jakich", "na jaki": a preposition may stand before the question word.
_ASKS = re.compile(
    rf"^(?:(?:a|i|oraz|no|to)\s+)?(?:(?:o|do|od|w|na|za|po|z|dla|przez|u|pod)\s+)?(?:{_QUESTION_WORDS})\b"
)
_REQUESTS = re.compile(
    r"^(?:prosze|poprosze|prosilbym|prosilabym|chce|chcialbym|chcialabym|potrzebuje|podaj|podajcie|powiedz|"
    r"powiedzcie|interesuje|szukam|mozna|moge|moglbym|moglabym|da sie)\b"
    r"(?:\s+(?:o informacje|o odpowiedz|wiedziec|zapytac|spytac|dowiedziec sie|powiedziec)\b)?"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:\w|ul|al|os|pl|np|tel|nr|godz|ok|dot|tj|tzn|itd|itp|pn|wt|sr|czw|pt|"
    r"dz|art|ust|pkt|lok|woj|pow|gm|mgr|dr|dn|nt|ww|inz|zl|gr|tys|min|max|wg|ds|im|sw|br)$"
)
_SENTENCE_END = re.compile(r"(?<=[?!])[\s]+|(?<=\.)\s+|\s*\n+\s*|;\s+|(?<=\?)(?=\w)")
_CONJUNCTION = re.compile(r",?\s+(?:a także|a takze|oraz|i|a)\s+|,\s+", re.IGNORECASE)


# A clause with one of these speaks of what another clause named: "gdzie go wysłać", "jeśli tak, na jaki adres".
_ANAPHORA = re.compile(
    r"\b(?:tego|tym|ten|ta|te|go|ja|je|jego|jej|ich|nim|nia|nimi|nie|niej|niego|nich|tam|inne|inny|jesli|jezeli|wtedy)\b"
)
_CONDITION = re.compile(r"^(?:a\s+|i\s+)?(?:jesli|jezeli|gdy|gdyby|jak tak|kiedy juz)\b")
# "gdzie to wysłać" speaks of a thing named before, "do kiedy to potrwa" of what everybody sees.
_TO = re.compile(r"\bto\b")
_INFINITIVE = re.compile(r"\w{2}c\b")


class Clause(NamedTuple):
    """A part of a message.

    `asks`: it looks like a question or request. `complete`: it can stand alone, as it names what it asks about.
    `certain`: the cut before it is one between questions, not between two bare phrases.
    """

    text: str
    asks: bool
    complete: bool
    certain: bool


def _is_complete(text: str) -> bool:
    """Tell whether a clause says more than a question word, and refers to nothing outside itself."""
    folded = fold(text).strip(" ,.-–?!")
    opening = _ASKS.match(folded) or _REQUESTS.match(folded)
    rest = folded[opening.end() :] if opening else folded
    if _TO.search(rest) and (_INFINITIVE.search(rest) or "jest" in rest):
        return False
    return len(rest.split()) >= MIN_WORDS and not _ANAPHORA.search(rest)


def asks(text: str) -> bool:
    """Tell whether a text looks like a question or a request for information."""
    folded = fold(text).strip(" ,.-–")
    return folded.endswith("?") or bool(_ASKS.match(folded)) or bool(_REQUESTS.match(folded))


def is_question(text: str) -> bool:
    """Tell whether a text is plainly a question: a question mark at its end, or a question word at its start."""
    folded = fold(text).strip(" ,.-–")
    return folded.endswith("?") or bool(_ASKS.match(folded))


def _sentences(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for cut in _SENTENCE_END.finditer(text):
        before = text[start : cut.start()]
        if before.endswith(".") and (
            _ABBREVIATION.search(fold(before[:-1])) or before[:-1][-1:].isdigit() or not text[cut.end() :].strip()
        ):
            continue
        parts.append(before)
        start = cut.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if any(char.isalnum() for char in part)]


def clauses(text: str) -> list[Clause]:
    """Cut a message where it may hold more than one question, in the order written.

    A cut between sentences, or at a conjunction before a question word, is certain; one between two bare phrases
    ("telefon i adres") is not, and needs better evidence from the model. Parts of a single word are kept whole with
    their neighbour, as "kiedy i gdzie jest kasa" is one question.
    """
    found: list[Clause] = []
    for sentence in _sentences(text):
        pieces = _pieces(sentence)
        mark = sentence.rstrip()[-1:] == "?"
        for index, (piece, certain) in enumerate(pieces):
            # The question mark at the end of the sentence belongs to each of its questions.
            asking = asks(piece) or (mark and index == len(pieces) - 1)
            found.append(Clause(piece, asking, _is_complete(piece), certain))
    return found if len(found) <= MAX_CLAUSES else [Clause(text.strip(), asks(text), True, True)]


def _pieces(sentence: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    start = 0
    certain = True
    for cut in _CONJUNCTION.finditer(sentence):
        left, right = sentence[start : cut.start()].strip(), sentence[cut.end() :].strip()
        question_follows = bool(_ASKS.match(fold(right)))
        if question_follows and (len(left.split()) < MIN_WORDS or len(right.split()) < MIN_WORDS):
            continue
        if cut.group().strip() == "," and (_CONDITION.match(fold(left)) or not _new_question(right)):
            continue  # a bare comma separates clauses of one question far more often than two questions
        pieces.append((left, certain))
        certain = question_follows
        start = cut.end()
    pieces.append((sentence[start:].strip(), certain))
    return [(piece, sure) for piece, sure in pieces if piece]


def _new_question(text: str) -> bool:
    """Tell whether what follows a comma is a question of its own, and not a relative clause or its short addition."""
    folded = fold(text)
    asks_something = _ASKS.match(folded)
    return bool(asks_something) and "ktor" not in asks_something.group() and len(folded.split()) > _MIN_AFTER_COMMA
