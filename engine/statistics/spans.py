"""A period of the lender's days and its parts, as Python and as SQL that is the same on both databases."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from engine import clock
from engine.errors import DunflowError

MOST_DAYS = 366


class PeriodTooLong(DunflowError):
    """A period has at most {most} days."""

    status = 422
    remedy = "Choose a shorter period."


class Grain(StrEnum):
    """How long the parts of a period are; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Span:
    """From 00:00 of `start` to the end of `end`, the lender's days, both included; at most `MOST_DAYS`."""

    start: dt.date
    end: dt.date
    grain: Grain = Grain.DAY

    def __post_init__(self) -> None:
        if (self.end - self.start).days >= MOST_DAYS:
            raise PeriodTooLong(most=MOST_DAYS)

    @property
    def begins(self) -> dt.datetime:
        """The first instant."""
        return clock.midnight(self.start)

    @property
    def ends(self) -> dt.datetime:
        """The first instant after it."""
        return clock.midnight(self.end + dt.timedelta(days=1))

    @cached_property
    def parts(self) -> Sequence[tuple[dt.date, dt.date]]:
        """First and last day of each part; the outer ones are cut where the period begins and ends."""
        found: list[tuple[dt.date, dt.date]] = []
        first = self.start
        while first <= self.end:
            last = min(_last(first, self.grain), self.end)
            found.append((first, last))
            first = last + dt.timedelta(days=1)
        return found

    @cached_property
    def _starts(self) -> list[dt.datetime]:
        return [clock.midnight(first) for first, _ in self.parts]

    @cached_property
    def _days(self) -> list[dt.datetime]:
        return [clock.midnight(self.start + dt.timedelta(days=n)) for n in range((self.end - self.start).days + 1)]

    def part_of(self, at: dt.datetime) -> int:
        """The number of the part an instant lies in, from 0; -1 before the period."""
        return bisect_right(self._starts, at) - 1

    def part(self, column: Any) -> ColumnElement[int]:
        """SQL: the number of the part of a column of instants, which must not lie before the period."""
        return _numbered(column, self._starts, 0)

    def part_around(self, column: Any) -> ColumnElement[int]:
        """SQL: the same, -1 before the period and the count of parts from its end on or where there is none."""
        whole = _numbered(column, [*self._starts, self.ends], 0)
        return case((column.is_(None), len(self._starts)), (column < self.begins, -1), else_=whole)

    def day(self, column: Any) -> ColumnElement[int]:
        """SQL: the number of the lender's day, from 0."""
        return _numbered(column, self._days, 0)


def _last(first: dt.date, grain: Grain) -> dt.date:
    if grain == Grain.DAY:
        return first
    if grain == Grain.WEEK:
        return first + dt.timedelta(days=6 - first.weekday())
    return (first.replace(day=1) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _numbered(column: Any, starts: Sequence[dt.datetime], first: int) -> ColumnElement[int]:
    """A binary search as nested CASEs: neither database groups instants by another place's days as fast."""
    if len(starts) == 1:
        return literal(first)
    middle = len(starts) // 2
    return case(
        (column < starts[middle], _numbered(column, starts[:middle], first)),
        else_=_numbered(column, starts[middle:], first + middle),
    )
