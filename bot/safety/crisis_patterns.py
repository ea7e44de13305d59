"""Reads ``crisis_patterns.yml`` into what the crisis net uses. The file says how a pattern is written.

Compiling takes a second and Morfeusz's generator. ``python -m bot.safety.crisis_patterns FILE`` writes the result to
a file, so that a start only reads it, and the gateway's memory never holds what compiling needs.
"""

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.safety import crisis_net, spelling
from bot.safety.crisis_net import Compiled, Pattern, Phrase
from bot.safety.spelling import Listing

PATTERNS_FILE: Final = Path(__file__).with_name("crisis_patterns.yml")

# How far apart words may stand, counted in words. Residents put "już", "mi", "się" anywhere.
_STEP: Final = 3
_WIDE_STEP: Final = 7


class PatternError(ValueError):
    """The patterns file is wrong; the message says where."""


def compile_patterns(path: Path = PATTERNS_FILE) -> Compiled:
    """Compile a patterns file. Raises PatternError."""
    return _Compiler(path).compiled


def fingerprint() -> str:
    """Name what the compiled net depends on: patterns, code and Morfeusz's dictionary (16 hex digits)."""
    digest = hashlib.sha256(importlib.metadata.version("morfeusz2").encode())
    for source in (PATTERNS_FILE, Path(__file__), Path(crisis_net.__file__), Path(spelling.__file__)):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


class _Compiler:
    def __init__(self, path: Path) -> None:
        self._listing = Listing()
        self._ids: dict[str, int] = {}
        try:
            content: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
            self._slips: dict[str, list[str]] = {w: str(s).split() for w, s in content["spellings"].items()}
            self._others: dict[str, list[str]] = {w: str(f).split() for w, f in content.get("homographs", {}).items()}
            self._lists: dict[str, list[str]] = {n: str(w).split() for n, w in content["words"].items()}
            lookalikes = [self._compile(source) for source in _lines(content["lookalikes"])]
            kinds = [(k, [self._compile(line) for line in _lines(b)]) for k, b in content["kinds"].items()]
        except (YAMLError, KeyError, AttributeError, TypeError) as error:
            raise PatternError(f"{path}: {error}") from error
        marks: dict[str, int] = {mark: self._ids[mark] for mark in ("^", "$") if mark in self._ids}
        self.compiled = Compiled(self._listing.table(), marks, lookalikes, kinds)

    def _compile(self, source: str) -> Pattern:
        wanted, *unwanted = source.split("!")
        phrases = tuple(self._phrase(phrase, source) for phrase in wanted.split("&"))
        unless = tuple(self._phrase(phrase, source) for phrase in unwanted)
        return Pattern(source, phrases, unless, frozenset(word for p in phrases for word in p.words))

    def _phrase(self, written: str, source: str) -> Phrase:
        words: list[int] = []
        steps: list[int] = []
        step = _STEP
        for item in written.split():
            if item == "..":
                step = _WIDE_STEP
                continue
            for number, word in enumerate(item.split("+")):
                at_an_end = word == "$" or (len(words) == 1 and words[0] == self._ids.get("^"))
                words.append(self._word(word, source))
                steps.append(1 if number or at_an_end else step)
            step = _STEP
        if not words:
            raise PatternError(f"crisis pattern {source!r}: an empty part")
        return Phrase(tuple(words), tuple(steps))

    def _word(self, written: str, source: str) -> int:
        """The number of a word of a pattern; its spellings are listed the first time it is met."""
        if written in self._ids:
            return self._ids[written]
        number = self._ids[written] = len(self._ids)
        for choice in self._choices(written, source):
            if choice.endswith("*"):
                self._listing.add_beginning(number, choice.strip("=*"))
            elif choice.startswith("="):
                self._listing.add_form(number, choice[1:])
            elif choice not in ("^", "$"):
                try:
                    self._listing.add(number, choice, self._slips.get(choice, ()), self._others.get(choice, ()))
                except KeyError:
                    raise PatternError(
                        f"crisis pattern {source!r}: {choice!r} is no word in its basic form; write ={choice}"
                    ) from None
        return number

    def _choices(self, written: str, source: str) -> Iterator[str]:
        for choice in written.split("|"):
            if not choice.startswith("@"):
                yield choice
            elif choice[1:] in self._lists:
                for word in self._lists[choice[1:]]:
                    yield from self._choices(word, source)
            else:
                raise PatternError(f"crisis pattern {source!r}: no list of words {choice!r}")


def _lines(block: str) -> list[str]:
    return [line for raw in block.splitlines() if (line := raw.partition("#")[0].strip())]


def write(target: Path) -> None:
    """Compile the product's patterns into a file, whole or not at all. Raises PatternError, OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(msgspec.json.encode(compile_patterns()))
    draft.replace(target)


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]))
    except PatternError as error:
        sys.exit(str(error))
