"""SpiffWorkflow's workflow, subprocess and task, without its logging, its clock and its tree walks.

Subclasses, not patches: plain SpiffWorkflow in the same process is untouched. What differs, and why:

- Ids are numbers counted per instance and the order of state changes is counted too, so that nothing depends on wall
  time or chance, and a state is small and can be compared byte by byte.
- Logging is left out: SpiffWorkflow builds a record of the whole tree for every change of state, even unread.
- Waiting tasks are found by a scan of the task table, not by walks from the root (which also end at depth 1000).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.flow.definitions import Process
    from engine.flow.evaluator import Evaluator

_COUNTER_BITS = 48
_COMPLETED, _WAITING = TaskState.COMPLETED, TaskState.WAITING


class Token(Task):  # type: ignore[misc]
    """One task of the tree. `id` is a number within the instance; people and SQL know it by `Instance.name_of`."""

    def __init__(self, workflow: Any, task_spec: Any, parent: Any = None, state: int = TaskState.MAYBE) -> None:
        top = workflow.top_workflow
        top.last_id += 1
        self.id = top.last_id
        self.workflow = workflow
        workflow.tasks[self.id] = self
        self._parent: Any = None if parent is None else parent.id
        self._children: list[int] = []
        self._state = state
        self.triggered = False
        self.task_spec = task_spec
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0
        if parent is not None:
            parent._children.append(self.id)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Token:
        child = Token(self.workflow, task_spec, self, state)
        if state == TaskState.READY:
            child._ready()
        return child

    def _set_state(self, value: int) -> None:
        if value == self._state:
            return
        top = self.workflow.top_workflow
        top.changes += 1
        self.last_state_change = top.changes
        self._state = value
        if value == _COMPLETED:
            top.note_completed(self.task_spec)

    def _inherit_data(self) -> None:
        given = self.workflow.tasks[self._parent].data
        mine = self.data
        if mine == given:
            return
        if mine:
            DeepMerge.merge(mine, given)
        else:
            self.data = {key: _copied(value) for key, value in given.items()}

    def collect_log_extras(self, dct: Mapping[str, object] | None = None) -> dict[str, object]:
        """Nothing: incidents and history say what happened, in SQL."""
        return {}


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, (dict, list, set)) else value


class _Scope:
    """What the instance and its subprocesses share."""

    spec: Any
    tasks: dict[int, Token]
    task_tree: Token

    def begin(self) -> None:
        """Makes the first token, as SpiffWorkflow's constructor does."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.FUTURE)
        self.spec.start._predict(self.task_tree, mask=TaskState.NOT_FINISHED_MASK)
        self.task_tree._ready()

    def update_waiting_tasks(self) -> None:
        """Lets each waiting task see whether it may go on: joins and the like, see `specs.seal`.

        A waiting timer or message goes on by `run.fire` and `run.deliver` alone; asking all of them after every
        completed task took half of a step.
        """
        for task in [task for task in self.tasks.values() if task._state == _WAITING and task.task_spec.polled]:
            if task._state == _WAITING and task.id in self.tasks:
                task.task_spec._update(task)

    def collect_log_extras(self, dct: Mapping[str, object] | None = None) -> dict[str, object]:
        """Nothing, see Token."""
        return {}


class Subprocess(_Scope, BpmnSubWorkflow):  # type: ignore[misc]
    """A running subprocess or called process of an instance."""

    def __init__(self, spec: Any, parent_task_id: int, top_workflow: Any) -> None:
        super().__init__(spec, parent_task_id, top_workflow, deserializing=True)


class Instance(_Scope, BpmnWorkflow):  # type: ignore[misc]
    """A running process. `completed_elements` collects elements as they complete, until `run.advance` takes them."""

    def __init__(self, process: Process, evaluator: Evaluator, base: int | None = None) -> None:
        self.process = process
        self.base = (uuid4().int >> _COUNTER_BITS) if base is None else base
        self.last_id = 0
        self.changes = 0
        self.completed_elements: list[str] = []
        super().__init__(process.spec, process.subprocess_specs, script_engine=evaluator, deserializing=True)

    def create_subprocess(self, my_task: Token, spec_name: str) -> Subprocess:
        """Starts the subprocess of a token."""
        subprocess = Subprocess(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = subprocess
        subprocess.begin()
        return subprocess

    def scopes(self) -> list[Instance | Subprocess]:
        """The instance itself, then its subprocesses in the order in which they began."""
        return [self, *self.subprocesses.values()]

    def note_completed(self, spec: Any) -> None:
        """Remembers an element of the diagram for the history's path; a loop's rounds count, its frame does not."""
        if getattr(spec, "bpmn_id", None) is not None and not isinstance(spec, LoopTask):
            self.completed_elements.append(spec.bpmn_id)

    def name_of(self, task: Token) -> str:
        """A token's name outside the kernel: 32 hexadecimal digits, unique across instances."""
        return f"{self.base << _COUNTER_BITS | task.id:032x}"

    def named(self, token: str) -> Token | None:
        """The token of that name, None if the instance has none (any more)."""
        try:
            number = int(token, 16)
        except ValueError:
            return None
        if number >> _COUNTER_BITS != self.base:
            return None
        return self.token(number & ((1 << _COUNTER_BITS) - 1))

    def token(self, number: int) -> Token | None:
        """The token of that number, wherever it stands."""
        for scope in self.scopes():
            if number in scope.tasks:
                found: Token = scope.tasks[number]
                return found
        return None
