"""The channel's way out against a Bot API server that misbehaves; no engine, no hub."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from bot.crypto import Keyring
from bot.db.session import Database
from bot.hub.messages import Action, Button, Delivery, Outgoing
from bot.settings import Settings
from channels.telegram import TelegramChannel
from channels.telegram.sender import TAKEN_BACK
from tests.support.botapi import BotApi
from tests.support.botapi_people import Citizen

LONG = "Zdanie, które ma być wysłane w całości. " * 250


def unconnected(api: BotApi, token: str) -> TelegramChannel:
    """A channel that only sends; nothing of it touches the database."""
    settings = Settings(telegram_token=token, telegram_api_url=api.url)  # type: ignore[arg-type]
    return TelegramChannel(settings, Database("sqlite+aiosqlite:///:memory:"), Keyring([Fernet.generate_key()]), "me")


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    prepared = unconnected(api, api.token)
    yield prepared
    await prepared.close()
    assert api.violations == []


@pytest.fixture
def jan(api: BotApi) -> Citizen:
    citizen = api.citizen()
    citizen.start()
    return citizen


def to(chat: int, text: str = "Kasa jest czynna.", *buttons: Button) -> Outgoing:
    return Outgoing("m1", "c1", "telegram", str(chat), 3, "bot", None, text, buttons, None)


async def test_a_message_arrives_as_it_is_with_its_buttons(channel: TelegramChannel, jan: Citizen) -> None:
    text = "Opłata <b>nie</b> & *nigdy* _nie_ [jest](potrzebna): https://mops.example/a?b=c&d"
    delivery = await channel.send(to(jan.id, text, Button("b3.0", "Kontakt z MOPS")))
    assert delivery.status == "sent"
    assert delivery.references == (str(jan.messages[0]["message_id"]),)
    assert jan.texts == [text]
    assert jan.buttons() == ["Kontakt z MOPS"]


async def test_429_is_left_to_the_outbox_with_telegrams_wait(
    channel: TelegramChannel, jan: Citizen, api: BotApi
) -> None:
    api.too_many(9)
    delivery = await channel.send(to(jan.id))
    assert delivery.status == "retry"
    assert delivery.retry_after is not None
    assert 9 < delivery.retry_after < 10
    assert len(api.calls_of("sendMessage")) == 1
    assert jan.texts == []


async def test_a_server_error_is_tried_again(channel: TelegramChannel, jan: Citizen, api: BotApi) -> None:
    api.fault("sendMessage", "refuse")
    assert (await channel.send(to(jan.id))).status == "retry"
    assert jan.texts == []


async def test_an_absent_server_is_tried_again(channel: TelegramChannel, jan: Citizen, api: BotApi) -> None:
    api.down()
    assert (await channel.send(to(jan.id))).status == "retry"
    api.up()
    assert (await channel.send(to(jan.id))).status == "sent"


@pytest.mark.parametrize("kind", ["reset_after", "proxy_error"])
async def test_no_answer_after_it_was_taken_is_unknown(
    channel: TelegramChannel, jan: Citizen, api: BotApi, kind: str
) -> None:
    api.fault("sendMessage", kind)
    assert (await channel.send(to(jan.id))).status == "unknown"
    assert len(jan.texts) == 1


async def test_a_connection_that_breaks_before_it_was_taken_cannot_be_told_apart(
    channel: TelegramChannel, jan: Citizen, api: BotApi
) -> None:
    api.fault("sendMessage", "reset_before")
    assert (await channel.send(to(jan.id))).status == "unknown"
    assert jan.texts == []


async def test_a_slow_answer_is_an_answer(channel: TelegramChannel, jan: Citizen, api: BotApi) -> None:
    api.fault("sendMessage", "slow", seconds=0.5)
    assert (await channel.send(to(jan.id))).status == "sent"


async def test_who_blocked_the_bot_cannot_be_reached(channel: TelegramChannel, jan: Citizen) -> None:
    jan.block()
    delivery = await channel.send(to(jan.id))
    assert (delivery.status, delivery.error) == ("failed", "blocked by the user")


async def test_who_left_telegram_cannot_be_reached(channel: TelegramChannel, jan: Citizen) -> None:
    jan.deactivated = True
    delivery = await channel.send(to(jan.id))
    assert (delivery.status, delivery.error) == ("failed", "the account no longer exists")


async def test_a_chat_that_does_not_exist_cannot_be_reached(channel: TelegramChannel) -> None:
    delivery = await channel.send(to(40))
    assert (delivery.status, delivery.error) == ("failed", "chat not found")


async def test_who_never_started_the_bot_cannot_be_written_to(channel: TelegramChannel, api: BotApi) -> None:
    assert (await channel.send(to(api.citizen().id))).status == "failed"


async def test_a_long_text_comes_in_parts_with_the_buttons_under_the_last(
    channel: TelegramChannel, jan: Citizen
) -> None:
    assert (await channel.send(to(jan.id, LONG, Button("b3.0", "Dalej")))).status == "sent"
    assert len(jan.texts) == 3
    assert all(part.endswith("całości.") for part in jan.texts)
    assert " ".join(jan.texts) == LONG.strip()
    assert ["reply_markup" in message for message in jan.messages] == [False, False, True]


async def test_a_later_part_is_tried_again_and_the_first_is_not_doubled(
    channel: TelegramChannel, jan: Citizen, api: BotApi
) -> None:
    api.fault("sendMessage", "slow", seconds=0.0)
    api.too_many(1)
    assert (await channel.send(to(jan.id, LONG))).status == "sent"
    assert " ".join(jan.texts) == LONG.strip()


async def test_a_later_part_that_cannot_be_known_is_told(channel: TelegramChannel, jan: Citizen, api: BotApi) -> None:
    api.fault("sendMessage", "slow", seconds=0.0)
    api.fault("sendMessage", "reset_before")
    delivery = await channel.send(to(jan.id, LONG))
    assert delivery.status == "unknown"
    assert delivery.error is not None
    assert delivery.error.startswith("part 2 of 3")


async def test_a_refused_token_is_not_quoted(api: BotApi, jan: Citizen) -> None:
    wrong = "123456789:AAwrong_0123456789-0123456789-abcdef"
    channel = unconnected(api, wrong)
    delivery = await channel.send(to(jan.id))
    await channel.close()
    assert delivery.status == "retry"
    assert "AAwrong" not in str(delivery)


async def test_after_close_a_message_stays_to_be_sent(channel: TelegramChannel, jan: Citizen) -> None:
    await channel.close()
    assert (await channel.send(to(jan.id))).status == "retry"


def changed(before: Outgoing, delivery: Delivery, action: Action, text: str = "") -> Outgoing:
    """The same message on its way again, to be edited or deleted."""
    return replace(before, action=action, text=text or before.text, references=delivery.references)


async def test_a_message_is_edited_and_editing_twice_is_once(channel: TelegramChannel, jan: Citizen) -> None:
    first = to(jan.id, "Kasa jest nieczynna.", Button("b3.0.00000000", "Kontakt"))
    sent = await channel.send(first)
    for _ in range(2):
        assert (await channel.send(changed(first, sent, "edit", "Kasa jest czynna."))).status == "sent"
    assert jan.texts == ["Kasa jest czynna."]
    assert jan.buttons() == ["Kontakt"]


async def test_a_long_message_that_became_short_leaves_nothing_behind(channel: TelegramChannel, jan: Citizen) -> None:
    first = to(jan.id, LONG)
    sent = await channel.send(first)
    assert len(sent.references) == 3
    assert (await channel.send(changed(first, sent, "edit", "Krótko."))).status == "sent"
    assert jan.texts == ["Krótko."]
    longer = await channel.send(changed(first, Delivery("sent", sent.references[:1]), "edit", LONG))
    assert (longer.status, longer.error) == ("failed", "longer than the message that was sent")


async def test_all_parts_are_deleted_and_deleting_twice_is_once(channel: TelegramChannel, jan: Citizen) -> None:
    first = to(jan.id, LONG)
    sent = await channel.send(first)
    for _ in range(2):
        assert (await channel.send(changed(first, sent, "delete"))).status == "sent"
    assert jan.texts == []


async def test_what_is_too_old_to_be_deleted_loses_its_words(channel: TelegramChannel, jan: Citizen) -> None:
    first = to(jan.id)
    sent = await channel.send(first)
    jan.too_old.add(int(sent.references[0]))
    assert (await channel.send(changed(first, sent, "delete"))).status == "sent"
    assert jan.texts == [TAKEN_BACK]


@pytest.mark.parametrize("action", ["edit", "delete"])
async def test_a_change_waits_when_telegram_is_away(
    channel: TelegramChannel, jan: Citizen, api: BotApi, action: Action
) -> None:
    first = to(jan.id)
    sent = await channel.send(first)
    api.down()
    assert (await channel.send(changed(first, sent, action, "Inaczej."))).status == "retry"
    api.up()
    assert (await channel.send(changed(first, sent, action, "Inaczej."))).status == "sent"
    assert jan.texts == (["Inaczej."] if action == "edit" else [])


async def test_an_answer_quotes_what_it_answers(channel: TelegramChannel, jan: Citizen) -> None:
    jan.say("a w piątek?")
    asked = jan.sent[-1]["message_id"]
    assert (await channel.send(replace(to(jan.id, "Też."), quotes=str(asked)))).status == "sent"
    assert jan.messages[-1]["reply_to_message"]["text"] == "a w piątek?"
    assert (await channel.send(replace(to(jan.id, "Też."), quotes="1"))).status == "sent"
    assert "reply_to_message" not in jan.messages[-1]
