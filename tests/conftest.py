"""Fixtures: real servers, started once where tests can share them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.processes import Postgres, Product, Server, SharedEngine, free_port, trained_model, until

# How long an example takes says more about the machine than about the code; CI always tries the same ones.
settings.register_profile("mops", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("mops")

# What a test asks for tells what it needs; `make unit` leaves these out.
NEEDS = {
    "engine": {"shared_engine", "product", "start_product", "model"},
    "browser": {"browser", "chromium", "open_desk", "resident"},
    "postgres": {"postgres"},
    "process": {"make_office", "office", "shared_office"},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for marker, fixtures in NEEDS.items():
            if asked & fixtures:
                item.add_marker(marker)


@pytest.fixture(scope="session")
def short_tmp() -> Iterator[Path]:
    """A folder with a short name: PostgreSQL's socket path has a limit."""
    folder = Path(tempfile.mkdtemp(prefix="mops-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model for the data in this tree."""
    return trained_model(tmp_path_factory.mktemp("training") / "train.log")


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[SharedEngine]:
    with SharedEngine(tmp_path_factory.mktemp("engine"), model) as engine:
        yield engine


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, shared_engine: SharedEngine) -> Iterator[Product]:
    """A whole product on SQLite that tests share; they use senders and browsers of their own."""
    with Product(tmp_path_factory.mktemp("product"), **shared_engine.settings) as running:
        yield running.wait_ready()


@pytest.fixture
def start_product(
    tmp_path_factory: pytest.TempPathFactory, shared_engine: SharedEngine
) -> Iterator[Callable[..., Product]]:
    """Start products that the test may break."""
    started: list[Product] = []

    def start(folder: Path | None = None, **settings: str) -> Product:
        chosen = folder or tmp_path_factory.mktemp("own")
        running = Product(chosen, **(shared_engine.settings | settings))
        started.append(running)
        return running.start().wait_ready()

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def postgres(short_tmp: Path) -> Iterator[Postgres]:
    folder = short_tmp / "pg"
    folder.mkdir()
    with Postgres(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("redis") / "redis.log"
    with Server(["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"], log) as server:
        until(lambda: "Ready to accept" in server.output, 10, "Redis is up")
        yield f"redis://127.0.0.1:{port}/0"
