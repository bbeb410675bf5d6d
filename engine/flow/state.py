"""An instance's state as bytes: rows for its tasks and nothing of the diagram, which is shared.

Byte 1 is the format's version, byte 2 says whether the rest is compressed, the rest is msgpack:

    [fingerprint of the specs, base of the token names, last id, scopes, events thrown]
    scope: [id of the owning task or 0, which spec, completed?, data, correlations, flat rows, extras]
    row:   parent's row, number of the spec, code, id less the id of the row before       (four small integers)

`code` holds the state, and flags for what follows in `extras`: changes of data against the parent, internal data, order
among the tasks of joins. A child's data is kept as its difference from the parent's, so rows stand parents first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgpack  # type: ignore[import-untyped]  # ships no type information
import zstandard
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine.errors import DunflowError
from engine.flow.collapse import Scope, collapse
from engine.flow.definitions import Process
from engine.flow.evaluator import Evaluator
from engine.flow.run import Thrown, thrown
from engine.flow.tokens import Instance, Subprocess, Token

VERSION = 1
_PLAIN, _COMPRESSED = 0, 1
_WORTH_COMPRESSING = 700
_BASE_BYTES = 10
_STATE, _TRIGGERED, _DELTA, _EMPTY, _INTERNAL, _ORDER = 0x0F, 0x10, 0x20, 0x40, 0x80, 0x100
_FINISHED, _WAITING = TaskState.FINISHED_MASK, TaskState.WAITING
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, StopIteration, OverflowError)
_new = object.__new__


class StateUnreadable(DunflowError):
    """The state of format {version} cannot be read: {reason}"""

    status = 500


class NotStorable(DunflowError):
    """The data of a token holds what cannot be stored: {reason}"""


def dumps(workflow: Instance) -> bytes:
    """The state of an instance that has advanced, collapsed first; raises NotStorable."""
    collapse(workflow)
    process = workflow.process
    owners = {id(scope): number for number, scope in enumerate(process.scopes)}
    state = [
        process.fingerprint,
        workflow.base.to_bytes(_BASE_BYTES, "big"),
        workflow.last_id,
        [_scope_state(scope, owners[id(scope.spec)], process, workflow.last_id) for scope in workflow.scopes()],
        [[event.kind, event.name, event.payload] for event in _pending(workflow)],
    ]
    try:
        packed: bytes = msgpack.packb(state, default=_ext)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotStorable(reason=str(error)) from error
    if len(packed) < _WORTH_COMPRESSING:
        return bytes((VERSION, _PLAIN)) + packed
    return bytes((VERSION, _COMPRESSED)) + zstandard.compress(packed, 3)


def _pending(workflow: Instance) -> list[Thrown]:
    """The events thrown and not yet taken; they stay to be taken."""
    events = thrown(workflow)
    workflow.bpmn_events = list(events)
    return events


def _scope_state(scope: Scope, number: int, process: Process, last_id: int) -> list[Any]:
    rows: list[int] = []
    extras: list[Any] = []
    numbers = process.spec_numbers[scope.spec.name]
    order = _join_order(scope)
    row_of: dict[int, int] = {}
    before = last_id
    for row, (task, parent) in enumerate(_parents_first(scope)):
        row_of[task.id] = row
        code = (task._state.bit_length() - 1) | (_TRIGGERED if task.triggered else 0)
        code |= _data_extras(task, parent, extras)
        code |= _internal_extras(task, extras)
        if task.id in order:
            code |= _ORDER
            extras.append(order[task.id])
        rows += (0 if parent is None else row_of[parent.id], numbers[task.task_spec.name], code, task.id - before)
        before = task.id
    owner = scope.parent_task_id or 0
    return [owner, number, scope.completed, scope.data or None, scope.correlations or None, rows, extras]


def _parents_first(scope: Scope) -> Iterator[tuple[Token, Token | None]]:
    tasks = scope.tasks
    stack: list[tuple[Token, Token | None]] = [(scope.task_tree, None)]
    while stack:
        task, parent = stack.pop()
        yield task, parent
        for child in reversed(task._children):
            stack.append((tasks[child], task))


def _join_order(scope: Scope) -> dict[int, int]:
    """In which order the tasks of joins came to their states; their data is merged in that order."""
    joins = [task for task in scope.tasks.values() if task.task_spec.joining and task.last_state_change]
    joins.sort(key=lambda task: task.last_state_change)
    return {task.id: place for place, task in enumerate(joins, 1)}


def _data_extras(task: Token, parent: Token | None, extras: list[Any]) -> int:
    mine = task.data
    if not mine:
        return _EMPTY
    given = {} if parent is None else parent.data
    if mine is given:
        return 0
    changed = {key: mine[key] for key in given if key in mine and not _same(mine[key], given[key])}
    changed.update((key, value) for key, value in mine.items() if key not in given)
    gone = [key for key in given if key not in mine]
    if not changed and not gone:
        return 0
    extras += (changed, gone)
    return _DELTA


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type all the way down: 1, 1.0 and True are not the same."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        return len(one) == len(other) and all(key in other and _same(one[key], other[key]) for key in one)
    if kind is list:
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _internal_extras(task: Token, extras: list[Any]) -> int:
    """Internal data matters as long as the task is unfinished."""
    if not task.internal_data or task._state & _FINISHED:
        return 0
    internal = {key: value for key, value in task.internal_data.items() if key != "seen_events"}
    seen = task.internal_data.get("seen_events")
    if seen:
        parts = task.task_spec.event_definition.event_definitions
        internal["seen_events"] = [[parts.index(event.event_definition), event.payload] for event in seen]
    if not internal:
        return 0
    extras.append(internal)
    return _INTERNAL


def _ext(value: Any) -> msgpack.ExtType:
    if isinstance(value, Decimal):
        return msgpack.ExtType(1, str(value).encode())
    if isinstance(value, dt.datetime):
        return msgpack.ExtType(2, value.isoformat().encode())
    if isinstance(value, dt.date):
        return msgpack.ExtType(3, value.isoformat().encode())
    raise TypeError(f"{type(value).__name__} {value!r}")


def _from_ext(code: int, data: bytes) -> object:
    text = data.decode()
    match code:
        case 1:
            return Decimal(text)
        case 2:
            return dt.datetime.fromisoformat(text)
        case 3:
            return dt.date.fromisoformat(text)
    raise ValueError(f"unknown type {code}")


def loads(data: bytes, process: Process, evaluator: Evaluator) -> Instance:
    """The instance whose state this is; raises StateUnreadable, also when the state was of another diagram."""
    try:
        return _restored(_unpacked(data), process, evaluator)
    except (zstandard.ZstdError, msgpack.UnpackException, *_DAMAGE) as error:
        raise StateUnreadable(version=VERSION, reason=f"it is damaged ({error!r})") from error


def _restored(state: Any, process: Process, evaluator: Evaluator) -> Instance:
    fingerprint, base, last_id, scopes, events = state
    if fingerprint != process.fingerprint:
        raise StateUnreadable(version=VERSION, reason=f"it belongs to another version of {process.id}")
    workflow = Instance(process, evaluator, int.from_bytes(base, "big"))
    workflow.last_id = last_id
    for told in scopes:
        owner, number = told[0], told[1]
        scope = _subprocess(workflow, process.scopes[number], owner) if owner else workflow
        _fill(workflow, scope, process.spec_names[number], told)
    workflow.bpmn_events = [Thrown(*event) for event in events]
    return workflow


def _unpacked(data: bytes) -> Any:
    version = data[0] if data else None
    if version != VERSION or len(data) < 2:  # noqa: PLR2004 - version and compression
        raise StateUnreadable(version=version, reason=f"this program reads format {VERSION}")
    packed = zstandard.decompress(data[2:]) if data[1] == _COMPRESSED else memoryview(data)[2:]
    return msgpack.unpackb(packed, strict_map_key=False, ext_hook=_from_ext)


def _subprocess(workflow: Instance, spec: Any, owner: int) -> Subprocess:
    task = workflow.token(owner)
    if task is None:
        raise StateUnreadable(version=VERSION, reason=f"its subprocess {spec.name} belongs to no task")
    scope = Subprocess(spec, owner, workflow)
    scope.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    workflow.subprocesses[owner] = scope
    return scope


def _fill(workflow: Instance, scope: Scope, names: tuple[str, ...], state: list[Any]) -> None:
    _, _, scope.completed, data, correlations, rows, extras = state
    scope.data, scope.correlations = data or {}, correlations or {}
    made: list[Token] = []
    more = iter(extras)
    numbers = iter(rows)
    specs, number, listening = scope.spec.task_specs, workflow.last_id, workflow.event_manager.tasks
    for parent_row, spec, code, step in zip(numbers, numbers, numbers, numbers, strict=True):
        number += step
        task = _token(scope, specs[names[spec]], number, code)
        parent = made[parent_row] if made else None
        if parent is None:
            scope.task_tree = task
        else:
            task._parent = parent.id
            parent._children.append(task.id)
        _fill_data(task, {} if parent is None else parent.data, code, more)
        if code & _INTERNAL:
            task.internal_data = _internal(task, next(more))
        if code & _ORDER:
            task.last_state_change = next(more)
            workflow.changes = max(workflow.changes, task.last_state_change)
        if task._state == _WAITING and task.task_spec.catching:
            listening[task.id] = task
        made.append(task)


def _token(scope: Scope, spec: Any, number: int, code: int) -> Token:
    """A task without SpiffWorkflow's constructor, which would count and link it anew."""
    task: Token = _new(Token)
    task.id, task.workflow, task.task_spec = number, scope, spec
    task._parent, task._children = None, []
    task._state, task.triggered = 1 << (code & _STATE), bool(code & _TRIGGERED)
    task.thread_id, task.last_state_change, task.internal_data = 0, 0, {}
    scope.tasks[number] = task
    return task


def _fill_data(task: Token, given: dict[str, Any], code: int, more: Iterator[Any]) -> None:
    if code & _EMPTY:
        task.data = {}
    elif not code & _DELTA:
        task.data = given if task._state & _FINISHED else _copied(given)  # finished tasks may share
    else:
        changed, gone = next(more), next(more)
        task.data = {**_copied(given), **changed}
        for key in gone:
            del task.data[key]


def _copied(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.copy() if isinstance(value, (dict, list)) else value for key, value in data.items()}


def _internal(task: Token, internal: dict[str, Any]) -> dict[str, Any]:
    seen = internal.get("seen_events")
    if seen:
        parts = task.task_spec.event_definition.event_definitions
        internal["seen_events"] = [BpmnEvent(parts[part], payload) for part, payload in seen]
    return internal
