"""Cells of decision tables as dmn-js writes them: FEEL unary tests for inputs, values and expressions for outputs.

Inputs: `-` or nothing, values, comparisons, intervals, lists of these, `not(...)`, and conditions on `?`. An operand is
a fixed value or an expression over the inputs of the table, facts and listed functions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.errors import DunflowError
from engine.flow.arithmetic import NotWorkable, exact
from engine.flow.cell_reader import CellReader
from engine.flow.comparisons import Data, Functions, Operand, Test, names_read
from engine.flow.expressions import ExpressionFailed
from engine.flow.feel import Unreadable
from engine.flow.findings import Text
from engine.flow.kinds import Kind, kind_named, taken_as
from engine.flow.vocabulary import Vocabulary


class CellRefused(DunflowError):
    """The cell "{text}" cannot be used: {reason}"""

    status = 422

    def __init__(self, text: str, rule: str, message: Text, remedy: Text) -> None:
        self.rule = rule
        self.reason = message
        self.remedy = remedy
        super().__init__(text=text[:200], reason=message.en, reason_zh=message.zh)


@dataclass(frozen=True)
class Cell:
    """An input cell. No tests means anything (`-`); `negated` turns the whole cell round."""

    text: str
    tests: tuple[Test, ...]
    negated: bool = False

    @property
    def is_any(self) -> bool:
        """Whether it lets everything pass."""
        return not self.tests

    @property
    def is_fixed(self) -> bool:
        """Whether all its operands are fixed values, so that it can be reckoned with beforehand."""
        return all(_are_fixed(test.operands()) for test in self.tests)

    @property
    def names(self) -> frozenset[str]:
        """Names of data and facts that it reads, the input itself left out."""
        return frozenset().union(*(test.names() for test in self.tests))

    def matches(self, value: object, data: Data, functions: Functions) -> bool:
        """Whether the value passes; raises ExpressionFailed if an operand cannot be worked out."""
        if not self.tests:
            return True
        value = exact(value)
        return any(test.admits(value, data, functions) for test in self.tests) != self.negated

    def bounds(self, data: Data, functions: Functions) -> list[object] | None:
        """All values it compares with, worked out; None if a condition on `?` hides them."""
        found: list[object] = []
        for test in self.tests:
            operands = test.operands()
            if operands is None:
                return None
            found += [operand.value(data, functions) for operand in operands]
        return found


@dataclass(frozen=True)
class OutputCell:
    """An output cell: a fixed value or an expression, of the kind that its column asks for."""

    operand: Operand
    kind: Kind

    @property
    def names(self) -> frozenset[str]:
        """Names of data and facts that it reads."""
        return names_read(self.operand)

    def value(self, data: Data, functions: Functions) -> object:
        """The output; raises ExpressionFailed if it cannot be worked out or is of another kind."""
        try:
            return taken_as(self.operand.value(data, functions), self.kind)
        except NotWorkable as error:
            raise ExpressionFailed(self.operand.text, error.reason) from error


def compile_cell(text: str, type_ref: str, vocabulary: Vocabulary, names: Collection[str] | None = None) -> Cell:
    """An input cell of a column of type `type_ref`; raises CellRefused.

    `names` are the names of data that it may read besides facts; None means any.
    """
    try:
        tests, negated = CellReader(text, kind_named(type_ref) or "any", vocabulary, names).tests()
        return Cell(text, tests, negated)
    except Unreadable as error:
        raise CellRefused(text, error.rule, error.message, error.remedy) from error


def compile_output(
    text: str, type_ref: str, vocabulary: Vocabulary, names: Collection[str] | None = None
) -> OutputCell:
    """An output cell of a column of type `type_ref`; an empty one gives None. Raises CellRefused."""
    kind = kind_named(type_ref) or "any"
    try:
        return OutputCell(CellReader(text, kind, vocabulary, names).output(), kind)
    except Unreadable as error:
        raise CellRefused(text, error.rule, error.message, error.remedy) from error


def _are_fixed(operands: tuple[Operand, ...] | None) -> bool:
    return operands is not None and all(operand.computed is None for operand in operands)
