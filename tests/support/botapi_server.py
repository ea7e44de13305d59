"""The Bot API over real HTTP, as strict as Telegram's; :mod:`tests.support.botapi` is what tests use.

It behaves like a local Bot API server (``telegram-bot-api --local``), which takes webhooks on plain HTTP.
"""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from tests.support import botapi_rules as rules
from tests.support.botapi_people import Chat, Group
from tests.support.botapi_rules import Refused, bad
from tests.support.botapi_wire import Call, Fault, Pending, Webhook, parameters_of, push, refusal_of, reset

T = TypeVar("T")

DEFAULT_UPDATES = {"message", "edited_message", "callback_query", "my_chat_member", "channel_post"}
QUERY_LASTS_SECONDS = 30.0


@dataclass
class BotApiServer:
    """The server, in a thread of its own. Tests call it from theirs; every change happens in the server's loop."""

    token: str = "123456789:AAtest-SECRET_0123456789-abcdefghij"
    username: str = "mops_test_bot"
    calls: list[Call] = field(default_factory=list)
    pushes: list[tuple[int, int]] = field(default_factory=list)
    """Webhook deliveries: (update id, HTTP status; 0 for no answer)."""
    violations: list[str] = field(default_factory=list)
    """Parameters that the documentation does not know."""
    commands: list[dict[str, str]] = field(default_factory=list)
    description: str = ""
    about: str = ""
    answers: dict[str, str | None] = field(default_factory=dict)
    """Answered button presses: query id → the text shown, if any."""
    chats: dict[int, Chat] = field(default_factory=dict)
    webhook: Webhook | None = None

    def __post_init__(self) -> None:
        self.id = int(self.token.partition(":")[0])
        self.me = {"id": self.id, "is_bot": True, "first_name": "MOPS", "username": self.username}
        self.port = 0
        self.written: list[str] = []
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._pending: list[Pending] = []
        self._held: list[dict[str, Any]] | None = None
        self._history: dict[int, dict[str, Any]] = {}
        self._handed_out: set[int] = set()
        self._queries: dict[str, float] = {}
        self._allowed = set(DEFAULT_UPDATES)
        self._next_update = 715_301_000
        self._next_message = 100
        self._poller: asyncio.Future[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bot-api", daemon=True)
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback_query,
            "setmycommands": self._set_my_commands,
            "setmydescription": self._set_my_description,
            "setmyshortdescription": self._set_my_short_description,
            "sendchataction": self._send_chat_action,
            "leavechat": self._leave_chat,
        }

    # -- the server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._in_loop(self._prepare)
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        asyncio.run_coroutine_threadsafe(self._end_tasks(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def up(self) -> None:
        """Answer, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._up(), self._loop).result(10)

    def down(self) -> None:
        """Be away: connections are refused. What was not confirmed stays."""
        asyncio.run_coroutine_threadsafe(self._down(), self._loop).result(10)

    async def _up(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        # A client that goes away ends its long poll, as a real server notices.
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._pusher = asyncio.create_task(self._push_forever())

    async def _down(self) -> None:
        self._pusher.cancel()
        with suppress(asyncio.CancelledError):
            await self._pusher
        await self._runner.cleanup()

    async def _end_tasks(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _prepare(self) -> None:
        self._news = asyncio.Event()

    def _in_loop(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"].lower()
        try:
            if not rules.TOKEN_SHAPE.fullmatch(token):
                raise Refused(404, "Not Found")
            if token != self.token:
                raise Refused(401, "Unauthorized")
            if method not in self._methods:
                raise Refused(404, "Not Found")
            params = await parameters_of(request)
            self.violations += [f"{method}: {name}" for name in params if name not in rules.PARAMETERS[method]]
            call = Call(method, params, time.monotonic())
            self.calls.append(call)
            return await self._answer(request, call)
        except Refused as refusal:
            return refusal_of(refusal)

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self._next_fault(call)
        call.outcome = fault.kind if fault else "ok"
        if fault and fault.kind == "refuse":
            raise Refused(fault.code, fault.description, fault.parameters)
        if fault and fault.kind == "reset_before":
            return reset(request)
        try:
            result = await self._methods[call.method](call.params)
        except Refused as refusal:
            call.outcome = refusal.description
            raise
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "reset_after":
            return reset(request)
        if fault and fault.kind == "proxy_error":
            return web.Response(text="<html>Bad Gateway</html>", content_type="text/html", status=502)
        return web.json_response({"ok": True, "result": result})

    def _next_fault(self, call: Call) -> Fault | None:
        chat = str(call.params.get("chat_id"))
        for fault in self._faults[call.method]:
            if fault.chat is None or str(fault.chat) == chat:
                self._faults[call.method].remove(fault)
                return fault
        return None

    # -- methods

    async def _get_me(self, _: dict[str, Any]) -> Any:
        return self.me | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _get_updates(self, params: dict[str, Any]) -> Any:
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        offset, limit = rules.number(params, "offset", 0), rules.number(params, "limit", 100)
        patience = rules.number(params, "timeout", 0)
        if not 1 <= limit <= 100:
            raise bad("limit is out of range")
        if "allowed_updates" in params:
            self._allow(rules.parsed(params, "allowed_updates", list, "can't parse allowed updates"))
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(
                Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                    "running",
                )
            )
        mine = self._poller = self._loop.create_future()
        if offset < 0:
            offset = min((p.id for p in self._pending[offset:]), default=0)
        if offset:
            self._pending = [p for p in self._pending if p.late or p.id >= offset]
        deadline = time.monotonic() + patience
        try:
            while True:
                if batch := self._pending[:limit]:
                    for entry in batch:
                        entry.late = False
                        self._handed_out.add(entry.id)
                    return [entry.body for entry in batch]
                left = deadline - time.monotonic()
                if left <= 0:
                    return []
                self._news.clear()
                news = asyncio.ensure_future(self._news.wait())
                try:
                    await asyncio.wait({news, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
                if mine.done():
                    mine.result()
        finally:
            if self._poller is mine:
                self._poller = None
            if mine.done():
                mine.exception()

    async def _set_webhook(self, params: dict[str, Any]) -> Any:
        url = str(params.get("url", ""))
        secret = rules.checked_secret(params)
        if url and not url.startswith(("https://", "http://")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if "allowed_updates" in params:
            self._allow(rules.parsed(params, "allowed_updates", list, "can't parse allowed updates"))
        if rules.truth(params, "drop_pending_updates"):
            self._pending.clear()
        self.webhook = Webhook(url, secret, self._allowed) if url else None
        if self.webhook and self._poller is not None and not self._poller.done():
            self._poller.set_exception(Refused(409, "Conflict: terminated by setWebhook request"))
        self._news.set()
        return True

    async def _delete_webhook(self, params: dict[str, Any]) -> Any:
        if rules.truth(params, "drop_pending_updates"):
            self._pending.clear()
        self.webhook = None
        return True

    async def _get_webhook_info(self, _: dict[str, Any]) -> Any:
        url = self.webhook.url if self.webhook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self._pending)}

    def _allow(self, kinds: list[str]) -> None:
        self._allowed = set(kinds) or set(DEFAULT_UPDATES)

    def _chat(self, params: dict[str, Any]) -> Chat:
        if params.get("chat_id") in (None, ""):
            raise bad("chat_id is empty")
        chat = self.chats.get(rules.number(params, "chat_id"))
        if chat is None:
            raise bad("chat not found")
        chat.check_bot_may_write()
        return chat

    async def _send_message(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params)
        text = rules.checked_text(params)
        markup = rules.checked_keyboard(params)
        if "link_preview_options" in params:
            rules.parsed(params, "link_preview_options", dict, "can't parse link preview options")
        message = self.new_message(chat) | {"from": self.me, "text": text}
        if found := rules.entities(text):
            message["entities"] = found
        if markup:
            message["reply_markup"] = markup
        if "reply_parameters" in params:
            wanted = rules.parsed(params, "reply_parameters", dict, "can't parse reply parameters JSON object")
            answered = chat.find(int(wanted["message_id"]))
            if answered is not None:
                message["reply_to_message"] = answered
            elif not wanted.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
        chat.received.append(message)
        return message

    async def _edit_message_text(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params)
        text = rules.checked_text(params)
        markup = rules.checked_keyboard(params)
        number = rules.number(params, "message_id")
        position = next((at for at, sent in enumerate(chat.received) if sent["message_id"] == number), None)
        if position is None:
            raise bad("message to edit not found")
        before = chat.received[position]
        if before["text"] == text and before.get("reply_markup") == markup:
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        after = {name: value for name, value in before.items() if name not in ("entities", "reply_markup")}
        after |= {"text": text, "edit_date": int(time.time())} | ({"reply_markup": markup} if markup else {})
        chat.received[position] = after
        return after

    async def _delete_message(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params)
        number = rules.number(params, "message_id")
        if chat.find(number) is None:
            raise bad("message to delete not found")
        if number in chat.too_old:
            raise bad("message can't be deleted for everyone")
        chat.received = [sent for sent in chat.received if sent["message_id"] != number]
        return True

    async def _answer_callback_query(self, params: dict[str, Any]) -> Any:
        query = str(params.get("callback_query_id", ""))
        asked = self._queries.pop(query, None)
        if asked is None or time.monotonic() - asked > QUERY_LASTS_SECONDS:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = params.get("text")
        if text is not None and len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answers[query] = text
        return True

    async def _set_my_commands(self, params: dict[str, Any]) -> Any:
        self.commands = rules.checked_commands(params)
        return True

    async def _set_my_description(self, params: dict[str, Any]) -> Any:
        self.description = rules.checked_length(params, "description", 512)
        return True

    async def _set_my_short_description(self, params: dict[str, Any]) -> Any:
        self.about = rules.checked_length(params, "short_description", 120)
        return True

    async def _send_chat_action(self, params: dict[str, Any]) -> Any:
        self._chat(params).actions.append(rules.checked_action(params))
        return True

    async def _leave_chat(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params)
        if not isinstance(chat, Group):
            raise bad("chat member status can't be changed in private chats")
        chat.bot_left()
        return True

    # -- updates

    def new_message(self, chat: Chat) -> dict[str, Any]:
        self._next_message += 1
        return {"message_id": self._next_message, "date": int(time.time()), "chat": chat.as_json()}

    def query_id(self) -> str:
        query = str(4_300_000_000 + len(self._queries) + len(self.answers) + self._next_update)
        self._queries[query] = time.monotonic()
        return query

    def publish(self, **content: Any) -> int:
        """Make an update of something that happened (in the server's loop)."""
        self._next_update += 1
        update = {"update_id": self._next_update, **content}
        self._history[self._next_update] = update
        if not set(content) & self._allowed:
            return self._next_update
        if self._held is not None:
            self._held.append(update)
        else:
            self._pending.append(Pending(update))
            self._news.set()
        return self._next_update

    async def _push_forever(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            while True:
                now = time.monotonic()
                hook = self.webhook
                due = next((p for p in self._pending if p.not_before <= now), None) if hook else None
                if hook is None or due is None:
                    self._news.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), 0.1)
                    continue
                status = await push(session, hook, due.body)
                self.pushes.append((due.id, status))
                if 200 <= status < 300:
                    self._pending.remove(due)
                else:
                    due.attempts += 1
                    due.not_before = time.monotonic() + min(0.1 * 2**due.attempts, 1.0)
