"""What the channel confirms when the hub cannot take a message. The hub is a stand-in that fails on demand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from bot.db.session import StorageUnavailable
from bot.hub.hub import Hub
from bot.hub.messages import Accepted, Inbound, Status
from bot.settings import Settings
from channels.telegram import TelegramChannel
from tests.support.botapi import BotApi


class StandIn:
    """Takes messages as the hub does, unless a test says otherwise."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.tried: list[str] = []
        self.problem: Callable[[str], Exception | None] = lambda text: None

    async def accept(self, inbound: Inbound) -> Accepted:
        self.tried.append(inbound.text)
        problem = self.problem(inbound.text)
        if problem is not None:
            raise problem
        duplicate = inbound.external_id in self.taken
        if not duplicate:
            self.taken.append(inbound.external_id)
        return Accepted("c", inbound.external_id, len(self.taken), duplicate)

    async def status(self, conversation_id: str) -> Status:
        return Status("bot", None, None, thinking=False)


@pytest.fixture
async def hub(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIn]:
    """A stand-in whose channel polls, and does not wait long between attempts."""
    monkeypatch.setattr("channels.telegram.channel.MAX_BACKOFF_SECONDS", 0.2)
    stand_in = StandIn()
    channel = TelegramChannel(Settings(telegram_token=api.token, telegram_api_url=api.url))  # type: ignore[arg-type]
    await channel.start(cast(Hub, stand_in))
    await see(lambda: channel.state == "ok")
    yield stand_in
    await channel.stop()
    await channel.close()


async def see(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not look():  # noqa: ASYNC110 - what is looked at is another thread's
            await asyncio.sleep(0.02)


def refuse(words: str, error: type[Exception]) -> Callable[[str], Exception | None]:
    return lambda text: error("on demand") if words in text else None


async def test_nothing_of_a_round_is_confirmed_when_the_database_goes_away_in_the_middle(
    hub: StandIn, api: BotApi
) -> None:
    jan = api.citizen()
    hub.problem = refuse("dwa", StorageUnavailable)
    api.hold()
    ids = [jan.say(text) for text in ("raz", "dwa", "trzy")]
    api.release([2, 1, 0])
    await see(lambda: hub.tried.count("dwa") == 2)
    assert sorted(api.unconfirmed()) == ids
    hub.problem = lambda text: None
    await see(lambda: not api.unconfirmed())
    assert sorted(hub.taken) == sorted(str(update) for update in ids)


async def test_a_message_that_alone_cannot_be_taken_holds_nobody_up_for_ever(hub: StandIn, api: BotApi) -> None:
    jan, ewa = api.citizen("Jan"), api.citizen("Ewa")
    hub.problem = refuse("trucizna", ValueError)
    api.hold()
    jan.say("trucizna")
    good = ewa.say("dzień dobry")
    api.release([0, 1])
    await see(lambda: not api.unconfirmed())
    assert hub.tried.count("trucizna") == 3
    assert hub.taken == [str(good)]


async def test_when_no_message_can_be_taken_all_wait(hub: StandIn, api: BotApi) -> None:
    jan = api.citizen()
    hub.problem = refuse("", ValueError)
    api.hold()
    ids = [jan.say(text) for text in ("raz", "dwa")]
    api.release([0, 1])
    await see(lambda: hub.tried.count("raz") == 4)
    assert api.unconfirmed() == ids
    hub.problem = lambda text: None
    await see(lambda: not api.unconfirmed())
    assert hub.taken == [str(update) for update in ids]


async def test_an_update_of_no_kind_that_is_known_is_confirmed(hub: StandIn, api: BotApi) -> None:
    api.inject({"update_id": 3, "novelty": {"a": 1}})
    api.inject({"update_id": 4, "message": {"text": "bez czatu"}})
    await see(lambda: not api.unconfirmed())
    assert hub.tried == []
