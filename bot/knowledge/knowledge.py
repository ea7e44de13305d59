"""What the assistant may say: an immutable snapshot of the knowledge files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.knowledge.names import AS_OF, GENERAL_CRISIS
from bot.knowledge.template import DROPPED, Block, Template, polish_date

_OFFICE_TIME = ZoneInfo("Europe/Warsaw")
_CACHED_DAYS = 4


def today() -> date:
    """The day at the office, which is what validity windows are about."""
    return utc_now().astimezone(_OFFICE_TIME).date()


@dataclass(frozen=True, slots=True)
class Button:
    """What a resident may press: a title and where it leads."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A text ready to be sent, with its buttons."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The published text a fact was taken from."""

    id: str
    name: str
    published: date | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A published fact; `value` is None while the question is known and the answer is not."""

    id: str
    value: str | None
    source: Source
    verified_on: date
    valid_from: date
    valid_to: date | None
    note: str
    file: str
    line: int
    label: str | None = None
    """What staff find it by and an inserted sentence begins with; a fact without one is not offered to them."""

    def available(self, on: date) -> bool:
        """Whether the fact may be spoken on this day."""
        return self.value is not None and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class StaleFact:
    """A fact that is spoken although nobody has verified it for long: a maintainer should look at it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled answer or notice: the first of its blocks that can be said is said."""

    title: str | None
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...]
    requires: frozenset[str] = frozenset()
    by: str | None = None
    variants: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: frozenset[str] = frozenset()


class Knowledge:
    """Facts, answers, notices and topics that were valid together when they were loaded."""

    def __init__(
        self,
        *,
        facts: Mapping[str, Fact],
        answers: Mapping[str, Entry],
        notices: Mapping[str, Entry],
        crisis: Mapping[str, Block],
        topics: Mapping[str, str],
        settings: Mapping[str, str],
    ) -> None:
        self.topics: Mapping[str, str] = MappingProxyType(dict(topics))
        self._facts = dict(facts)
        self._answers = dict(answers)
        self._notices = dict(notices)
        self._crisis = dict(crisis)
        self._settings = dict(settings)
        self._said: dict[tuple[str, date], Answer] = {}

    @property
    def intents(self) -> frozenset[str]:
        """The intents that have an answer."""
        return frozenset(self._answers)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact, in the order of the file, whether it may be spoken or not."""
        return tuple(self._facts.values())

    def title(self, intent: str) -> str | None:
        """The short name for a guess button; None for an intent that is never guessed aloud."""
        entry = self._answers.get(intent)
        return entry.title if entry else None

    def fact(self, id: str, on: date) -> Fact | None:
        """The fact if it may be spoken on this day; KeyError when there is no such fact."""
        fact = self._facts[id]
        return fact if fact.available(on) else None

    def answer(self, intent: str, *, on: date) -> Answer:
        """The answer to an intent as of a day; KeyError when the intent has none."""
        key = (intent, on)
        said = self._said.get(key)
        if said is None:
            entry = self._answers[intent]
            said = Answer(self._say(entry.blocks, entry.requires, {}, on), entry.buttons)
            if len(self._said) > _CACHED_DAYS * len(self._answers):
                self._said.clear()
            self._said[key] = said
        return said

    def notice(self, name: str, /, **values: object) -> Answer:
        """A text the hub says by itself; a value that is None or empty counts as not available."""
        entry = self._notices[name]
        missing = entry.values - values.keys()
        if missing:
            raise TypeError(f"notice {name} needs {', '.join(sorted(missing))}")
        given = {key: _in_words(value, entry.words.get(key, {})) for key, value in values.items()}
        blocks = entry.blocks
        if entry.by is not None:
            blocks = entry.variants.get(str(values[entry.by]), blocks)
        return Answer(self._say(blocks, entry.requires, given, today()), entry.buttons)

    def crisis_card(self, kind: str, *, on: date) -> str:
        """Whom to call now; an unknown kind gets the general card, for a crisis is never an error."""
        block = self._crisis.get(kind) or self._crisis[GENERAL_CRISIS]
        lines = [part.choose(lambda name: self._value(name, {}, on) is not None) for part in block]
        return self._join([line for line in lines if line is not None], frozenset(), {}, on)

    def stale(self, on: date, max_age_days: int) -> list[StaleFact]:
        """Facts that are spoken on this day although nobody has verified them for long."""
        oldest = on - timedelta(days=max_age_days)
        return [
            StaleFact(
                fact.file,
                fact.line,
                f'fact "{fact.id}" was last verified on {fact.verified_on}, '
                f"{(on - fact.verified_on).days} days ago: check it with its source ({fact.source.name})",
            )
            for fact in self._facts.values()
            if fact.available(on) and fact.verified_on < oldest
        ]

    def _say(self, blocks: tuple[Block, ...], requires: frozenset[str], given: Mapping[str, str], on: date) -> str:
        def available(name: str) -> bool:
            return bool(self._value(name, given, on))

        for block in blocks:
            lines = [part.choose(available) for part in block]
            said = [line for line in lines if line is not None]
            if len(said) == len(lines) and all(map(available, requires)):
                return self._join(said, requires, given, on)
            requires = frozenset()  # they belong to the first block: the others are said without them
        raise LookupError("no variant of the text can be said")

    def _join(self, lines: list[Template], requires: frozenset[str], given: Mapping[str, str], on: date) -> str:
        used = requires.union(*(line.needs for line in lines))

        def value(name: str) -> str:
            if name == AS_OF:
                return polish_date(min(self._facts[id].verified_on for id in used if id in self._facts))
            return self._value(name, given, on) or ""

        return "\n".join(line.fill(value) for line in lines if line is not DROPPED).strip()

    def _value(self, name: str, given: Mapping[str, str], on: date) -> str | None:
        if name in given:
            return given[name]
        if name in self._settings:
            return self._settings[name]
        fact = self._facts.get(name)
        return fact.value if fact is not None and fact.available(on) else None


def _in_words(value: object, words: Mapping[str, str]) -> str:
    """A value as it is read: codes become words, several become a Polish list."""
    if value is None:
        return ""
    if isinstance(value, tuple | list | set | frozenset):
        items = [words.get(str(item), str(item)) for item in value]
        return " i ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""
    return words.get(str(value), str(value))
