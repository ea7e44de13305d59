"""The engine's action endpoint: rasa-sdk's executor behind the gateway's own HTTP server.

The same actions run under ``python -m rasa_sdk --actions actions`` for people who work with plain Rasa.
"""

import hmac
import logging
from typing import Any

import msgspec
from litestar import Request, Response, post
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

logger = logging.getLogger(__name__)


def make_executor() -> ActionExecutor:
    """Register the actions of the ``actions`` package."""
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


def actions_handler(executor: ActionExecutor, token: str) -> Any:
    """Build the route; only an engine that knows ``token`` may call it."""
    expected = f"Bearer {token}"

    @post("/actions/webhook", include_in_schema=False, status_code=200)
    async def run_action(request: Request[Any, Any, Any]) -> Response[Any]:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return Response({"error": "unknown token"}, status_code=401)
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
