"""The real knowledge files, and copies of them that a test may break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, load_knowledge

REAL = Path(__file__).resolve().parents[2] / "knowledge"


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(REAL)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    copy = tmp_path / "knowledge"
    shutil.copytree(REAL, copy)
    return copy


Edit = Callable[[str, str, str], int]


@pytest.fixture
def edit(directory: Path) -> Edit:
    """Replace one piece of a file, as a maintainer would; tells the line on which it began."""

    def replace(name: str, old: str, new: str) -> int:
        path = directory / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


def fact_entry(directory: Path, fact: str) -> str:
    """The whole entry of a fact, as it stands in the file."""
    text = (directory / "facts.yml").read_text(encoding="utf-8")
    begin = text.index(f"  - id: {fact}\n")
    return text[begin : text.index("\n    note:", begin)]
