"""A real browser for this folder's tests; they are synchronous, so that Playwright's own loop disturbs nobody."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.support.processes import Product
from tests.web.clerk import Clerk
from tests.web.widget import Widget

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

MakeContext = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # A shared machine may be slow; what is expected is not changed by that.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def resident(browser: Browser) -> Iterator[MakeContext]:
    """Make browsers of residents: each context has storage of its own. Errors on their pages fail the test."""
    opened: list[BrowserContext] = []
    problems: list[str] = []

    def make(**options: object) -> BrowserContext:
        settings: dict[str, object] = {"locale": "pl-PL", "viewport": {"width": 1280, "height": 800}} | options
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("weberror", lambda problem: problems.append(str(problem.error)))
        context.on(
            "console",
            lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None,
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert problems == []


@pytest.fixture
def widget(product: Product, resident: MakeContext) -> Widget:
    """The demo page with the window open, at 1280 px."""
    return Widget.on(resident().new_page(), product.url).open()


@pytest.fixture(scope="session")
def clerk(product: Product) -> Iterator[Clerk]:
    password = product.add_staff("klerk.czatu", "Anna")
    with Clerk(product.url, "klerk.czatu", password) as signed_in:
        yield signed_in
