"""The live stream: what an open page is told, with and without wake-ups."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.crypto import Keyring
from bot.db.session import Database
from bot.desk import accounts, page_events, sessions
from bot.desk.page_events import changes
from bot.desk.pulse import Pulse, parse, take_pulse
from bot.hub.feed import DESK, Feed, conversation_topic
from bot.settings import Settings
from tests.desk.scene import Line, Scene, say, stage

KEYRING = Keyring([Fernet.generate_key()])


def hello() -> Scene:
    return Scene([Line("resident", "dzień dobry")], owner="waiting")


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    made = Feed(Settings(data_dir=tmp_path))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def clerk(database: Database) -> sessions.SignedIn:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", "zielony-rower-nad-odra")
    token = await sessions.open_session(database, person, lifetime=timedelta(hours=1))
    found = await sessions.find_session(database, token, active=False)
    assert found is not None
    return found


class Listener:
    """Reads a stream in the background, as a browser does."""

    def __init__(self, stream: AsyncIterator) -> None:
        self.events: list[tuple[str | None, object]] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read(stream))

    async def _read(self, stream: AsyncIterator) -> None:
        async for event in stream:
            self.events.append((event.event, event.id))
            self._news.set()

    @property
    def names(self) -> list[str | None]:
        return [name for name, _ in self.events]

    async def hears(self, *names: str, within: float = 3.0) -> None:
        async with asyncio.timeout(within):
            while [name for name in self.names if name != "puls"] != list(names):
                await self._news.wait()
                self._news.clear()

    async def __aenter__(self) -> "Listener":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_a_page_that_knows_nothing_fetches_all(
    database: Database, feed: Feed, clerk: sessions.SignedIn
) -> None:
    shown = await stage(database, KEYRING, hello())
    async with Listener(changes(feed, database, clerk, shown, None)) as page:
        await page.hears("kolejka", "rozmowa")


async def test_a_page_is_told_what_changed_and_only_that(
    database: Database, feed: Feed, clerk: sessions.SignedIn
) -> None:
    shown, other = await stage(database, KEYRING, hello()), await stage(database, KEYRING, hello())
    known = await take_pulse(database, shown)
    async with Listener(changes(feed, database, clerk, shown, known)) as page:
        await asyncio.sleep(0.2)
        assert page.names == ["puls"]
        await say(database, KEYRING, other, Line("resident", "jest tam ktoś?"))
        feed.wake(DESK, conversation_topic(other))
        await page.hears("kolejka")
        await say(database, KEYRING, shown, Line("resident", "halo"))
        feed.wake(DESK, conversation_topic(shown))
        await page.hears("kolejka", "kolejka", "rozmowa")


async def test_reconnecting_with_the_last_id_misses_and_repeats_nothing(
    database: Database, feed: Feed, clerk: sessions.SignedIn
) -> None:
    shown = await stage(database, KEYRING, hello())
    async with Listener(changes(feed, database, clerk, shown, None)) as page:
        await page.hears("kolejka", "rozmowa")
        last = parse(str(page.events[-1][1]))
    async with Listener(changes(feed, database, clerk, shown, last)) as page:
        await asyncio.sleep(0.2)
        assert page.names == ["puls"]
    await say(database, KEYRING, shown, Line("resident", "w przerwie"))
    async with Listener(changes(feed, database, clerk, shown, last)) as page:
        await page.hears("kolejka", "rozmowa")


async def test_a_lost_wake_up_costs_only_time(
    database: Database, feed: Feed, clerk: sessions.SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_events, "BEAT_SECONDS", 0.1)
    shown = await stage(database, KEYRING, hello())
    async with Listener(changes(feed, database, clerk, shown, await take_pulse(database, shown))) as page:
        await say(database, KEYRING, shown, Line("resident", "nikt nie obudził strony"))
        await page.hears("kolejka", "rozmowa")


async def test_a_signed_out_page_is_told_and_hears_no_more(
    database: Database, feed: Feed, clerk: sessions.SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_events, "BEAT_SECONDS", 0.1)
    async with Listener(changes(feed, database, clerk, None, await take_pulse(database, None))) as page:
        await sessions.close_session(database, clerk)
        await page.hears("sesja")
        await stage(database, KEYRING, hello())
        feed.wake(DESK)
        await asyncio.sleep(0.3)
        assert page.names[-1] == "sesja"


def test_an_odd_id_counts_as_knowing_nothing() -> None:
    assert parse(None) is None
    assert parse("") is None
    assert parse("7") is None
    assert parse("a.b") == Pulse("a", "b")
