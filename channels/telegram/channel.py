"""The Telegram channel: stores updates before it confirms them, sends what the outbox hands it."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from typing import Any

from litestar.types import ControllerRouterHandler
from telegram import BotCommand, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.crypto import Keyring
from bot.db.lease import SharedLease
from bot.db.session import Database, StorageUnavailable
from bot.hub.hub import Hub
from bot.hub.messages import Delivery, Inbound, NotFound, Outgoing, TooLong, UnknownButton
from bot.settings import Settings
from bot.tasks import end_tasks
from channels.telegram import words
from channels.telegram.inbound import CHANNEL, from_unreadable, group_to_leave, reachable, to_edit, to_inbound
from channels.telegram.intake import Intake
from channels.telegram.polling import LEASE_SECONDS, Poller
from channels.telegram.sender import Sender
from channels.telegram.updates import Kept, UpdateStore
from channels.telegram.webhook import Webhook

logger = logging.getLogger(__name__)

RETRIES = 3
"""How often the rate limiter repeats a call that Telegram answered with 429, where no outbox does it."""
TYPING_AFTER_SECONDS = 1.0
TYPING_LASTS_SECONDS = 4.5
TYPING_TIMES = 5


class TelegramChannel:
    """One bot."""

    name = CHANNEL

    def __init__(self, settings: Settings, database: Database, keyring: Keyring, instance: str) -> None:
        """Prepare the client; nothing is sent yet. ``instance`` is this gateway's name among all."""
        if settings.telegram_token is None:
            raise ValueError("no token")
        # The library's error messages quote what Telegram sent, so what residents wrote. Every outcome is told here.
        logging.getLogger("telegram").setLevel(logging.CRITICAL)
        token = settings.telegram_token.get_secret_value()
        base = f"{settings.telegram_api_url.rstrip('/')}/bot"
        number = token.partition(":")[0]
        bot_id = int(number) if number.isdigit() else 0
        lease = SharedLease(database, f"telegram:{bot_id}", instance, LEASE_SECONDS)
        self._poller = Poller(f"{base}{token}/getUpdates", lease, self._connect_polling, self._put)
        self._sending = HTTPXRequest(connection_pool_size=64, pool_timeout=10.0, read_timeout=20.0)
        self._bot: ExtBot[Any] = ExtBot(
            token=token,
            base_url=base,
            request=self._sending,
            get_updates_request=self._poller.request,
            # It spaces out what is sent. Messages are repeated by the outbox, which waits without holding up other
            # chats and outlives this process; what has no outbox asks for RETRIES.
            rate_limiter=AIORateLimiter(max_retries=0),
        )
        self._webhook: Webhook | None = None
        if settings.telegram_mode == "webhook":
            secret = settings.telegram_webhook_secret
            self._webhook = Webhook(
                self._bot, settings.public_url or "", secret.get_secret_value() if secret is not None else ""
            )
        self._sender = Sender(self._bot)
        self._intake = Intake(UpdateStore(database, keyring, bot_id, instance), self._take, self._say_not_taken)
        self._hub: Hub | None = None
        self._task: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._leaving: set[int] = set()

    @property
    def state(self) -> str:
        """For ``/health/ready``: starting, ok or unavailable."""
        return self._webhook.state if self._webhook is not None else self._poller.state

    async def start(self, hub: Hub) -> None:
        """Connect in the background: Telegram being away must not keep the product from starting."""
        self._hub = hub
        self._intake.start()
        work = self._webhook.run() if self._webhook is not None else self._poller.run()
        self._task = asyncio.create_task(work, name="telegram")
        if self._webhook is not None:
            self._introduce()

    async def stop(self) -> None:
        """Stop taking updates in; those not stored are not confirmed and come again. Sending stays possible."""
        if self._task is not None:
            await end_tasks([self._task])
        await self._intake.stop()
        if self._beside:
            _, late = await asyncio.wait(self._beside, timeout=1.0)
            for task in late:
                task.cancel()

    async def close(self) -> None:
        """Close the connections, after the outbox has sent its last message."""
        await self._poller.request.shutdown()
        await self._sending.shutdown()

    def routes(self) -> list[ControllerRouterHandler]:
        """Return the webhook's route, where the settings ask for webhook mode."""
        return [self._webhook.route(self._put)] if self._webhook is not None else []

    async def send(self, message: Outgoing) -> Delivery:
        """Do with a message what the outbox asks for: send, edit or delete it."""
        return await self._sender.deliver(message)

    async def _connect_polling(self) -> None:
        await self._bot.initialize()
        await self._bot.delete_webhook(drop_pending_updates=False)
        self._introduce()

    def _introduce(self) -> None:
        """Set what people see before they write: the menu of commands, and who answers here."""
        self._beside_intake(
            self._bot.set_my_commands([BotCommand(*entry) for entry in words.MENU], rate_limit_args=RETRIES)
        )
        self._beside_intake(self._bot.set_my_description(words.DESCRIPTION, rate_limit_args=RETRIES))
        self._beside_intake(self._bot.set_my_short_description(words.ABOUT, rate_limit_args=RETRIES))

    async def _put(self, items: list[Any]) -> None:
        await self._intake.put(items)

    async def _take(self, item: dict[str, Any]) -> None:
        """Hand one stored update to the hub and answer what Telegram wants answered at once.

        Raises:
            StorageUnavailable: the hub has not stored it.
        """
        try:
            update = Update.de_json(item, self._bot)
        except Exception as error:
            # A server older or newer than the library; whoever wrote must not be left unanswered.
            logger.warning(
                "Telegram sent an update that cannot be read (%s, %s).", item.get("update_id"), type(error).__name__
            )
            saved = from_unreadable(item)
            if saved is not None:
                await self._accept(saved)
            return
        group = group_to_leave(update)
        edit, member = to_edit(update), reachable(update)
        if group is not None:
            self._leave(group)
        elif edit is not None:
            await self._edit(*edit)
        elif member is not None:
            await self._living_hub.set_unreachable(CHANNEL, *member)
        else:
            inbound = to_inbound(update)
            notice = await self._accept(inbound) if inbound is not None else None
            if update.callback_query is not None:
                self._beside_intake(
                    self._bot.answer_callback_query(
                        update.callback_query.id, text=notice, show_alert=notice is not None, rate_limit_args=RETRIES
                    )
                )

    @property
    def _living_hub(self) -> Hub:
        if self._hub is None:
            raise StorageUnavailable
        return self._hub

    async def _accept(self, inbound: Inbound) -> str | None:
        """Hand a message to the hub; returns what a person who pressed a button is told."""
        try:
            receipt = await self._living_hub.accept(inbound)
        except (UnknownButton, NotFound):
            return words.STALE_BUTTON
        except TooLong as error:
            self._tell(inbound.chat, words.TOO_LONG.format(limit=error.limit))
        else:
            if not receipt.duplicate:
                self._beside_intake(self._show_typing(receipt.conversation_id, int(inbound.chat)))
        return None

    async def _edit(self, edited: Inbound, at: datetime) -> None:
        try:
            await self._living_hub.edited(edited, at)
        except TooLong as error:
            self._tell(edited.chat, words.TOO_LONG.format(limit=error.limit))

    def _say_not_taken(self, kept: Kept) -> None:
        """Tell somebody whose message cannot be kept; better than silence."""
        if kept.chat > 0:
            self._tell(str(kept.chat), words.NOT_TAKEN)

    def _tell(self, chat: str, text: str) -> None:
        self._beside_intake(self._bot.send_message(int(chat), text, rate_limit_args=RETRIES))

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
        await asyncio.sleep(TYPING_AFTER_SECONDS)
        for _ in range(TYPING_TIMES):
            with suppress(NotFound):
                if not (await self._living_hub.status(conversation_id)).thinking:
                    return
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            await asyncio.sleep(TYPING_LASTS_SECONDS)

    def _leave(self, chat_id: int) -> None:
        """Say once why, and leave; more of the group's messages may come meanwhile."""

        async def leave() -> None:
            try:
                with suppress(TelegramError):
                    await self._bot.send_message(chat_id, words.ONLY_PRIVATE, rate_limit_args=RETRIES)
                await self._bot.leave_chat(chat_id, rate_limit_args=RETRIES)
            finally:
                self._leaving.discard(chat_id)

        if chat_id not in self._leaving:
            self._leaving.add(chat_id)
            self._beside_intake(leave())
