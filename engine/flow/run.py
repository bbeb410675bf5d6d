"""One act on one instance in memory: start, complete, deliver, fire, and run on until it waits again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    MessageEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.spiff.specs import event_definitions as spiff
from SpiffWorkflow.util.task import TaskState

from engine.errors import DunflowError, NotWaiting
from engine.flow.collapse import Scope, collapse
from engine.flow.definitions import Process
from engine.flow.evaluator import Evaluator, fail
from engine.flow.specs import due_text
from engine.flow.tokens import Instance, Token
from engine.flow.waiting import alternatives, timer_of, waits

__all__ = [
    "EndlessFlow",
    "Thrown",
    "Workflow",
    "advance",
    "collapse",
    "complete",
    "data_of",
    "deliver",
    "fire",
    "is_finished",
    "move_timer",
    "reckon_timers",
    "start",
    "thrown",
    "value",
    "waits",
]

Workflow = Instance
MOST_STEPS = 10_000
_READY, _WAITING = TaskState.READY, TaskState.WAITING
_COLLAPSE_AFTER = 200


class EndlessFlow(DunflowError):
    """The diagram ran {steps} steps without coming to rest; a loop lacks a place to wait."""

    status = 500


@dataclass(frozen=True)
class Thrown:
    """An event that nothing inside the instance caught. `kind` is "message", "signal", "escalation" or "error".

    `name` is the message's or signal's name, or the code; `payload` what the diagram sends with it.
    """

    kind: str
    name: str
    payload: object


def start(process: Process, evaluator: Evaluator, data: Mapping[str, object]) -> Workflow:
    """A new instance of a process with its first data; the engine has not run yet, see `advance`."""
    workflow = Instance(process, evaluator)
    workflow.begin()
    workflow.task_tree.data.update(data)
    return workflow


def advance(workflow: Workflow) -> list[str]:
    """Runs all that needs nobody, until the instance waits or is finished; raises FlowFailed.

    Gives the ids of the elements completed since the last call, in order: tasks, events, boundary events, gateways.
    A timer whose date lies in the past does not fire here: it is a wait like any other, for the caller to fire.
    """
    steps = 0
    while ran := _run_deepest(workflow):
        steps += ran
        if steps > MOST_STEPS:
            fail(workflow.last_task or workflow.task_tree, EndlessFlow(steps=steps))
        if steps > _COLLAPSE_AFTER:  # rarely: many instances at once, or a loop that finds no rest
            collapse(workflow)
    completed, workflow.completed_elements = workflow.completed_elements, []
    return completed


def _run_deepest(workflow: Workflow) -> int:
    """Runs what is ready in the deepest subprocess that has anything ready, as SpiffWorkflow does; gives how many."""
    active = [scope for scope in workflow.subprocesses.values() if not scope.completed]
    active.sort(key=lambda scope: -int(scope.depth))
    for scope in active:
        if ran := _run_ready(scope):
            return ran
    return _run_ready(workflow)


def _run_ready(scope: Scope) -> int:
    """Runs what is ready in one scope, in the order of the tree; gives how many."""
    ready = [task for task in scope.tasks.values() if task._state == _READY and not task.task_spec.manual]
    if len(ready) > 1:
        ready.sort(key=lambda task: _place(scope, task))
    ran = 0
    for task in ready:
        if task._state == _READY and task.id in scope.tasks:  # one before may have cancelled it
            _run(task)
            ran += 1
    return ran


def _place(scope: Scope, task: Token) -> list[int]:
    """Where a task stands in its tree: which child of which child of the root."""
    place: list[int] = []
    while task._parent is not None:
        parent = scope.tasks[task._parent]
        place.append(parent._children.index(task.id))
        task = parent
    place.reverse()
    return place


def _run(task: Token) -> None:
    try:
        task.run()
    except Exception as error:
        fail(task, error)


def complete(workflow: Workflow, token: str, data: Mapping[str, object]) -> None:
    """Completes a user task with what was entered; raises NotWaiting unless exactly this one is ready."""
    task = workflow.named(token)
    if task is None or not task.task_spec.manual or task._state != _READY:
        raise NotWaiting(what=f"user task {_shown(task, token)}", reason=_state_of(task))
    task.data.update(data)
    _run(task)


def deliver(workflow: Workflow, message: str, payload: Mapping[str, object]) -> None:
    """Hands a message (or signal) of that name to whatever waits for it; raises NotWaiting if nothing does."""
    for kind in (spiff.MessageEventDefinition, spiff.SignalEventDefinition):
        event = BpmnEvent(kind(message), dict(payload), _correlations(workflow, message, payload))
        catching = [t for t in workflow.event_manager.tasks.values() if t.task_spec.catches(t, event)]
        if catching:
            return _send(workflow, event, catching[0])
    raise NotWaiting(what=f"message {message}", reason="no element waits for it")


def _send(workflow: Workflow, event: BpmnEvent, to: Token) -> None:
    try:
        workflow.send_event(event)
    except Exception as error:
        fail(to, error)


def _correlations(workflow: Workflow, message: str, payload: Mapping[str, object]) -> dict[str, Any]:
    for task in workflow.event_manager.tasks.values():
        for _, definition in alternatives(task):
            if isinstance(definition, MessageEventDefinition) and definition.name == message:
                found: dict[str, Any] = definition.get_correlations(task, dict(payload))
                return found
    return {}


def fire(workflow: Workflow, token: str) -> None:
    """Fires exactly this timer, whatever any clock says; raises NotWaiting unless it waits."""
    task = _timer(workflow, token)
    task.internal_data["event_fired"] = True
    try:
        task.task_spec._update(task)
    except Exception as error:
        fail(task, error)


def move_timer(workflow: Workflow, token: str, due_at: dt.datetime | None) -> None:
    """Gives a waiting timer another due date, None for never; raises NotWaiting."""
    task = _timer(workflow, token)
    task.internal_data["event_value"] = due_text(due_at, task.task_spec.name)


def reckon_timers(workflow: Workflow) -> list[str]:
    """Evaluates every waiting timer's expression anew; gives the tokens whose date changed; raises FlowFailed."""
    moved = []
    for task in list(workflow.event_manager.tasks.values()):
        timer = timer_of(task)
        if timer is None or task._state != _WAITING:
            continue
        due = timer.reckoned(task)
        if due != task.internal_data.get("event_value"):
            task.internal_data["event_value"] = due
            moved.append(workflow.name_of(task))
    return moved


def _timer(workflow: Workflow, token: str) -> Token:
    task = workflow.named(token)
    if task is None or task._state != _WAITING or timer_of(task) is None:
        raise NotWaiting(what=f"timer {_shown(task, token)}", reason=_state_of(task))
    return task


def value(workflow: Workflow, token: str, source: str) -> object:
    """The value of an expression at a token, such as a user task's `assignee`; raises NotWaiting, FlowFailed."""
    task = workflow.named(token)
    if task is None:
        raise NotWaiting(what=f"token {token}", reason=_state_of(task))
    return workflow.script_engine.evaluate(task, source)


def data_of(workflow: Workflow, token: str) -> dict[str, object]:
    """The data at a token, to be read only; raises NotWaiting."""
    task = workflow.named(token)
    if task is None:
        raise NotWaiting(what=f"token {token}", reason=_state_of(task))
    return task.data


def _shown(task: Token | None, token: str) -> str:
    return token if task is None else str(task.task_spec.bpmn_id or task.task_spec.name)


def _state_of(task: Token | None) -> str:
    return "there is no such token any more" if task is None else f"it is {TaskState.get_name(task._state).lower()}"


def thrown(workflow: Workflow) -> list[Thrown]:
    """Takes the events that nothing inside the instance caught, for the outbox."""
    told = [_told(event) for event in workflow.get_events()]
    return [event for event in told if event is not None]


def _told(event: Any) -> Thrown | None:
    if isinstance(event, Thrown):
        return event
    definition = event.event_definition
    if isinstance(definition, MessageEventDefinition):
        return Thrown("message", definition.name, event.payload)
    if isinstance(definition, SignalEventDefinition):
        return Thrown("signal", definition.name, event.payload)
    if isinstance(definition, ErrorEventDefinition):
        return Thrown("error", definition.code or definition.name, event.payload)
    if isinstance(definition, EscalationEventDefinition):
        return Thrown("escalation", definition.code or definition.name, event.payload)
    return None  # terminate and cancel have done their work inside


def is_finished(workflow: Workflow) -> bool:
    """Whether the process has reached its end."""
    return bool(workflow.completed)
