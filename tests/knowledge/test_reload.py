"""A running product picks changes up and survives a broken edit."""

from __future__ import annotations

import logging
import threading
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge import KnowledgeError, KnowledgeStore
from tests.knowledge.conftest import Edit

DAY = date(2026, 11, 23)
OLD, NEW = "68 411 50 00", "68 411 59 99"


def phone(store: KnowledgeStore) -> str:
    return store.current.answer("telefon", on=DAY).text


def test_a_changed_fact_is_picked_up(directory: Path, edit: Edit) -> None:
    store = KnowledgeStore(directory, check_every=0)
    before = store.current
    assert OLD in phone(store)
    edit("facts.yml", f'"{OLD}"', f'"{NEW}"')
    assert NEW in phone(store)
    assert OLD in before.answer("telefon", on=DAY).text


def test_a_broken_edit_keeps_the_last_good_one_and_is_told_once(
    directory: Path, edit: Edit, caplog: pytest.LogCaptureFixture
) -> None:
    store = KnowledgeStore(directory, check_every=0)
    line = edit("facts.yml", f'value: "{OLD}"', "value: 684115999")
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            assert OLD in phone(store)
    told = [record for record in caplog.records if f"knowledge/facts.yml:{line}:" in record.getMessage()]
    assert len(told) == 1
    edit("facts.yml", "value: 684115999", f'value: "{NEW}"')
    assert NEW in phone(store)


def test_a_file_that_is_away_for_a_moment_does_no_harm(directory: Path) -> None:
    store = KnowledgeStore(directory, check_every=0)
    facts = directory / "facts.yml"
    facts.rename(directory / "away.yml")
    assert OLD in phone(store)
    (directory / "away.yml").rename(facts)
    assert OLD in phone(store)


def test_the_disk_is_asked_only_now_and_then(directory: Path, edit: Edit) -> None:
    store = KnowledgeStore(directory, check_every=3600)
    edit("facts.yml", f'"{OLD}"', f'"{NEW}"')
    assert OLD in phone(store)


def test_the_first_load_must_succeed(directory: Path, edit: Edit) -> None:
    edit("facts.yml", f'value: "{OLD}"', "value: 684115999")
    with pytest.raises(KnowledgeError, match=r"facts\.yml:\d+"):
        KnowledgeStore(directory)


def test_warnings_follow_the_setting(directory: Path) -> None:
    assert KnowledgeStore(directory, max_age_days=365).warnings
    assert KnowledgeStore(directory, max_age_days=100_000).warnings == []


def test_many_threads_see_whole_snapshots(directory: Path, edit: Edit) -> None:
    store = KnowledgeStore(directory, check_every=0)
    seen: set[str] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(phone(store))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    edit("facts.yml", f'"{OLD}"', f'"{NEW}"')
    threading.Event().wait(0.7)
    stop.set()
    for reader in readers:
        reader.join()
    assert len(seen) <= 2
    assert NEW in phone(store)
