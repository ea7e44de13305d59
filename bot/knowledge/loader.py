"""From the knowledge files to a Knowledge that is known to be whole, or to every reason why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from bot.knowledge.checks import as_of_is_dated, check_buttons, check_names, check_notices
from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.knowledge import Button, Entry, Fact, Knowledge, Source
from bot.knowledge.names import AS_OF, EMERGENCY_FACT, EXTRA_INTENTS, NOTICES, SETTING_VALUES
from bot.knowledge.schema import (
    AnswersFile,
    ButtonRecord,
    FactsFile,
    NoticesFile,
    PartRecord,
    TopicsFile,
)
from bot.knowledge.source import SourceFile
from bot.knowledge.template import Block, Part, TemplateError, always_said, block_names, compile_part, polish_date

FILES = ("facts.yml", "answers.yml", "notices.yml", "topics.yml")

Model = TypeVar("Model", bound=BaseModel)


def load_knowledge(directory: Path, settings: Mapping[str, str] | None = None) -> Knowledge:
    """Load and check the knowledge files; `settings` fills the placeholders of SETTING_VALUES."""
    return _Loader(directory, dict(settings or {})).load()


class _Loader:
    """One run over the files, collecting every problem rather than stopping at the first."""

    def __init__(self, directory: Path, settings: dict[str, str]) -> None:
        self.directory = directory
        self.settings = settings
        self.problems: list[Problem] = []
        self.fact_ids: frozenset[str] = frozenset()
        self.lines: dict[str, Part] = {}

    def load(self) -> Knowledge:
        facts_file = self._open("facts.yml", FactsFile)
        answers_file = self._open("answers.yml", AnswersFile)
        notices_file = self._open("notices.yml", NoticesFile)
        topics_file = self._open("topics.yml", TopicsFile)
        if facts_file is None or answers_file is None or notices_file is None or topics_file is None:
            raise KnowledgeError(self.problems)
        facts = self._facts(facts_file)
        topics = self._topics(topics_file)
        self.fact_ids = frozenset(facts)
        known = self.fact_ids | SETTING_VALUES
        self._lines(answers_file, known)
        answers = self._answers(answers_file, known)
        notices = self._notices(notices_file, known)
        crisis = self._crisis(notices_file, known)
        intents = answers_file.record.answers.keys() | EXTRA_INTENTS
        self.problems += check_buttons(answers_file, "answers", answers_file.record.answers, intents, topics)
        self.problems += check_buttons(notices_file, "notices", notices_file.record.notices, intents, topics)
        self.problems += check_notices(notices_file)
        if self.problems:
            raise KnowledgeError(self.problems)
        return Knowledge(
            facts=facts,
            answers=answers,
            notices=notices,
            crisis=crisis,
            topics=topics,
            settings=self.settings,
        )

    def _open(self, name: str, model: type[Model]) -> SourceFile[Model] | None:
        try:
            return SourceFile(self.directory / name, model)
        except KnowledgeError as error:
            self.problems += error.problems
            return None

    def _facts(self, file: SourceFile[FactsFile]) -> dict[str, Fact]:
        self._refuse_duplicates(file, "sources", "source", [item.id for item in file.record.sources])
        self._refuse_duplicates(file, "facts", "fact", [item.id for item in file.record.facts])
        sources = {item.id: Source(**item.model_dump()) for item in file.record.sources}
        facts: dict[str, Fact] = {}
        for place, item in enumerate(file.record.facts):
            source = sources.get(item.source)
            if source is None:
                self._add(file, f'{item.id}: unknown source "{item.source}"', "facts", place, "source")
                source = Source(item.source, item.source, None, None)
            if source.published is not None and item.verified_on < source.published:
                message = f"{item.id}: verified_on {item.verified_on} is before its source was published"
                self._add(file, message, "facts", place, "verified_on")
            if item.id in SETTING_VALUES or item.id == AS_OF:
                self._add(file, f'"{item.id}" is a reserved name', "facts", place, "id")
            value = polish_date(item.value) if isinstance(item.value, date) else item.value
            rest = item.model_dump(exclude={"value", "source"})
            line = file.line("facts", place)
            facts[item.id] = Fact(value=value, source=source, file=file.label, line=line, **rest)
        emergency = facts.get(EMERGENCY_FACT)
        if emergency is None:
            self._add(file, f'the fact "{EMERGENCY_FACT}" is missing: every crisis card needs it', "facts")
        elif emergency.value is None or emergency.valid_to is not None:
            message = f"{EMERGENCY_FACT}: must have a value and no valid_to: every crisis card needs it"
            self.problems.append(Problem(file.label, emergency.line, message))
        return facts

    def _topics(self, file: SourceFile[TopicsFile]) -> dict[str, str]:
        self._refuse_duplicates(file, "topics", "topic", [item.value for item in file.record.topics])
        return {item.value: item.title for item in file.record.topics}

    def _answers(self, file: SourceFile[AnswersFile], known: Set[str]) -> dict[str, Entry]:
        unknown = self._unknown(file, known)
        entries: dict[str, Entry] = {}
        for intent, record in file.record.answers.items():
            at = ("answers", intent)
            blocks = [self._block(file, record.text, known, (*at, "text"), record.requires)]
            if record.otherwise is not None:
                blocks.append(self._block(file, record.otherwise, known, (*at, "otherwise")))
            self.problems += check_names(file, intent, record.requires, known, (*at, "requires"))
            entries[intent] = Entry(
                title=record.title,
                blocks=(*blocks, *unknown),
                buttons=_buttons(record.buttons),
                requires=frozenset(record.requires),
            )
        return entries

    def _lines(self, file: SourceFile[AnswersFile], known: Set[str]) -> None:
        """Lines that many texts share; {stan} is checked where they are used."""
        for name, record in file.record.lines.items():
            if record.line is not None:
                self._add(file, f"{name}: a shared line cannot name another one", "lines", name)
                continue
            try:
                part = compile_part(record)
            except TemplateError as error:
                self._add(file, f"{name}: {error}", "lines", name)
                continue
            self.problems += check_names(file, name, block_names((part,)), known, ("lines", name))
            self.lines[name] = part

    def _unknown(self, file: SourceFile[AnswersFile], known: Set[str]) -> list[Block]:
        """What is said when nothing else can be: from the richest text to one without any fact."""
        parts = [PartRecord(text=text) for text in file.record.unknown]
        blocks = [self._block(file, [part], known, ("unknown",), place=place) for place, part in enumerate(parts)]
        if block_names(blocks[-1]):
            message = "unknown: the last text must hold no placeholder, so that it can always be said"
            self._add(file, message, "unknown", len(blocks) - 1)
        return blocks

    def _notices(self, file: SourceFile[NoticesFile], known: Set[str]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for name, record in file.record.notices.items():
            values = NOTICES.get(name, frozenset())
            allowed = known | values
            at = ("notices", name)
            last = []
            if record.otherwise is not None:
                last.append(self._block(file, record.otherwise, allowed, (*at, "otherwise")))
            variants = {
                value: (self._block(file, parts, allowed, (*at, "variants", value)), *last)
                for value, parts in record.variants.items()
            }
            main = self._block(file, record.text, allowed, (*at, "text"))
            ends = last or [main, *(blocks[0] for blocks in variants.values())]
            if not all(always_said(block, values | {EMERGENCY_FACT}) for block in ends):
                message = f"{name}: needs an otherwise without facts, so that it can always be said"
                self._add(file, message, *at)
            entries[name] = Entry(
                title=None,
                blocks=(main, *last),
                buttons=_buttons(record.buttons),
                by=record.by,
                variants=variants,
                words=record.words,
                values=values,
            )
        return entries

    def _crisis(self, file: SourceFile[NoticesFile], known: Set[str]) -> dict[str, Block]:
        return {kind: self._block(file, parts, known, ("crisis", kind)) for kind, parts in file.record.crisis.items()}

    def _block(
        self,
        file: SourceFile[Model],
        records: list[PartRecord],
        known: Set[str],
        at: tuple[str | int, ...],
        requires: Iterable[str] = (),
        place: int = 0,
    ) -> Block:
        owner = str(at[1] if len(at) > 1 else at[0])
        parts: list[Part] = []
        for number, record in enumerate(records, start=place):
            where = (*at, number)
            if record.line is not None:
                shared = self.lines.get(record.line)
                if shared is None:
                    self._add(file, f'{owner}: there is no shared line "{record.line}"', *where)
                else:
                    parts.append(shared)
                continue
            try:
                part = compile_part(record)
            except TemplateError as error:
                self._add(file, f"{owner}: {error}", *where)
                continue
            names = (*part.main.names, *part.main.needs, *(part.otherwise.names if part.otherwise else ()))
            self.problems += check_names(file, owner, names, known | {AS_OF}, where)
            parts.append(part)
        if not as_of_is_dated(parts, requires, self.fact_ids):
            self._add(file, f"{owner}: {{{AS_OF}}} needs a fact that is always said beside it", *at)
        return tuple(parts)

    def _add(self, file: SourceFile[Model], message: str, *where: str | int) -> None:
        self.problems.append(file.problem(message, *where))

    def _refuse_duplicates(self, file: SourceFile[Model], key: str, what: str, names: list[str]) -> None:
        for name, count in Counter(names).items():
            if count > 1:
                last = len(names) - 1 - names[::-1].index(name)
                self._add(file, f'{what} "{name}" is defined {count} times', key, last)


def _buttons(records: list[ButtonRecord]) -> tuple[Button, ...]:
    return tuple(Button(record.title, record.payload) for record in records)
