"""Reading one knowledge file: YAML with line numbers, then its schema."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.knowledge.errors import KnowledgeError, Problem

Model = TypeVar("Model", bound=BaseModel)


class _Constructor(RoundTripConstructor):
    """Tells the place of a date that does not exist; the library would only say that it cannot be."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        """Construct a date, or say on which line there is none."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError as error:
            message = f"{node.value} is not a date: {error}"
            raise ConstructorError(None, None, message, node.start_mark) from None


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


class SourceFile(Generic[Model]):
    """A parsed and validated knowledge file that still knows the line of each entry."""

    def __init__(self, path: Path, model: type[Model]) -> None:
        self.label = f"{path.parent.name}/{path.name}"
        self._tree = self._parse(path)
        try:
            self.record = model.model_validate(_plain(self._tree))
        except ValidationError as error:
            raise KnowledgeError([self._explain(detail) for detail in error.errors()]) from None

    def problem(self, message: str, *where: str | int) -> Problem:
        """A problem at the entry reached by these keys and positions."""
        return Problem(self.label, self.line(*where), message)

    def line(self, *where: str | int) -> int:
        """The line of an entry, or of the nearest thing around it that has one."""
        node, line = self._tree, 1
        for step in where:
            if isinstance(node, CommentedMap) and step in node:
                line = node.lc.key(step)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line = node.lc.item(step)[0] + 1
            else:
                break
            node = node[step]
        return line

    def _parse(self, path: Path) -> Any:
        try:
            yaml = YAML(typ="rt")
            yaml.Constructor = _Constructor
            tree = yaml.load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise KnowledgeError([Problem(self.label, 1, "the file is missing")]) from None
        except UnicodeDecodeError:
            raise KnowledgeError([Problem(self.label, 1, "the file is not UTF-8 text")]) from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            text = (error.problem or error.context or "not valid YAML").splitlines()[0]
            raise KnowledgeError([Problem(self.label, mark.line + 1 if mark else 1, text)]) from None
        except YAMLError as error:
            raise KnowledgeError([Problem(self.label, 1, str(error).splitlines()[0])]) from None
        if not isinstance(tree, CommentedMap):
            raise KnowledgeError([Problem(self.label, 1, "the file is empty or not a mapping")])
        return tree

    def _explain(self, detail: Any) -> Problem:
        where = tuple(step for step in detail["loc"] if step != "[key]")
        field = next((step for step in reversed(where) if isinstance(step, str)), "")
        if detail["type"] == "missing":
            message = f'"{field}" is missing'
        elif detail["type"] == "extra_forbidden":
            message = f'unknown field "{field}"'
        elif detail["type"] == "value_error":
            message = f"{field}: {detail['ctx']['error']}"
        elif detail["type"] in {"string_type", "string_sub_type"}:
            message = f"{field}: must be text (put it in quotes)"
        else:
            message = f"{field}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
        return self.problem(self._owner(where) + message, *where)

    def _owner(self, where: tuple[str | int, ...]) -> str:
        """Which record the problem is in, by the name a maintainer gave it."""
        node = self._tree
        for step in where[:2]:
            if not isinstance(node, CommentedMap | CommentedSeq):
                return ""
            try:
                node = node[step]
            except (KeyError, IndexError):
                return ""
        if len(where) < 3:
            return ""
        if isinstance(where[1], str):
            return f"{where[1]}: "
        name = node.get("id", node.get("value")) if isinstance(node, CommentedMap) else None
        return f"{name}: " if isinstance(name, str) else ""


def _plain(node: Any) -> Any:
    """YAML's own node types as plain ones, so that the schema sees what the maintainer meant."""
    if isinstance(node, dict):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, datetime):
        return datetime.fromisoformat(node.isoformat())
    if isinstance(node, date):
        return date(node.year, node.month, node.day)
    return node
