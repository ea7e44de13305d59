"""Nothing is lost: reloads, bad networks, several tabs, a server that is away."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.support.processes import Product, until
from tests.web.clerk import Clerk
from tests.web.conftest import MakeContext
from tests.web.widget import ASK, PHONE, Widget

pytestmark = [pytest.mark.browser, pytest.mark.engine]

PATIENCE = 30_000


def test_a_reload_finds_the_conversation_again(widget: Widget) -> None:
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    before = widget.texts()
    widget.page.reload()
    expect(widget.window).to_be_visible()
    expect(widget.messages).to_have_count(len(before))
    assert widget.texts() == before
    assert widget.focused == ""
    assert widget.spoken.inner_text() == ""


def test_messages_written_offline_are_sent_once_and_in_order_when_the_network_returns(widget: Widget) -> None:
    context = widget.page.context
    context.set_offline(True)
    lines = [f"Wiadomość numer {n}" for n in range(3)]
    for line in lines:
        widget.write(line)
    expect(widget.mine(lines[0]).locator(".state")).to_contain_text("Nie wysłano", timeout=PATIENCE)
    expect(widget.mine(lines[0]).get_by_role("button", name="Spróbuj ponownie")).to_be_visible()
    expect(widget.notice).to_contain_text("Brak połączenia")
    context.set_offline(False)
    expect(widget.mine(lines[2]).locator(".state")).to_have_text("Wysłano", timeout=PATIENCE)
    expect(widget.notice).to_be_hidden(timeout=PATIENCE)
    widget.page.reload()
    expect(widget.mine(lines[2])).to_have_count(1)
    mine = [text for text in widget.texts() if text.startswith("Wiadomość numer")]
    assert mine == lines


def test_two_minutes_offline_with_messages_both_ways(widget: Widget, clerk: Clerk) -> None:
    """The resident and an employee both write while the connection is away; afterwards each has everything once."""
    widget.button("Porozmawiaj z pracownikiem").click()
    opening = widget.write("Rozmowa przed przerwą 4471")
    expect(opening.locator(".state")).to_have_text("Wysłano")
    conversation = clerk.find("4471")
    clerk.claim(conversation)
    expect(widget.window).to_contain_text("Odpowiada pracownik: Anna")
    widget.page.clock.install()
    widget.page.context.set_offline(True)
    mine = [f"Z przerwy, mieszkaniec {n}" for n in range(3)]
    for text in mine:
        widget.write(text)
    for n in range(3):
        clerk.reply(conversation, f"Z przerwy, pracownik {n}")
    for _ in range(8):
        widget.page.clock.run_for(15_000)
    expect(widget.mine(mine[0]).locator(".state")).to_contain_text("Nie wysłano")
    expect(widget.notice).to_contain_text("Brak połączenia")
    widget.page.context.set_offline(False)
    widget.page.clock.run_for(40_000)
    widget.page.clock.resume()
    expect(widget.from_("staff")).to_have_count(3, timeout=PATIENCE)
    expect(widget.mine(mine[2]).locator(".state")).to_have_text("Wysłano", timeout=PATIENCE)
    expect(widget.notice).to_be_hidden(timeout=PATIENCE)
    said = [text for text in widget.texts() if "Z przerwy" in text]
    assert [text for text in said if "mieszkaniec" in text] == mine
    assert [text for text in said if "pracownik" in text] == [f"Z przerwy, pracownik {n}" for n in range(3)]


def test_what_was_not_sent_survives_a_reload(widget: Widget) -> None:
    def refuse(route: Route) -> None:
        route.abort("connectionrefused")

    page = widget.page
    page.route("**/api/web/messages", refuse)
    mine = widget.write("Ta wiadomość nie może zginąć")
    expect(mine.locator(".state")).to_contain_text("Nie wysłano")
    page.reload()
    expect(mine).to_be_visible()
    page.unroute("**/api/web/messages", refuse)
    expect(mine.locator(".state")).to_have_text("Wysłano", timeout=PATIENCE)
    expect(mine).to_have_count(1)
    waiting = "Object.keys(localStorage).filter(key => key.includes(':out:')).length"
    until(lambda: page.evaluate(waiting) == 0, 10, "the server's copy has come back")


def test_an_answer_that_got_lost_on_the_way_does_not_double_the_message(widget: Widget) -> None:
    """The server has stored the message, but the browser never learns it: the repetition must change nothing."""
    lost: list[int] = []

    def swallow(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    widget.page.route("**/api/web/messages", swallow)
    mine = widget.write("Raz i tylko raz")
    expect(mine.locator(".state")).to_have_text("Wysłano", timeout=PATIENCE)
    widget.page.reload()
    expect(mine).to_have_count(1)
    assert lost == [202]


def test_trying_again_by_hand(widget: Widget) -> None:
    failing = True

    def unavailable(route: Route) -> None:
        if failing:
            route.fulfill(status=503, headers={"Retry-After": "60"}, json={"error": "x"})
        else:
            route.continue_()

    widget.page.route("**/api/web/messages", unavailable)
    mine = widget.write("Spróbujmy jeszcze raz")
    again = mine.get_by_role("button", name="Spróbuj ponownie")
    expect(again).to_be_visible()
    failing = False
    again.click()
    expect(mine.locator(".state")).to_have_text("Wysłano", timeout=PATIENCE)


def test_two_tabs_show_the_same_conversation(widget: Widget) -> None:
    other = Widget.on(widget.page.context.new_page(), widget.page.url)
    other.launcher.click()
    expect(other.messages).to_have_count(1)
    widget.write("Pisane w pierwszej karcie")
    expect(other.mine("Pisane w pierwszej karcie")).to_be_visible()
    other.write("Pisane w drugiej karcie")
    expect(widget.mine("Pisane w drugiej karcie").locator(".state")).to_have_text("Wysłano")
    expect(other.mine("drugiej karcie").locator(".state")).to_have_text("Wysłano")
    for tab in (widget, other):
        expect(tab.messages).to_have_count(5)  # the opening, two messages, two answers
    assert widget.texts() == other.texts()


def test_two_tabs_opened_at_once_share_one_conversation(product: Product, resident: MakeContext) -> None:
    context = resident()
    tabs = [Widget.on(context.new_page(), product.url) for _ in range(2)]
    for tab in tabs:
        tab.launcher.dispatch_event("click")
    for tab in tabs:
        expect(tab.messages).to_have_count(1)
    tabs[0].write("Wspólna rozmowa")
    expect(tabs[1].mine("Wspólna rozmowa")).to_be_visible()


def test_a_conversation_that_was_erased_gives_way_to_a_new_one(widget: Widget) -> None:
    widget.write("Stara rozmowa")
    expect(widget.mine("Stara rozmowa").locator(".state")).to_have_text("Wysłano")
    widget.page.evaluate(
        """() => { const key = Object.keys(localStorage).find((name) => name.endsWith(':token'));
            localStorage.setItem(key, JSON.stringify('x'.repeat(43))); }"""
    )
    widget.page.reload()
    expect(widget.from_("bot")).to_have_count(1)
    expect(widget.from_("resident")).to_have_count(0)
    expect(widget.notice).to_contain_text("Poprzednia rozmowa nie jest już przechowywana. To jest nowa rozmowa.")
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    expect(widget.notice).to_be_hidden()


def test_a_page_without_storage_still_talks(product: Product, resident: MakeContext) -> None:
    context = resident()
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    widget = Widget.on(context.new_page(), product.url).open()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)


def test_a_killed_gateway_costs_nothing_but_time(
    start_product: Callable[..., Product], resident: MakeContext, tmp_path: Path
) -> None:
    product = start_product(tmp_path / "p")
    widget = Widget.on(resident().new_page(), product.url).open()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    product.kill()
    mine = widget.write("Proszę o numer telefonu")
    expect(mine.locator(".state")).to_contain_text("Nie wysłano")
    expect(widget.notice).to_contain_text("Brak połączenia")
    product.start().wait_ready()
    expect(mine.locator(".state")).to_have_text(re.compile("Wysłano"), timeout=60_000)
    expect(widget.notice).to_be_hidden(timeout=60_000)
    expect(mine).to_have_count(1)
    expect(widget.from_("bot")).to_have_count(3, timeout=60_000)


def test_a_lost_stream_comes_back_with_what_was_missed(widget: Widget) -> None:
    """The stream breaks, the assistant answers meanwhile, and the next stream starts after the last message."""
    asked: list[str] = []
    widget.page.on("request", lambda request: asked.append(request.url) if "events?" in request.url else None)
    widget.page.evaluate("window.dispatchEvent(new Event('offline'))")
    started = time.monotonic()
    widget.write(ASK)
    expect(widget.from_("bot").last).to_contain_text(PHONE)
    assert time.monotonic() - started < 10
    assert asked
    assert all(url.endswith("after=1") for url in asked[:1])
    assert len(widget.texts()) == len(set(widget.messages.evaluate_all("nodes => nodes.map((n, i) => i)")))
