"""The widget as a resident meets it: found by roles and names, which is how assistive technology finds it."""

import re
from typing import Self

from playwright.sync_api import Locator, Page, Route, expect

ASK = "Jaki jest numer telefonu do sekretariatu?"
PHONE = "68 411 50 00"


class Widget:
    """One page with the widget on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("mops-assistant .launcher")
        self.window = page.get_by_role("dialog", name="Asystent MOPS")
        self.field = page.get_by_role("textbox", name="Wiadomość")
        self.messages = page.locator("mops-assistant li.message")
        self.spoken = page.locator("mops-assistant [role=log]")
        self.notice = page.locator("mops-assistant .notice")

    @classmethod
    def on(cls, page: Page, url: str) -> Self:
        page.goto(url)
        widget = cls(page)
        expect(widget.launcher.or_(widget.window).first).to_be_visible()
        return widget

    def open(self) -> Self:
        self.launcher.click()
        expect(self.from_("bot").first).to_be_visible()
        return self

    def write(self, text: str) -> Locator:
        """Write and send; returns the resident's message."""
        self.field.fill(text)
        self.field.press("Enter")
        return self.mine(text)

    def mine(self, text: str) -> Locator:
        return self.from_("resident").filter(has_text=text)

    def from_(self, author: str) -> Locator:
        return self.page.locator(f"mops-assistant li.from-{author}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile("^" + re.escape(name))).last

    def texts(self) -> list[str]:
        """The text of every message, in order."""
        return self.page.locator("mops-assistant li.message .bubble").all_inner_texts()

    @property
    def replies(self) -> Locator:
        """What came after the resident's latest message."""
        return self.page.locator("mops-assistant li.from-resident:not(:has(~ li.from-resident)) ~ li.message")

    @property
    def focused(self) -> str:
        """Class of the element inside the widget that has the focus."""
        return str(
            self.page.evaluate("document.querySelector('mops-assistant').shadowRoot.activeElement?.className ?? ''")
        )


def changed_page(page: Page, url: str, before: str, after: str) -> None:
    """Serve the demo page with one thing different, as another website would have written it."""

    def change(route: Route) -> None:
        served = route.fetch()
        assert before in served.text()
        route.fulfill(response=served, body=served.text().replace(before, after))

    page.route(url + "/", change)
