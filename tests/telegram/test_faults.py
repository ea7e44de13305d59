"""Polling when things break: the gateway is killed, Telegram or the database is away, two gateways poll."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.botapi import BotApi
from tests.support.processes import Product, SharedEngine, until
from tests.telegram.office import (
    ANSWER,
    QUESTION,
    SECOND,
    SECOND_ANSWER,
    deliveries,
    hears,
    idle,
    locked,
    rows,
    stored,
)

pytestmark = pytest.mark.engine

Start = Callable[..., Product]


@contextmanager
def thinking(engine: SharedEngine) -> Iterator[None]:
    """Stop the engine's clock: what is asked is not answered before the block ends."""
    assert engine.rasa.process is not None
    os.kill(engine.rasa.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(engine.rasa.process.pid, signal.SIGCONT)


def test_killed_after_storing_and_before_answering(
    start_bot: Start, api: BotApi, shared_engine: SharedEngine
) -> None:
    product = start_bot()
    jan = api.citizen()
    jan.start()
    until(lambda: deliveries(product, jan) == ["sent"], 20, "the opening is sent")
    with thinking(shared_engine):
        jan.say(QUESTION)
        until(lambda: stored(product, jan).count("resident") == 2, 20, "the question is stored")
        product.kill()
    start_bot(product.folder)
    hears(jan, ANSWER, 60)
    assert stored(product, jan) == ["resident", "bot", "resident", "bot"]
    assert sum(ANSWER in text for text in jan.texts) == 1


def test_killed_after_fetching_and_before_storing(start_bot: Start, api: BotApi) -> None:
    product = start_bot()
    jan = api.citizen()
    jan.start()
    until(lambda: deliveries(product, jan) == ["sent"], 20, "the opening is sent")
    until(lambda: not api.unconfirmed(), 20, "the start is confirmed")
    with locked(product):
        update = jan.say(QUESTION)
        until(lambda: api.handed_out(update), 20, "the gateway has the update")
        product.kill()
    assert api.unconfirmed() == [update]
    assert stored(product, jan) == ["resident", "bot"]
    start_bot(product.folder)
    hears(jan, ANSWER, 60)
    assert stored(product, jan) == ["resident", "bot", "resident", "bot"]
    assert len(jan.texts) == 2


def test_stopped_while_an_answer_is_being_made(start_bot: Start, api: BotApi, shared_engine: SharedEngine) -> None:
    """Stopping in order sends what was begun, or leaves it to be sent; nothing becomes unknown."""
    product = start_bot()
    assert product.process is not None
    jan = api.citizen()
    jan.start()
    until(lambda: deliveries(product, jan) == ["sent"], 20, "the opening is sent")
    with thinking(shared_engine):
        jan.say(QUESTION)
        until(lambda: stored(product, jan).count("resident") == 2, 20, "the question is stored")
        product.process.send_signal(signal.SIGTERM)
        until(lambda: "Waiting for application shutdown" in product.output, 20, "it begins to stop")
    product.process.wait(30)
    start_bot(product.folder)
    hears(jan, ANSWER, 60)
    until(lambda: deliveries(product, jan) == ["sent", "sent"], 20, "both are known to be sent")
    assert len(jan.texts) == 2


def test_killed_in_the_middle_of_traffic(start_bot: Start, api: BotApi) -> None:
    """Every message is stored once and answered once; a reply whose sending was cut off is marked, not repeated."""
    product = start_bot()
    people = [api.citizen(f"Osoba{number}") for number in range(6)]
    for person in people:
        person.start()
    for round_ in range(3):
        for person in people:
            person.say(QUESTION)
        enough = 10 * (round_ + 1)
        until(lambda: sum(len(person.texts) for person in people) >= enough, 60, "traffic")  # noqa: B023
        product.kill()
        for person in people:
            person.say(QUESTION)
        product = start_bot(product.folder)

    def settled() -> bool:
        return not api.unconfirmed() and all(
            stored(product, person).count("resident") == stored(product, person).count("bot") == 7
            and "pending" not in deliveries(product, person)
            for person in people
        )

    # A send that was cut off keeps its conversation waiting until its lease ends.
    until(settled, 120, "everything is answered")
    for person in people:
        states = deliveries(product, person)
        received = [message["message_id"] for message in person.messages]
        cut_off = sum(state != "sent" for state in states)
        assert states.count("sent") <= len(received) <= states.count("sent") + cut_off
    twice = (
        "SELECT external_id FROM messages WHERE author = 'resident' GROUP BY channel, external_id HAVING count(*) > 1"
    )
    assert rows(product, twice) == []


def test_the_database_is_locked_for_a_while(start_bot: Start, api: BotApi) -> None:
    product = start_bot()
    jan = api.citizen()
    with locked(product):
        update = jan.say(QUESTION)
        until(lambda: "The database is away: Telegram's updates" in product.output, 30, "it cannot be stored")
        assert api.unconfirmed() == [update]
    hears(jan, ANSWER, 40)
    until(lambda: not api.unconfirmed(), 20, "it is confirmed")
    assert stored(product, jan) == ["bot", "resident", "bot"]
    assert len(jan.texts) == 2


def test_telegram_is_away_for_a_while(start_bot: Start, api: BotApi) -> None:
    product = start_bot()
    api.down()
    jan = api.citizen()
    jan.say(QUESTION)

    def telegram() -> str:
        return str(httpx.get(f"{product.url}/health/ready").json()["components"]["telegram"]["status"])

    until(lambda: telegram() == "unavailable", 20, "health tells that Telegram is away")
    api.up()
    hears(jan, ANSWER, 40)
    until(lambda: telegram() == "ok", 20, "health tells that Telegram is back")
    assert len(jan.texts) == 2


def test_telegram_stumbles_while_polling(start_bot: Start, api: BotApi) -> None:
    start_bot()
    jan = api.citizen()
    for kind in ("refuse", "reset_after", "proxy_error"):
        api.fault("getUpdates", kind)
    api.too_many(1, "getUpdates")
    jan.say(QUESTION)
    hears(jan, ANSWER, 60)
    jan.say(SECOND)
    hears(jan, SECOND_ANSWER, 60)
    assert len(jan.texts) == 3


def test_a_webhook_that_somebody_left_is_taken_away(start_bot: Start, api: BotApi) -> None:
    httpx.post(f"{api.url}/bot{api.token}/setWebhook", data={"url": "http://127.0.0.1:9/old"})
    jan = api.citizen()
    jan.say(QUESTION)
    start_bot()
    hears(jan, ANSWER, 40)
    httpx.post(f"{api.url}/bot{api.token}/setWebhook", data={"url": "http://127.0.0.1:9/new"})
    jan.say(SECOND)
    hears(jan, SECOND_ANSWER, 60)


def test_two_gateways_poll_one_bot(start_bot: Start, api: BotApi) -> None:
    first = start_bot()
    second = start_bot(
        database_url=f"sqlite:///{first.folder / 'mops.db'}",
        secret_key_file=str(first.folder / "keys" / "secret.key"),
    )
    people = [api.citizen(f"Osoba{number}") for number in range(5)]
    for person in people:
        person.start()
        person.say(QUESTION)
    for person in people:
        hears(person, ANSWER, 90)
    until(lambda: idle(first), 30, "all is sent")
    for person in people:
        assert sorted(stored(first, person)) == ["bot", "bot", "resident", "resident"]
        assert len(person.texts) == 2
    assert not any("Conflict" in call.outcome for call in api.calls_of("getUpdates"))
    assert "another gateway polls" in second.output

    # The one that polls is killed: the other takes over.
    first.kill()
    people[0].say(SECOND)
    hears(people[0], SECOND_ANSWER, 40)
    assert len(people[0].texts) == 3


def test_a_wrong_token_is_told_without_quoting_it(api: BotApi, shared_engine: SharedEngine, tmp_path: Path) -> None:
    wrong = "123456789:AAwrong_0123456789-0123456789-abcdef"
    settings = {"telegram_token": wrong, "telegram_api_url": api.url, "log_level": "DEBUG"}
    with Product(tmp_path, **(shared_engine.settings | settings)) as product:
        until(lambda: "Telegram refused the bot's token" in product.output, 20, "the operator is told")
        answer = httpx.get(f"{product.url}/health/ready")
        assert answer.status_code == 503
        assert "telegram" in answer.json()["not_ready"]
        assert product.ask("ktoś", QUESTION), "the other channels work"
    assert "AAwrong" not in product.output
    assert "Traceback" not in product.output
