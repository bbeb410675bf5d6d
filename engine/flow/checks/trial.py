"""The proof of a verdict: the diagram is compiled by the real kernel and started, with operators that do nothing."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any
from xml.sax.saxutils import quoteattr

from engine.flow import run
from engine.flow.checks.rules import found
from engine.flow.definitions import Process, Release, ReleaseRefused, compile_release
from engine.flow.evaluator import Evaluator, FlowFailed, fail
from engine.flow.expressions import compile_expression
from engine.flow.findings import Finding
from engine.flow.parser import BPMN
from engine.flow.specs import OperatorTask
from engine.flow.vocabulary import Vocabulary

MOST_TURNS = 40
_LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_SAMPLES: Mapping[str, object] = {
    "datetime": _LATER,
    "date": _LATER.date(),
    "number": 1,
    "text": "text",
}


class InertHost:
    """An act that changes nothing: functions answer something of their kind, operators and facts nothing.

    Truth values come from a fixed sequence of coin tosses, so that a loop with a condition is left sooner or later.
    """

    def __init__(self, vocabulary: Vocabulary, seed: int = 7) -> None:
        self.turns: Counter[str] = Counter()
        self.vocabulary = vocabulary
        self.chance = random.Random(seed)  # noqa: S311 - a walk through a diagram, no secret

    def functions(self) -> Mapping[str, Callable[..., object]]:
        """Answers for every function of the vocabulary."""
        return {name: partial(self.sample, told.returns) for name, told in self.vocabulary.functions.items()}

    def facts(self) -> Mapping[str, object]:
        """Nothing is known of the case."""
        return dict.fromkeys(self.vocabulary.facts)

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        """Does nothing."""
        self.turn(element)
        return {}

    def turn(self, element: str) -> None:
        """Counts what an element asks for; raises EndlessFlow when it can only be going round in circles.

        Long before the kernel's own limit: a loop that leaves a token behind at each turn would take it minutes.
        """
        self.turns[element] += 1
        if self.turns[element] > MOST_TURNS:
            raise run.EndlessFlow(steps=self.turns[element])

    def decided(self, element: str, decision: Any) -> None:
        """Hears nothing."""

    def sample(self, kind: str, *_: object) -> object:
        """A value of a kind that functions return."""
        return _SAMPLES[kind] if kind in _SAMPLES else self.chance.random() < 0.5  # noqa: PLR2004 - a coin


class InertEvaluator(Evaluator):
    """Works expressions out where the case data of a trial allows it, and guesses where it does not."""

    host: InertHost

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, object] | None = None) -> object:
        """The value if it is fixed; else a number of repetitions or a coin's answer, as is asked for."""
        spec = task.task_spec
        if not isinstance(spec, OperatorTask):  # that one counts once a turn, not once a parameter
            self._count(task)
        if hasattr(spec, "cardinality") and hasattr(spec, "data_input"):
            return 2
        if compile_expression(expression, self.release.vocabulary).is_fixed:
            return super().evaluate(task, expression, external_context)
        return self.host.sample("boolean")

    def value_at(self, task: Any, source: str) -> object:
        """What the timers ask: a date, where it hangs on data that a trial does not have."""
        if compile_expression(source, self.release.vocabulary).names:
            return _LATER
        return super().value_at(task, source)

    def _count(self, task: Any) -> None:
        try:
            self.host.turn(str(task.task_spec.name))
        except run.EndlessFlow as endless:
            fail(task, endless)

    def decide(self, task: Any, table_id: str) -> tuple[tuple[str, ...], dict[str, object]]:
        """Nothing: what is named in the case data stays as it is."""
        return (), {}


def begin(release: Release, process: Process, names: Collection[str]) -> run.Workflow:
    """An instance that has run until it waits, with something in the case data under each name."""
    evaluator = InertEvaluator(release, InertHost(release.vocabulary))
    workflow = run.start(process, evaluator, {name: [1, 2] for name in names})
    run.advance(workflow)
    return workflow


def compiled(
    files: Mapping[str, bytes], vocabulary: Vocabulary, elsewhere: Collection[str]
) -> tuple[Release | None, list[Finding]]:
    """The release of some files, with empty processes for those called that lie elsewhere."""
    stubs = {f"stub_{number}.bpmn": _stub(id_) for number, id_ in enumerate(sorted(elsewhere))}
    try:
        return compile_release({**files, **stubs}, vocabulary), []
    except ReleaseRefused as refused:
        errors = [finding for finding in refused.findings if finding.is_error]
        return None, [found("not-compiled", finding.element, what=finding.message) for finding in errors[:5]]
    except Exception as error:  # a diagram no rule foresaw must become a finding, whatever the engine raises
        return None, [found("not-compiled", None, what=f"{type(error).__name__}: {error}")]


def _stub(id_: str) -> bytes:
    return (
        f'<definitions xmlns="{BPMN}"><process id={quoteattr(id_)} isExecutable="true"><startEvent id="begins"/>'
        '<sequenceFlow id="goes_on" sourceRef="begins" targetRef="ends"/><endEvent id="ends"/>'
        "</process></definitions>"
    ).encode()


def started(release: Release, process: Process, names: Collection[str]) -> list[Finding]:
    """What goes wrong when an instance is started, with something under each name, and runs until it waits."""
    try:
        begin(release, process, names)
    except FlowFailed as failed:
        if isinstance(failed.__cause__, run.EndlessFlow):
            return [found("endless-loop", str(failed.params.get("element")))]
        return [found("does-not-start", str(failed.params.get("element")), what=str(failed.params.get("cause")))]
    except Exception as error:  # as above
        return [found("does-not-start", process.id, what=f"{type(error).__name__}: {error}")]
    return []
