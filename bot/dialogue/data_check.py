"""Mistakes in the training data, named with file and line before a training begins."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import StartupError
from bot.safety.folding import fold

WITHOUT_EXAMPLES = frozenset({"podaj_dane", "nlu_fallback"})
"""Intents that no resident writes: one comes from buttons, the other from the model's doubt."""

ANSWERING_ACTION = "action_answer"
_NLU_PARTS = ("intent", "synonym", "regex", "lookup")
_BUILT_IN = frozenset(
    {"action_listen", "action_restart", "action_session_start", "action_back", "action_deactivate_loop"}
)


@dataclass(frozen=True, slots=True)
class Example:
    """A training message and where it stands."""

    text: str
    intent: str
    place: str
    """``nlu_data/nlu/contact.yml:12``"""


@dataclass(slots=True)
class Findings:
    """What a check found; ``examples`` are complete only where there are no mistakes."""

    mistakes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


class _Unreadable(Exception):
    """A file that is not YAML; its mistake has been noted."""


def require_sound_data(project: Path, knowledge: Path) -> Findings:
    """Check, and return what was found.

    Raises:
        StartupError: lists every mistake with its place.
    """
    found = check_data(project, knowledge)
    if found.mistakes:
        if len(found.mistakes) == 1:
            raise StartupError(f"{found.mistakes[0]}. No training was begun.")
        head = f"{len(found.mistakes)} mistakes in the training data; no training was begun."
        raise StartupError("\n  ".join([head, *found.mistakes]))
    return found


def check_data(project: Path, knowledge: Path) -> Findings:
    """Look for what would break a training or leave a resident without an answer.

    Args:
        project: The folder of ``domain.yml``, ``config.yml`` and ``nlu_data``.
        knowledge: The folder of ``answers.yml``.
    """
    return _Check(project, knowledge).run()


class _Check:
    def __init__(self, project: Path, knowledge: Path) -> None:
        self._project = project
        self._knowledge = knowledge
        self._found = Findings()
        self._intents: dict[str, str] = {}
        self._actions: set[str] = set()

    def run(self) -> Findings:
        try:
            self._load(self._project / "config.yml")
            self._read_domain()
        except _Unreadable:
            pass
        nlu = [part for path in self._files("nlu") for part in self._parts(path, "nlu")]
        rules = [part for path in self._files("rules") for part in self._parts(path, "rules")]
        if self._found.mistakes:
            # One bad line would make a mistake of each thing that it hides.
            return self._found
        for path, part in nlu:
            self._read_examples(path, part)
        self._compare_examples()
        self._read_rules(rules)
        return self._found

    # --- reading ---

    def _place(self, path: Path, line: int) -> str:
        shown = path.relative_to(self._project) if path.is_relative_to(self._project) else path.name
        return f"{shown}:{line}"

    def _load(self, path: Path) -> Any:
        try:
            return YAML(typ="rt").load(path)
        except FileNotFoundError:
            self._found.mistakes.append(f"{path.name} is missing.")
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark is not None else 1
            self._found.mistakes.append(f"{self._place(path, line)}: not valid YAML ({error.problem})")
        except (YAMLError, UnicodeDecodeError) as error:
            self._found.mistakes.append(f"{self._place(path, 1)}: not valid YAML ({str(error).splitlines()[0]})")
        raise _Unreadable

    def _files(self, folder: str) -> list[Path]:
        return sorted((self._project / "nlu_data" / folder).rglob("*.yml"))

    def _parts(self, path: Path, key: str) -> Iterator[tuple[Path, Any]]:
        try:
            content = self._load(path)
        except _Unreadable:
            return
        if not isinstance(content, Mapping) or not isinstance(content.get(key), list):
            self._found.mistakes.append(f"{self._place(path, 1)}: no list under '{key}:'")
            return
        for number, part in enumerate(content[key]):
            if isinstance(part, Mapping):
                yield path, part
            else:
                line = content[key].lc.item(number)[0] + 1
                self._found.mistakes.append(f"{self._place(path, line)}: not an entry with a name")

    def _read_domain(self) -> None:
        path = self._project / "domain.yml"
        domain = self._load(path) or {}
        missing = [part for part in ("intents", "actions", "slots") if not domain.get(part)]
        if missing:
            self._found.mistakes.append(f"domain.yml has no {', '.join(missing)}.")
            return
        for number, entry in enumerate(domain["intents"]):
            name = str(next(iter(entry)) if isinstance(entry, Mapping) else entry)
            place = self._place(path, domain["intents"].lc.item(number)[0] + 1)
            if name in self._intents:
                self._found.mistakes.append(f"{place}: intent '{name}' stands twice")
            self._intents[name] = place
        self._actions = {str(name) for name in domain["actions"]} | set(domain.get("forms") or {})
        self._actions |= {str(name) for name in domain.get("responses") or {}} | _BUILT_IN

    # --- messages ---

    def _read_examples(self, path: Path, part: Any) -> None:
        line = part.lc.line + 1
        if not any(key in part for key in _NLU_PARTS):
            self._found.mistakes.append(f"{self._place(path, line)}: an entry needs one of {', '.join(_NLU_PARTS)}")
            return
        if "intent" not in part:
            return
        intent = str(part["intent"])
        if intent not in self._intents:
            self._found.mistakes.append(f"{self._place(path, line)}: intent '{intent}' is not in domain.yml")
        written = part.get("examples")
        if not isinstance(written, str) or not written.strip():
            self._found.mistakes.append(f"{self._place(path, line)}: intent '{intent}' has no 'examples: |'")
            return
        first = part.lc.value("examples")[0] + 2
        for number, raw in enumerate(written.splitlines()):
            if not raw.strip():
                continue
            place = self._place(path, first + number)
            if not raw.startswith("- ") or not raw[2:].strip():
                self._found.mistakes.append(f"{place}: a message begins with '- ' and has words")
                continue
            self._found.examples.append(Example(raw[2:].strip(), intent, place))

    def _compare_examples(self) -> None:
        known: dict[str, Example] = {}
        for example in self._found.examples:
            key = spoken(example.text)
            first = known.setdefault(key, example)
            if first is example:
                continue
            if first.intent != example.intent:
                self._found.mistakes.append(
                    f"{example.place}: '{example.text}' is '{example.intent}' here "
                    f"and '{first.intent}' in {first.place}"
                )
            else:
                self._found.warnings.append(f"{example.place}: '{example.text}' stands already in {first.place}")
        taught = {example.intent for example in self._found.examples}
        for intent, place in self._intents.items():
            if intent not in taught and intent not in WITHOUT_EXAMPLES:
                self._found.mistakes.append(f"{place}: intent '{intent}' has no messages in nlu_data/nlu")

    # --- rules and answers ---

    def _read_rules(self, rules: list[tuple[Path, Any]]) -> None:
        led: set[str] = set()
        answered: dict[str, str] = {}
        for path, rule in rules:
            begins: dict[str, str] = {}
            for number, step in enumerate(rule.get("steps") or ()):
                if not isinstance(step, Mapping):
                    continue
                line = rule["steps"].lc.item(number)[0] + 1
                for intent, at in _intents_of(step, line):
                    place = self._place(path, at)
                    begins[intent] = place
                    if intent not in self._intents:
                        self._found.mistakes.append(f"{place}: intent '{intent}' is not in domain.yml")
                action = step.get("action")
                if action is None:
                    continue
                if str(action) not in self._actions:
                    what = "response" if str(action).startswith("utter_") else "action"
                    self._found.mistakes.append(f"{self._place(path, line)}: {what} '{action}' is not in domain.yml")
                if action == ANSWERING_ACTION:
                    answered |= begins
            led |= begins.keys()
        for intent, place in self._intents.items():
            if intent not in led and intent not in WITHOUT_EXAMPLES:
                self._found.mistakes.append(f"{place}: no rule in nlu_data/rules says what happens on '{intent}'")
        answers = self._answers()
        if answers is not None:
            for intent, place in answered.items():
                if intent in self._intents and intent not in answers:
                    self._found.mistakes.append(f"{place}: knowledge/answers.yml has no answer '{intent}'")

    def _answers(self) -> set[str] | None:
        path = self._knowledge / "answers.yml"
        if not path.exists():
            return None
        try:
            content = self._load(path)
        except _Unreadable:
            return None
        return set((content or {}).get("answers") or {})


def _intents_of(step: Any, line: int) -> Iterator[tuple[str, int]]:
    if "intent" in step:
        yield str(step["intent"]), line
    for number, one in enumerate(step.get("or") or ()):
        if isinstance(one, Mapping) and "intent" in one:
            yield str(one["intent"]), step["or"].lc.item(number)[0] + 1


def spoken(text: str) -> str:
    """Return what two messages share that differ in capitals, diacritics, spaces and punctuation only."""
    return re.sub(r"[\W_]+", " ", fold(text)).strip() or text.strip()
