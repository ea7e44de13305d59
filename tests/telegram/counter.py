"""A hub with its Telegram channel in this process, and a clerk; the engine is away, so nobody but people answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.app import instance_name, load_hours, load_knowledge
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.db.staff_tables import Staff
from bot.dialogue.client import Engine
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.hub import Hub
from bot.hub.messages import ConversationView, Event, StaffRef
from bot.settings import Settings
from channels.telegram import TelegramChannel
from tests.support.botapi import BotApi
from tests.support.botapi_people import Chat

PATIENCE_SECONDS = 60.0


async def see(look: Callable[[], Any], what: str = "it happens") -> Any:
    """Wait until ``look`` returns something true."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = look()
                seen = await seen if asyncio.iscoroutine(seen) else seen
                if seen:
                    return seen
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}") from None


class Counter:
    """What tests do at the clerk's side."""

    def __init__(self, hub: Hub, context: Context, anna: StaffRef) -> None:
        self.hub = hub
        self.context = context
        self.anna = anna

    async def conversation(self, chat: Chat) -> str:
        found = await see(lambda: self.hub.conversation_of("telegram", str(chat.id)), "the conversation is there")
        return str(found)

    async def taken_over(self, chat: Chat) -> str:
        """Claim the chat's conversation and wait until that was told."""
        conversation = await self.conversation(chat)
        assert (await self.hub.claim(self.anna, conversation)).won
        await see(lambda: chat.texts and "Anna" in chat.texts[-1], "the resident is told")
        return conversation

    async def view(self, conversation: str) -> ConversationView:
        return await self.hub.conversation(self.anna, conversation)

    async def event(self, conversation: str, seq: int) -> Event:
        return next(event for event in (await self.view(conversation)).events if event.seq == seq)

    async def said(self, conversation: str, words: str) -> Event:
        """The message with these words, once it is stored."""

        async def look() -> Event | None:
            events = (await self.view(conversation)).events
            return next((event for event in events if words in event.text), None)

        found: Event = await see(look, f"{words!r} is stored")
        return found

    async def delivered(self, conversation: str, seq: int, state: str = "sent") -> Event:
        async def look() -> Event | None:
            event = await self.event(conversation, seq)
            return event if event.delivery == state else None

        found: Event = await see(look, f"message {seq} is {state}")
        return found

    async def run(self, statement: str, **values: object) -> None:
        async with self.context.database.write() as connection:
            await connection.execute(text(statement), values)


@asynccontextmanager
async def counter(api: BotApi, database_url: str, folder: Path) -> AsyncIterator[Counter]:
    settings = Settings(
        data_dir=folder,
        database_url=database_url,  # type: ignore[arg-type]
        working_hours="mon-sun 00:00-23:59",
        engine_url=["http://127.0.0.1:1"],
        engine_patience=3600,
        telegram_token=api.token,  # type: ignore[arg-type]
        telegram_api_url=api.url,
    )
    await migrate.upgrade(settings.database)
    feed = Feed(settings)
    database, keyring, instance = Database(settings.database), Keyring([Fernet.generate_key()]), instance_name()
    channel = TelegramChannel(settings, database, keyring, instance)
    context = Context(
        settings=settings,
        database=database,
        keyring=keyring,
        feed=feed,
        engine=Engine(settings.engine_url, "unused", settings.engine_turn_timeout),
        knowledge_store=load_knowledge(settings),
        hours=load_hours(settings),
        push_channels=frozenset({"telegram"}),
        instance=instance,
    )
    hub = Hub(context, {"telegram": channel})
    await feed.start()
    await hub.start()
    await channel.start(hub)
    async with context.database.begin() as session:
        person = Staff(login="anna", name="Anna", role="clerk", created_at=utc_now())
        session.add(person)
        await session.flush()
        anna = StaffRef(person.id, "Anna", "clerk")
    try:
        yield Counter(hub, context, anna)
    finally:
        await channel.stop()
        await hub.stop()
        await feed.stop()
        await channel.close()
        await context.engine.close()
        await context.database.close()
