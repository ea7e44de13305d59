"""What the Bot API emulation says and hears over HTTP, and what it remembers of it."""

import json
import socket
import struct
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from aiohttp import web

from tests.support.botapi_rules import Refused, bad


@dataclass
class Fault:
    """What goes wrong with one call. ``chat`` limits it to calls about that chat."""

    kind: Literal["refuse", "slow", "reset_before", "reset_after", "proxy_error"]
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] | None = None
    seconds: float = 0.0
    chat: int | None = None


@dataclass
class Call:
    method: str
    params: dict[str, Any]
    at: float
    outcome: str = "under way"


@dataclass
class Webhook:
    url: str
    secret: str | None
    allowed: set[str]


@dataclass
class Pending:
    """An update that the bot has not confirmed yet. A ``late`` one is handed out whatever offset was asked for."""

    body: dict[str, Any]
    late: bool = False
    attempts: int = 0
    not_before: float = 0.0

    @property
    def id(self) -> int:
        return int(self.body["update_id"])


async def push(session: aiohttp.ClientSession, hook: Webhook, body: dict[str, Any]) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
    try:
        async with session.post(hook.url, json=body, headers=headers) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def parameters_of(request: web.Request) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            params |= json.loads(await request.text())
        except ValueError:
            raise bad("can't parse JSON object") from None
    elif request.method == "POST":
        params |= dict(await request.post())
    return params


def refusal_of(refusal: Refused) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.code)


def reset(request: web.Request) -> web.Response:
    """Break the connection off (RST) without an answer."""
    transport = request.transport
    assert transport is not None
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return web.Response()
