"""The Telegram channel: stores updates before it confirms them, sends what the outbox hands it."""

import asyncio
import hmac
import json
import logging
from contextlib import suppress
from typing import Any

from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler
from telegram import BotCommand, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.db.session import StorageUnavailable
from bot.hub.hub import Hub
from bot.hub.messages import Delivery, Outgoing, TooLong, UnknownButton
from bot.settings import Settings
from channels.telegram.inbound import ALLOWED_UPDATES, CHANNEL, to_inbound
from channels.telegram.outbound import keyboard_of, outcome_of, split, text_of

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25
WEBHOOK_PATH = "/webhooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
MAX_BACKOFF_SECONDS = 30.0

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


class TelegramChannel:
    """One bot. ``state`` is for ``/health/ready``: starting, ok or unavailable."""

    name = CHANNEL

    def __init__(self, settings: Settings) -> None:
        """Prepare the client; nothing is sent yet."""
        if settings.telegram_token is None:
            raise ValueError("no token")
        self._settings = settings
        self._bot: ExtBot[Any] = ExtBot(
            token=settings.telegram_token.get_secret_value(),
            base_url=f"{settings.telegram_api_url.rstrip('/')}/bot",
            request=HTTPXRequest(connection_pool_size=64, pool_timeout=10.0, read_timeout=20.0),
            get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=LONG_POLL_SECONDS + 10.0),
            rate_limiter=AIORateLimiter(max_retries=1),
        )
        self._hub: Hub | None = None
        self._task: asyncio.Task[None] | None = None
        self.state = "starting"

    async def start(self, hub: Hub) -> None:
        """Connect in the background: Telegram being away must not keep the product from starting."""
        self._hub = hub
        self._task = asyncio.create_task(self._run(), name="telegram")

    async def stop(self) -> None:
        """Stop taking updates in; those not stored are not confirmed and come again."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(Exception):
            await self._bot.shutdown()

    def routes(self) -> list[ControllerRouterHandler]:
        """Return the webhook's route, where the settings ask for webhook mode."""
        if self._settings.telegram_mode != "webhook":
            return []
        return [self._webhook_route()]

    # -- out

    async def send(self, message: Outgoing) -> Delivery:
        """Send one message (Bot API ``sendMessage``), long ones in parts; the buttons go under the last part."""
        parts = split(text_of(message))
        reference: str | None = None
        for number, part in enumerate(parts, start=1):
            try:
                sent = await self._bot.send_message(
                    int(message.chat),
                    part,
                    reply_markup=keyboard_of(message) if number == len(parts) else None,
                )
            except TelegramError as error:
                outcome = outcome_of(error)
                if number > 1 and outcome.status == "retry":
                    return Delivery("unknown", reference, f"part {number} of {len(parts)}: {outcome.error}")
                return outcome
            reference = str(sent.message_id)
        return Delivery("sent", reference)

    # -- in

    async def _run(self) -> None:
        wait = 1.0
        while True:
            try:
                if self.state != "ok":
                    await self._connect()
                    self.state = "ok"
                    wait = 1.0
                    logger.info("Telegram: connected (%s).", self._settings.telegram_mode)
                if self._settings.telegram_mode == "webhook":
                    return
                await self._poll()
            except InvalidToken:
                # The library's message quotes the token.
                self.state = "unavailable"
                logger.error("Telegram refused the bot's token. Set MOPS_TELEGRAM_TOKEN and start again.")
                return
            except Conflict:
                logger.warning("Another gateway polls this bot; trying again in %.0f s.", wait)
            except RetryAfter as error:
                seconds = error.retry_after
                wait = float(seconds) if isinstance(seconds, int | float) else seconds.total_seconds()
            except TelegramError as error:
                if self.state == "ok":
                    logger.warning("Telegram cannot be reached (%s); trying again.", type(error).__name__)
                self.state = "unavailable"
            except StorageUnavailable:
                logger.warning("The database is away: Telegram's updates are not confirmed and come again.")
            except Exception:
                logger.exception("Telegram: an update could not be taken; it comes again.")
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
        """Fetch and store. Asking with an offset confirms what came before it, so it moves after the commit only."""
        offset: int | None = None
        while True:
            updates = await self._bot.get_updates(
                offset=offset, timeout=LONG_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
            )
            for update in updates:
                await self._take(update)
                offset = max(offset or 0, update.update_id + 1)

    async def _take(self, update: Update) -> None:
        """Store one update and answer what Telegram wants answered at once.

        Raises:
            StorageUnavailable: it is not stored and must not be confirmed.
        """
        if self._hub is None:
            raise StorageUnavailable
        chat = update.effective_chat
        if chat is not None and chat.type != "private":
            await self._leave(chat.id)
            return
        inbound = to_inbound(update)
        if inbound is None:
            return
        notice: str | None = None
        try:
            await self._hub.accept(inbound)
        except UnknownButton:
            notice = STALE_BUTTON
        except TooLong as error:
            with suppress(TelegramError):
                await self._bot.send_message(int(inbound.chat), TOO_LONG.format(limit=error.limit))
        if update.callback_query is not None:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(update.callback_query.id, text=notice)

    async def _leave(self, chat_id: int) -> None:
        with suppress(TelegramError):
            await self._bot.send_message(chat_id, ONLY_PRIVATE)
        with suppress(TelegramError):
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
                update = Update.de_json(json.loads(await request.body()), self._bot)
            except (ValueError, KeyError, TypeError):
                # Telegram would send it again for ever.
                logger.warning("Telegram sent an update that cannot be read; it was dropped.")
                return Response(None)
            try:
                await self._take(update)
            except StorageUnavailable:
                return Response(None, status_code=503)
            return Response(None)

        return telegram_webhook
