"""Patterns of form fields: whether one can be read, and whether looking for it stays quick whatever people type."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _parser  # type: ignore[attr-defined]  # Python's own reader of patterns
from typing import Any

LONGEST_PATTERN, LONGEST_VALUE = 500, 500
MOST_WAYS = 1_000_000
_Reader = Callable[[Any], int]


class PatternRefused(Exception):
    """A pattern that does not compile, or may take for ever; never leaves `engine.flow`."""


def check_pattern(pattern: str) -> None:
    """Raises PatternRefused unless it compiles and there are few enough ways to try it on a value of that length.

    Python tries one way after the other: `(a+)+` takes years over thirty letters. A way too many is counted rather
    than one too few: what repeats without a bound may stand twice in a row, and not inside another repetition.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"{len(pattern)} > {LONGEST_PATTERN}")
    try:
        re.compile(pattern)
        ways = _sequence(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternRefused(str(error)) from error
    if ways > MOST_WAYS:
        raise PatternRefused("(a+)+")


def _sequence(parts: Any) -> int:
    ways = 1
    for kind, held in parts:
        ways = min(ways * _WAYS.get(str(kind), _once)(held), MOST_WAYS + 1)
    return ways


def _once(_held: Any) -> int:
    return 1


def _repeated(held: Any) -> int:
    least, most, inner = held
    most, one = min(int(most), LONGEST_VALUE), _sequence(inner)
    if one == 1:
        return max(1, most - int(least) + 1)
    ways = 0
    for count in range(min(int(least), most), most + 1):
        ways += min(one, MOST_WAYS + 1) ** min(count, 20)
        if ways > MOST_WAYS:
            break
    return ways


def _branches(held: Any) -> int:
    return sum(_sequence(branch) for branch in held[1])


def _looked(held: Any) -> int:
    return _sequence(held[1])


def _grouped(held: Any) -> int:
    return _sequence(held[-1])


def _never_counted(_held: Any) -> int:
    return MOST_WAYS + 1


_WAYS: dict[str, _Reader] = {
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "POSSESSIVE_REPEAT": _repeated,
    "BRANCH": _branches,
    "SUBPATTERN": _grouped,
    "ATOMIC_GROUP": _sequence,
    "ASSERT": _looked,
    "ASSERT_NOT": _looked,
    "GROUPREF_EXISTS": _never_counted,
}
