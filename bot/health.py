"""What runs and what does not: for probes, load balancers and people."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from bot.db.session import Database, StorageUnavailable
from bot.dialogue.client import Engine
from bot.knowledge import KnowledgeStore


def health_routes(
    database: Database,
    engine: Engine,
    engine_state: Callable[[], tuple[str, str | None]],
    knowledge: KnowledgeStore,
    telegram_state: Callable[[], str] | None,
) -> list[ControllerRouterHandler]:
    """Build the probes over the product's parts."""

    async def components() -> dict[str, dict[str, str]]:
        parts: dict[str, dict[str, str]] = {}
        try:
            async with database.connect() as connection:
                await connection.execute(text("SELECT 1"))
            parts["database"] = {"status": "ok"}
        except StorageUnavailable as error:
            parts["database"] = {"status": "unavailable", "detail": str(error)}
        state, model = engine_state()
        parts["engine"] = {"status": "ok" if await engine.ready() else state}
        if model is not None:
            parts["engine"]["model"] = model
        stale = knowledge.warnings
        parts["knowledge"] = {"status": "ok"}
        if stale:
            parts["knowledge"]["detail"] = f"{len(stale)} facts have not been verified for long"
        if telegram_state is not None:
            parts["telegram"] = {"status": telegram_state()}
        return parts

    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, str]:
        """Tell that the gateway's process runs."""
        return {"status": "ok"}

    @get("/health/ready")
    async def ready() -> Response[dict[str, Any]]:
        """Tell which part is not there yet: 200 when all are, else 503."""
        parts = await components()
        waiting = [name for name, part in parts.items() if part["status"] != "ok"]
        body = {"status": "unavailable" if waiting else "ok", "not_ready": waiting, "components": parts}
        return Response(body, status_code=503 if waiting else 200)

    @get("/metrics", include_in_schema=False, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        """Prometheus metrics."""
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [live, ready, metrics]
