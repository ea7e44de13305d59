"""Puts the parts together: settings in, a Litestar application out. No behaviour lives here."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.types import ControllerRouterHandler

from bot.actions_endpoint import Actions, actions_handler
from bot.alerts import load_targets
from bot.crypto import Keyring
from bot.db.session import Database
from bot.desk.errors import outside_routes
from bot.desk.router import desk_router
from bot.dialogue.client import Engine
from bot.dialogue.registry import Registry
from bot.dialogue.supervisor import EngineProcess
from bot.errors import StartupError
from bot.health import health_routes
from bot.hours import HoursError, WorkingHours
from bot.hub.context import Context
from bot.hub.feed import Feed
from bot.hub.hub import Hub
from bot.hub.messages import Sender
from bot.knowledge import KnowledgeError, KnowledgeStore
from bot.settings import Settings
from channels.rest import rest_webhook
from channels.web import web_routes

if TYPE_CHECKING:
    from channels.telegram import TelegramChannel

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 2_000_000
"""A tracker on its way to an action is the largest request; residents' limits are far below."""


def instance_name() -> str:
    """Name this process among all gateways."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"


def load_knowledge(settings: Settings) -> KnowledgeStore:
    """Load and validate the facts.

    Raises:
        StartupError: names the file and line at fault.
    """
    try:
        kept = settings.retention_in_words
        store = KnowledgeStore(
            settings.knowledge_dir,
            settings={"okres_przechowywania": kept} if kept else None,
            max_age_days=settings.fact_age_warning_days,
        )
    except KnowledgeError as error:
        raise StartupError(f"The facts in knowledge/ are not valid:\n{error}") from None
    if store.warnings:
        logger.warning(
            "%d facts have not been verified for %d days: see 'mops knowledge check'.",
            len(store.warnings),
            settings.fact_age_warning_days,
        )
    return store


def load_hours(settings: Settings) -> WorkingHours:
    """Read the working hours. Raises StartupError that names the setting."""
    try:
        return WorkingHours.parse(settings.working_hours, timezone=settings.timezone)
    except HoursError as error:
        raise StartupError(str(error)) from None


def _telegram(settings: Settings, database: Database, keyring: Keyring, instance: str) -> "TelegramChannel | None":
    if settings.telegram_token is None:
        return None
    # Imported only where it is used: the library takes memory that a town without Telegram keeps.
    from channels.telegram import TelegramChannel

    return TelegramChannel(settings, database, keyring, instance)


def build_app(
    settings: Settings,
    keyring: Keyring,
    engine_token: str,
    port: int,
    report: Callable[[str], None],
    fatal: Callable[[StartupError], None],
) -> Litestar:
    """Build the gateway.

    Args:
        settings: the product's settings.
        keyring: opens and seals what is stored.
        engine_token: the secret shared with the engine.
        port: where the gateway listens, so that the engine can reach its actions.
        report: shows a line of progress to whoever started the product.
        fatal: is told what makes running pointless.

    Raises:
        StartupError: facts, working hours or an address for alerts that cannot be read.
    """
    database = Database(settings.database)
    engine = Engine(settings.engine_url, engine_token, settings.engine_turn_timeout)
    knowledge = load_knowledge(settings)
    actions = Actions(knowledge)
    instance = instance_name()
    telegram = _telegram(settings, database, keyring, instance)
    senders: dict[str, Sender] = {telegram.name: telegram} if telegram is not None else {}
    feed = Feed(settings)
    context = Context(
        settings=settings,
        database=database,
        keyring=keyring,
        feed=feed,
        engine=engine,
        knowledge_store=knowledge,
        hours=load_hours(settings),
        push_channels=frozenset(senders),
        instance=instance,
    )
    hub = Hub(context, senders, load_targets(settings))
    process = (
        None
        if settings.engine_url
        else EngineProcess(settings, engine, engine_token, Registry(database), context.instance, report)
    )

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await feed.start()
        await hub.start()
        if process is not None:
            process.start(f"http://127.0.0.1:{port}/actions/webhook", fatal)
        if telegram is not None:
            await telegram.start(hub)
        warm = asyncio.create_task(actions.executor())
        try:
            yield
        finally:
            await asyncio.gather(warm, return_exceptions=True)
            # Intake first, then the work under way, then what it needs.
            if telegram is not None:
                await telegram.stop()
            await hub.stop()
            await feed.stop()
            if telegram is not None:
                await telegram.close()
            if process is not None:
                await process.stop()
            await engine.close()
            await database.close()

    def engine_state() -> tuple[str, str | None]:
        return (process.state, process.model) if process is not None else ("unavailable", None)

    handlers: list[ControllerRouterHandler] = [
        *web_routes(settings),
        rest_webhook,
        desk_router,
        actions_handler(actions, engine_token),
        *health_routes(database, engine, engine_state, knowledge, (lambda: telegram.state) if telegram else None),
    ]
    if telegram is not None:
        handlers += telegram.routes()
    return Litestar(
        route_handlers=handlers,
        lifespan=[lifespan],
        dependencies={
            "hub": Provide(lambda: hub, sync_to_thread=False, use_cache=True),
            "database": Provide(lambda: database, sync_to_thread=False, use_cache=True),
            "keyring": Provide(lambda: keyring, sync_to_thread=False, use_cache=True),
            "settings": Provide(lambda: settings, sync_to_thread=False, use_cache=True),
        },
        exception_handlers={HTTPException: outside_routes},
        state=State({"feed": feed}),
        openapi_config=OpenAPIConfig(
            title="MOPS assistant",
            version="0.1.0",
            path="/api/schema",
            render_plugins=[SwaggerRenderPlugin()],
        ),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        debug=False,
    )
