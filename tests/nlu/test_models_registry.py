"""Which model is in use after promotions, rollbacks and failures; and what gateways say of themselves."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.db import migrate
from bot.db.session import Database
from bot.dialogue import catalogue
from bot.dialogue.catalogue import Card, Model
from bot.dialogue.registry import Registry
from bot.errors import StartupError


@pytest.fixture
async def registry(database_url: str) -> AsyncIterator[Registry]:
    from bot.settings import Settings

    url = Settings(database_url=database_url).database
    await migrate.upgrade(url)
    database = Database(url)
    yield Registry(database)
    await database.close()


async def current(registry: Registry) -> str | None:
    entry = await registry.in_use()
    return entry.model if entry is not None else None


async def test_nothing_is_in_use_before_the_first_promotion(registry: Registry) -> None:
    assert await registry.in_use() is None
    assert await registry.previous() is None


async def test_rollbacks_go_further_back_and_not_to_and_fro(registry: Registry) -> None:
    for name in ("a", "b", "c"):
        await registry.serves(await registry.record(name, "promote"))
    for expected in ("b", "a"):
        earlier = await registry.previous()
        assert earlier is not None
        assert earlier.model == expected
        await registry.record(expected, "rollback", reason="worse")
        assert await current(registry) == expected
    assert await registry.previous() is None
    await registry.record("c", "promote")
    assert await current(registry) == "c"
    assert [entry.model for entry in await registry.history()] == ["a", "b", "c", "b", "a", "c"]


async def test_a_failed_promotion_never_counted(registry: Registry) -> None:
    await registry.serves(await registry.record("good", "first"))
    broken = await registry.record("broken", "promote", forced=True, reason="a trial")
    assert await current(registry) == "broken"
    assert await registry.failed(broken, "no model is loaded")
    assert await current(registry) == "good"
    last = (await registry.history())[-1]
    assert (last.state, last.failure, last.forced, last.reason) == ("failed", "no model is loaded", True, "a trial")


async def test_a_model_that_serves_somewhere_is_not_taken_back_by_a_gateway_where_it_fails(
    registry: Registry,
) -> None:
    number = await registry.record("good", "promote")
    await registry.serves(number)
    assert not await registry.failed(number, "out of memory")
    assert await current(registry) == "good"


async def test_gateways_are_listed_while_they_live(registry: Registry) -> None:
    await registry.report("one", "a", "starting")
    await registry.report("one", "a", "ready")
    await registry.report("two", None, "training")
    assert {(g.instance, g.model, g.state) for g in await registry.gateways()} == {
        ("one", "a", "ready"),
        ("two", None, "training"),
    }
    await registry.forget("two")
    assert [gateway.instance for gateway in await registry.gateways()] == ["one"]


def put(folder: Path, name: str) -> Model:
    path = folder / catalogue.file_name(name)
    path.write_bytes(b"")
    model = Model.at(path)
    assert model is not None
    return model


def test_models_are_found_by_content_by_part_of_the_name_and_newest_first(tmp_path: Path) -> None:
    old, new = put(tmp_path, "20261123-0900-aaaaaaaaaaaa"), put(tmp_path, "20261124-0900-bbbbbbbbbbbb")
    (tmp_path / "mops-nonsense.tar.gz").write_bytes(b"")
    assert catalogue.all_models(tmp_path) == [new, old]
    assert catalogue.fitting(tmp_path, "aaaaaaaaaaaa") == old
    assert catalogue.fitting(tmp_path, "cccccccccccc") is None
    assert catalogue.resolve(tmp_path, "latest") == new
    assert catalogue.resolve(tmp_path, "20261123") == old
    assert catalogue.resolve(tmp_path, old.path.name) == old
    with pytest.raises(StartupError, match="fits several"):
        catalogue.resolve(tmp_path, "0900")
    with pytest.raises(StartupError, match="mops models list"):
        catalogue.resolve(tmp_path, "2019")


def test_a_card_survives_and_a_broken_one_is_an_empty_one(tmp_path: Path) -> None:
    model = put(tmp_path, "20261123-0900-aaaaaaaaaaaa")
    assert model.card() == Card()
    model.write(Card(messages=7, verdict={"passed": True}))
    assert model.card().messages == 7
    model.card_path.write_text("{")
    assert model.card() == Card()


def test_of_two_models_of_one_minute_the_one_written_later_is_the_latest(tmp_path: Path) -> None:
    for written, fingerprint in enumerate(("f" * 12, "0" * 12, "8" * 12), start=1):
        path = tmp_path / f"mops-20261125-0144-{fingerprint}.tar.gz"
        path.touch()
        os.utime(path, (written, written))
    assert [model.fingerprint[0] for model in catalogue.all_models(tmp_path)] == ["8", "0", "f"]
