"""Decision tables: which rules apply to a case, what they give, and where a number must get to for another to apply."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.errors import DunflowError
from engine.flow.arithmetic import NotWorkable
from engine.flow.cells import Cell, OutputCell
from engine.flow.comparisons import Data, Functions, with_extras
from engine.flow.expressions import Compiled
from engine.flow.findings import Text
from engine.flow.kinds import Kind, is_number, taken_as

HitPolicy = Literal["UNIQUE", "FIRST", "COLLECT"]
_MAX_REMEMBERED = 4096


class NoRuleMatches(DunflowError):
    """No rule of the table {table} applies to {inputs}."""

    status = 422


class SeveralRulesMatch(DunflowError):
    """Rules {rules} of the table {table} all apply to {inputs}, but only one may."""

    status = 422


class InputUnusable(DunflowError):
    """The table {table} cannot use {input} = {value}: {reason}."""

    status = 422


class BoundaryUnknown(DunflowError):
    """The next boundary of {input} in the table {table} cannot be told: {reason}."""

    status = 422

    def __init__(self, table: str, name: str, reason: Text) -> None:
        super().__init__(table=table, input=name, reason=reason.en, reason_zh=reason.zh)


@dataclass(frozen=True)
class Input:
    """A column of conditions.

    `name` is what history and other cells call its value; `values` are the allowed ones, if stated. In a `fallback`
    column `-` stands only for values that no rule of the table names there.
    """

    id: str
    name: str
    label: str
    names: Mapping[str, str]
    kind: Kind
    expression: Compiled
    values: Cell | None = None
    is_fallback: bool = False


@dataclass(frozen=True)
class Output:
    """A column of results."""

    id: str
    name: str
    label: str
    names: Mapping[str, str]
    kind: Kind


@dataclass(frozen=True)
class Rule:
    """A row; `number` counts from 1, as modellers show it."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    outputs: tuple[OutputCell, ...]
    annotation: str = ""


@dataclass(frozen=True)
class Decision:
    """What a table decided, from which inputs, by which rules. `outputs` is a list for COLLECT, else one mapping."""

    table_id: str
    rule_ids: tuple[str, ...]
    inputs: dict[str, object]
    outputs: dict[str, object] | list[dict[str, object]]


@dataclass(frozen=True)
class Column:
    """The cells of one input, asked all at once: bit n of an answer stands for the rule at place n."""

    cells: tuple[Cell, ...]
    is_fallback: bool
    _known: dict[tuple[type, object], int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def is_fixed(self) -> bool:
        """Whether the answer depends on the value alone."""
        return all(cell.is_fixed for cell in self.cells)

    def rules(self, value: object, data: Data, functions: Functions, alive: int) -> int:
        """The rules among `alive` whose cell lets the value pass."""
        if not self.is_fixed:
            return self._passing(value, data, functions, alive)
        try:
            known = self._known.get((type(value), value))
        except TypeError:  # a list, say, cannot be remembered
            return alive & self._all_passing(value)
        if known is None:
            known = self._all_passing(value)
            if len(self._known) < _MAX_REMEMBERED:
                self._known[type(value), value] = known
        return alive & known

    def _all_passing(self, value: object) -> int:
        passing = self._passing(value, {}, {}, (1 << len(self.cells)) - 1)
        named = passing & ~self._anything if self.is_fallback else 0
        return named or passing

    @cached_property
    def _anything(self) -> int:
        return sum(1 << place for place, cell in enumerate(self.cells) if cell.is_any)

    def _passing(self, value: object, data: Data, functions: Functions, alive: int) -> int:
        return sum(
            1 << place
            for place, cell in enumerate(self.cells)
            if alive >> place & 1 and cell.matches(value, data, functions)
        )


@dataclass(frozen=True)
class Table:
    """A decision table, read once and shared by threads; `id` is that of its decision."""

    id: str
    name: str
    names: Mapping[str, str]
    hit_policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def label(self, lang: str = "en") -> str:
        """Its name in a language, or the one that modellers show."""
        return self.names.get(lang[:2]) or self.name or self.id

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The cells by input."""
        return tuple(
            Column(tuple(rule.cells[place] for rule in self.rules), column.is_fallback)
            for place, column in enumerate(self.inputs)
        )

    def decide(self, data: Data, functions: Functions) -> Decision:
        """What applies to the data.

        Raises NoRuleMatches and SeveralRulesMatch where the hit policy forbids it, InputUnusable for a value of the
        wrong type, ExpressionFailed if an expression cannot be worked out.
        """
        inputs = self._inputs(data, functions)
        rules = self._applying(inputs, data, functions)
        if self.hit_policy == "COLLECT":
            return self._decision(rules, inputs, [self._outputs(rule, inputs, data, functions) for rule in rules])
        if not rules:
            raise NoRuleMatches(table=self.id, inputs=_shown(inputs))
        if self.hit_policy == "UNIQUE" and len(rules) > 1:
            numbers = ", ".join(str(rule.number) for rule in rules)
            raise SeveralRulesMatch(table=self.id, rules=numbers, inputs=_shown(inputs))
        return self._decision(rules[:1], inputs, self._outputs(rules[0], inputs, data, functions))

    def next_boundary(self, data: Data, input_name: str, functions: Functions) -> int | None:
        """The smallest whole number above the present value of an input at which other rules apply.

        All other inputs stay as they are; None if no higher value changes anything. Raises BoundaryUnknown if the
        value is no whole number, or if rules depend on it in a way that hides where they begin.
        """
        inputs = self._inputs(data, functions)
        present = inputs.get(input_name)
        if not isinstance(present, int) or isinstance(present, bool):
            raise BoundaryUnknown(self.id, input_name, Text("its value is no whole number", "其值不是整数"))
        chosen = self._applying(inputs, data, functions)
        for value in self._boundaries(input_name, present, with_extras(inputs, data), functions):
            if self._applying(inputs | {input_name: value}, data, functions) != chosen:
                return value
        return None

    def _inputs(self, data: Data, functions: Functions) -> dict[str, object]:
        values: dict[str, object] = {}
        for column in self.inputs:
            value = column.expression.evaluate(data, functions)
            try:
                values[column.name] = taken_as(value, column.kind)
            except NotWorkable as error:
                reason = error.reason
                raise InputUnusable(
                    table=self.id, input=column.name, value=repr(value)[:80], reason=reason.en, reason_zh=reason.zh
                ) from error
        return values

    def _applying(self, inputs: Mapping[str, object], data: Data, functions: Functions) -> list[Rule]:
        alive = (1 << len(self.rules)) - 1
        seen = with_extras(inputs, data)
        for column, value in zip(self.columns, inputs.values(), strict=True):
            alive = column.rules(value, seen, functions, alive)
            if not alive:
                return []
        return [rule for place, rule in enumerate(self.rules) if alive >> place & 1]

    def _outputs(self, rule: Rule, inputs: Mapping[str, object], data: Data, functions: Functions) -> dict[str, object]:
        seen = with_extras(inputs, data)
        cells = zip(self.outputs, rule.outputs, strict=True)
        return {column.name: cell.value(seen, functions) for column, cell in cells}

    def _decision(
        self,
        rules: Sequence[Rule],
        inputs: dict[str, object],
        outputs: dict[str, object] | list[dict[str, object]],
    ) -> Decision:
        return Decision(self.id, tuple(rule.id for rule in rules), inputs, outputs)

    def _boundaries(self, input_name: str, present: int, data: Data, functions: Functions) -> list[int]:
        """Whole numbers above the present one at which a cell of the column may change its mind, in order."""
        found: set[int] = set()
        for rule in self.rules:
            for column, cell in zip(self.inputs, rule.cells, strict=True):
                bounds = cell.bounds(data, functions) if column.name == input_name else []
                if bounds is None or (column.name != input_name and input_name in cell.names):
                    where = Text(f'rule {rule.number} says "{cell.text}"', f"规则 {rule.number} 写的是“{cell.text}”")
                    raise BoundaryUnknown(self.id, input_name, where)
                found |= {step for bound in bounds for step in _steps(bound)}
        return sorted(step for step in found if step > present)


def _steps(bound: object) -> tuple[int, ...]:
    """The whole numbers from which a comparison with this bound may turn out otherwise."""
    if not is_number(bound):
        return ()
    return math.ceil(bound), math.floor(bound) + 1


def _shown(inputs: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} = {repr(value)[:80] if isinstance(value, str) else value}" for name, value in inputs.items()
    )
