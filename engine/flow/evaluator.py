"""What SpiffWorkflow asks when it meets an expression, an operator or a decision: built for one act, knows its host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from engine.errors import DunflowError
from engine.flow.expressions import compile_expression

if TYPE_CHECKING:
    from engine.flow.decisions import Decision
    from engine.flow.definitions import Release


class FlowFailed(DunflowError):
    """{process}, element {element}: {cause}"""

    status = 500
    undelivered: Mapping[str, Any] | None = None  # the message whose delivery failed, to be tried again


class ScriptsAreOff(DunflowError):
    """Scripts do not run here; use an expression, a decision table or an operator."""


class UnknownOperator(DunflowError):
    """There is no operator {operator}."""


class UnknownTable(DunflowError):
    """There is no decision table {table} in the release."""


class Host(Protocol):
    """What one act offers to the diagram."""

    def functions(self) -> Mapping[str, Callable[..., object]]:
        """The vocabulary's functions, bound to the act."""

    def facts(self) -> Mapping[str, object]:
        """The vocabulary's facts, read when asked for."""

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        """Runs an operator for a service task; gives its results by name."""

    def decided(self, element: str, decision: Decision) -> None:
        """Hears of each decision: table, rows, inputs, outputs."""


class _Readable(Mapping[str, object]):
    """The names an expression may read: facts of the act first, then the token's data, then data objects."""

    def __init__(self, data: Mapping[str, object], objects: Mapping[str, object], evaluator: Evaluator) -> None:
        self._data, self._objects, self._evaluator = data, objects, evaluator

    def __getitem__(self, name: str) -> object:
        if name in self._evaluator.release.vocabulary.facts:
            return self._evaluator.facts[name]
        return self._data[name] if name in self._data else self._objects[name]

    def __contains__(self, name: object) -> bool:
        return name in self._evaluator.release.vocabulary.facts or name in self._data or name in self._objects

    def __iter__(self) -> Iterator[str]:
        return iter({**self._evaluator.release.vocabulary.facts, **self._data, **self._objects})

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Evaluator:
    """A SpiffWorkflow script engine without scripts. One per act; building it costs nothing.

    Whatever goes wrong inside an expression, a decision or an operator comes out as FlowFailed with the element's id,
    the original chained to it, so that the caller can roll the act back and write an incident.
    """

    def __init__(self, release: Release, host: Host) -> None:
        self.release = release
        self.host = host

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        """The host's functions, bound when first needed."""
        return self.host.functions()

    @cached_property
    def facts(self) -> Mapping[str, object]:
        """The host's facts, taken when first needed."""
        return self.host.facts()

    @property
    def environment(self) -> Evaluator._Environment:
        """What SpiffWorkflow uses for correlations, which know no task."""
        return Evaluator._Environment(self)

    class _Environment:
        def __init__(self, evaluator: Evaluator) -> None:
            self._evaluator = evaluator

        def evaluate(self, expression: str, context: Mapping[str, object]) -> object:
            return self._evaluator.value(expression, context or {}, {})

    def value(self, source: str, data: Mapping[str, object], objects: Mapping[str, object]) -> object:
        """The value of an expression over a token's data and data objects."""
        compiled = compile_expression(source, self.release.vocabulary)
        return compiled.evaluate(_Readable(data, objects, self), self.functions)

    def value_at(self, task: Any, source: str) -> object:
        """The value of an expression at a token; raises what the expression raises."""
        return self.value(source, task.data, task.workflow.data_objects)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, object] | None = None) -> object:
        """SpiffWorkflow's way to ask for the value of an expression; raises FlowFailed."""
        try:
            return self.value_at(task, expression)
        except Exception as error:
            fail(task, error)

    def operate(self, task: Any, operator: str, params: dict[str, object]) -> dict[str, object]:
        """Runs an operator; gives those of its results that it declares; raises FlowFailed."""
        try:
            results = self.host.operate(operator, params, task.task_spec.bpmn_id) or {}
            return {name: results[name] for name in self.results_of(operator) if name in results}
        except Exception as error:
            fail(task, error)

    def results_of(self, operator: str) -> tuple[str, ...]:
        """The names of an operator's results."""
        known = self.release.vocabulary.operators.get(operator)
        if known is None:
            raise UnknownOperator(operator=operator)
        return known.results

    def decide(self, task: Any, table_id: str) -> tuple[tuple[str, ...], dict[str, object]]:
        """Evaluates a table: the names of its outputs, and the outputs it gave; raises FlowFailed."""
        try:
            table = self.release.tables.get(table_id)
            if table is None:
                raise UnknownTable(table=table_id)
            readable = _Readable(task.data, task.workflow.data_objects, self)
            decision = table.decide(readable, self.functions)
            self.host.decided(task.task_spec.bpmn_id, decision)
            names = tuple(output.name for output in table.outputs)
            return names, _outputs(names, decision.outputs)
        except Exception as error:
            fail(task, error)

    def execute(self, task: Any, script: str, external_context: Mapping[str, object] | None = None) -> NoReturn:
        """Refuses: analysts get expressions, tables and named operators."""
        fail(task, ScriptsAreOff())

    def call_service(self, task: Any, **kwargs: object) -> NoReturn:
        """Refuses: service tasks run operators, see `specs.OperatorTask`."""
        fail(task, ScriptsAreOff())


def _outputs(names: tuple[str, ...], given: Any) -> dict[str, object]:
    if isinstance(given, Mapping):
        return {name: given[name] for name in names if name in given}
    return {name: [row.get(name) for row in given] for name in names}


def fail(task: Any, error: Exception, element: str | None = None) -> NoReturn:
    """Raises FlowFailed for what went wrong at a token; one that says so already passes unchanged."""
    if isinstance(error, FlowFailed):
        raise error
    element = element or getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name
    raise FlowFailed(element=element, process=task.workflow.top_workflow.spec.name, cause=_told(error)) from error


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, DunflowError) else f"{type(error).__name__}: {error}"
