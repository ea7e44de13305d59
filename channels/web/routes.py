"""Puts the web channel's parts together for the application."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from bot.settings import Settings
from channels.web.assets import WebAssets
from channels.web.controllers import WebChannel
from channels.web.origins import AllowedOrigins


def web_routes(settings: Settings) -> list[ControllerRouterHandler]:
    """Return the channel's route handlers; the application provides the dependency ``hub``."""
    api = Router("/", route_handlers=[WebChannel], middleware=[AllowedOrigins(settings.web_origins)])
    return [api, WebAssets]
