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
from bot.hub.feed import DESK, Feed, conversation_topic, typing_topic
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

    async def hears(self, *names: str, in_any_order: bool = False) -> None:
        order = sorted if in_any_order else list
        async with asyncio.timeout(15):
            while order(name for name in self.names if name and name != "puls") != order(names):
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
    known = await take_pulse(database, shown, clerk.staff.id)
    async with Listener(changes(feed, database, clerk, shown, known)) as page:
        await asyncio.sleep(0.2)
        assert page.names == ["puls"]
        await say(database, KEYRING, other, Line("resident", "jest tam ktoś?"))
        feed.wake(DESK, conversation_topic(other))
        await page.hears("kolejka")
        await say(database, KEYRING, shown, Line("resident", "halo"))
        feed.wake(DESK, conversation_topic(shown))
        # The list was told of a moment ago: the conversation's own news does not wait for it.
        await page.hears("kolejka", "rozmowa", "kolejka")


async def test_many_changes_in_a_row_are_told_once_at_once_and_once_at_the_end(
    database: Database, feed: Feed, clerk: sessions.SignedIn
) -> None:
    other = await stage(database, KEYRING, hello())
    async with Listener(
        changes(feed, database, clerk, None, await take_pulse(database, None, clerk.staff.id))
    ) as page:
        for _ in range(5):
            await say(database, KEYRING, other, Line("resident", "i jeszcze"))
            feed.wake(DESK)
            await asyncio.sleep(0.02)
        await page.hears("kolejka", "kolejka")


async def test_a_resident_who_writes_is_shown_without_a_look_into_the_database(
    database: Database, feed: Feed, clerk: sessions.SignedIn
) -> None:
    shown = await stage(database, KEYRING, hello())
    known = await take_pulse(database, shown, clerk.staff.id)
    async with Listener(changes(feed, database, clerk, shown, known)) as page:
        await asyncio.sleep(0.1)
        feed.wake(typing_topic(shown, "resident"))
        await page.hears("pisze")


async def test_an_open_page_says_again_and_again_that_its_person_is_there(
    database: Database, feed: Feed, clerk: sessions.SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_events, "BEAT_SECONDS", 0.05)
    seen: list[str] = []
    enough = asyncio.Event()

    async def present(staff_id: str) -> None:
        seen.append(staff_id)
        if len(seen) == 3:
            enough.set()

    async with asyncio.timeout(15), Listener(changes(feed, database, clerk, None, None, present=present)):
        await enough.wait()
    assert set(seen) == {clerk.staff.id}


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
    async with Listener(
        changes(feed, database, clerk, shown, await take_pulse(database, shown, clerk.staff.id))
    ) as page:
        await say(database, KEYRING, shown, Line("resident", "nikt nie obudził strony"))
        # A look may fall between the list and the message: then the conversation is told first, the list at the next.
        await page.hears("kolejka", "rozmowa", in_any_order=True)


async def test_a_signed_out_page_is_told_and_hears_no_more(
    database: Database, feed: Feed, clerk: sessions.SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_events, "BEAT_SECONDS", 0.1)
    async with Listener(
        changes(feed, database, clerk, None, await take_pulse(database, None, clerk.staff.id))
    ) as page:
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
