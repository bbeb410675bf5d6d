"""Arithmetic for expressions: numbers, texts, lists and dates, always exact and always of bounded size."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from engine.flow.findings import Text

MAX_BITS = 128
MAX_TEXT = 10_000
MAX_ITEMS = 1_000

Operation = Callable[[object, object], object]


class NotWorkable(Exception):
    """An operation that has no answer; `reason` says why in both languages. Never leaves `engine.flow`."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


KINDS = {
    bool: Text("a yes/no value", "是/否值"),
    int: Text("a number", "数字"),
    float: Text("a number", "数字"),
    Decimal: Text("a number", "数字"),
    str: Text("a text", "文本"),
    list: Text("a list", "列表"),
    tuple: Text("a list", "列表"),
    dt.datetime: Text("a date with time", "日期时间"),
    dt.date: Text("a date", "日期"),
    dt.timedelta: Text("a span of time", "时间段"),
    dict: Text("a group of values", "一组值"),
    type(None): Text("empty", "空"),
}


def kind(value: object) -> Text:
    """What an analyst calls a value of this type."""
    return KINDS.get(type(value)) or Text(f"a {type(value).__name__}", type(value).__name__)


def exact(value: object) -> object:
    """The value itself; a float becomes the decimal that it is written as: 0.3 is 0.3 wherever it came from."""
    return Decimal(repr(value)) if type(value) is float else value


def add(left: object, right: object) -> object:
    """Sum of numbers, of texts, of lists, or of a date and a span of time."""
    if isinstance(left, str) and isinstance(right, str):
        return _joined(left, right, MAX_TEXT)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return _joined(list(left), list(right), MAX_ITEMS)
    if _is_time(left) or _is_time(right):
        return _with_times("+", operator.add, left, right)
    return _reckoned("+", operator.add, left, right)


def subtract(left: object, right: object) -> object:
    """Difference of numbers, of two dates, or of a date and a span of time."""
    if _is_time(left) or _is_time(right):
        return _with_times("-", operator.sub, left, right)
    return _reckoned("-", operator.sub, left, right)


def multiply(left: object, right: object) -> object:
    """Product of two numbers."""
    return _reckoned("*", operator.mul, left, right)


def divide(left: object, right: object) -> object:
    """Quotient of two numbers, exact to 28 digits."""
    return _reckoned("/", _exact_quotient, left, right)


def divide_down(left: object, right: object) -> object:
    """Whole part of a quotient."""
    return _reckoned("//", operator.floordiv, left, right)


def remainder(left: object, right: object) -> object:
    """Rest of a division of numbers."""
    return _reckoned("%", operator.mod, left, right)


def negative(value: object) -> object:
    """The number with its sign turned."""
    return _reckoned("-", operator.sub, 0, value)


def positive(value: object) -> object:
    """The number itself."""
    return _reckoned("+", operator.add, 0, value)


def item(container: object, key: int | str) -> object:
    """An entry of a group of values by its name, or of a list by its place."""
    try:
        if isinstance(container, Mapping):
            return container[key]
        if isinstance(container, Sequence) and isinstance(key, int):
            return container[key]
    except LookupError:
        raise NotWorkable(Text(f"there is no entry {key!r}", f"没有 {key!r} 这一项")) from None
    what = kind(container)
    raise NotWorkable(Text(f"{what.en} has no entry {key!r}", f"{what.zh}没有 {key!r} 这一项"))


def _exact_quotient(left: Decimal | int, right: Decimal | int) -> Decimal:
    return Decimal(left) / Decimal(right)


def _joined(left: Sequence[object], right: Sequence[object], limit: int) -> object:
    if len(left) + len(right) > limit:
        raise NotWorkable(Text(f"the result is longer than {limit}", f"结果长度超过 {limit}"))
    return left + right  # type: ignore[operator]


def _is_time(value: object) -> bool:
    return isinstance(value, dt.date | dt.timedelta)


def _with_times(sign: str, work: Operation, left: object, right: object) -> object:
    if not (_is_time(left) and _is_time(right)):
        raise _mismatch(sign, left, right)
    return work(left, right)


def _reckoned(sign: str, work: Callable[..., object], left: object, right: object) -> object:
    return _bounded(work(_number(sign, left, left, right), _number(sign, right, left, right)))


def _number(sign: str, value: object, left: object, right: object) -> object:
    if type(value) is int or type(value) is Decimal:
        return _bounded(value)
    if type(value) is float:
        return Decimal(repr(value))
    raise _mismatch(sign, left, right)


def _bounded(value: object) -> object:
    if type(value) is int and value.bit_length() > MAX_BITS:
        raise NotWorkable(Text("the number is too large", "数字过大"))
    return value


def _mismatch(sign: str, left: object, right: object) -> NotWorkable:
    first, second = kind(left), kind(right)
    return NotWorkable(Text(f"{first.en} {sign} {second.en} has no answer", f"{first.zh} {sign} {second.zh} 无法计算"))
