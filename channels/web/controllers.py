"""The widget's HTTP API. A conversation's token is the only key to it; the hub knows just the token's hash."""

import hashlib
import secrets
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import Parameter
from litestar.response import ServerSentEvent

from bot.hub.hub import Hub
from bot.hub.messages import Inbound, NotFound
from bot.hub.ratings import COMMENT_LIMIT, HIGHEST, LOWEST
from channels.web.copy import copy_of
from channels.web.errors import ERRORS, Refused
from channels.web.limits import SlidingWindow
from channels.web.stream import COMMANDS, conversation_stream

CHANNEL = "web"
TOKEN_BYTES = 32
MAX_BODY_BYTES = 256 * 1024
MAX_TOKEN_CHARACTERS = 128

WebRequest = Request[None, None, State]

# A household, a library or a whole mobile network may share one address.
new_conversations = SlidingWindow(limit=1200, seconds=60)
messages_of_one = SlidingWindow(limit=60, seconds=10)
signs_of_one = SlidingWindow(limit=1, seconds=1)
copies_of_one = SlidingWindow(limit=6, seconds=60)


class NewConversation(msgspec.Struct):
    """The answer that opens a conversation; the token is shown this once and kept by the browser.

    ``topic``: whether the wanted topic is one that the assistant knows.
    """

    conversation: str
    topic: bool | None = None


class NewRating(msgspec.Struct):
    """How the resident liked the conversation, from 1 (bad) to 5 (good)."""

    score: Annotated[int, msgspec.Meta(ge=LOWEST, le=HIGHEST)]
    comment: Annotated[str, msgspec.Meta(max_length=COMMENT_LIMIT)] = ""


class SentMessage(msgspec.Struct):
    """A message as the widget posts it: a text, the id of a pressed button, or one of the widget's own.

    Those must work whether or not the model knows the words, or the engine is up at all.
    """

    client_id: UUID
    text: str | None = None
    button: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    ask: Literal["person", "assistant", "privacy"] | None = None


class Receipt(msgspec.Struct):
    """The message is stored; repeating it changes nothing."""

    seq: int
    duplicate: bool


class ErasedAnswer(msgspec.Struct):
    """Numbers of sent cases that stay with the office."""

    kept_cases: list[str]


class WebChannel(Controller):
    """Open a conversation, write to it, read it."""

    path = "/api/web"
    exception_handlers = ERRORS
    tags = ("web channel",)
    request_max_body_size = MAX_BODY_BYTES

    @post("/conversations", status_code=201)
    async def open(
        self,
        hub: NamedDependency[Hub],
        request: WebRequest,
        topic: Annotated[str | None, Parameter(max_length=64)] = None,
    ) -> Response[NewConversation]:
        """Open a conversation and hand out its token; a ``topic`` is answered at once, after the greeting."""
        address = request.client.host if request.client else "?"
        if wait := new_conversations.wait(address):
            raise Refused(429, "Za dużo nowych rozmów. Proszę spróbować ponownie za chwilę.", wait)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        known = hub.knows_topic(topic) if topic else None
        await hub.open_conversation(CHANNEL, chat_of(token), topic=topic if known else None)
        return Response(NewConversation(token, known), headers={"Cache-Control": "no-store"})

    @post("/messages", status_code=202)
    async def send(self, hub: NamedDependency[Hub], request: WebRequest, data: SentMessage) -> Receipt:
        """Store a message of the resident; answered when it is committed."""
        chat = chat_of(bearer_token(request))
        if wait := messages_of_one.wait(chat):
            raise Refused(429, retry_after=wait)
        try:
            accepted = await hub.accept(_inbound(chat, data))
        except NotFound:
            raise Refused(401) from None
        return Receipt(seq=accepted.seq, duplicate=accepted.duplicate)

    @post("/typing", status_code=204)
    async def typing(self, hub: NamedDependency[Hub], request: WebRequest) -> None:
        """Say that the resident is writing; nothing is stored."""
        conversation_id = await authorised(hub, request)
        if signs_of_one.wait(conversation_id) == 0:
            hub.resident_typing(conversation_id)

    @post("/rating", status_code=204)
    async def rate(self, hub: NamedDependency[Hub], request: WebRequest, data: NewRating) -> None:
        """Store a rating; a second one for the same stretch of the conversation replaces the first."""
        await hub.rate(await authorised(hub, request), data.score, data.comment)

    @get("/export")
    async def export(self, hub: NamedDependency[Hub], request: WebRequest) -> Response[bytes]:
        """Hand out everything that is stored about the conversation (RODO art. 15 and 20)."""
        conversation_id = await authorised(hub, request)
        if wait := copies_of_one.wait(conversation_id):
            raise Refused(429, retry_after=wait)
        copy = copy_of(await hub.export_conversation(conversation_id))
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="moje-dane-mops.json"'}
        return Response(copy, media_type="application/json", headers=headers)

    @delete("/conversation", status_code=200)
    async def erase(self, hub: NamedDependency[Hub], request: WebRequest) -> ErasedAnswer:
        """Delete the conversation (RODO art. 17). The token opens nothing from then on."""
        erased = await hub.erase_conversation(await authorised(hub, request))
        return ErasedAnswer(list(erased.kept_cases))

    @get("/events")
    async def events(
        self,
        hub: NamedDependency[Hub],
        request: WebRequest,
        after: Annotated[int, Parameter(ge=0, le=2**31 - 1)] = 0,
    ) -> ServerSentEvent:
        """Stream the conversation from the message numbered ``after`` on."""
        conversation_id = await authorised(hub, request)
        return ServerSentEvent(
            conversation_stream(hub, conversation_id, after), headers={"Cache-Control": "no-store, no-transform"}
        )

    @route(
        ["/conversations", "/messages", "/events", "/typing", "/rating", "/export", "/conversation"],
        http_method=[HttpMethod.OPTIONS],
        status_code=204,
        include_in_schema=False,
    )
    async def preflight(self) -> None:
        """Answer a browser that asks before a cross-origin request; the middleware adds what is allowed."""


def _inbound(chat: str, data: SentMessage) -> Inbound:
    """Say what was sent in the hub's terms."""
    mark = str(data.client_id)
    if data.ask is not None:
        return Inbound(CHANNEL, chat, mark, text=COMMANDS[data.ask], kind="command", begins=False)
    if data.button is not None:
        return Inbound(CHANNEL, chat, mark, button=data.button, begins=False)
    text = (data.text or "").strip()
    if not text:
        raise Refused(422, "Wiadomość jest pusta.")
    return Inbound(CHANNEL, chat, mark, text=text, begins=False)


def chat_of(token: str) -> str:
    """Return the hub's name of the chat: a hash, so that a copy of the database opens no conversation."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_token(request: WebRequest) -> str:
    """Return the token that a request carries. Raises Refused (401) when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARACTERS:
        raise Refused(401)
    return token


async def authorised(hub: Hub, request: WebRequest) -> str:
    """Return the conversation that the request's token opens. Raises Refused (401) when it opens none."""
    # The lookup is by hash, so how long a comparison takes tells nothing about any token.
    found = await hub.conversation_of(CHANNEL, chat_of(bearer_token(request)))
    if found is None:
        raise Refused(401)
    return found
