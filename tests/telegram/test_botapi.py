"""The emulation keeps the Bot API's rules: without this, the other tests would prove nothing."""

import json
import threading
from typing import Any

import httpx
import pytest

from tests.support.botapi import BotApi
from tests.support.processes import until


def call(api: BotApi, method: str, /, token: str | None = None, **params: Any) -> httpx.Response:
    values = {name: json.dumps(v) if isinstance(v, list | dict) else str(v) for name, v in params.items()}
    return httpx.post(f"{api.url}/bot{token or api.token}/{method}", data=values, timeout=10)


def problem(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["ok"] is False
    assert body["error_code"] == answer.status_code
    return answer.status_code, body["description"]


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [update["update_id"] for update in answer.json()["result"]]


def test_tokens(api: BotApi) -> None:
    assert call(api, "getMe").json()["result"]["is_bot"] is True
    assert problem(call(api, "getMe", token="123456789:" + "x" * 35)) == (401, "Unauthorized")
    assert problem(call(api, "getMe", token="rubbish")) == (404, "Not Found")
    assert problem(call(api, "fly")) == (404, "Not Found")


def test_an_offset_confirms_what_came_before_it(api: BotApi) -> None:
    jan = api.citizen()
    first, second = jan.say("jeden"), jan.say("dwa")
    assert ids(call(api, "getUpdates")) == [first, second]
    assert ids(call(api, "getUpdates", limit=1)) == [first]
    assert ids(call(api, "getUpdates", offset=second)) == [second]
    assert api.unconfirmed() == [second]
    assert ids(call(api, "getUpdates", offset=second + 1)) == []
    assert api.unconfirmed() == []


def test_a_long_poll_ends_when_something_happens(api: BotApi) -> None:
    jan = api.citizen()
    threading.Timer(0.2, lambda: jan.say("jestem")).start()
    answer = call(api, "getUpdates", timeout=8)
    assert answer.json()["result"][0]["message"]["text"] == "jestem"
    assert answer.elapsed.total_seconds() < 5


def test_a_second_poller_ends_the_first(api: BotApi) -> None:
    seen: list[httpx.Response] = []
    first = threading.Thread(target=lambda: seen.append(call(api, "getUpdates", timeout=8)))
    first.start()
    until(lambda: api._poller, 5, "the first polls")
    assert ids(call(api, "getUpdates")) == []
    first.join()
    assert problem(seen[0])[0] == 409


def test_no_polling_beside_a_webhook(api: BotApi) -> None:
    assert call(api, "setWebhook", url="https://example.org/x", secret_token="s").json()["ok"]
    assert problem(call(api, "getUpdates"))[0] == 409
    assert call(api, "deleteWebhook").json()["ok"]
    assert ids(call(api, "getUpdates")) == []
    assert problem(call(api, "setWebhook", url="ftp://example.org"))[0] == 400
    assert problem(call(api, "setWebhook", url="https://example.org", secret_token="ż"))[0] == 400


def test_updates_that_were_not_asked_for_do_not_come(api: BotApi) -> None:
    jan = api.citizen()
    earlier = jan.say("wcześniejsze")
    call(api, "getUpdates", allowed_updates=["message"], offset=earlier + 1)
    jan.edit("zmienione")
    said = jan.say("nowe")
    assert ids(call(api, "getUpdates")) == [said]


def test_a_bot_cannot_write_first_nor_to_nobody(api: BotApi) -> None:
    jan = api.citizen()
    assert problem(call(api, "sendMessage", chat_id=jan.id, text="?"))[0] == 403
    jan.start()
    assert call(api, "sendMessage", chat_id=jan.id, text="Dzień dobry.").json()["ok"]
    jan.block()
    told = problem(call(api, "sendMessage", chat_id=jan.id, text="?"))
    assert told == (403, "Forbidden: bot was blocked by the user")
    assert problem(call(api, "sendMessage", chat_id=9, text="?")) == (400, "Bad Request: chat not found")
    assert problem(call(api, "sendMessage", text="?")) == (400, "Bad Request: chat_id is empty")


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"text": "  "}, "message text is empty"),
        ({"text": "\N{GAME DIE}" * 2049}, "message is too long"),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "ż" * 33}]]}}, "BUTTON_"),
        ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": ""}]]}}, "BUTTON_"),
        ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b"}]]}}, "Text buttons are unallowed"),
    ],
)
def test_what_a_message_must_be(api: BotApi, params: dict[str, Any], told: str) -> None:
    jan = api.citizen()
    jan.start()
    status, description = problem(call(api, "sendMessage", chat_id=jan.id, **params))
    assert status == 400
    assert told in description
    assert call(api, "sendMessage", chat_id=jan.id, text="\N{GAME DIE}" * 2048).json()["ok"]


def test_a_press_is_answered_once(api: BotApi) -> None:
    jan = api.citizen()
    jan.start()
    keyboard = {"inline_keyboard": [[{"text": "Tak", "callback_data": "b1.0"}]]}
    call(api, "sendMessage", chat_id=jan.id, text="Czy tak?", reply_markup=keyboard)
    query = jan.press("Tak")
    assert call(api, "answerCallbackQuery", callback_query_id=query).json()["ok"]
    assert problem(call(api, "answerCallbackQuery", callback_query_id=query))[0] == 400
    assert api.answers == {query: None}


def test_commands(api: BotApi) -> None:
    assert call(api, "setMyCommands", commands=[{"command": "kasa", "description": "Kasa"}]).json()["ok"]
    assert problem(call(api, "setMyCommands", commands=[{"command": "Zgłoś", "description": "x"}]))[0] == 400
    assert problem(call(api, "setMyCommands", commands=[{"command": "kasa", "description": ""}]))[0] == 400


def test_late_and_repeated_updates_come_whatever_the_offset(api: BotApi) -> None:
    jan = api.citizen()
    api.hold()
    made = [jan.say(word) for word in ("raz", "dwa", "trzy")]
    assert ids(call(api, "getUpdates")) == []
    api.release([2, 0, 0])
    assert ids(call(api, "getUpdates", offset=made[2] + 1)) == [made[2], made[0], made[0]]
    assert ids(call(api, "getUpdates", offset=made[2] + 1)) == []
    api.redeliver(made[1])
    assert ids(call(api, "getUpdates", offset=made[2] + 1)) == [made[1]]


def test_unknown_parameters_are_noticed(api: BotApi) -> None:
    call(api, "getMe", speed=1)
    assert api.violations == ["getme: speed"]


def test_it_can_be_away_and_come_back(api: BotApi) -> None:
    address = api.url
    api.down()
    with pytest.raises(httpx.ConnectError):
        call(api, "getMe")
    api.up()
    assert api.url == address
    assert call(api, "getMe").json()["ok"]
