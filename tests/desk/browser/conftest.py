"""A browser for the desk's pages. The tests are synchronous: Playwright's own loop runs in their thread."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.desk.conftest import PASSWORD, Clerk, Office

OpenDesk = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_desk(office: Office, chromium: Browser) -> Iterator[OpenDesk]:
    """Sign somebody in in a browser of their own; script errors and refused content fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_as(clerk: Clerk, path: str = "/desk", width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, locale="pl-PL", color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None,
        )
        page.goto(f"{office.url}{path}")
        sign_in(page, clerk)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert problems == []


def sign_in(page: Page, clerk: Clerk) -> None:
    page.get_by_label("Login").fill(clerk.login)
    page.get_by_label("Hasło").fill(PASSWORD)
    page.get_by_role("button", name="Zaloguj").click()
    page.get_by_role("button", name="Wyloguj").wait_for()
    page.locator("html[data-gotowe]").wait_for()
