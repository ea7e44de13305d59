"""Webhook mode: only with the secret, stored before it is acknowledged."""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Request, Response, post
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from channels.telegram.inbound import ALLOWED_UPDATES
from channels.telegram.outbound import seconds_of

logger = logging.getLogger(__name__)

PATH = "/webhooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
LOOK_SECONDS = 60.0
RETRY_SECONDS = 5.0
CONNECTIONS = 40


class Webhook:
    """Keeps the webhook set, and knows whether Telegram can reach it. ``state`` is starting, ok or unavailable."""

    def __init__(self, bot: ExtBot[Any], public_url: str, secret: str) -> None:
        """Take the address that Telegram calls and the secret that it shows."""
        self.state = "starting"
        self._bot = bot
        self._url = f"{public_url.rstrip('/')}{PATH}"
        self._secret = secret

    async def run(self) -> None:
        """Set the webhook, and set it again when somebody took it away; ends only when the token is refused."""
        while True:
            try:
                await self._look()
                wait = LOOK_SECONDS
            except InvalidToken:
                self.state = "unavailable"
                logger.error("Telegram refused the bot's token. Set MOPS_TELEGRAM_TOKEN and start again.")
                return
            except RetryAfter as error:
                wait = max(RETRY_SECONDS, seconds_of(error))
            except TelegramError as error:
                if self.state != "unavailable":
                    logger.warning("Telegram cannot be reached (%s); trying again.", type(error).__name__)
                self.state = "unavailable"
                wait = RETRY_SECONDS
            except Exception:
                logger.exception("Telegram: the webhook could not be looked after.")
                wait = RETRY_SECONDS
            await asyncio.sleep(wait)

    async def _look(self) -> None:
        if self.state != "starting":
            info = await self._bot.get_webhook_info()
            if info.url == self._url:
                self._judge(info.last_error_date, info.pending_update_count)
                return
            logger.warning("Telegram's webhook pointed elsewhere; it is set again.")
        await self._bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=CONNECTIONS,
            drop_pending_updates=False,
        )
        self.state = "ok"
        logger.info("Telegram: connected (webhook).")

    def _judge(self, failed_at: Any, waiting: int) -> None:
        recently = failed_at is not None and utc_now() - failed_at < timedelta(seconds=2 * LOOK_SECONDS)
        failing = recently and waiting > 0
        if failing and self.state == "ok":
            logger.warning("Telegram cannot deliver to the webhook; %d updates wait there.", waiting)
        self.state = "unavailable" if failing else "ok"

    def route(self, put: Callable[[list[Any]], Awaitable[None]]) -> Any:
        """Return the route; ``put`` returns when the update is stored."""
        expected = self._secret.encode()

        @post(PATH, include_in_schema=False, status_code=200)
        async def telegram_webhook(request: Request[Any, Any, Any]) -> Response[None]:
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), expected):
                return Response(None, status_code=401)
            try:
                item = json.loads(await request.body())
            except ValueError:
                return Response(None, status_code=400)
            try:
                await put([item])
            except StorageUnavailable:
                return Response(None, status_code=503)
            return Response(None)

        return telegram_webhook
