"""Random walks on two sides at once: plain SpiffWorkflow, and ours with a save and load at every step."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.specs import event_definitions as spiff
from SpiffWorkflow.util.task import TaskState

from engine.flow import run, state
from engine.flow.definitions import Release
from engine.flow.evaluator import Evaluator
from engine.flow.waiting import alternatives
from tests.flow.world import World, WorldHost

Ready = tuple[str, str]
Wait = tuple[str, str, str]


@dataclass(frozen=True)
class Visible:
    """What anybody outside can see of an instance."""

    ready: tuple[Ready, ...]
    waits: tuple[Wait, ...]
    thrown: tuple[tuple[str, str], ...]
    log: tuple[tuple[str, str], ...]
    finished: bool


class Side(Protocol):
    """One of the two implementations under comparison; each has a world of its own."""

    world: World

    def begin(self, data: dict[str, object]) -> None: ...
    def complete(self, at: int, data: dict[str, object]) -> None: ...
    def deliver(self, name: str, payload: dict[str, object]) -> None: ...
    def fire(self, at: int) -> None: ...
    def visible(self) -> Visible: ...


def _shown(data: Any) -> str:
    return json.dumps(data, sort_keys=True, default=str)


def _name(definition: Any) -> Wait | None:
    for kind, known in (("timer", TimerEventDefinition), ("message", MessageEventDefinition)):
        if isinstance(definition, known):
            return ("", kind, "" if kind == "timer" else definition.name)
    return ("", "signal", definition.name) if isinstance(definition, SignalEventDefinition) else None


class _Listing:
    """What both sides share: ready tasks and waiting events in one order, so that an index means the same on both."""

    workflow: Any
    world: World

    def tasks(self) -> list[Any]:
        raise NotImplementedError

    def ready(self) -> list[Any]:
        found = [task for task in self.tasks() if task.state == TaskState.READY and task.task_spec.manual]
        return sorted(found, key=lambda task: (task.task_spec.bpmn_id, _shown(task.data)))

    def listening(self) -> list[tuple[Wait, Any]]:
        found = []
        for task in self.workflow.event_manager.tasks.values():
            if task.state == TaskState.WAITING:
                for element, definition in alternatives(task):
                    named = _name(definition)
                    if named is not None:
                        found.append(((element, *named[1:]), task))
        return sorted(found, key=lambda pair: pair[0])

    def timers(self) -> list[Any]:
        return [task for wait, task in self.listening() if wait[1] == "timer"]

    def seen(self, thrown: list[tuple[str, str]]) -> Visible:
        return Visible(
            ready=tuple((task.task_spec.bpmn_id, _shown(task.data)) for task in self.ready()),
            waits=tuple(wait for wait, _ in self.listening()),
            thrown=tuple(thrown),
            log=tuple(self.world.log),
            finished=self.workflow.completed,
        )


class _PlainEngine(PythonScriptEngine):  # type: ignore[misc]
    def __init__(self, world: World) -> None:
        super().__init__(TaskDataEnvironment(world.functions()))
        self._world = world

    def call_service(self, task: Any, **given: Any) -> str:
        params = {name: param["value"] for name, param in given["operation_params"].items()}
        return json.dumps({"note": self._world.note}[given["operation_name"]](**params))


class Plain(_Listing):
    """SpiffWorkflow as it comes: its parser, its engine, nothing saved, nothing cut."""

    def __init__(self, diagram: bytes, table: bytes | None = None) -> None:
        self.world = World()
        parser = SpiffBpmnParser()
        if table is not None:
            parser.add_dmn_xml(etree.fromstring(table), "table.dmn")
        self._document = etree.fromstring(diagram)
        parser.add_bpmn_xml(self._document, "p.bpmn")
        self._specs = parser.get_spec("p"), parser.get_subprocess_specs("p")
        self._thrown: list[tuple[str, str]] = []

    def begin(self, data: dict[str, object]) -> None:
        self.world.log.clear()
        self._thrown.clear()
        self.workflow = BpmnWorkflow(*self._specs, script_engine=_PlainEngine(self.world))
        self.workflow.task_tree.data.update(data)
        self._settle()

    def tasks(self) -> list[Any]:
        found: list[Any] = self.workflow.get_tasks(state=TaskState.READY)
        return found

    def complete(self, at: int, data: dict[str, object]) -> None:
        task = self.ready()[at]
        task.set_data(**data)
        task.run()
        self._settle()

    def deliver(self, name: str, payload: dict[str, object]) -> None:
        kinds = {wait[1] for wait, _ in self.listening() if wait[2] == name}
        definition = spiff.MessageEventDefinition if "message" in kinds else spiff.SignalEventDefinition
        self.workflow.send_event(BpmnEvent(definition(name), payload))
        self._settle()

    def fire(self, at: int) -> None:
        task = self.timers()[at]
        task._set_internal_data(event_fired=True)
        task.task_spec._update(task)
        self._settle()

    def _settle(self) -> None:
        self.workflow.do_engine_steps()
        self.workflow.do_engine_steps()
        for event in self.workflow.get_events():
            if isinstance(event.event_definition, MessageEventDefinition | SignalEventDefinition):
                self._thrown.append((type(event.event_definition).__name__[:3].lower(), event.event_definition.name))

    def visible(self) -> Visible:
        return self.seen(self._thrown)


class Ours(_Listing):
    """The kernel, saved and loaded after every step; the bytes must survive a further round unchanged."""

    def __init__(self, release: Release) -> None:
        self.world = World()
        self._release = release
        self._process = release.processes["p"]
        self._thrown: list[tuple[str, str]] = []
        self.sizes: list[int] = []

    def begin(self, data: dict[str, object]) -> None:
        self.world.log.clear()
        self._thrown.clear()
        self.workflow = run.start(self._process, self._evaluator(), data)
        self._settle()

    def _evaluator(self) -> Evaluator:
        return Evaluator(self._release, WorldHost(self.world))

    def tasks(self) -> list[Any]:
        found: list[Any] = []
        for scope in self.workflow.scopes():
            found += sorted(scope.tasks.values(), key=lambda task: run._place(scope, task))
        return found

    def complete(self, at: int, data: dict[str, object]) -> None:
        run.complete(self.workflow, self.workflow.name_of(self.ready()[at]), data)
        self._settle()

    def deliver(self, name: str, payload: dict[str, object]) -> None:
        run.deliver(self.workflow, name, payload)
        self._settle()

    def fire(self, at: int) -> None:
        run.fire(self.workflow, self.workflow.name_of(self.timers()[at]))
        self._settle()

    def _settle(self) -> None:
        run.advance(self.workflow)
        for event in run.thrown(self.workflow):
            if event.kind in ("message", "signal"):
                self._thrown.append((event.kind[:3], event.name))
        saved = state.dumps(self.workflow)
        self.workflow = state.loads(saved, self._process, self._evaluator())
        assert state.dumps(self.workflow) == saved
        self.sizes.append(len(saved))

    def visible(self) -> Visible:
        return self.seen(self._thrown)


@dataclass
class Walk:
    """Random steps, the same on both sides. An instance that ends, or grew old, is followed by a new one."""

    sides: tuple[Side, ...]
    seed: int
    rare: frozenset[str] = frozenset()
    old: int = 40
    chance: random.Random = field(init=False)
    age: int = 0
    history: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._begin()

    def step(self) -> Visible:
        """One step; what is visible afterwards, having found it equal on all sides."""
        before = self.sides[0].visible()
        self.age += 1
        if before.finished or self.age > self.old or not self._options(before):
            self._begin()
        else:
            self._turn_world()
            self._do(*self.chance.choice(self._options(before)))
        return self._compared()

    def _begin(self) -> None:
        self.age = 0
        self.history.clear()
        self._turn_world()
        data: dict[str, object] = {
            "case_id": 7,
            "x": self.chance.randrange(3),
            "days": self.chance.randrange(1, 120),
            "items": [3, 1, 2],
        }
        self._each("begin", lambda side: side.begin(dict(data)))

    def _turn_world(self) -> None:
        flags = {name: self.chance.random() < chance for name, chance in FLAGS.items()}
        numbers = {
            "many": self.chance.randrange(4),
            "x": self.chance.randrange(3),
            "days": self.chance.randrange(1, 120),
        }
        for side in self.sides:
            side.world.flags, side.world.numbers = flags, numbers

    def _options(self, seen: Visible) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [("complete", at) for at in range(len(seen.ready))]
        options += [("deliver", name) for _, kind, name in seen.waits if kind != "timer" and self._wanted(name)]
        options += [("fire", at) for at in range(sum(kind == "timer" for _, kind, _ in seen.waits))]
        return options

    def _wanted(self, name: str) -> bool:
        return name not in self.rare or self.chance.random() < 0.1

    def _do(self, act: str, what: Any) -> None:
        data: dict[str, object] = {
            name: self.chance.choice((0, 1, True, "a", [1, 2], {"k": 1}, None))
            for name in ("y", "z")
            if self.chance.random() < 0.4
        }
        data |= {"days": self.chance.randrange(1, 120), "answer": self.chance.randrange(2), "kept": len(self.history)}
        if act == "complete":
            self._each(f"complete {what} {data}", lambda side: side.complete(what, dict(data)))
        elif act == "deliver":
            self._each(f"deliver {what}", lambda side: side.deliver(what, {}))
        else:
            self._each(f"fire {what}", lambda side: side.fire(what))

    def _each(self, told: str, act: Callable[[Side], None]) -> None:
        self.history.append(told)
        for side in self.sides:
            act(side)

    def _compared(self) -> Visible:
        first, *others = (side.visible() for side in self.sides)
        for other in others:
            assert other == first, f"seed {self.seed}, after {self.history}"
        return first


FLAGS = {
    "has_collector": 0.5,
    "outlived": 0.2,
    "stop": 0.03,
    "left": 0.8,
    "again": 0.9,
    "left_again": 0.5,
    "one": 0.5,
    "two": 0.5,
    "more": 0.4,
    "voted": 0.4,
    "round": 0.7,
    "raise": 0.3,
    "fail": 0.3,
    "cut": 0.2,
    "inner": 0.4,
    "outer": 0.9,
}
