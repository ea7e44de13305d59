"""Long polling. Of several gateways one polls: it holds a lease in the database."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.db.lease import SharedLease
from bot.db.session import StorageUnavailable
from bot.tasks import end_tasks
from channels.telegram.inbound import ALLOWED_UPDATES
from channels.telegram.outbound import seconds_of

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25
MAX_BACKOFF_SECONDS = 10.0
LEASE_SECONDS = 8.0
"""After a crash nobody polls for so long."""
RENEW_SECONDS = 2.0
STANDBY_SECONDS = 1.0


class Poller:
    """Fetches updates and hands them on. ``state`` is starting, ok or unavailable."""

    def __init__(
        self,
        updates_url: str,
        lease: SharedLease,
        connect: Callable[[], Awaitable[None]],
        put: Callable[[list[Any]], Awaitable[None]],
    ) -> None:
        """``updates_url`` holds the token: it is never shown. ``put`` returns when the updates are stored."""
        self.request = HTTPXRequest(connection_pool_size=1)
        self.state = "starting"
        self._updates_url = updates_url
        self._lease = lease
        self._connect = connect
        self._put = put
        self._connected = False
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll whenever this gateway is the one that may; ends only when the token is refused."""
        told = False
        try:
            while True:
                if not await self._may_poll():
                    self.state = "ok"
                    if not told:
                        logger.info("Telegram: another gateway polls; this one stands by.")
                    told = True
                    await asyncio.sleep(STANDBY_SECONDS)
                    continue
                told = False
                if await self._while_held():
                    return
        finally:
            with suppress(StorageUnavailable):
                await self._lease.release()

    async def _may_poll(self) -> bool:
        while True:
            try:
                return await self._lease.take()
            except StorageUnavailable:
                logger.warning("The database is away: Telegram is not asked for updates.")
                await asyncio.sleep(STANDBY_SECONDS)

    async def _while_held(self) -> bool:
        """Poll until the lease is lost (False) or the token was refused (True)."""
        polling = asyncio.create_task(self._poll_forever(), name="telegram-poll")
        clock = asyncio.get_running_loop().time
        sure_until = clock() + LEASE_SECONDS
        try:
            while True:
                done, _ = await asyncio.wait({polling}, timeout=RENEW_SECONDS)
                if done:
                    polling.result()
                    return True
                asked = clock()
                with suppress(StorageUnavailable):
                    if not await self._lease.take():
                        return False
                    sure_until = asked + LEASE_SECONDS
                if clock() > sure_until:
                    return False
        finally:
            await end_tasks([polling])

    async def _poll_forever(self) -> None:
        wait = 1.0
        failures = 0
        self._offset = None  # another gateway may have polled meanwhile
        while True:
            try:
                if not self._connected:
                    await self._connect()
                    self._connected = True
                    logger.info("Telegram: connected (polling).")
                self.state = "ok"
                await self._poll()
                wait, failures = 1.0, 0
                continue
            except InvalidToken:
                # The library's message quotes the token.
                self.state = "unavailable"
                logger.error("Telegram refused the bot's token. Set MOPS_TELEGRAM_TOKEN and start again.")
                return
            except Conflict as error:
                # Somebody set a webhook, or a program that knows nothing of the lease polls.
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
            except Exception:
                logger.exception("Telegram: updates could not be fetched.")
            failures += 1
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_BACKOFF_SECONDS)

    async def _poll(self) -> None:
        """Fetch and store once. Asking with an offset confirms all that came before it, so it moves only after
        everything that was fetched is stored: ids do not always come in order.
        """
        query: dict[str, Any] = {"timeout": LONG_POLL_SECONDS, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if self._offset is not None:
            query["offset"] = self._offset
        # The library's own method fails for a whole batch when one update cannot be read.
        payload = await self.request.retrieve(
            f"{self._updates_url}?{urlencode(query)}", read_timeout=LONG_POLL_SECONDS + 10.0
        )
        items: list[Any] = self.request.parse_json_payload(payload)["result"]
        if items:
            await self._put(items)
            self._offset = max(int(item["update_id"]) for item in items) + 1
