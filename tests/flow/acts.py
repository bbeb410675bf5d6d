"""Short ways to compile one diagram and act on an instance of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.flow import run, state, waiting
from engine.flow.definitions import Release, compile_release
from engine.flow.evaluator import Evaluator
from engine.flow.run import Workflow
from tests.flow.world import VOCABULARY, World, WorldHost


def released(diagram: bytes, **files: bytes) -> Release:
    """A release of one diagram and other files, whose names end in `_dmn` or `_json` for `.dmn` and `.json`."""
    more = {name.replace("_dmn", ".dmn").replace("_json", ".json"): source for name, source in files.items()}
    return compile_release({"p.bpmn": diagram, **more}, VOCABULARY)


@dataclass
class Played:
    """An instance that is played by element ids; saved and loaded after each act if `saving`."""

    release: Release
    world: World = field(default_factory=World)
    process: str = "p"
    saving: bool = True
    workflow: Workflow = field(init=False)
    path: list[str] = field(init=False, default_factory=list)
    saved: bytes = b""

    def begin(self, **data: object) -> Played:
        self.workflow = run.start(self.release.processes[self.process], self.evaluator(), data)
        return self.settle()

    def evaluator(self) -> Evaluator:
        return Evaluator(self.release, WorldHost(self.world))

    def settle(self) -> Played:
        self.path = run.advance(self.workflow)
        if self.saving:
            self.saved = state.dumps(self.workflow)
            self.workflow = state.loads(self.saved, self.release.processes[self.process], self.evaluator())
        return self

    def complete(self, element: str, **data: object) -> Played:
        run.complete(self.workflow, self.user_task(element), data)
        return self.settle()

    def deliver(self, message: str, **payload: object) -> Played:
        run.deliver(self.workflow, message, payload)
        return self.settle()

    def fire(self, element: str) -> Played:
        run.fire(self.workflow, self.timer(element).token)
        return self.settle()

    @property
    def waits(self) -> waiting.Waits:
        return waiting.waits(self.workflow)

    def user_task(self, element: str) -> str:
        return next(wait.token for wait in self.waits.user_tasks if wait.element == element)

    def timer(self, element: str) -> waiting.TimerWait:
        return next(wait for wait in self.waits.timers if wait.element == element)

    def data(self, element: str) -> dict[str, Any]:
        return run.data_of(self.workflow, self.user_task(element))

    @property
    def ready(self) -> list[str]:
        return sorted(wait.element for wait in self.waits.user_tasks)
