"""Keeps an instance as small after its thousandth loop as after its first.

SpiffWorkflow keeps every task that ever ran. If A and its descendant A' are completed tasks of one element and nothing
unfinished lies in A's branch outside A', then nothing can ever be asked about the tasks in between: A' takes A's place.
A' may also be a user task that is ready: it has its data and asks its parent for nothing any more, as a waiting event
still does.
"""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.flow.tokens import Instance, Subprocess, Token

_FINISHED, _COMPLETED, _READY = TaskState.FINISHED_MASK, TaskState.COMPLETED, TaskState.READY
_LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED

Scope = Instance | Subprocess


def collapse(instance: Instance) -> int:
    """Cuts what loops and finished subprocesses left behind; gives the number of tasks cut."""
    before = sum(len(scope.tasks) for scope in instance.scopes())
    _drop_finished_subprocesses(instance)
    for scope in instance.scopes():
        if _has_loops(scope):
            for leaf in [task for task in scope.tasks.values() if task._state & _LIVE]:
                _cut_branch(instance, scope, leaf)
    return before - sum(len(scope.tasks) for scope in instance.scopes())


def _is_settled(task: Token) -> bool:
    return bool(task._state == _COMPLETED or (task._state == _READY and task.task_spec.manual))


def _has_loops(scope: Scope) -> bool:
    seen = set()
    for task in scope.tasks.values():
        if _is_settled(task):
            if task.task_spec.name in seen:
                return True
            seen.add(task.task_spec.name)
    return False


def _cut_branch(instance: Instance, scope: Scope, leaf: Token) -> None:
    path = _path_to(scope, leaf)
    at = 1  # the root stays
    while at < len(path):
        again = _last_repetition(path, at)
        if again is not None:
            loop = _loop_between(scope, path[at], path[again])
            if loop is not None:
                _replace(instance, scope, loop, path[at], path[again])
                del path[at:again]
        at += 1


def _path_to(scope: Scope, leaf: Token) -> list[Token]:
    path: list[Token] = []
    task: Token | None = leaf
    while task is not None:
        path.append(task)
        task = scope.tasks.get(task._parent)
    path.reverse()
    return path


def _last_repetition(path: list[Token], at: int) -> int | None:
    if path[at]._state != _COMPLETED:
        return None
    for later in range(len(path) - 1, at, -1):
        if path[later].task_spec is path[at].task_spec and _is_settled(path[later]):
            return later
    return None


def _loop_between(scope: Scope, first: Token, last: Token) -> list[Token] | None:
    """The tasks of `first`'s branch without `last`'s, or None if one of them is unfinished."""
    loop, stack = [], [first]
    while stack:
        task = stack.pop()
        if task is last:
            continue
        if not task._state & _FINISHED:
            return None
        loop.append(task)
        stack.extend(scope.tasks[child] for child in task._children)
    return loop


def _replace(instance: Instance, scope: Scope, loop: list[Token], first: Token, last: Token) -> None:
    parent = scope.tasks[first._parent]
    parent._children[parent._children.index(first.id)] = last.id
    last._parent, last.triggered = parent.id, first.triggered
    for task in loop:
        del scope.tasks[task.id]
        instance.event_manager.remove_task(task)
        _drop_subprocess(instance, task.id)
    if scope.last_task is not None and scope.last_task.id not in scope.tasks:
        scope.last_task = last


def _drop_finished_subprocesses(instance: Instance) -> None:
    for scope in instance.scopes():
        for task in scope.tasks.values():
            if task._state & _FINISHED and task.id in instance.subprocesses:
                _drop_subprocess(instance, task.id)


def _drop_subprocess(instance: Instance, owner: int) -> None:
    subprocess = instance.subprocesses.pop(owner, None)
    if subprocess is not None:
        for task in subprocess.tasks.values():
            instance.event_manager.remove_task(task)
            _drop_subprocess(instance, task.id)
