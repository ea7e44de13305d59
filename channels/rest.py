"""Rasa's REST contract: post a message, get the bot's replies in the answer.

``POST /webhooks/rest/webhook`` with ``{"sender", "message"}`` gives ``[{"recipient_id", "text", "buttons"}]``, and
``[]`` at once when the bot is silent because a person answers. A button's ``payload`` is an id that this server
issued; sent back as ``message`` it presses that button. Any other text, also one that begins with ``/``, is text.
"""

from typing import Annotated, Any
from uuid import uuid4

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency

from bot.db.session import StorageUnavailable
from bot.hub.body import parse_button_id
from bot.hub.hub import Hub
from bot.hub.messages import Event, Inbound, TooLong, UnknownButton

CHANNEL = "rest"
PATIENCE_SECONDS = 25.0


class RestMessage(msgspec.Struct):
    """What Rasa's clients send; ``message_id`` is optional and makes a retry harmless."""

    sender: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    message: str
    message_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


def _as_rasa(sender: str, event: Event) -> dict[str, Any]:
    reply: dict[str, Any] = {"recipient_id": sender, "text": event.text}
    if event.buttons:
        reply["buttons"] = [{"title": button.title, "payload": button.id} for button in event.buttons]
    return reply


@post("/webhooks/rest/webhook", status_code=200, tags=["rest channel"])
async def rest_webhook(data: RestMessage, hub: NamedDependency[Hub]) -> Response[Any]:
    """Accept a message and wait for what the bot says to it."""
    if not data.message.strip():
        return Response({"error": "Wiadomość jest pusta. Proszę wpisać pytanie."}, status_code=422)
    external_id = data.message_id or uuid4().hex
    inbound = Inbound(CHANNEL, data.sender, external_id, text=data.message)
    try:
        receipt = None
        if parse_button_id(data.message.strip()):
            try:
                receipt = await hub.accept(Inbound(CHANNEL, data.sender, external_id, button=data.message.strip()))
            except UnknownButton:
                receipt = None
        if receipt is None:
            receipt = await hub.accept(inbound)
        events = await hub.answered(receipt, PATIENCE_SECONDS)
    except TooLong as error:
        text = f"Wiadomość jest za długa. Można wysłać najwyżej {error.limit} znaków."
        return Response({"error": text}, status_code=413)
    except StorageUnavailable:
        text = "Chwilowa awaria. Wiadomość nie została zapisana. Proszę spróbować ponownie."
        return Response({"error": text}, status_code=503, headers={"Retry-After": "5"})
    return Response([_as_rasa(data.sender, event) for event in events])
