"""The kinds of values that columns of a decision table hold: which value fits, and what it is taken as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Literal, TypeGuard

from engine import clock
from engine.flow.arithmetic import NotWorkable, exact
from engine.flow.arithmetic import kind as kind_of
from engine.flow.findings import Text

Kind = Literal["integer", "number", "string", "boolean", "date", "datetime", "any"]

KINDS: dict[str, Kind] = {
    "": "any",
    "any": "any",
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "number": "number",
    "double": "number",
    "date": "date",
    "datetime": "datetime",
    "date and time": "datetime",
}
NAMES: dict[Kind, Text] = {
    "integer": Text("a whole number", "整数"),
    "number": Text("a number", "数字"),
    "string": Text("a text", "文本"),
    "boolean": Text("true or false", "true 或 false"),
    "date": Text("a date", "日期"),
    "datetime": Text("a date and time with offset", "带时区的日期时间"),
    "any": Text("any value", "任意值"),
}
ORDERED: frozenset[Kind] = frozenset({"integer", "number", "date", "datetime", "any"})


def kind_named(type_ref: str) -> Kind | None:
    """The kind that a `typeRef` of DMN means; a prefix such as `feel:` is ignored. None if it is not known."""
    return KINDS.get(type_ref.rsplit(":", 1)[-1].strip().lower())


def fits(value: object, kind: Kind) -> bool:
    """Whether a fixed value may stand in a column of this kind; None fits everywhere."""
    return value is None or kind == "any" or _FITS[kind](value)


def taken_as(value: object, kind: Kind) -> object:
    """The value as the column takes it: floats exact, dates from ISO texts; None stays None. Raises NotWorkable."""
    if value is None:
        return None
    value = _TAKEN.get(kind, exact)(value)
    if not fits(value, kind):
        wanted, met = NAMES[kind], kind_of(value)
        raise NotWorkable(Text(f"it must be {wanted.en}, but is {met.en}", f"应为{wanted.zh}，实为{met.zh}"))
    return value


def is_number(value: object) -> TypeGuard[int | Decimal]:
    """Whether it counts as a number: yes/no values, infinity and what is no number at all do not."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def is_instant(value: object) -> bool:
    """Whether it is a date with time and offset."""
    return isinstance(value, dt.datetime) and value.utcoffset() is not None


def is_date(value: object) -> bool:
    """Whether it is a date alone."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def are_comparable(left: object, right: object) -> bool:
    """Whether one may be smaller than the other."""
    return any(test(left) and test(right) for test in (is_number, is_date, is_instant))


def _whole(value: object) -> object:
    value = exact(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value) if value.adjusted() < 40 else value  # noqa: PLR2004 - no number of a case has 40 digits
    return value


def _date(value: object) -> object:
    if isinstance(value, dt.datetime):
        return clock.local_date(value) if is_instant(value) else value
    return _from_iso(value, dt.date.fromisoformat)


def _instant(value: object) -> object:
    return _from_iso(value, dt.datetime.fromisoformat)


def _from_iso(value: object, read: Callable[[str], object]) -> object:
    try:
        return read(value) if isinstance(value, str) else value
    except ValueError:
        return value


_FITS: dict[Kind, Callable[[object], bool]] = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": is_date,
    "datetime": is_instant,
}
_TAKEN: dict[Kind, Callable[[object], object]] = {"integer": _whole, "date": _date, "datetime": _instant}
