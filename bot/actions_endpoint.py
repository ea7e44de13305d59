"""The engine's action endpoint: rasa-sdk's executor behind the gateway's own HTTP server.

The same actions run under ``python -m rasa_sdk --actions actions`` for people who work with plain Rasa.
"""

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, post

from bot.knowledge import KnowledgeStore

if TYPE_CHECKING:
    from rasa_sdk.executor import ActionExecutor

logger = logging.getLogger(__name__)


class Actions:
    """The actions of the ``actions`` package, answering from the gateway's own facts.

    rasa-sdk brings a web server of its own along, which takes a fifth of a second to import: that happens beside the
    start, which nobody waits for, as the engine is up much later.
    """

    def __init__(self, knowledge: KnowledgeStore) -> None:
        """Take the facts to answer from; nothing is imported yet."""
        self._knowledge = knowledge
        self._executor: asyncio.Task[ActionExecutor] | None = None

    async def executor(self) -> "ActionExecutor":
        """Return rasa-sdk's executor, made at the first call."""
        if self._executor is None:
            self._executor = asyncio.create_task(asyncio.to_thread(self._make), name="actions")
        return await asyncio.shield(self._executor)

    def _make(self) -> "ActionExecutor":
        from rasa_sdk.executor import ActionExecutor

        from actions.said import use_store

        logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
        use_store(self._knowledge)
        executor = ActionExecutor()
        executor.register_package("actions")
        return executor


def actions_handler(actions: Actions, token: str) -> Any:
    """Build the route; only an engine that knows ``token`` may call it."""
    expected = f"Bearer {token}"

    @post("/actions/webhook", include_in_schema=False, status_code=200)
    async def run_action(request: Request[Any, Any, Any]) -> Response[Any]:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return Response({"error": "unknown token"}, status_code=401)
        from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

        executor = await actions.executor()
        call: dict[str, Any] = msgspec.json.decode(await request.body())
        name = str(call.get("next_action"))
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as rejection:
            return Response({"error": str(rejection), "action_name": name}, status_code=400)
        except ActionNotFoundException:
            logger.error("The engine asked for the unknown action %s: model and actions do not fit.", name)
            return Response({"error": "unknown action", "action_name": name}, status_code=404)
        except Exception:
            logger.exception("The action %s failed.", name)
            return Response({"error": "action failed", "action_name": name}, status_code=500)
        return Response(result.model_dump() if result is not None else {"events": [], "responses": []})

    return run_action
