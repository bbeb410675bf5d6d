"""What an instance waits for, as rows for SQL, so that no instance is loaded before something happens to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions import (
    MessageEventDefinition,
    MultipleEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway
from SpiffWorkflow.util.task import TaskState

from engine.flow.specs import NEVER, DateTimer

if TYPE_CHECKING:
    from engine.flow.tokens import Instance, Token


@dataclass(frozen=True, order=True)
class UserTaskWait:
    """A user task that somebody may complete. `token` is what `run.complete` takes."""

    token: str
    element: str


@dataclass(frozen=True, order=True)
class TimerWait:
    """A timer. `due_at` is aware, UTC; None for never; it may lie in the past. `token` is what `run.fire` takes."""

    token: str
    element: str
    due_at: dt.datetime | None = field(compare=False)
    expression: str


@dataclass(frozen=True, order=True)
class MessageWait:
    """A message (or signal, see `kind`) that an element waits for; `message` is the name that `run.deliver` takes."""

    token: str
    element: str
    message: str
    kind: str = "message"


@dataclass(frozen=True)
class Waits:
    """All that an instance waits for. The alternatives of an event gateway share the gateway's token."""

    user_tasks: list[UserTaskWait]
    timers: list[TimerWait]
    messages: list[MessageWait]


def waits(workflow: Instance) -> Waits:
    """What the instance waits for, in the order in which the tokens were made."""
    found = Waits(_user_tasks(workflow), [], [])
    waiting = [task for task in workflow.event_manager.tasks.values() if task._state == TaskState.WAITING]
    for task in sorted(waiting, key=lambda task: int(task.id)):
        for element, definition in alternatives(task):
            _add(found, workflow.name_of(task), element, definition, task)
    return found


def _user_tasks(workflow: Instance) -> list[UserTaskWait]:
    ready = [
        task
        for scope in workflow.scopes()
        for task in scope.tasks.values()
        if task._state == TaskState.READY and task.task_spec.manual
    ]
    ready.sort(key=lambda task: task.id)
    return [UserTaskWait(workflow.name_of(task), task.task_spec.bpmn_id) for task in ready]


def _add(found: Waits, token: str, element: str, definition: Any, task: Token) -> None:
    if isinstance(definition, DateTimer):
        found.timers.append(TimerWait(token, element, _due_at(task), definition.expression))
    elif isinstance(definition, MessageEventDefinition):
        found.messages.append(MessageWait(token, element, definition.name))
    elif isinstance(definition, SignalEventDefinition):
        found.messages.append(MessageWait(token, element, definition.name, "signal"))


def _due_at(task: Token) -> dt.datetime | None:
    text = task.internal_data.get("event_value", NEVER)
    return None if text == NEVER else dt.datetime.fromisoformat(text)


def alternatives(task: Token) -> Iterator[tuple[str, Any]]:
    """The events a waiting task listens to, each with the id of its element.

    SpiffWorkflow has an event gateway listen in place of the catching events behind it, in their order.
    """
    spec = task.task_spec
    definition = spec.event_definition
    if not isinstance(definition, MultipleEventDefinition):
        yield spec.bpmn_id, definition
    elif isinstance(spec, EventBasedGateway):
        for behind, part in zip(spec.outputs, definition.event_definitions, strict=True):
            yield behind.bpmn_id, part
    else:
        for part in definition.event_definitions:
            yield spec.bpmn_id, part


def timer_of(task: Token) -> DateTimer | None:
    """The timer a waiting task listens to, None if it listens to none."""
    if not task.task_spec.catching:
        return None
    return next((part for _, part in alternatives(task) if isinstance(part, DateTimer)), None)
