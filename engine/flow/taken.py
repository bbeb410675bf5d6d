"""Which way an instance has gone, as its tokens tell: for coverage, not for running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.flow.tokens import Instance

_COMPLETED = TaskState.COMPLETED
_ENTERED = TaskState.COMPLETED | TaskState.READY | TaskState.WAITING | TaskState.STARTED


@dataclass(frozen=True)
class Taken:
    """Ids of the elements that completed, and the arrows taken, each as the ids of its two ends."""

    elements: frozenset[str]
    arrows: frozenset[tuple[str, str]]


def taken(workflow: Instance) -> Taken:
    """What the tokens of an instance still show; asked after each act and before the state is collapsed, it is all."""
    elements: set[str] = set()
    arrows: set[tuple[str, str]] = set()
    for scope in workflow.scopes():
        for task in scope.tasks.values():
            if task._state != _COMPLETED or not _id(task):
                continue
            elements.add(_id(task))
            arrows.update((_id(task), _id(entered)) for entered in _entered(scope, task))
    return Taken(frozenset(elements), frozenset(arrows))


def _entered(scope: Any, task: Any) -> Iterator[Any]:
    """The elements entered right behind a token; what the engine puts in between on its own account is passed."""
    for number in task._children:
        child = scope.tasks[number]
        if child._state & _ENTERED:
            if _id(child):
                yield child
            else:
                yield from _entered(scope, child)


def _id(task: Any) -> str:
    return getattr(task.task_spec, "bpmn_id", None) or ""
