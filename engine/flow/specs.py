"""Our own elements for SpiffWorkflow: operator and decision tasks, dated timers, and specs sealed against change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import ConditionalEventDefinition, MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask

from engine import clock
from engine.errors import DunflowError
from engine.flow.evaluator import fail

NEVER = "never"


class TimerUnreadable(DunflowError):
    """The timer of {element} got {value}; it needs a date and time with an offset, or never."""


class SpecChanged(DunflowError):
    """The shared diagram was about to change {attribute} of {element} while an instance ran."""

    status = 500


def due_text(value: object, element: str = "") -> str:
    """A timer's value as it is kept: ISO text in UTC, or `never`; raises TimerUnreadable."""
    if value is None or value == NEVER:
        return NEVER
    if isinstance(value, str):
        value = _parsed(value, element)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).isoformat()
    raise TimerUnreadable(element=element, value=repr(value))


def _parsed(text: str, element: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise TimerUnreadable(element=element, value=repr(text)) from error


class DateTimer(TimerEventDefinition):  # type: ignore[misc]
    """A `timeDate`: evaluated once when entered, fired only by `run.fire`, whatever any clock says.

    `event_value` in the token's internal data is the due date (see `due_text`); `event_fired` is set by `run.fire`.
    """

    def __init__(self, element: str, name: str, expression: str) -> None:
        super().__init__(name, expression)
        self.element = element

    def has_fired(self, my_task: Any) -> bool:
        internal = my_task.internal_data
        if "event_value" not in internal:
            internal["event_value"] = self.reckoned(my_task)
        return bool(internal.get("event_fired", False))

    def reckoned(self, my_task: Any) -> str:
        """The due date that the expression gives now, in the form of `due_text`; raises FlowFailed."""
        if self.expression == NEVER:
            return NEVER
        try:
            value = my_task.workflow.script_engine.value_at(my_task, self.expression)
            return due_text(value, self.element)
        except Exception as error:
            fail(my_task, error, self.element)

    def catches(self, my_task: Any, event: Any) -> bool:
        """Timers are fired by their token, never by an event that travels through the instance."""
        return False


class RelativeTimer(DateTimer):
    """A `timeDuration` that its element allows: a date so long after the moment the timer was entered.

    The date is reckoned once. It stays when the timers of an instance are reckoned anew, so nothing restarts it.
    """

    def __init__(self, element: str, name: str, written: str, length: dt.timedelta) -> None:
        super().__init__(element, name, written)
        self.length = length

    def reckoned(self, my_task: Any) -> str:
        """The due date that was kept, else the one that counts from now."""
        kept = my_task.internal_data.get("event_value")
        return str(kept) if kept is not None else due_text(clock.now() + self.length, self.element)


class OperatorTask(SpiffBpmnTask):  # type: ignore[misc]
    """A service task: evaluates its parameters, has the act's host run the operator, keeps the declared results.

    Without a result variable each declared result becomes a name of the token's data; with one, they become
    a mapping under that name. Results of an earlier run never survive.
    """

    def __init__(
        self,
        wf_spec: Any,
        name: str,
        *,
        operator: str,
        params: Mapping[str, str],
        result_variable: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.operator = operator
        self.params = dict(params)
        self.result_variable = result_variable

    def _run_hook(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        params = {name: engine.evaluate(my_task, source) for name, source in self.params.items()}
        results = engine.operate(my_task, self.operator, params)
        data = my_task.data
        if self.result_variable:
            data[self.result_variable] = results
            return True
        for name in engine.results_of(self.operator):
            data.pop(name, None)
        data.update(results)
        return True


class DecisionTask(SpiffBpmnTask):  # type: ignore[misc]
    """A business rule task: evaluates one decision table and keeps exactly that table's outputs.

    A COLLECT table gives each output as the list of what its rules gave. Outputs of an earlier run never survive.
    """

    def __init__(self, wf_spec: Any, name: str, *, decision: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        names, outputs = my_task.workflow.script_engine.decide(my_task, self.decision)
        data = my_task.data
        for name in names:
            data.pop(name, None)
        data.update(outputs)
        return True


class _Sealed:
    """What every spec of a compiled process also is: its links are resolved once and it refuses any change.

    SpiffWorkflow looks every link up by name at each step; a tenth of a step went there. And several threads share
    one spec, so that a spec changed while an instance runs would change every other instance.
    """

    inputs: list[Any]
    outputs: list[Any]

    def __setattr__(self, attribute: str, value: object) -> None:
        raise SpecChanged(attribute=attribute, element=self.__dict__.get("name", ""))

    def test(self) -> None:
        """The links were tested when the process was sealed."""


@cache
def _sealed_class(base: type) -> type:
    def resolved(slot: str) -> property:
        def read(self: Any) -> list[Any]:
            links: list[Any] = self.__dict__[slot]
            return links

        return property(read)

    members = {"inputs": resolved("sealed_inputs"), "outputs": resolved("sealed_outputs")}
    return type(base.__name__, (_Sealed, base), members)


def seal(process_spec: Any) -> None:
    """Resolves the links of a parsed process and closes its specs to change; raises what their own tests raise."""
    for spec in process_spec.task_specs.values():
        if spec.inputs:
            spec.test()
    for spec in process_spec.task_specs.values():
        _connect_loop(process_spec, spec)
    for spec in list(process_spec.task_specs.values()):
        links = spec.__dict__
        links["sealed_inputs"], links["sealed_outputs"] = list(spec.inputs), list(spec.outputs)
        links["catching"] = isinstance(spec, CatchingEvent)
        links["polled"] = not links["catching"] or _is_conditional(spec.event_definition)
        links["joining"] = isinstance(spec, Join)
    for spec in process_spec.task_specs.values():
        spec.__dict__["_inputs"], spec.__dict__["_outputs"] = tuple(spec._inputs), tuple(spec._outputs)
        spec.__class__ = _sealed_class(spec.__class__)


def _is_conditional(definition: Any) -> bool:
    if isinstance(definition, MultipleEventDefinition):
        return any(_is_conditional(part) for part in definition.event_definitions)
    return isinstance(definition, ConditionalEventDefinition)


def _connect_loop(process_spec: Any, spec: Any) -> None:
    """A loop listens to its body from the start; SpiffWorkflow connects it at the first run, in whatever thread."""
    if isinstance(spec, LoopTask):
        body = process_spec.task_specs[spec.task_spec]
        if not body.completed_event.is_connected(spec.merge_child):
            body.completed_event.connect(spec.merge_child)
