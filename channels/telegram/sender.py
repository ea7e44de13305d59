"""The way out: one hub's message becomes calls of the Bot API. Never raises for what Telegram or the network does."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.hub.messages import Delivery, Outgoing
from channels.telegram.outbound import keyboard_of, outcome_of, split, text_of

LATER_PARTS_SECONDS = 30.0
"""How long later parts of a long reply are tried."""
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
TAKEN_BACK = "Ta wiadomość została wycofana."
"""Stands where a message was that Telegram no longer deletes (Bot API "deleteMessage": after 48 hours)."""


class Sender:
    """Sends, edits and deletes messages of one bot."""

    def __init__(self, bot: ExtBot[Any]) -> None:
        """Take the bot's client."""
        self._bot = bot

    async def deliver(self, message: Outgoing) -> Delivery:
        """Do with a message what the outbox asks for."""
        parts = split(text_of(message))
        if message.action == "delete":
            return await self._delete(message)
        if not parts:
            return Delivery("failed", error="nothing to send")
        if message.action == "edit":
            return await self._edit(message, parts)
        return await self._send(message, parts)

    async def _send(self, message: Outgoing, parts: list[str]) -> Delivery:
        """Bot API ``sendMessage``: long texts in parts, the quote at the first, the buttons under the last."""
        references: list[str] = []
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
                        reply_parameters=_quoting(message) if number == 1 else None,
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
                    return Delivery("failed" if outcome.status == "failed" else "unknown", tuple(references), told)
                references.append(str(sent.message_id))
                break
        return Delivery("sent", tuple(references))

    async def _edit(self, message: Outgoing, parts: list[str]) -> Delivery:
        """Bot API ``editMessageText``. A shorter text leaves parts over, which are deleted."""
        if len(parts) > len(message.references):
            return Delivery("failed", error="longer than the message that was sent")
        for number, part in enumerate(parts):
            keyboard = keyboard_of(message) if number == len(parts) - 1 else None
            outcome = await _change(
                self._bot.edit_message_text(
                    part,
                    int(message.chat),
                    int(message.references[number]),
                    link_preview_options=NO_PREVIEW,
                    reply_markup=keyboard,
                )
            )
            if outcome is not None:
                return outcome
        for reference in message.references[len(parts) :]:
            outcome = await self._delete_one(message, reference)
            if outcome is not None:
                return outcome
        return Delivery("sent")

    async def _delete(self, message: Outgoing) -> Delivery:
        """Bot API ``deleteMessage``; where it is too late for that, the text is replaced."""
        for reference in message.references:
            outcome = await self._delete_one(message, reference)
            if outcome is not None:
                return outcome
        return Delivery("sent")

    async def _delete_one(self, message: Outgoing, reference: str) -> Delivery | None:
        chat, number = int(message.chat), int(reference)
        try:
            await self._bot.delete_message(chat, number)
        except BadRequest as error:
            if "to delete not found" in error.message.lower():
                return None  # the resident deleted it, or an earlier attempt did
            return await _change(self._bot.edit_message_text(TAKEN_BACK, chat, number))
        except TelegramError as error:
            return outcome_of(error)
        return None


async def _change(call: Awaitable[Any]) -> Delivery | None:
    """Make a call that may be repeated; None when it is done, or was done before."""
    try:
        await call
    except BadRequest as error:
        if "not modified" in error.message.lower():
            return None
        return outcome_of(error)
    except TelegramError as error:
        return outcome_of(error)
    return None


def _quoting(message: Outgoing) -> ReplyParameters | None:
    if message.quotes is None:
        return None
    return ReplyParameters(int(message.quotes), allow_sending_without_reply=True)
