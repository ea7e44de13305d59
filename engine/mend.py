"""The one place that changes Rasa's own code while it runs. Each change says why, and what it measured.

Rasa 3.6 is frozen, so these stay true: engine/requirements.lock pins the version, and `apply` refuses another one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from graphlib import TopologicalSorter
from typing import Any, Optional

import jsonschema
import rasa
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.constants import DOCS_BASE_URL

_MENDED_VERSION = "3.6.21"

_failures: ContextVar[Optional[list[str]]] = ContextVar("failed_actions", default=None)
_applied = False


class UnknownRasa(RuntimeError):
    """Raised when the installed Rasa is not the version that these changes were made for."""


@contextmanager
def failed_actions() -> Iterator[list[str]]:
    """Collect the names of actions that fail within the block."""
    names: list[str] = []
    token = _failures.set(names)
    try:
        yield names
    finally:
        _failures.reset(token)


def report_failure(name: str) -> None:
    """Note that an action failed, for the turn that is running."""
    names = _failures.get()
    if names is not None:
        names.append(name)


def apply() -> None:
    """Make the changes, once. Raises UnknownRasa."""
    global _applied
    if _applied:
        return
    if rasa.__version__ != _MENDED_VERSION:
        raise UnknownRasa(f"engine/mend.py was made for Rasa {_MENDED_VERSION}, not {rasa.__version__}")
    _build_the_action_validator_once()
    _plan_a_prediction_once()
    _let_a_failed_action_be_seen()
    _applied = True


def _build_the_action_validator_once() -> None:
    """Keep the check of an action's answer, without checking the check's own schema each time.

    `jsonschema.validate` validates the schema against the meta-schema at every call: 20 of a turn's 27 ms.
    """
    schema = RemoteAction.action_response_format_spec()
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        error = jsonschema.exceptions.best_match(validator.iter_errors(result))
        if error is None:
            return True
        error.message += (
            ". Failed to validate Action server response from API, make sure your response from the Action endpoint "
            f"is valid. For more information about the format visit {DOCS_BASE_URL}/custom-actions"
        )
        raise error

    RemoteAction._validate_action_result = _validate_action_result


def _plan_a_prediction_once() -> None:
    """Remember in which order the nodes of the prediction graph run.

    Rasa lets dask prune and order the same graph again for each of the three runs of a turn (parse, and two
    predictions): 0.4 ms each, 1.3 of a turn's 8.5 ms. Training keeps dask, which frees a node's output early.
    """
    original = DaskGraphRunner.run

    @functools.wraps(original)
    def run(
        self: DaskGraphRunner, inputs: Optional[dict[str, Any]] = None, targets: Optional[list[str]] = None
    ) -> dict[str, Any]:
        if not targets:
            return original(self, inputs, targets)
        plans = self.__dict__.setdefault("_plans", {})
        key = tuple(targets)
        if key not in plans:
            plans[key] = _plan(self, targets)
        results: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, node, needs in plans[key]:
                # What is neither node nor input goes on as its name: the node itself says that it is missing.
                results[name] = node(*(results.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(results[target] for target in targets)

    DaskGraphRunner.run = run


def _plan(runner: DaskGraphRunner, targets: list[str]) -> list[tuple[str, GraphNode, tuple[str, ...]]]:
    nodes = runner._graph_schema.minimal_graph_schema(targets).nodes
    order = TopologicalSorter({name: set(node.needs.values()) for name, node in nodes.items()}).static_order()
    return [
        (name, runner._instantiated_nodes[name], tuple(nodes[name].needs.values())) for name in order if name in nodes
    ]


def _let_a_failed_action_be_seen() -> None:
    """Report an action that failed; `MessageProcessor._run_action` logs it and goes on as if it had said nothing."""
    original = RemoteAction.run

    @functools.wraps(original)
    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await original(self, *args, **kwargs)
        except ActionExecutionRejection:
            raise  # a form's way of saying "not mine"
        except Exception:
            report_failure(self.name())
            raise

    RemoteAction.run = run
