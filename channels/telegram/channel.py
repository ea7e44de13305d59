"""The Telegram channel: stores updates before it confirms them, sends what the outbox hands it."""

import asyncio
import hmac
import json
import logging
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler
from telegram import BotCommand, LinkPreviewOptions, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.db.session import StorageUnavailable
from bot.hub.hub import Hub
from bot.hub.messages import Delivery, Inbound, NotFound, Outgoing, TooLong, UnknownButton
from bot.settings import Settings
from channels.telegram.inbound import ALLOWED_UPDATES, CHANNEL, from_unreadable, group_to_leave, to_inbound
from channels.telegram.outbound import keyboard_of, outcome_of, seconds_of, split, text_of

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25
WEBHOOK_PATH = "/webhooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
MAX_BACKOFF_SECONDS = 10.0
TAKE_ATTEMPTS = 3
"""An update that cannot be stored for another reason than the database must not hold up everybody's messages."""
LATER_PARTS_SECONDS = 30.0
"""How long later parts of a long reply are tried; well inside the lease of the outbox."""
TYPING_AFTER_SECONDS = 1.0
TYPING_LASTS_SECONDS = 4.5
TYPING_TIMES = 5
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

MENU = (
    ("pomoc", "W czym pomaga asystent"),
    ("kontakt", "Telefon, ePUAP, adres"),
    ("kasa", "Godziny kasy"),
    ("zgloszenie", "Zostaw zgłoszenie"),
    ("czlowiek", "Rozmowa z pracownikiem"),
    ("prywatnosc", "Co dzieje się z danymi"),
    ("usun", "Usunięcie danych"),
)
STALE_BUTTON = "Ta odpowiedź jest już nieaktualna. Proszę napisać wiadomość."
TOO_LONG = "Wiadomość jest za długa. Można wysłać najwyżej {limit} znaków. Proszę ją podzielić."
ONLY_PRIVATE = "Asystent rozmawia tylko w prywatnych rozmowach. Proszę napisać do niego bezpośrednio."


class _NotTaken(Exception):
    """Some of the updates that were fetched could not be stored, for a reason that is not the database."""


class TelegramChannel:
    """One bot. ``state`` is for ``/health/ready``: starting, ok or unavailable."""

    name = CHANNEL

    def __init__(self, settings: Settings) -> None:
        """Prepare the client; nothing is sent yet."""
        if settings.telegram_token is None:
            raise ValueError("no token")
        # The library's error messages quote what Telegram sent, so what residents wrote. Every outcome is told here.
        logging.getLogger("telegram").setLevel(logging.CRITICAL)
        self._settings = settings
        base = f"{settings.telegram_api_url.rstrip('/')}/bot"
        self._polling = HTTPXRequest(connection_pool_size=1)
        self._sending = HTTPXRequest(connection_pool_size=64, pool_timeout=10.0, read_timeout=20.0)
        self._updates_url = f"{base}{settings.telegram_token.get_secret_value()}/getUpdates"
        self._bot: ExtBot[Any] = ExtBot(
            token=settings.telegram_token.get_secret_value(),
            base_url=base,
            request=self._sending,
            get_updates_request=self._polling,
            # No retries here: they would outlast the outbox's lease, which waits and tries again itself.
            rate_limiter=AIORateLimiter(max_retries=0),
        )
        self._hub: Hub | None = None
        self._task: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._connected = False
        self._offset: int | None = None
        self._not_taken: Counter[int] = Counter()
        self.state = "starting"

    async def start(self, hub: Hub) -> None:
        """Connect in the background: Telegram being away must not keep the product from starting."""
        self._hub = hub
        self._task = asyncio.create_task(self._run(), name="telegram")

    async def stop(self) -> None:
        """Stop taking updates in; those not stored are not confirmed and come again. Sending stays possible."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._beside:
            _, late = await asyncio.wait(self._beside, timeout=1.0)
            for task in late:
                task.cancel()

    async def close(self) -> None:
        """Close the connections, after the outbox has sent its last message."""
        await self._polling.shutdown()
        await self._sending.shutdown()

    def routes(self) -> list[ControllerRouterHandler]:
        """Return the webhook's route, where the settings ask for webhook mode."""
        if self._settings.telegram_mode != "webhook":
            return []
        return [self._webhook_route()]

    # -- out

    async def send(self, message: Outgoing) -> Delivery:
        """Send one message (Bot API ``sendMessage``), long ones in parts; the buttons go under the last part."""
        parts = split(text_of(message))
        if not parts:
            return Delivery("failed", error="nothing to send")
        reference: str | None = None
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + LATER_PARTS_SECONDS
        for number, part in enumerate(parts, start=1):
            while True:
                try:
                    sent = await self._bot.send_message(
                        int(message.chat),
                        part,
                        link_preview_options=NO_PREVIEW,
                        reply_markup=keyboard_of(message) if number == len(parts) else None,
                    )
                except TelegramError as error:
                    outcome = outcome_of(error)
                    if number == 1:
                        return outcome
                    # The outbox would send the first parts again, so what is left is tried here.
                    wait = outcome.retry_after or 1.0
                    if outcome.status == "retry" and clock() + wait < give_up_at:
                        await asyncio.sleep(wait)
                        continue
                    told = f"part {number} of {len(parts)}: {outcome.error}"
                    return Delivery("failed" if outcome.status == "failed" else "unknown", reference, told)
                reference = str(sent.message_id)
                break
        return Delivery("sent", reference)

    # -- in

    async def _run(self) -> None:
        wait = 1.0
        failures = 0
        while True:
            try:
                if not self._connected:
                    await self._connect()
                    self._connected = True
                    logger.info("Telegram: connected (%s).", self._settings.telegram_mode)
                self.state = "ok"
                if self._settings.telegram_mode == "webhook":
                    return
                await self._poll()
                wait, failures = 1.0, 0
                continue
            except InvalidToken:
                # The library's message quotes the token.
                self.state = "unavailable"
                logger.error("Telegram refused the bot's token. Set MOPS_TELEGRAM_TOKEN and start again.")
                return
            except Conflict as error:
                # Somebody set a webhook, or another gateway polls: of several, one at a time gets the updates.
                self._connected = "webhook" not in error.message.lower()
                if failures == 0:
                    logger.warning("Another program takes this bot's updates; trying again.")
            except RetryAfter as error:
                wait = max(wait, seconds_of(error))
            except TelegramError as error:
                if failures > 0 and self.state != "unavailable":
                    self.state = "unavailable"
                    told = error.message if isinstance(error, BadRequest) else type(error).__name__
                    logger.warning("Telegram cannot be reached (%s); trying again.", told)
            except StorageUnavailable:
                logger.warning("The database is away: Telegram's updates are not confirmed and come again.")
            except _NotTaken:
                logger.warning("Telegram's updates of this round are not confirmed and come again.")
            except Exception:
                logger.exception("Telegram: updates could not be fetched.")
            failures += 1
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_BACKOFF_SECONDS)

    async def _connect(self) -> None:
        await self._bot.initialize()
        await self._bot.set_my_commands([BotCommand(name, text) for name, text in MENU])
        if self._settings.telegram_mode == "webhook":
            secret = self._settings.telegram_webhook_secret
            await self._bot.set_webhook(
                f"{(self._settings.public_url or '').rstrip('/')}{WEBHOOK_PATH}",
                secret_token=secret.get_secret_value() if secret else None,
                allowed_updates=ALLOWED_UPDATES,
                drop_pending_updates=False,
            )
        else:
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def _poll(self) -> None:
        """Fetch and store once. Asking with an offset confirms all that came before it, so it moves only after
        everything that was fetched is committed: ids do not always come in order.
        """
        raw = await self._fetch()
        taken = False
        failed: list[int] = []
        for item in raw:
            try:
                taken = await self._take(item) or taken
            except StorageUnavailable:
                raise
            except Exception:
                failed.append(int(item["update_id"]))
                logger.exception("Telegram: update %d could not be taken.", failed[-1])
        self._not_taken.update(failed)
        # What fails while others are taken is given up after a while. Where all fail, the fault is ours: they wait.
        if failed and not (taken and all(self._not_taken[update_id] >= TAKE_ATTEMPTS for update_id in failed)):
            raise _NotTaken
        if raw:
            self._offset = max(int(item["update_id"]) for item in raw) + 1
            self._not_taken.clear()

    async def _fetch(self) -> list[dict[str, Any]]:
        """Call ``getUpdates``. The library's own method fails for a whole batch when one update cannot be read."""
        query: dict[str, Any] = {"timeout": LONG_POLL_SECONDS, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if self._offset is not None:
            query["offset"] = self._offset
        payload = await self._polling.retrieve(
            f"{self._updates_url}?{urlencode(query)}", read_timeout=LONG_POLL_SECONDS + 10.0
        )
        result: list[dict[str, Any]] = self._polling.parse_json_payload(payload)["result"]
        return result

    async def _take(self, item: Any) -> bool:
        """Store one update and answer what Telegram wants answered at once; tells whether it was for the hub.

        Raises:
            StorageUnavailable: it is not stored and must not be confirmed.
        """
        try:
            update = Update.de_json(item, self._bot)
        except Exception as error:
            # It would be sent for ever, and hold up everybody else's.
            given = item.get("update_id") if isinstance(item, dict) else None
            logger.warning("Telegram sent an update that cannot be read (%s, %s).", given, type(error).__name__)
            saved = from_unreadable(item)
            if saved is not None:
                await self._store(saved)
            return saved is not None
        group = group_to_leave(update)
        if group is not None:
            self._beside_intake(self._leave(group))
            return False
        inbound = to_inbound(update)
        notice = await self._store(inbound) if inbound is not None else None
        if update.callback_query is not None:
            self._beside_intake(self._bot.answer_callback_query(update.callback_query.id, text=notice))
        return inbound is not None

    async def _store(self, inbound: Inbound) -> str | None:
        """Hand a message to the hub; returns what a person who pressed a button is told."""
        if self._hub is None:
            raise StorageUnavailable
        try:
            receipt = await self._hub.accept(inbound)
        except UnknownButton:
            return STALE_BUTTON
        except TooLong as error:
            self._beside_intake(self._bot.send_message(int(inbound.chat), TOO_LONG.format(limit=error.limit)))
        else:
            if not receipt.duplicate:
                self._beside_intake(self._show_typing(receipt.conversation_id, int(inbound.chat)))
        return None

    def _beside_intake(self, call: Awaitable[Any]) -> None:
        """Make a call that nobody's messages should wait for, and that nothing depends on."""

        async def quietly() -> None:
            with suppress(TelegramError, StorageUnavailable):
                await call

        task = asyncio.create_task(quietly())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _show_typing(self, conversation_id: str, chat: int) -> None:
        """Show that an answer is being made when it takes longer than a moment."""
        if self._hub is None:
            return
        await asyncio.sleep(TYPING_AFTER_SECONDS)
        for _ in range(TYPING_TIMES):
            with suppress(NotFound):
                if not (await self._hub.status(conversation_id)).thinking:
                    return
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            await asyncio.sleep(TYPING_LASTS_SECONDS)

    async def _leave(self, chat_id: int) -> None:
        with suppress(TelegramError):
            await self._bot.send_message(chat_id, ONLY_PRIVATE)
        await self._bot.leave_chat(chat_id)

    def _webhook_route(self) -> Any:
        secret = self._settings.telegram_webhook_secret
        expected = secret.get_secret_value() if secret else ""

        @post(WEBHOOK_PATH, include_in_schema=False, status_code=200)
        async def telegram_webhook(request: Request[Any, Any, Any]) -> Response[None]:
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), expected.encode()):
                return Response(None, status_code=401)
            try:
                item = json.loads(await request.body())
            except ValueError:
                return Response(None, status_code=400)
            try:
                await self._take(item)
            except StorageUnavailable:
                return Response(None, status_code=503)
            return Response(None)

        return telegram_webhook
