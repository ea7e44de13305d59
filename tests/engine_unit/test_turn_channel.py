"""The turn channel with a real model, a real Sanic server and a real action server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rasa.core.agent import Agent, load_agent
from rasa.core.run import configure_app
from rasa.core.utils import AvailableEndpoints
from rasa.model_training import train
from sanic import Sanic
from sanic.touchup.service import TouchUp

from engine import turn_channel
from engine.turn_channel import TurnChannel

TOKEN = "a-token"
DOMAIN = """
version: "3.1"
intents: [telefon, kasa_godziny, sprawa_zasilek, anuluj, zgloszenie, podaj_dane, nlu_fallback]
entities: [imie]
slots:
  imie: {type: text, influence_conversation: false, mappings: [{type: custom}]}
forms:
  case_form: {required_slots: [imie]}
actions: [action_answer, action_silent, validate_case_form, action_ask_case_form_imie]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: false}
"""
RULES = """
version: "3.1"
rules:
  - {rule: a, steps: [{intent: telefon}, {action: action_answer}]}
  - {rule: b, steps: [{intent: kasa_godziny}, {action: action_answer}]}
  - {rule: c, steps: [{intent: nlu_fallback}, {action: action_silent}]}
  - {rule: d, steps: [{intent: zgloszenie}, {action: case_form}, {active_loop: case_form}]}
  - rule: e
    condition: [{active_loop: case_form}]
    steps: [{action: case_form}, {active_loop: null}, {action: action_answer}]
"""


class ActionServer:
    """Plays the office's actions: answers, fills the form from the message, fails or delays when told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.status = 200
        self.malformed = False
        self.delay = 0.0

    async def handle(self, request: web.Request) -> web.Response:
        call = await request.json()
        self.calls.append(call)
        await asyncio.sleep(self.delay)
        if self.status != 200:
            return web.json_response({"error": "x", "action_name": call["next_action"]}, status=self.status)
        if self.malformed:
            return web.json_response({"events": "none", "responses": []})
        name, latest = call["next_action"], call["tracker"]["latest_message"]
        events: list[dict[str, Any]] = []
        responses: list[dict[str, Any]] = []
        if name == "validate_case_form":
            ran = [e["name"] for e in call["tracker"]["events"] if e["event"] == "action"]
            fresh = "action_answer" not in ran  # not coming back to the form after an answer
            asked = fresh and call["tracker"]["slots"].get("requested_slot") == "imie"
            if asked and latest["intent"]["name"] not in ("podaj_dane", "zgloszenie"):
                body = {"error": "not an answer", "action_name": "case_form"}
                return web.json_response(body, status=400)
            if asked:
                events.append({"event": "slot", "name": "imie", "value": latest["text"]})
        elif name != "action_silent":
            button = {"title": "Dalej", "payload": "/zgloszenie"}
            text = f"{name} {latest['intent']['name']}\n\ndrugi akapit"
            responses.append({"text": text, "buttons": [button], "custom": {"mops": {"missed": 1}}})
        return web.json_response({"events": events, "responses": responses})


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, list[str]]) -> str:
    """A model trained on a project of a few lines."""
    root = tmp_path_factory.mktemp("project")
    nlu = "version: '3.1'\nnlu:\n" + "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in group)
        for intent, group in examples.items()
    )
    (root / "nlu.yml").write_text(nlu, encoding="utf-8")
    (root / "rules.yml").write_text(RULES, encoding="utf-8")
    (root / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    config = Path(__file__).parents[2] / "config.yml"
    files = [str(root / "nlu.yml"), str(root / "rules.yml")]
    result = train(str(root / "domain.yml"), str(config), files, output=str(root / "models"))
    assert result.model
    return str(result.model)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Engine:
    """A running engine and the action server beside it."""

    def __init__(self, base: str, actions: ActionServer, agent: Agent) -> None:
        self.base = base
        self.actions = actions
        self.agent = agent
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    async def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession(headers=self.headers) as session,
            session.post(f"{self.base}/{path}", json=body) as answer,
        ):
            return answer.status, await answer.json()

    async def turn(self, **body: Any) -> dict[str, Any]:
        status, answer = await self.post("turn", {"sender": "r:1", "metadata": {"channel": "web"}, **body})
        assert status == 200, answer
        return answer

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession(headers=self.headers) as session,
            session.get(f"{self.base}/health") as answer,
        ):
            return answer.status, await answer.json()


@asynccontextmanager
async def _running(model: str | None, tmp_path: Path, smoke_intent: str, store: str) -> AsyncIterator[Engine]:
    actions = ActionServer()
    action_app = web.Application(client_max_size=2**24)
    action_app.router.add_post("/webhook", actions.handle)
    runner = web.AppRunner(action_app)
    await runner.setup()
    action_port, port = _free_port(), _free_port()
    await web.TCPSite(runner, "127.0.0.1", action_port).start()
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(
        f"action_endpoint: {{url: 'http://127.0.0.1:{action_port}/webhook', headers: {{X-Token: t}}}}\n{store}",
        encoding="utf-8",
    )
    agent = await load_agent(model, endpoints=AvailableEndpoints.read_endpoints(str(endpoints)))

    Sanic._app_registry.clear()
    app = configure_app([TurnChannel("jaki jest numer telefonu", smoke_intent, TOKEN)], enable_api=False)
    app.ctx.agent = agent
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
    await server.startup()
    TouchUp._registry.clear()  # Sanic rewrites its protocol class at start; it cannot do it twice in a process
    try:
        yield Engine(f"http://127.0.0.1:{port}/webhooks/mops", actions, agent)
    finally:
        if agent.processor is not None and hasattr(agent.action_endpoint, "close"):
            await agent.action_endpoint.close()
        server.close()
        await runner.cleanup()


STORE = "tracker_store: {type: engine.tracker_store.TurnTrackerStore}\n"


@pytest.fixture
async def engine(model_path: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """A healthy engine."""
    async with _running(model_path, tmp_path, "telefon", STORE) as running:
        yield running


async def test_a_question_is_answered(engine: Engine) -> None:
    answer = await engine.turn(text="podajcie numer telefonu")
    [reply] = answer["replies"]
    assert reply == {
        "text": "action_answer telefon\n\ndrugi akapit",
        "buttons": [{"title": "Dalej", "payload": "/zgloszenie"}],
        "custom": {"mops": {"missed": 1}},
    }
    assert answer["parse"]["intent"]["name"] == "telefon"
    assert answer["parse"]["segments"] == ["telefon"]
    assert len(answer["parse"]["ranking"]) == 4
    assert answer["active_form"] is None


async def test_actions_see_channel_and_last_replies_but_no_domain(engine: Engine) -> None:
    first = await engine.turn(text="podajcie numer telefonu")
    await engine.turn(text="podajcie numer telefonu", tracker=first["tracker"])
    call = engine.actions.calls[-1]
    assert call["domain"] == {}
    users = [event for event in call["tracker"]["events"] if event["event"] == "user"]
    bots = [event for event in call["tracker"]["events"] if event["event"] == "bot"]
    assert users[-1]["metadata"]["channel"] == "web"
    assert len(users) == 1
    assert bots[0]["text"].startswith("action_answer")


async def test_two_questions_are_two_answers(engine: Engine) -> None:
    text = "Jaki jest numer telefonu? W jakich godzinach czynna jest kasa?"
    answer = await engine.turn(text=text)
    assert answer["parse"]["segments"] == ["telefon", "kasa_godziny"]
    assert [reply["text"].split()[1] for reply in answer["replies"]] == ["telefon", "kasa_godziny"]


async def test_a_form_goes_through_turns(engine: Engine) -> None:
    opened = await engine.turn(payload="/zgloszenie")
    assert opened["active_form"] == "case_form"
    filled = await engine.turn(text="Anna z telefonem", tracker=opened["tracker"])
    assert filled["active_form"] is None
    assert filled["parse"]["segments"] == ["podaj_dane"]
    assert engine.actions.calls[-1]["tracker"]["slots"]["imie"] == "Anna z telefonem"


async def test_a_question_in_a_form_is_answered_and_the_form_goes_on(engine: Engine) -> None:
    opened = await engine.turn(payload="/zgloszenie")
    asked = await engine.turn(text="Jaki jest numer telefonu?", tracker=opened["tracker"])
    assert [reply["text"].split()[0] for reply in asked["replies"]] == ["action_answer", "action_ask_case_form_imie"]
    assert asked["active_form"] == "case_form"
    filled = await engine.turn(text="Wojciech", tracker=asked["tracker"])
    assert filled["active_form"] is None


async def test_a_form_can_be_left_from_outside(engine: Engine) -> None:
    opened = await engine.turn(payload="/zgloszenie")
    left = await engine.turn(text="podajcie numer telefonu", tracker=opened["tracker"], interrupt=True)
    assert left["active_form"] is None
    assert len(left["replies"]) == 1


async def test_a_text_is_never_a_payload(engine: Engine) -> None:
    answer = await engine.turn(text='/zgloszenie{"imie":"x"} jaki jest numer telefonu')
    assert answer["active_form"] is None
    status, _ = await engine.post("turn", {"sender": "r:1", "text": " //  "})
    assert status == 422


async def test_a_conversation_costs_the_same_after_many_turns(engine: Engine) -> None:
    tracker = None
    sizes = []
    for _ in range(5):
        answer = await engine.turn(text="podajcie numer telefonu", tracker=tracker)
        tracker = answer["tracker"]
        sizes.append(len(engine.actions.calls[-1]["tracker"]["events"]))
    assert len(set(sizes[1:])) == 1


async def test_two_turns_of_one_conversation_at_once_do_not_meet(engine: Engine) -> None:
    engine.actions.delay = 0.1
    answers = await asyncio.gather(*(engine.turn(text="podajcie numer telefonu") for _ in range(4)))
    assert all(len(answer["replies"]) == 1 for answer in answers)
    assert len({answer["tracker"] for answer in answers}) == 1


@pytest.mark.parametrize("fault", ["status", "malformed", "silent"])
async def test_a_failed_action_is_an_error_and_never_silence(engine: Engine, fault: str) -> None:
    text = "podajcie numer telefonu"
    if fault == "status":
        engine.actions.status = 500
    elif fault == "malformed":
        engine.actions.malformed = True
    else:
        text = "qwxyz vbnm"
    status, answer = await engine.post("turn", {"sender": "r:1", "text": text})
    assert status == 502
    assert text not in answer["error"]
    engine.actions.status, engine.actions.malformed = 200, False
    assert (await engine.turn(text="podajcie numer telefonu"))["replies"]


async def test_a_slow_action_is_given_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.action_endpoint._SECONDS", 0.1)
    engine.actions.delay = 1.0
    status, _ = await engine.post("turn", {"sender": "r:1", "text": "podajcie numer telefonu"})
    assert status == 502


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x"}, 422),
        ({"sender": "r:1"}, 422),
        ({"sender": "r:1", "text": "x", "payload": "/telefon"}, 422),
        ({"sender": "r:1", "text": 5}, 422),
        ({"sender": "r:1", "payload": "telefon"}, 422),
        ({"sender": "r:1", "payload": "/nieznane"}, 422),
        ({"sender": "r:1", "text": "x", "tracker": "zle"}, 422),
        ({"sender": "r:1", "text": "x", "metadata": "web"}, 422),
        ({"sender": "r:1", "text": "x" * (turn_channel.MAX_TEXT + 1)}, 413),
        (["x"], 422),
    ],
)
async def test_bad_requests_are_refused(engine: Engine, body: Any, status: int) -> None:
    given, answer = await engine.post("turn", body)
    assert (given, list(answer)) == (status, ["error"])


async def test_parse_runs_no_dialogue(engine: Engine) -> None:
    status, answer = await engine.post("parse", {"text": "podajcie numer telefonu"})
    assert status == 200
    assert answer["parse"]["intent"]["name"] == "telefon"
    assert not engine.actions.calls


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer ", "a-token", "Bearer ąę"])
async def test_without_the_token_nothing_is_said(engine: Engine, token: str) -> None:
    engine.headers = {"Authorization": token} if token else {}
    assert (await engine.health())[0] == 401
    assert (await engine.post("turn", {"sender": "r:1", "text": "x"}))[0] == 401


async def test_health_names_the_model(engine: Engine) -> None:
    status, answer = await engine.health()
    assert status == 200
    assert answer == {"model": engine.agent.model_id}


async def test_a_model_that_misunderstands_is_not_healthy(model_path: str, tmp_path: Path) -> None:
    async with _running(model_path, tmp_path, "kasa_godziny", STORE) as running:
        status, answer = await running.health()
        assert (status, "smoke" in answer["error"]) == (503, True)
        assert (await running.post("turn", {"sender": "r:1", "text": "x"}))[0] == 503


async def test_no_model_is_not_healthy(tmp_path: Path) -> None:
    async with _running(None, tmp_path, "telefon", STORE) as running:
        assert (await running.health())[0] == 503


async def test_another_tracker_store_is_refused(model_path: str, tmp_path: Path) -> None:
    async with _running(model_path, tmp_path, "telefon", "") as running:
        status, answer = await running.health()
        assert (status, "TurnTrackerStore" in answer["error"]) == (503, True)


async def test_an_engine_without_token_serves_nobody(model_path: str) -> None:
    channel = TurnChannel.from_credentials({"smoke": {"text": "x", "intent": "y"}})
    assert isinstance(channel, TurnChannel)
    with pytest.raises(ValueError, match="smoke"):
        TurnChannel.from_credentials(None)


async def test_outside_a_turn_conversations_are_kept_in_memory(engine: Engine) -> None:
    """As in `rasa shell`: no turn channel, so Rasa itself asks the store for its trackers."""
    await engine.agent.handle_text("/zgloszenie", sender_id="shell")
    await engine.agent.handle_text("/podaj_dane", sender_id="shell")
    kept = await engine.agent.tracker_store.retrieve("shell")
    assert kept.get_slot("imie") == "/podaj_dane"
    assert set(await engine.agent.tracker_store.keys()) == {"shell"}


async def test_a_turn_leaves_nothing_in_the_store(engine: Engine) -> None:
    await engine.turn(text="podajcie numer telefonu")
    assert not set(await engine.agent.tracker_store.keys())
