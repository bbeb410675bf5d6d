"""What the cells of a decision table compare a value with: ranges, equal values and conditions, fixed or worked out."""

from __future__ import annotations

import operator
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from engine.flow.arithmetic import exact, kind
from engine.flow.expressions import Compiled, ExpressionFailed
from engine.flow.feel import INPUT
from engine.flow.findings import Text
from engine.flow.kinds import are_comparable

Data = Mapping[str, object]
Functions = Mapping[str, Callable[..., object]]

COMPARISONS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Operand:
    """What a value is compared with: a fixed value, or an expression worked out when the table decides."""

    text: str
    fixed: object = None
    computed: Compiled | None = None
    extras: Mapping[str, object] = field(default_factory=dict)

    def value(self, data: Data, functions: Functions) -> object:
        """The value, exact; raises ExpressionFailed."""
        if self.computed is None:
            return self.fixed
        return exact(self.computed.evaluate(with_extras(self.extras, data), functions))


class Test(Protocol):
    """One alternative of a cell."""

    def admits(self, value: object, data: Data, functions: Functions) -> bool:
        """Whether the value passes."""

    def operands(self) -> tuple[Operand, ...] | None:
        """What it is compared with; None if that cannot be told."""

    def names(self) -> frozenset[str]:
        """Names of data that it reads."""


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, either of which may be missing."""

    low: Operand | None
    low_closed: bool
    high: Operand | None
    high_closed: bool

    def admits(self, value: object, data: Data, functions: Functions) -> bool:
        low_sign, high_sign = (">=" if self.low_closed else ">"), ("<=" if self.high_closed else "<")
        return (self.low is None or _compares(low_sign, value, self.low, data, functions)) and (
            self.high is None or _compares(high_sign, value, self.high, data, functions)
        )

    def operands(self) -> tuple[Operand, ...]:
        return tuple(end for end in (self.low, self.high) if end is not None)

    def names(self) -> frozenset[str]:
        return names_read(*self.operands())


@dataclass(frozen=True)
class Same:
    """Equal to the operand, or in it if that is a list; with `differs`, the contrary."""

    operand: Operand
    differs: bool = False

    def admits(self, value: object, data: Data, functions: Functions) -> bool:
        other = self.operand.value(data, functions)
        several = other if isinstance(other, list | tuple | set | frozenset) else (other,)
        return any(is_same(value, exact(one)) for one in several) != self.differs

    def operands(self) -> tuple[Operand, ...]:
        return (self.operand,)

    def names(self) -> frozenset[str]:
        return names_read(self.operand)


@dataclass(frozen=True)
class Condition:
    """An expression that must be true; it may name the value itself as `?`."""

    operand: Operand

    def admits(self, value: object, data: Data, functions: Functions) -> bool:
        return bool(self.operand.value(with_extras({INPUT: value}, data), functions))

    def operands(self) -> None:
        return None

    def names(self) -> frozenset[str]:
        return names_read(self.operand)


def is_same(left: object, right: object) -> bool:
    """Whether two exact values are equal; true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def with_extras(extras: Mapping[str, object], data: Data) -> Data:
    """The data, with some names on top; nothing is copied, so that facts are still read only when needed."""
    layers = cast("list[MutableMapping[str, object]]", [extras, data])  # a ChainMap only asks for what writing needs
    return ChainMap(*layers) if extras else data


def names_read(*operands: Operand) -> frozenset[str]:
    """Names of data that the operands read, the input itself left out."""
    read = frozenset().union(*(operand.computed.names for operand in operands if operand.computed is not None))
    return frozenset(name for name in read if not name.startswith(INPUT))


def _compares(sign: str, value: object, operand: Operand, data: Data, functions: Functions) -> bool:
    bound = operand.value(data, functions)
    if value is None or bound is None:
        return False
    if are_comparable(value, bound):
        return COMPARISONS[sign](value, bound)
    if operand.computed is None:
        return False
    met, other = kind(value), kind(bound)
    raise ExpressionFailed(operand.text, Text(f"{met.en} {sign} {other.en}", f"{met.zh} {sign} {other.zh}"))
