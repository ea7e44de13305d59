"""The door between gateway and engine: one call takes a message with its dialogue state and returns both replies and
new state. Named in credentials.yml; served below /webhooks/mops by `rasa run`.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from engine import mend, tracker_state
from engine.action_endpoint import KeptOpenEndpoint
from engine.tracker_store import TurnTrackerStore, running_turn
from engine.understanding import Parse, Said, ranking, top, trimmed, understand

logger = logging.getLogger(__name__)

MAX_TEXT = 8_000
_RANKING = 5
TOKEN_VARIABLE = "MOPS_ENGINE_TOKEN"  # noqa: S105 - the variable's name, not its value

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class Refused(Exception):
    """A request that gets an error status; the message never holds what the resident wrote."""

    def __init__(self, status: int, message: str) -> None:
        """Take the HTTP status and the text of the JSON `error`."""
        super().__init__(message)
        self.status = status


class Replies(OutputChannel):
    """Collects what the assistant says, one entry for each utterance; Rasa's own collector cuts at empty lines."""

    def __init__(self) -> None:
        """Start empty."""
        self.collected: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name in Rasa."""
        return "mops"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one utterance: text, buttons, and the custom part that carries commands to the hub."""
        reply = {
            "text": (message.get("text") or "").strip(),
            "buttons": [
                {"title": button["title"], "payload": button["payload"]} for button in message.get("buttons") or ()
            ],
            "custom": message.get("custom") or {},
        }
        if reply["text"] or reply["buttons"] or reply["custom"]:
            self.collected.append(reply)


class Turn(NamedTuple):
    """A checked request for a turn."""

    sender: str
    text: Optional[str]
    payload: Optional[str]
    tracker: Optional[str]
    interrupt: bool
    metadata: dict[str, Any]


class TurnChannel(InputChannel):
    """Rasa connector with the routes /turn, /parse and /health."""

    def __init__(self, smoke_text: str, smoke_intent: str, token: Optional[str] = None) -> None:
        """Take the message whose parse shows that a model works, and the bearer token that callers must send."""
        mend.apply()
        self._smoke_text = smoke_text
        self._smoke_intent = smoke_intent
        self._token = token or ""
        self._prepared: Optional[MessageProcessor] = None

    @classmethod
    def name(cls) -> str:
        """Return the path's part below /webhooks."""
        return "mops"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> InputChannel:
        """Create the channel from its entry in credentials.yml; the token comes from the environment."""
        smoke = (credentials or {}).get("smoke") or {}
        if not smoke.get("text") or not smoke.get("intent"):
            raise ValueError("credentials.yml: engine.turn_channel.TurnChannel needs smoke: {text, intent}")
        return cls(str(smoke["text"]), str(smoke["intent"]), os.environ.get(TOKEN_VARIABLE))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. Rasa's handler is not used: it takes a lock and cannot return the parse."""
        routes = Blueprint("mops_turn_channel")
        routes.add_route(self._guarded(self._turn), "/turn", methods=["POST"], name="turn")
        routes.add_route(self._guarded(self._parse), "/parse", methods=["POST"], name="parse")
        routes.add_route(self._guarded(self._health), "/health", methods=["GET"], name="health")
        routes.listener("after_server_stop")(self._close)
        return routes

    async def _close(self, _app: Any, _loop: Any) -> None:
        """Close the connection to the action server."""
        if self._prepared is not None and isinstance(self._prepared.action_endpoint, KeptOpenEndpoint):
            await self._prepared.action_endpoint.close()

    def _guarded(self, handler: Handler) -> Handler:
        """Check the token before, and turn exceptions into JSON errors after."""

        async def guarded(request: Request) -> HTTPResponse:
            try:
                self._check_token(request)
                return await handler(request)
            except Refused as refusal:
                return response.json({"error": str(refusal)}, status=refusal.status)
            except asyncio.CancelledError:
                raise
            except Exception:
                # The traceback's lines are code; the message of an unforeseen exception might quote the resident.
                logger.error("The turn channel failed", exc_info=logger.isEnabledFor(logging.DEBUG))
                return response.json({"error": "internal error"}, status=500)

        return guarded

    def _check_token(self, request: Request) -> None:
        if not self._token:
            raise Refused(503, f"the engine was started without {TOKEN_VARIABLE}")
        sent = request.headers.get("Authorization", "")
        if not hmac.compare_digest(sent.encode("utf-8"), f"Bearer {self._token}".encode()):
            raise Refused(401, "wrong or missing token")

    # --- the model ---

    async def _processor(self, request: Request) -> MessageProcessor:
        """Return the processor of the loaded model, checked and adapted on first use. Raises Refused (503)."""
        agent: Optional[Agent] = getattr(request.app.ctx, "agent", None)
        if agent is None or agent.processor is None:
            raise Refused(503, "no model is loaded")
        processor = agent.processor
        if processor is self._prepared:
            return processor
        store = agent.tracker_store
        if isinstance(store, FailSafeTrackerStore):
            # Its way of failing safely is to go on as if a thing had been saved.
            store = store._tracker_store
        if not isinstance(store, TurnTrackerStore):
            raise Refused(503, "endpoints.yml must name engine.tracker_store.TurnTrackerStore")
        processor.tracker_store = store
        if agent.action_endpoint is not None and not isinstance(agent.action_endpoint, KeptOpenEndpoint):
            agent.action_endpoint = KeptOpenEndpoint.like(agent.action_endpoint)
        processor.action_endpoint = agent.action_endpoint
        processor.on_circuit_break = lambda *_: mend.report_failure("too many actions in one turn")
        name, _ = top(await _ask(processor, self._smoke_text))
        if name != self._smoke_intent:
            raise Refused(503, f"the model does not work: smoke message understood as '{name}'")
        self._prepared = processor
        return processor

    # --- routes ---

    async def _health(self, request: Request) -> HTTPResponse:
        processor = await self._processor(request)
        return response.json({"model": processor.model_metadata.model_id})

    async def _parse(self, request: Request) -> HTTPResponse:
        processor = await self._processor(request)
        text = _text(_body(request).get("text"))

        async def parser(part: str) -> Parse:
            return await _ask(processor, part)

        said = await understand(text, None, False, parser)
        whole = said[0].parse if len(said) == 1 else await parser(text)
        return response.json({"parse": _report(whole, said)})

    async def _turn(self, request: Request) -> HTTPResponse:
        processor = await self._processor(request)
        turn = _read_turn(_body(request))
        try:
            tracker = tracker_state.unpack(turn.tracker, turn.sender, processor.domain)
        except tracker_state.UnreadableTracker as error:
            raise Refused(422, str(error)) from error
        if turn.interrupt:
            tracker_state.interrupt_form(tracker, processor.domain)

        if turn.payload is not None:
            said = [_button(turn.payload, processor)]
            whole = said[0].parse
        else:
            parses: dict[str, Parse] = {}

            async def parser(part: str) -> Parse:
                if part not in parses:
                    parses[part] = await _ask(processor, part)
                return parses[part]

            text = turn.text or ""
            form = tracker.active_loop_name
            requested = tracker.get_slot(REQUESTED_SLOT) if form else None
            said = await understand(text, requested, bool(form), parser)
            whole = said[0].parse if len(said) == 1 else parses[text]

        replies = await self._run(processor, tracker, said, turn.metadata)
        return response.json(
            {
                "replies": replies,
                "parse": _report(whole, said),
                "tracker": tracker_state.pack(tracker, replies),
                "active_form": tracker.active_loop_name,
            }
        )

    async def _run(
        self, processor: MessageProcessor, tracker: DialogueStateTracker, said: list[Said], metadata: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Let Rasa answer, and return what it said. Raises Refused (502) on a failure or silence."""
        replies = Replies()
        with running_turn(tracker), mend.failed_actions() as failed:
            for part in said:
                await processor.handle_message(
                    UserMessage(
                        part.text,
                        replies,
                        tracker.sender_id,
                        parse_data=trimmed(part.parse),
                        input_channel=str(metadata.get("channel") or self.name()),
                        metadata=metadata,
                    )
                )
                if failed:
                    raise Refused(502, f"action failed: {', '.join(failed)}")
        if not replies.collected:
            raise Refused(502, f"nothing was said to intent {top(said[-1].parse)[0]}")
        return replies.collected


async def _ask(processor: MessageProcessor, text: str) -> Parse:
    return await processor.parse_message(UserMessage(text))


def _report(parse: Parse, said: list[Said]) -> dict[str, Any]:
    """Return the parse as the gateway stores it: the intent, the real guesses, the intents acted on."""
    name, confidence = top(parse)
    return {
        "intent": {"name": name, "confidence": confidence},
        "ranking": [{"name": guess, "confidence": value} for guess, value in ranking(parse)[:_RANKING]],
        "segments": [top(part.parse)[0] for part in said],
    }


def _button(payload: str, processor: MessageProcessor) -> Said:
    """Return the parse of a payload such as `/podaj_dane{"temat":"zasilek"}`. Raises Refused (422)."""
    if not payload.startswith("/"):
        raise Refused(422, "a payload starts with '/'")
    message = YAMLStoryReader.unpack_regex_message(Message({TEXT: payload}), processor.domain)
    parse = message.as_dict(only_output_properties=True)
    name = (parse.get("intent") or {}).get("name")
    if name not in processor.domain.intents:
        raise Refused(422, "the payload names an intent that the model does not know")
    return Said(payload, {"text": payload, "entities": [], **parse})


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(422, "the body is not a JSON object")
    return body


def _text(value: Any) -> str:
    """Return the text to understand. A leading "/" is taken away: only the server may send intent payloads."""
    if not isinstance(value, str):
        raise Refused(422, "text must be a string")
    if len(value) > MAX_TEXT:
        raise Refused(413, f"text is longer than {MAX_TEXT} characters")
    text = value.strip().lstrip("/").strip()
    if not text:
        raise Refused(422, "text is empty")
    return text


def _read_turn(body: Mapping[str, Any]) -> Turn:
    sender = body.get("sender")
    if not isinstance(sender, str) or not sender:
        raise Refused(422, "sender is missing")
    payload, tracker, metadata = body.get("payload"), body.get("tracker"), body.get("metadata") or {}
    if (payload is None) == (body.get("text") is None):
        raise Refused(422, "either text or payload is needed")
    if not isinstance(payload, (str, type(None))) or not isinstance(tracker, (str, type(None))):
        raise Refused(422, "payload and tracker must be strings")
    if not isinstance(metadata, dict):
        raise Refused(422, "metadata must be an object")
    text = _text(body["text"]) if payload is None else None
    return Turn(sender, text, payload, tracker, bool(body.get("interrupt")), metadata)
