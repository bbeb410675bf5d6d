"""A structural picture of specs: equal before and after if nothing changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import isroutine
from typing import Any

_DEPTH = 5
_PLAIN = (str, int, float, bool, bytes, type(None))


def picture(process_specs: Iterable[Any]) -> tuple[object, ...]:
    """Every attribute of every task spec of these process specs, to some depth, as plain tuples."""
    return tuple(
        (process.name, tuple((name, _of(vars(spec), _DEPTH)) for name, spec in process.task_specs.items()))
        for process in process_specs
    )


def _of(value: Any, depth: int) -> object:
    if isinstance(value, _PLAIN):
        return value
    if depth == 0 or isinstance(value, type) or isroutine(value):
        return getattr(value, "__qualname__", type(value).__name__)
    if isinstance(value, Mapping):
        return tuple((str(key), _of(part, depth - 1)) for key, part in value.items())
    if isinstance(value, list | tuple | set):
        return tuple(_of(part, depth - 1) for part in value)
    return (type(value).__name__, _of(vars(value), depth - 1))
