"""The website's channel: the JSON and event-stream API, the widget's browser code and the demo page."""

from channels.web.routes import web_routes

__all__ = ["web_routes"]
