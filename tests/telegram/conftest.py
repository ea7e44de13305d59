"""The product with its Telegram channel against a Bot API server of our own."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.botapi import BotApi
from tests.support.processes import Product, SharedEngine

SECRET = "webhook-secret_of-the-tests"


def settings_for(api: BotApi) -> dict[str, str]:
    # DEBUG, because a log that keeps secrets only while it is terse does not keep them.
    return {"telegram_token": api.token, "telegram_api_url": api.url, "log_level": "DEBUG"}


def check_log(product: Product, api: BotApi) -> None:
    """What must hold after every test: a clean end, and a log without the token and without residents' words."""
    if product.process is not None and product.process.poll() is None:
        # Told to end, it ends in order and then by the signal, as servers do.
        assert product.stop() in (0, -signal.SIGTERM), product.output[-2000:]
        assert "Application shutdown complete" in product.output
    log = product.output
    assert api.token not in log
    assert api.token.partition(":")[2] not in log
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
    for text in api.written:
        assert len(text) < 12 or text not in log
    assert api.violations == []


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as running:
        yield running


@pytest.fixture
def start_bot(api: BotApi, start_product: Callable[..., Product]) -> Iterator[Callable[..., Product]]:
    """Start products that the test may break; ``after_kill`` ones are checked like all others."""
    started: list[Product] = []

    def start(folder: Path | None = None, **settings: str) -> Product:
        product = start_product(folder, **(settings_for(api) | settings))
        started.append(product)
        return product

    yield start
    for product in started:
        check_log(product, api)


@pytest.fixture
def start_webhook_bot(
    api: BotApi, shared_engine: SharedEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Product]]:
    """Start a product to which updates are pushed."""
    started: list[Product] = []

    def start(folder: Path | None = None, **settings: str) -> Product:
        chosen = folder or tmp_path_factory.mktemp("webhook")
        product = Product(chosen, **(shared_engine.settings | settings_for(api) | settings))
        product.env |= {
            "MOPS_TELEGRAM_MODE": "webhook",
            "MOPS_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "MOPS_PUBLIC_URL": product.url,
        }
        started.append(product)
        return product.start().wait_ready()

    yield start
    for product in started:
        check_log(product, api)
        assert SECRET not in product.output


@pytest.fixture(scope="module")
def shared_api() -> Iterator[BotApi]:
    with BotApi() as running:
        yield running


@pytest.fixture(scope="module")
def bot(
    shared_api: BotApi, tmp_path_factory: pytest.TempPathFactory, shared_engine: SharedEngine
) -> Iterator[Product]:
    """One product that the tests of a module share; each test brings people of its own."""
    product = Product(tmp_path_factory.mktemp("bot"), **(shared_engine.settings | settings_for(shared_api)))
    product.start()
    try:
        yield product.wait_ready()
        check_log(product, shared_api)
    finally:
        product.stop()
