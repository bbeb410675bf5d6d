"""Plain SpiffWorkflow: its parser, its engine, its serializer; the whole instance as JSON in one row, read and written.

The diagram is `bpmn/collection.bpmn` as it is, but for what plain SpiffWorkflow cannot run: the decision table
becomes a service task that gives tier and rank (its DMN has no fallback rows and knows none of our functions), and
functions and facts are constants in the script environment. Operators answer at once and write nothing: only the
instance's row is saved, no follow-up, no waits, no history. All of that favours the plain side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, bindparam, insert, select, update

from tests.bench.lender import BPMN, NO_ANSWER

PAST, NEXT_ACTION, FAR = (f"{year}-01-01T00:00:00+00:00" for year in (2020, 2098, 2099))
_B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_S = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"

FUNCTIONS: dict[str, Any] = {
    "has_collector": lambda: False,
    "opens_suspended": lambda: False,
    "last_tier_outlived": lambda: False,
    "next_action_ahead": lambda: False,
    "next_action_at": lambda: NEXT_ACTION,
    "tier_ends_at": lambda: FAR,
}
FACTS: dict[str, Any] = {"tier": "M1", "rank": 1, "tier_rank": 0, "parked_as": None, "result_class": "no_contact"}
RESULTS: dict[str, dict[str, Any]] = {
    "decide_case_tier": {"tier": "M1", "rank": 1},
    "record_follow_up": {"result_code": "no_answer", "result_class": "no_contact"},
}
ROWS = Table("plain_instances", MetaData(), Column("id", Integer, primary_key=True), Column("state", Text))


class Plain:
    """A process that runs plain SpiffWorkflow on a database: one serializer, one script engine, one table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ROWS.create(engine, checkfirst=True)
        self._scripts = _Scripts(TaskDataEnvironment({**FUNCTIONS, **FACTS}))
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def started(self) -> str:
        """A new instance that waits for its first follow-up, as JSON."""
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(_reduced((BPMN / "collection.bpmn").read_bytes()), "collection.bpmn")
        specs = parser.get_spec("collection"), parser.get_subprocess_specs("collection")
        workflow = BpmnWorkflow(*specs, script_engine=self._scripts)
        workflow.do_engine_steps()
        self._complete(workflow, "dispatch", {"collector_id": 1})
        return self._saved(workflow)

    def after(self, state: str, follow_ups: int) -> str:
        """The instance after so many follow-ups, each taken up again: the next one waits."""
        workflow = self._loaded(state)
        for _ in range(follow_ups):
            self._complete(workflow, "follow_up", NO_ANSWER)
            workflow.send_event(BpmnEvent(MessageEventDefinition("take_up"), {}))
            workflow.do_engine_steps()
        return self._saved(workflow)

    def waiting(self, state: str) -> str:
        """The instance after its follow-up, its next action due since long ago."""
        workflow = self._loaded(state)
        self._complete(workflow, "follow_up", NO_ANSWER)
        return self._saved(workflow).replace(NEXT_ACTION, PAST)

    def put(self, number: int, state: str) -> None:
        """Writes an instance's row, whether there is one or not."""
        with self._engine.begin() as connection:
            if not connection.execute(update(ROWS).where(ROWS.c.id == number).values(state=state)).rowcount:
                connection.execute(insert(ROWS).values(id=number, state=state))

    def complete(self, number: int, form: Mapping[str, Any]) -> None:
        """What is measured: the row is read, the follow-up completed, the engine runs, the row is written."""
        with self._engine.begin() as connection:
            workflow = self._loaded(connection.execute(_READ, {"at": number}).scalar_one())
            self._complete(workflow, "follow_up", form)
            connection.execute(_WRITE, {"at": number, "new": self._saved(workflow)})

    def sweep(self, numbers: range, batch: int) -> int:
        """Fires what is due of these instances, so many in a transaction; gives how many wait for a follow-up again."""
        returned = 0
        for first in range(numbers.start, numbers.stop, batch):
            with self._engine.begin() as connection:
                for number in range(first, min(first + batch, numbers.stop)):
                    workflow = self._loaded(connection.execute(_READ, {"at": number}).scalar_one())
                    workflow.refresh_timers()
                    workflow.do_engine_steps()
                    returned += _ready(workflow, "follow_up") is not None
                    connection.execute(_WRITE, {"at": number, "new": self._saved(workflow)})
        return returned

    def _loaded(self, state: str) -> Any:
        workflow = self._serializer.deserialize_json(state)
        workflow.script_engine = self._scripts
        return workflow

    def _saved(self, workflow: Any) -> str:
        state: str = self._serializer.serialize_json(workflow)
        return state

    def _complete(self, workflow: Any, element: str, form: Mapping[str, Any]) -> None:
        task = _ready(workflow, element)
        task.set_data(**form)
        task.run()
        workflow.do_engine_steps()


_READ = select(ROWS.c.state).where(ROWS.c.id == bindparam("at")).with_for_update()
_WRITE = update(ROWS).where(ROWS.c.id == bindparam("at")).values(state=bindparam("new"))


class _Scripts(PythonScriptEngine):  # type: ignore[misc]
    """Operators answer at once with what their results always are."""

    def call_service(self, context: Any, **given: Any) -> str:
        return json.dumps(RESULTS.get(given["operation_name"], {}))


def _ready(workflow: Any, element: str) -> Any:
    tasks = workflow.get_tasks(state=TaskState.READY, manual=True)
    return next((task for task in tasks if task.task_spec.bpmn_id == element), None)


def _reduced(source: bytes) -> Any:
    """The diagram with its decision as a service task, whose result plain SpiffWorkflow keeps under one name."""
    document = etree.fromstring(source)
    for task in list(document.iter(f"{_B}businessRuleTask")):
        task.tag = f"{_B}serviceTask"
        for called in list(task.iter(f"{_S}calledDecisionId")):
            called.tag = f"{_S}serviceTaskOperator"
            called.set("id", f"decide_{called.text}")
            etree.SubElement(called, f"{_S}parameters")
    return document
