from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import rasa
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from engine import mend

mend.apply()
ACTION = RemoteAction("action_x", None)


@pytest.mark.parametrize(
    "result",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{"text": "b"}]},
        {},
    ],
)
def test_a_right_answer_of_an_action_passes(result: dict[str, Any]) -> None:
    assert ACTION._validate_action_result(result)


@pytest.mark.parametrize(
    "result",
    [
        {"events": "none"},
        {"events": [{"event": "no such event"}]},
        {"responses": ["text"]},
        [],
        None,
    ],
)
def test_a_wrong_answer_is_still_refused(result: Any) -> None:
    with pytest.raises(jsonschema.ValidationError, match="Failed to validate Action server response"):
        ACTION._validate_action_result(result)


async def test_a_failed_action_is_reported_and_raises_as_before() -> None:
    with mend.failed_actions() as failed, pytest.raises(RasaException):
        await ACTION.run(None, None, DialogueStateTracker("x", []), Domain.empty())
    assert failed == ["action_x"]


async def test_a_rejection_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def reject(*_: Any) -> None:
        raise ActionExecutionRejection("action_x")

    monkeypatch.setattr(RemoteAction, "_action_call_format", reject)
    with mend.failed_actions() as failed, pytest.raises(ActionExecutionRejection):
        await ACTION.run(None, None, None, None)
    assert failed == []


def test_a_failure_outside_a_turn_is_nobodys() -> None:
    mend.report_failure("action_x")
    with mend.failed_actions() as failed:
        pass
    assert failed == []


def test_another_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mend, "_applied", False)
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(mend.UnknownRasa):
        mend.apply()


class Add(GraphComponent):
    """A graph node for the test."""

    @classmethod
    def create(cls, config: Any, **_: Any) -> Add:
        """Create one."""
        return cls()

    def add(self, left: Any, right: Any) -> Any:
        """Add two inputs."""
        if left == "boom":
            raise RuntimeError
        return left + right


def _runner(tmp_path: Any) -> DaskGraphRunner:
    def node(**needs: str) -> SchemaNode:
        return SchemaNode(needs=needs, uses=Add, constructor_name="create", fn="add", config={}, eager=True)

    schema = GraphSchema(
        {
            "last": node(left="first", right="second"),
            "first": node(left="a", right="b"),
            "second": node(left="first", right="b"),
            "unneeded": node(left="first", right="missing"),
        }
    )
    return DaskGraphRunner.create(schema, LocalModelStorage(tmp_path), ExecutionContext(schema))


def test_a_planned_graph_gives_what_dask_gave(tmp_path: Any) -> None:
    runner, inputs = _runner(tmp_path), {"a": 1, "b": 10}
    for _ in range(2):
        assert runner.run(inputs, ["last", "first"]) == {"last": 32, "first": 11}
    assert mend.DaskGraphRunner.run.__wrapped__(runner, inputs, ["last", "first"]) == {"last": 32, "first": 11}


def test_a_missing_input_is_an_error(tmp_path: Any) -> None:
    with pytest.raises(GraphRunError):
        _runner(tmp_path).run({"a": 1}, ["last"])


def test_a_failing_node_is_an_error(tmp_path: Any) -> None:
    with pytest.raises(GraphComponentException):
        _runner(tmp_path).run({"a": "boom", "b": 1}, ["first"])
