"""Sample values that stand for all values of an input: one for each stretch on which no cell changes its mind."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.flow.findings import Text
from engine.flow.kinds import Kind, is_date, is_instant, is_number
from engine.flow.tables import Column, Input

_DAY = dt.timedelta(days=1)
_ANYTHING = Text("anything", "任意值")
_OTHER = Text("anything else", "其他值")


@dataclass(frozen=True)
class Sample:
    """A value that stands for all from `low` to `high` (None: without end), or, without a stretch, for itself.

    `is_open` says that the input may never take such a value: nobody named it, and no allowed values are stated.
    """

    value: object
    shown: Text
    is_open: bool = False
    stretch: tuple[object, bool, object, bool] | None = None


def samples(column: Input, cells: Column) -> list[Sample]:
    """Values of an input that between them meet every possible answer of its cells, in order."""
    stated = column.values if column.values is not None and column.values.is_fixed else None
    asked = [cell for cell in (*cells.cells, stated) if cell is not None and cell.is_fixed]
    literals = [bound for cell in asked for bound in cell.bounds({}, {}) or ()]
    found = _for_kind(column.kind, literals)
    if any(literal is None for literal in literals):
        found.append(Sample(None, Text("null", "null")))
    if stated is None:
        return found or [Sample(None, _ANYTHING)]
    return [_certain(sample) for sample in found if stated.matches(sample.value, {}, {})]


def described(run: Sequence[Sample], whole: int) -> Text:
    """What the samples, of `whole` in all, stand for, in the notation of cells."""
    if len(run) == whole:
        return _ANYTHING
    parts: list[Sample] = []
    for sample in run:
        joined = _joined(parts[-1], sample) if parts else None
        parts[-1:] = [joined] if joined else [*parts[-1:], sample]
    shown = [_stretch(part) for part in parts]
    return Text(", ".join(text.en for text in shown), "、".join(text.zh for text in shown))


def feel(value: object) -> str:
    """A fixed value as a cell writes it."""
    if isinstance(value, dt.datetime):
        return f'date and time("{value.isoformat()}")'
    if isinstance(value, dt.date):
        return f'date("{value.isoformat()}")'
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value, ensure_ascii=False)


def _certain(sample: Sample) -> Sample:
    return Sample(sample.value, sample.shown, False, sample.stretch)


def _for_kind(kind: Kind, literals: Sequence[object]) -> list[Sample]:
    numbers = [literal for literal in literals if is_number(literal)]
    dates = [literal for literal in literals if is_date(literal)]
    instants = [literal for literal in literals if is_instant(literal)]
    if kind == "integer":
        return _whole(numbers, 1)
    if kind == "number":
        return _fluid(numbers, Decimal(1))
    if kind == "date":
        return _whole(dates, _DAY)
    if kind == "datetime":
        return _fluid(instants, _DAY)
    return _named(kind, literals) + _unsure(_fluid(numbers, Decimal(1)) + _whole(dates, _DAY) + _fluid(instants, _DAY))


def _unsure(found: list[Sample]) -> list[Sample]:
    """Values between the named ones of a column without a type may never come."""
    return [Sample(one.value, one.shown, one.stretch[0] != one.stretch[2], one.stretch) for one in found if one.stretch]


def _named(kind: Kind, literals: Sequence[object]) -> list[Sample]:
    if kind == "boolean":
        return [Sample(value, Text(feel(value), feel(value))) for value in (True, False)]
    texts = sorted({literal for literal in literals if isinstance(literal, str)})
    found = [Sample(text, Text(feel(text), feel(text))) for text in texts]
    if kind == "any" and any(isinstance(literal, bool) for literal in literals):
        found += [Sample(value, Text(feel(value), feel(value))) for value in (True, False)]
    if texts:
        other = next(name for name in _unused_names() if name not in texts)
        found.append(Sample(other, _OTHER, is_open=True))
    return found


def _unused_names() -> Iterable[str]:
    yield "other"
    number = 2
    while True:
        yield f"other{number}"
        number += 1


def _whole(bounds: Sequence[object], step: object) -> list[Sample]:
    """For whole numbers and days: each value from which a comparison may turn out otherwise, and what lies below."""
    cuts = _in_order({cut for bound in bounds for cut in _cuts(bound, step)})
    places = [_shift(cuts[0], step, -1), *cuts] if cuts else []
    found: list[Sample] = []
    for at, place in enumerate(places):
        low = None if at == 0 else place
        high = _shift(places[at + 1], step, -1) if at + 1 < len(places) else None
        is_open = at in {0, len(places) - 1}
        found.append(_numeric(place, is_open, (low, True, high, True)))
    return found


def _cuts(bound: object, step: object) -> set[object]:
    if is_number(bound):
        return {math.ceil(bound), math.floor(bound) + 1}
    return {bound, _shift(bound, step, 1)}


def _fluid(bounds: Sequence[object], step: object) -> list[Sample]:
    """For numbers and instants: each bound, and a value between any two and beyond the ends."""
    points = _in_order({Decimal(bound) if is_number(bound) else bound for bound in bounds})
    if not points:
        return []
    found = [_numeric(_shift(points[0], step, -1), True, (None, False, points[0], False))]
    for point, after in zip(points, [*points[1:], None], strict=True):
        found.append(_numeric(point, False, (point, True, point, True)))
        if after is not None:
            middle = point + (after - point) / 2  # type: ignore[operator]
            found.append(_numeric(middle, False, (point, False, after, False)))
    return [*found, _numeric(_shift(points[-1], step, 1), True, (points[-1], False, None, False))]


def _in_order(values: set[object]) -> list[object]:
    return sorted(values)  # type: ignore[type-var] # all numbers, all dates or all instants


def _numeric(value: object, is_open: bool, stretch: tuple[object, bool, object, bool]) -> Sample:
    return Sample(value, Text(feel(value), feel(value)), is_open, stretch)


def _shift(value: object, step: object, times: int) -> object:
    """The value, one step up or down; itself at the ends of the calendar."""
    try:
        return value + step * times  # type: ignore[operator]
    except OverflowError:
        return value


def _joined(left: Sample, right: Sample) -> Sample | None:
    """Two stretches as one, if nothing lies between them."""
    if left.stretch is None or right.stretch is None:
        return None
    low, low_closed, end, end_closed = left.stretch
    start, start_closed, high, high_closed = right.stretch
    if not _touch(end, start, end_closed, start_closed):
        return None
    return Sample(left.value, left.shown, left.is_open, (low, low_closed, high, high_closed))


def _touch(end: object, start: object, end_closed: bool, start_closed: bool) -> bool:
    if end is None or start is None:
        return False
    if end == start:
        return end_closed or start_closed
    return end_closed and start_closed and start in {_shift(end, step, 1) for step in _steps_of(end)}


def _steps_of(value: object) -> tuple[object, ...]:
    if isinstance(value, int):
        return (1,)
    return (_DAY,) if is_date(value) else ()


def _stretch(sample: Sample) -> Text:
    if sample.stretch is None:
        return sample.shown
    low, low_closed, high, high_closed = sample.stretch
    if low is None and high is None:
        return _ANYTHING
    if low == high:
        text = feel(low)
    elif low is None:
        text = ("<= " if high_closed else "< ") + feel(high)
    elif high is None:
        text = (">= " if low_closed else "> ") + feel(low)
    else:
        text = f"{'[' if low_closed else '('}{feel(low)}..{feel(high)}{']' if high_closed else ')'}"
    return Text(text, text)
