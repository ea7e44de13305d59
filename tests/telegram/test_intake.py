"""What the channel confirms, stores and hands on: the database is real, the hub a stand-in that fails on demand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.app import instance_name
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database, StorageUnavailable
from bot.hub.hub import Hub
from bot.hub.messages import Accepted, Inbound, Status
from bot.settings import Settings
from channels.telegram import TelegramChannel
from channels.telegram.updates import UpdateStore
from channels.telegram.words import NOT_TAKEN
from tests.support.botapi import BotApi
from tests.telegram.counter import see

Problem = Callable[[str], Exception | None]


class StandIn:
    """Takes messages as the hub does, unless a test says otherwise."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.tried: list[str] = []
        self.problem: Problem = lambda text: None
        self.busy: dict[str, asyncio.Event] = {}

    async def accept(self, inbound: Inbound) -> Accepted:
        self.tried.append(inbound.text)
        if inbound.chat in self.busy:
            await self.busy[inbound.chat].wait()
        problem = self.problem(inbound.text)
        if problem is not None:
            raise problem
        duplicate = (inbound.chat, inbound.external_id) in self.taken
        if not duplicate:
            self.taken.append((inbound.chat, inbound.external_id))
        return Accepted("c", inbound.external_id, len(self.taken), duplicate)

    async def status(self, conversation_id: str) -> Status:
        return Status("bot", None, None, thinking=False)

    def of(self, chat: int) -> list[int]:
        return [int(number) for where, number in self.taken if where == str(chat)]


class Gateway:
    """The channel of one gateway. Several can share the database."""

    def __init__(self, api: BotApi, database_url: str, keyring: Keyring) -> None:
        settings = Settings(telegram_token=api.token, telegram_api_url=api.url, database_url=database_url)  # type: ignore[arg-type]
        self.database = Database(settings.database)
        self.instance = instance_name()
        self.hub = StandIn()
        self.store = UpdateStore(self.database, keyring, api.id, self.instance)
        self.channel = TelegramChannel(settings, self.database, keyring, self.instance)

    async def count(self, state: str) -> int:
        async with self.database.connect() as connection:
            query = text("SELECT count(*) FROM telegram_updates WHERE state = :state")
            return int(await connection.scalar(query, {"state": state}) or 0)

    async def rest(self) -> None:
        async def done() -> bool:
            return await self.count("pending") == 0

        await see(lambda: done(), "everything is done")


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[Gateway]:
    await gateway.channel.start(cast(Hub, gateway.hub))
    try:
        yield gateway
    finally:
        await gateway.channel.stop()
        await gateway.channel.close()
        await gateway.database.close()


@pytest.fixture
async def make_gateway(api: BotApi, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Gateway]:
    monkeypatch.setattr("channels.telegram.polling.MAX_BACKOFF_SECONDS", 0.2)
    monkeypatch.setattr("channels.telegram.intake.RETRY_SECONDS", 0.05)
    # A machine that stands still for seconds must not look like a gateway that died: here leases end when told to.
    monkeypatch.setattr("channels.telegram.updates.LEASE", timedelta(hours=1))
    monkeypatch.setattr("channels.telegram.channel.LEASE_SECONDS", 3600.0)
    await migrate.upgrade(Settings(database_url=database_url).database)  # type: ignore[arg-type]
    keyring = Keyring([Fernet.generate_key()])
    return lambda: Gateway(api, database_url, keyring)


@pytest.fixture
async def gateway(make_gateway: Callable[[], Gateway]) -> AsyncIterator[Gateway]:
    async with running(make_gateway()) as started:
        await see(lambda: started.channel.state == "ok")
        yield started


def refuse(words: str, error: type[Exception]) -> Problem:
    return lambda text: error("on demand") if words in text else None


async def test_what_is_stored_is_confirmed_and_waits_for_the_hub(gateway: Gateway, api: BotApi) -> None:
    jan = api.citizen()
    gateway.hub.problem = refuse("", StorageUnavailable)
    ids = [jan.say(text) for text in ("raz", "dwa", "trzy")]
    await see(lambda: not api.unconfirmed(), "all are stored and confirmed")
    assert await gateway.count("pending") == 3
    gateway.hub.problem = lambda text: None
    await gateway.rest()
    assert gateway.hub.of(jan.id) == ids


async def test_nothing_is_confirmed_while_updates_cannot_be_stored(
    gateway: Gateway, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageUnavailable

    jan = api.citizen()
    with monkeypatch.context() as broken:
        broken.setattr(UpdateStore, "keep", away)
        ids = [jan.say(text) for text in ("raz", "dwa")]
        await see(lambda: len(api.calls_of("getUpdates")) >= 3, "it is asked again")
        assert api.unconfirmed() == ids
    await see(lambda: not api.unconfirmed())
    await gateway.rest()
    assert gateway.hub.of(jan.id) == ids


async def test_repeated_and_late_updates_are_taken_once(gateway: Gateway, api: BotApi) -> None:
    jan = api.citizen()
    api.hold()
    made = [jan.say(text) for text in ("raz", "dwa", "trzy")]
    api.release([2, 0, 0, 1, 2])
    await see(lambda: not api.unconfirmed())
    await gateway.rest()
    for number in made:
        api.redeliver(number)
    await see(lambda: not api.unconfirmed())
    await gateway.rest()
    assert gateway.hub.of(jan.id) == made, "in Telegram's order, each once"
    assert len(gateway.hub.tried) == 3


async def test_a_chat_that_is_busy_holds_up_no_other_and_keeps_its_order(gateway: Gateway, api: BotApi) -> None:
    jan, ewa = api.citizen("Jan"), api.citizen("Ewa")
    gateway.hub.busy[str(jan.id)] = asyncio.Event()
    mine = [jan.say(text) for text in ("raz", "dwa", "trzy")]
    hers = [ewa.say(text) for text in ("jeden", "drugi")]
    await see(lambda: gateway.hub.of(ewa.id) == hers, "Ewa's are taken")
    assert gateway.hub.of(jan.id) == []
    gateway.hub.busy.pop(str(jan.id)).set()
    await see(lambda: gateway.hub.of(jan.id) == mine, "Jan's are taken, in order")


async def test_a_message_that_cannot_be_taken_holds_nobody_up_and_its_writer_is_told(
    gateway: Gateway, api: BotApi
) -> None:
    jan = api.citizen()
    gateway.hub.problem = refuse("trucizna", ValueError)
    jan.say("trucizna")
    good = jan.say("dzień dobry")
    await see(lambda: gateway.hub.of(jan.id) == [good])
    assert gateway.hub.tried.count("trucizna") == 3
    await see(lambda: jan.texts == [NOT_TAKEN], "Jan is told")
    assert await gateway.count("failed") == 1


async def test_what_is_no_update_is_confirmed(gateway: Gateway, api: BotApi) -> None:
    api.inject({"update_id": 3, "novelty": {"a": 1}})
    api.inject({"update_id": 4, "message": {"text": "bez czatu"}})
    await see(lambda: not api.unconfirmed())
    await gateway.rest()
    assert gateway.hub.tried == []


async def test_residents_words_stay_encrypted_and_go_when_the_hub_has_them(gateway: Gateway, api: BotApi) -> None:
    jan = api.citizen()
    gateway.hub.problem = refuse("", StorageUnavailable)
    jan.say("nikt tego nie przeczyta")

    async def bodies() -> list[Any]:
        async with gateway.database.connect() as connection:
            return list(await connection.scalars(text("SELECT body_enc FROM telegram_updates")))

    await see(lambda: not api.unconfirmed())
    assert all(body is not None and b"nikt" not in bytes(body) for body in await bodies())
    gateway.hub.problem = lambda text: None
    await gateway.rest()
    assert await bodies() == [None]


async def test_one_of_several_gateways_polls_and_another_goes_on_when_it_stops(
    make_gateway: Callable[[], Gateway], api: BotApi
) -> None:
    jan = api.citizen()
    second = make_gateway()
    async with running(make_gateway()) as first:
        made = [jan.say("raz")]
        await see(lambda: first.hub.of(jan.id) == made)
        async with running(second):
            await see(lambda: second.channel.state == "ok", "it stands by")
            made.append(jan.say("dwa"))
            await see(lambda: first.hub.of(jan.id) == made)
            await first.channel.stop()
            made.append(jan.say("trzy"))
            await see(lambda: second.hub.of(jan.id) == made[2:], "the other one polls")
            outcomes = {call.outcome for call in api.calls_of("getUpdates")}
            assert not any("Conflict" in outcome for outcome in outcomes)


async def test_what_a_gateway_stored_before_it_died_is_taken_by_another_in_order(
    make_gateway: Callable[[], Gateway], api: BotApi
) -> None:
    jan = api.citizen()
    dead = make_gateway()
    api.hold()
    first = jan.say("raz")
    (lost,) = [update for update in api.held() if update["update_id"] == first]
    assert await dead.store.keep([lost])
    api.release([])
    async with running(make_gateway()) as other:
        later = jan.say("dwa")
        await see(lambda: not api.unconfirmed(), "the second is stored")
        assert other.hub.of(jan.id) == [], "it waits for the first, which may still be under way"
        await dead.store.release()
        await see(lambda: other.hub.of(jan.id) == [first, later], "both are taken, in order")
    await dead.database.close()
