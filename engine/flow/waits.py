"""What an instance waits for, before and after an act, and the rows that make the difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import clock
from engine.flow import waiting
from engine.flow.definitions import Process, Release
from engine.flow.expressions import compile_expression
from engine.flow.waiting import MessageWait, TimerWait, UserTaskWait
from engine.flow.writes import Key, Writes
from engine.models import Subscription, Timer, UserTask

if TYPE_CHECKING:
    from engine.flow.act import Act

DEFAULT_PRIORITY = 50


@dataclass(frozen=True)
class Expectations:
    """The user tasks, timers and messages of one instance at one moment."""

    user_tasks: tuple[UserTaskWait, ...]
    timers: tuple[TimerWait, ...]
    messages: tuple[MessageWait, ...]

    @classmethod
    def none(cls) -> Expectations:
        """Of an instance that has not begun or has ended."""
        return cls((), (), ())

    @classmethod
    def of(cls, workflow: Any) -> Expectations:
        """Read from the workflow."""
        found = waiting.waits(workflow)
        return cls(tuple(found.user_tasks), tuple(found.timers), tuple(found.messages))

    def elements(self) -> list[str]:
        """Where it waits, user tasks first."""
        return [
            *(wait.element for wait in self.user_tasks),
            *(wait.element for wait in self.timers),
            *(wait.element for wait in self.messages),
        ]

    def statuses(self, act: Act) -> list[str]:
        """The values of `case_status` at these elements, in order, each once; `=x` is an expression."""
        found: dict[str, None] = {}
        for element in self.elements():
            status = status_at(act.release, element)
            if status is not None:
                found[str(evaluate(act, status[1:])) if status.startswith("=") else status] = None
        return list(found)


def status_at(release: Release, element: str) -> str | None:
    """The `case_status` of an element, of the event gateway before it, or of the nearest subprocess around it."""
    known: dict[str, str | None] = release.__dict__.setdefault("_status_at", {})
    if element not in known:
        known[element] = _status_at(release.processes[release.elements[element].process], element)
    return known[element]


def _status_at(process: Process, element: str) -> str | None:
    own = process.elements[element].properties.get("case_status")
    if own is not None:
        return own
    for flow in process.sequence_flows:
        source = process.elements.get(flow.source)
        if flow.target == element and source is not None and source.kind == "eventBasedGateway":
            return process.inherited(flow.source, "case_status")
    if process.elements[element].kind == "boundaryEvent":
        return None  # it belongs to the activity it is attached to, which says its own
    return process.inherited(element, "case_status")


def evaluate(act: Act, source: str) -> object:
    """An expression of a property: it sees the facts and functions of the act, not the token's data."""
    compiled = compile_expression(source, act.release.vocabulary)
    return compiled.evaluate(act.facts(), act.functions())


def differences(act: Act, before: Expectations, after: Expectations, writes: Writes) -> None:
    """Leaves rows for what is no longer waited for, what is waited for anew, and timers that moved."""
    instance = act.live.id
    _user_tasks(act, instance, before, after, writes)
    _timers(act, instance, before, after, writes)
    old = {(instance, wait.token, wait.element): wait for wait in before.messages}
    new = {(instance, wait.token, wait.element): wait for wait in after.messages}
    for key in old.keys() - new.keys():
        writes.delete(Subscription, key)
    for key, wait in new.items():
        if key not in old:
            writes.insert(Subscription, key, {"message": wait.message})


def _user_tasks(act: Act, instance: int, before: Expectations, after: Expectations, writes: Writes) -> None:
    old = {(instance, wait.token, wait.element) for wait in before.user_tasks}
    new = {(instance, wait.token, wait.element) for wait in after.user_tasks}
    for key in old - new:
        writes.delete(UserTask, key)
    for key in new - old:
        writes.insert(UserTask, key, _user_task(act, key))


def _user_task(act: Act, key: Key) -> dict[str, Any]:
    """A row for somebody's list; `group`, `assignee` and `due` are expressions."""
    properties = act.release.elements[key[2]].properties
    asked = {
        name: evaluate(act, properties[name]) if name in properties else None for name in ("group", "assignee", "due")
    }
    return {
        "process": act.live.process.id,
        "business_key": act.live.business_key,
        "role": properties.get("role"),
        "form": properties.get("form"),
        "group_id": asked["group"],
        "assignee_id": asked["assignee"],
        "due_at": asked["due"] if isinstance(asked["due"], dt.datetime) else None,
        "since_at": clock.now(),
    }


def _timers(act: Act, instance: int, before: Expectations, after: Expectations, writes: Writes) -> None:
    old = {(instance, wait.token, wait.element): wait for wait in before.timers}
    new = {(instance, wait.token, wait.element): wait for wait in after.timers}
    for key in old.keys() - new.keys():
        writes.delete(Timer, key)
    for key, wait in new.items():
        if key not in old:
            priority = act.release.elements[wait.element].properties.get("priority")
            row = {
                "lock_key": act.live.lock_key,
                "due_at": wait.due_at,
                "priority": int(priority) if priority else DEFAULT_PRIORITY,
            }
            writes.insert(Timer, key, row)
        elif old[key].due_at != wait.due_at:
            writes.move(key, wait.due_at)
