"""The hub's seven promises (DESIGN.md), shown by breaking things, on SQLite and on PostgreSQL."""

import asyncio
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from bot.db.session import StorageUnavailable
from bot.hub.messages import Inbound
from tests.hub.conftest import Town
from tests.support.processes import SharedEngine

pytestmark = pytest.mark.engine

QUESTION = "w jakich godzinach czynna jest kasa"


async def test_a_message_delivered_many_times_at_once_is_stored_and_answered_once(town: Town) -> None:
    same = Inbound("rest", "echo", "update-7", text=QUESTION)
    receipts = await asyncio.gather(*(town.hub.accept(same) for _ in range(12)))
    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 11
    assert len({receipt.message_id for receipt in receipts}) == 1
    await town.hub.answered(receipts[0], 20)
    lines = await town.lines("echo")
    assert [author for author, _ in lines] == ["resident", "bot"]
    assert "10:30–14:00" in lines[1][1]


async def test_the_same_external_id_in_another_chat_is_another_message(town: Town) -> None:
    first = await town.hub.accept(Inbound("rest", "one", "1", text=QUESTION))
    second = await town.hub.accept(Inbound("rest", "two", "1", text=QUESTION))
    assert not first.duplicate
    assert not second.duplicate


async def test_updates_out_of_order_are_each_answered_once_in_the_order_of_arrival(town: Town) -> None:
    for number in (12, 10, 11, 10, 12):
        receipt = await town.hub.accept(Inbound("rest", "late", str(number), text=f"dzień dobry {number}"))
    await town.hub.answered(receipt, 20)
    await town.say("late", QUESTION)
    said = [text for author, text in await town.lines("late") if author == "resident"]
    assert said == ["dzień dobry 12", "dzień dobry 10", "dzień dobry 11", QUESTION]


async def test_a_burst_is_answered_in_order_one_at_a_time(town: Town) -> None:
    texts = ["telefon", "adres", "epuap", "godziny kasy", "jak dlugo to potrwa"]
    receipts = [await town.hub.accept(Inbound("rest", "burst", str(n), text=t)) for n, t in enumerate(texts)]
    await asyncio.gather(*(town.hub.answered(receipt, 30) for receipt in receipts))
    events = await town.hub.events(await town.conversation("burst"), 0)
    order = {receipt.message_id: number for number, receipt in enumerate(receipts)}
    answers = [event for event in events if event.author != "resident"]
    assert len(answers) >= len(texts)
    async with town.context.database.connect() as connection:
        from sqlalchemy import text

        replied = await connection.execute(
            text("SELECT reply_to FROM messages WHERE author != 'resident' ORDER BY seq")
        )
        numbers = [order[row.reply_to] for row in replied]
    assert numbers == sorted(numbers)


async def test_of_fifty_who_claim_at_once_exactly_one_wins_and_the_others_learn_who(town: Town) -> None:
    await town.say("wanted", "chcę rozmawiać z człowiekiem")
    conversation = await town.conversation("wanted")
    clerks = [await town.staff(f"Osoba{number}") for number in range(50)]
    results = await asyncio.gather(*(town.hub.claim(clerk, conversation) for clerk in clerks))
    winners = [clerk for clerk, result in zip(clerks, results, strict=True) if result.won]
    assert len(winners) == 1
    assert {result.owner_name for result in results} == {winners[0].name}
    view = await town.hub.conversation(winners[0], conversation)
    assert (view.owner, view.staff_id) == ("staff", winners[0].id)
    joined = [event for event in view.events if event.author == "system" and winners[0].name in event.text]
    assert len(joined) == 1


async def test_a_claim_while_the_model_is_thinking_keeps_the_bot_silent(
    town: Town, shared_engine: SharedEngine
) -> None:
    clerk = await town.staff("Anna")
    await town.say("race", "dzień dobry")
    conversation = await town.conversation("race")
    assert shared_engine.rasa.process is not None
    os.kill(shared_engine.rasa.process.pid, signal.SIGSTOP)
    try:
        receipt = await town.hub.accept(Inbound("rest", "race", "thinking", text=QUESTION))
        await asyncio.sleep(0.3)
        assert (await town.hub.status(conversation)).thinking
        assert (await town.hub.claim(clerk, conversation)).won
    finally:
        os.kill(shared_engine.rasa.process.pid, signal.SIGCONT)
    assert await town.hub.answered(receipt, 20) == []
    after = [author for author, _ in await town.lines("race")][-2:]
    assert after == ["resident", "system"]  # the question, and "Anna joins": no answer of the bot
    assert await town.say("race", QUESTION) == []


async def test_while_the_engine_is_away_messages_wait_and_are_answered_in_order(
    make_town, shared_engine: SharedEngine
) -> None:
    town = await make_town(engine_patience=0.5)
    assert shared_engine.rasa.process is not None
    urls, town.context.engine.urls = town.context.engine.urls, ["http://127.0.0.1:1"]
    first = await town.hub.accept(Inbound("rest", "patient", "1", text="jaki jest telefon"))
    second = await town.hub.accept(Inbound("rest", "patient", "2", text=QUESTION))
    for _ in range(100):
        told = [line for line in await town.lines("patient") if line[0] == "system"]
        if told:
            break
        await asyncio.sleep(0.1)
    assert len(told) == 1, "the resident is told once that it takes longer"
    town.context.engine.urls = urls
    answer = await town.hub.answered(first, 20)
    assert "68 411 50 00" in answer[0].text
    answer = await town.hub.answered(second, 20)
    assert "10:30–14:00" in answer[0].text
    assert len([line for line in await town.lines("patient") if line[0] == "system"]) == 1


async def test_a_crisis_is_answered_at_once_even_behind_a_message_that_waits_for_the_engine(make_town) -> None:
    town = await make_town(engine_patience=60.0)
    town.context.engine.urls = ["http://127.0.0.1:1"]
    await town.hub.accept(Inbound("rest", "danger", "1", text="jaki jest telefon"))
    await town.hub.accept(Inbound("rest", "danger", "2", text="chcę się zabić"))
    author, text = (await town.lines("danger"))[-1]
    assert author == "system"
    assert "116 123" in text
    assert "112" in text
    clerk = await town.staff("Ewa")
    conversation = await town.conversation("danger")
    row = next(row for row in await town.hub.queue(clerk) if row.id == conversation)
    assert (row.urgent, row.reason, row.owner) == (True, "crisis", "bot")


async def test_a_new_gateway_goes_on_with_what_a_dead_one_left(make_town) -> None:
    dead = await make_town()
    dead.context.engine.urls = ["http://127.0.0.1:1"]
    receipt = await dead.hub.accept(Inbound("rest", "heir", "1", text=QUESTION))
    await dead.hub.stop()
    # Its lease runs out by itself; here the time passes at once.
    async with dead.context.database.write() as connection:
        from sqlalchemy import text

        await connection.execute(text("UPDATE conversations SET lease_until = created_at"))
    heir = await make_town()
    answer = await heir.hub.answered(receipt, 20)
    assert "10:30–14:00" in answer[0].text


async def test_two_gateways_never_work_on_one_conversation_at_once(make_town) -> None:
    one, two = await make_town(), await make_town()
    receipts = []
    for number in range(10):
        town = (one, two)[number % 2]
        receipts.append(await town.hub.accept(Inbound("rest", "pair", str(number), text=f"telefon {number}")))
    for receipt in receipts:
        assert len(await one.hub.answered(receipt, 30)) >= 1
    lines = await one.lines("pair")
    assert len([line for line in lines if line[0] == "resident"]) == 10
    assert len([line for line in lines if line[0] == "bot"]) == 10


async def test_readers_resume_after_a_sequence_number(town: Town) -> None:
    await town.say("reader", "telefon")
    conversation = await town.conversation("reader")
    seen = await town.hub.events(conversation, 0)
    await town.say("reader", "adres")
    assert [event.seq for event in await town.hub.events(conversation, seen[-1].seq)] == [3, 4]


async def test_a_locked_database_refuses_instead_of_losing(town: Town, tmp_path: Path, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL locks rows; its absence is tested with the whole product")
    await town.say("locked", "telefon")
    blocker = sqlite3.connect(tmp_path / "hub.db")
    blocker.execute("BEGIN EXCLUSIVE")
    message = Inbound("rest", "locked", "while-locked", text=QUESTION)
    with pytest.raises(StorageUnavailable):
        await town.hub.accept(message)
    blocker.rollback()
    blocker.close()
    receipt = await town.hub.accept(message)
    assert not receipt.duplicate
    assert "10:30–14:00" in (await town.hub.answered(receipt, 20))[0].text


async def test_nothing_a_resident_says_is_readable_in_the_database_or_its_log(town: Town, tmp_path: Path) -> None:
    secret = "kotwica-na-strychu"
    await town.say("private", f"moja {secret} to telefon")
    clerk = await town.staff("Jan")
    await town.hub.claim(clerk, await town.conversation("private"))
    await town.hub.reply(clerk, await town.conversation("private"), f"odpowiedź {secret}", "c1")
    if town.context.database.is_sqlite:
        raw = b"".join(path.read_bytes() for path in tmp_path.glob("hub.db*"))
        assert secret.encode() not in raw
    else:
        from sqlalchemy import text

        async with town.context.database.connect() as connection:
            for table in ("messages", "conversations", "cases", "audit", "outbox"):
                rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
                assert secret not in repr(rows)


async def test_a_gateway_that_looked_too_early_does_not_run_a_turn_again(make_town, monkeypatch) -> None:
    """B sees a pending message; A answers it; B gets the lease afterwards."""
    from bot.hub.consumer import Consumer

    one, two = await make_town(), await make_town()
    await one.say("twice", "dzień dobry")
    conversation = await one.conversation("twice")
    late = two.hub._consumer
    looked, answered = asyncio.Event(), asyncio.Event()
    look = Consumer._look

    async def slow_look(self: Consumer, conversation_id: str, **how: bool):
        seen = await look(self, conversation_id, **how)
        if self is late and not looked.is_set():
            looked.set()
            await answered.wait()
        return seen

    monkeypatch.setattr(Consumer, "_look", slow_look)
    one.context.engine.urls, urls = ["http://127.0.0.1:1"], one.context.engine.urls
    receipt = await one.hub.accept(Inbound("rest", "twice", "late", text=QUESTION))
    late.wake(conversation)
    await asyncio.wait_for(looked.wait(), 10)
    one.context.engine.urls = urls
    await one.hub.answered(receipt, 20)
    answered.set()
    await two.say("twice", "dziękuję")
    answers = [text for author, text in await one.lines("twice") if author == "bot" and "10:30" in text]
    assert len(answers) == 1


async def test_readers_on_another_gateway_are_woken_again_after_the_database_was_restarted(
    make_town, database_url: str, request: pytest.FixtureRequest
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("one gateway only")
    server = request.getfixturevalue("postgres")
    one, two = await make_town(), await make_town()
    await one.say("restart", "dzień dobry")
    await asyncio.to_thread(server.down)
    await asyncio.to_thread(server.up)
    topic = f"c.{await one.conversation('restart')}"
    async with two.hub.feed.subscribe(topic) as wakeups:
        for _ in range(40):
            one.hub.feed.wake(topic)
            if await wakeups.wait(0.5):
                break
        else:
            pytest.fail("no wake-up came through again")
    assert "10:30–14:00" in (await one.say("restart", QUESTION))[0].text
