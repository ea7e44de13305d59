"""The whole product while things break: killed processes, a database that goes away, several gateways."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.processes import Postgres, Product, SharedEngine, until
from tests.support.residents import Resident

pytestmark = pytest.mark.engine

# Each has one answer that holds the words beside it.
QUESTIONS = [
    ("jaki jest numer telefonu do mops", "68 411 50 00"),
    ("w jakich godzinach czynna jest kasa", "10:30–14:00"),
    ("jaki jest adres skrytki epuap", "/jep62f01ky/SkrytkaESP"),
    ("na jaki adres wysłać list", "ul. Długa 13"),
]


def assert_each_answered_once_in_order(messages: list[dict]) -> None:
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    asked = [message["text"] for message in messages if message["author"] == "resident"]
    assert asked == [question for question, _ in QUESTIONS]
    answers = [message["text"] for message in messages if message["author"] == "bot"][1:]
    assert len(answers) == len(QUESTIONS)
    for answer, (_, words) in zip(answers, QUESTIONS, strict=True):
        assert words in answer


EXPECTED = 1 + 2 * len(QUESTIONS)


def test_killing_the_engine_in_the_middle_of_traffic_loses_and_doubles_nothing(tmp_path: Path, model: Path) -> None:
    with Product(tmp_path / "data", engine_patience="600") as product:
        product.wait_ready()
        residents = [Resident(product.url) for _ in range(4)]

        def talk(resident: Resident) -> None:
            for question, _ in QUESTIONS:
                resident.send(question)

        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(talk, resident) for resident in residents]
            residents[0].messages(3)
            engine = product.engine_pid
            assert engine is not None
            os.kill(engine, signal.SIGKILL)
            for one in done:
                one.result()
        for resident in residents:
            assert_each_answered_once_in_order(resident.messages(EXPECTED, patience=240))
        assert "The engine ended" in product.output


def test_killing_the_gateway_in_the_middle_of_traffic_loses_and_doubles_nothing(
    start_product: Callable[..., Product], database_url: str
) -> None:
    product = start_product(database_url=database_url)
    residents = [Resident(product.url) for _ in range(4)]

    def talk(resident: Resident) -> None:
        for question, _ in QUESTIONS:
            resident.send(question)

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(talk, resident) for resident in residents]
        for _ in range(2):
            residents[0].messages(2)
            product.kill()
            product.start()
        for one in done:
            one.result()
    for resident in residents:
        assert_each_answered_once_in_order(resident.messages(EXPECTED, patience=90))


def test_a_database_that_goes_away_refuses_politely_and_nothing_acknowledged_is_lost(
    start_product: Callable[..., Product], postgres: Postgres
) -> None:
    product = start_product(database_url=postgres.new_database())
    resident = Resident(product.url)
    resident.send(QUESTIONS[0][0])
    resident.messages(3)
    client_id = str(uuid4())
    postgres.down()
    try:
        refused = resident.post(QUESTIONS[1][0], client_id, timeout=30)
        assert refused.status_code == 503
        assert "Retry-After" in refused.headers
        assert "Proszę" in refused.json()["error"]
        health = httpx.get(f"{product.url}/health/ready", timeout=30)
        assert health.status_code == 503
        assert "database" in health.json()["not_ready"]
    finally:
        postgres.up()
    until(lambda: resident.post(QUESTIONS[1][0], client_id).status_code == 202, 30, "the retry is taken")
    assert QUESTIONS[1][1] in resident.messages(5)[-1]["text"]


@pytest.mark.parametrize("wakeups", ["redis", "postgres"])
def test_two_gateways_share_conversations(
    start_product: Callable[..., Product],
    postgres: Postgres,
    tmp_path: Path,
    wakeups: str,
    request: pytest.FixtureRequest,
) -> None:
    settings = {"database_url": postgres.new_database(), "secret_key_file": str(tmp_path / "shared.key")}
    if wakeups == "redis":
        settings["redis_url"] = request.getfixturevalue("redis_url")
    from bot.crypto import Keyring

    Keyring.create_file(tmp_path / "shared.key")
    one, two = start_product(**settings), start_product(**settings)
    writer = Resident(one.url)
    reader = Resident.__new__(Resident)
    reader.url, reader.token = two.url, writer.token
    read: list[dict] = []
    listening = threading.Thread(target=lambda: read.extend(reader.messages(EXPECTED)))
    listening.start()
    for number, (question, _) in enumerate(QUESTIONS):
        (writer if number % 2 == 0 else reader).send(question)
    listening.join(90)
    assert_each_answered_once_in_order(read)


def test_of_two_sends_of_one_message_the_second_is_told_it_is_a_duplicate(product: Product) -> None:
    resident = Resident(product.url)
    client_id = str(uuid4())
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: resident.post("telefon", client_id).json(), range(2)))
    assert sorted(answer["duplicate"] for answer in answers) == [False, True]
    assert len({answer["seq"] for answer in answers}) == 1


def test_a_rest_client_is_told_nothing_at_once_while_a_person_answers(
    product: Product, shared_engine: SharedEngine
) -> None:
    told = product.ask("rest-waiting", "chcę rozmawiać z pracownikiem")
    assert len(told) == 1
    assert product.ask("rest-waiting", "jaki jest telefon", timeout=5) == []
    assert product.ask("rest-waiting", "wróć do asystenta")


def test_texts_of_every_kind_are_taken(product: Product) -> None:
    for text in ("😀😀", "a" * 4000, "<script>alert(1)</script>", "\u202e odwrotnie", "' OR 1=1 --", "𝓱𝓮𝓵𝓹", "?"):
        assert product.ask("strange", text), text
    answer = httpx.post(
        f"{product.url}/webhooks/rest/webhook", json={"sender": "strange", "message": "ą" * 10_000}, timeout=30
    )
    assert answer.status_code == 413
    assert "za długa" in answer.json()["error"]
