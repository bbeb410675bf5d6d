"""What is asked of the figures: the period, by what they are split, and what they are narrowed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, case, or_

from engine.models import Case, Stage
from engine.statistics.spans import Span

NONE = "none"  # among tiers, groups and collectors: without one
PRE_COLLECTION = str(Stage.PRE_COLLECTION)  # stands for the tier that pre-collection cases do not have
WHOLE: Final = ""
BY = ("period", "product", "tier", "group", "collector", "channel", "bucket", "case", WHOLE)


@dataclass(frozen=True)
class Wanted:
    """A period, one of `BY`, and filters: empty means any. Groups and collectors are ids or `NONE`, as text."""

    span: Span
    by: str = WHOLE
    products: Sequence[str] = ()
    tiers: Sequence[str] = ()
    groups: Sequence[str] = ()
    collectors: Sequence[str] = ()
    channels: Sequence[str] = ()
    buckets: Sequence[str] = ()
    with_holder: bool = False  # of money: only what came while a collector had the case

    def needs(self, *names: str) -> bool:
        """Whether it is split by, or narrowed to, one of these."""
        return self.by in names or any(getattr(self, f"{name}s", ()) for name in names)


def stated_tier(tier: Any) -> ColumnElement[str | None]:
    """SQL beside `Case`: the tier, or `PRE_COLLECTION`."""
    return case((Case.stage == Stage.PRE_COLLECTION, PRE_COLLECTION), else_=tier)


def narrowed(wanted: Wanted, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """SQL for the filters, over the columns given by their names in `BY`."""
    found: list[ColumnElement[bool]] = []
    for name, column in columns.items():
        given = list(getattr(wanted, f"{name}s", ()))
        if given:
            found.append(_among(column, given, numbers=name in ("group", "collector")))
    return found


def _among(column: Any, given: list[str], *, numbers: bool) -> ColumnElement[bool]:
    named: list[Any] = [each for each in given if each != NONE]
    if numbers:
        named = [int(each) for each in named if each.isdecimal()]
    matches: ColumnElement[bool] = column.in_(named)
    if NONE not in given:
        return matches
    return or_(matches, column.is_(None)) if numbers else or_(matches, column.is_(None), column == "")
