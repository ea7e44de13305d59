"""The shape of the four knowledge files, before anything is checked across them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")


def _identifier(value: str) -> str:
    if not IDENTIFIER.match(value):
        raise ValueError(f'"{value}" is not a valid name: use a-z, 0-9 and _, starting with a letter')
    return value


def _plain_date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("must be a date written without quotes as YYYY-MM-DD, for example 2020-03-16")


def _fact_value(value: Any) -> Any:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if not isinstance(value, str):
        raise ValueError('must be text: put the value in quotes, for example "112"')
    if not value.strip():
        raise ValueError("is empty: write the value, or null while it is not known")
    return value.strip()


def _title(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def _as_part(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _as_parts(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


Identifier = Annotated[StrictStr, AfterValidator(_identifier)]
Day = Annotated[date, BeforeValidator(_plain_date)]
Title = Annotated[StrictStr, AfterValidator(_title)]


class Record(BaseModel):
    """Common rules of every record: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRecord(Record):
    """Where facts come from: a published text a maintainer can show."""

    id: Identifier
    name: Title
    published: Day | None
    url: StrictStr | None


class FactRecord(Record):
    """One fact; `value: null` means that the question is known and the answer is not."""

    id: Identifier
    value: Annotated[str | date | None, BeforeValidator(_fact_value)]
    source: Identifier
    verified_on: Day
    valid_from: Day
    valid_to: Day | None
    note: StrictStr = ""
    label: Title | None = None

    @field_validator("valid_to")
    @classmethod
    def _ends_after_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("valid_from")
        if value is not None and begins is not None and value < begins:
            raise ValueError(f"{value} is before valid_from {begins}")
        return value


class FactsFile(Record):
    """knowledge/facts.yml"""

    sources: list[SourceRecord]
    facts: list[FactRecord]


class PartRecord(Record):
    """A line of an answer; `otherwise` replaces it when one of its facts is not available.

    Instead of a text it may name one of the shared `lines` of answers.yml.
    """

    text: StrictStr | None = None
    line: Identifier | None = None
    requires: list[Identifier] = []
    otherwise: StrictStr | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> PartRecord:
        if (self.text is None) == (self.line is None):
            raise ValueError("needs either a text or the name of a shared line")
        if self.line is not None and (self.requires or self.otherwise is not None):
            raise ValueError("a shared line brings its own requires and otherwise")
        return self


Part = Annotated[PartRecord, BeforeValidator(_as_part)]
Parts = Annotated[list[Part], BeforeValidator(_as_parts), Field(min_length=1)]


class ButtonRecord(Record):
    """A button under an answer."""

    title: Title
    payload: Title


class AnswerRecord(Record):
    """What is said to one intent; without a title the intent is never offered as a guess."""

    title: Title | None = None
    text: Parts
    requires: list[Identifier] = []
    otherwise: Parts | None = None
    buttons: list[ButtonRecord] = []


class AnswersFile(Record):
    """knowledge/answers.yml"""

    lines: dict[Identifier, Part] = {}
    unknown: Annotated[list[StrictStr], Field(min_length=1)]
    answers: dict[Identifier, AnswerRecord]


class NoticeRecord(Record):
    """A text the hub says by itself; `by` picks one of `variants` by a value, `text` is for all others."""

    text: Parts
    by: Identifier | None = None
    variants: dict[Identifier, Parts] = {}
    words: dict[Identifier, dict[Identifier, StrictStr]] = {}
    otherwise: Parts | None = None
    buttons: list[ButtonRecord] = []


class NoticesFile(Record):
    """knowledge/notices.yml"""

    notices: dict[Identifier, NoticeRecord]
    crisis: dict[Identifier, Parts]


class TopicRecord(Record):
    """A topic a case can have."""

    value: Identifier
    title: Title


class TopicsFile(Record):
    """knowledge/topics.yml"""

    topics: Annotated[list[TopicRecord], Field(min_length=1)]
