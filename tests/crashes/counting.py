"""Counting rows, and saying what is not as it should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.models import (
    HistoryEntry,
    LoanOrder,
)

ZERO = Decimal(0)
Problems = Iterator[str]


def told_of(session: Session, kind: str, element: str | None = None) -> Counter[int]:
    """How often the history tells this, by case."""
    query = select(HistoryEntry.case_id).where(HistoryEntry.kind == kind, HistoryEntry.case_id.is_not(None))
    if element is not None:
        query = query.where(HistoryEntry.element == element)
    return Counter(each for each in session.scalars(query) if each is not None)


def counted(session: Session, kind: str, key: str) -> Counter[str]:
    """How often the history tells this, by what it says under a key."""
    return Counter(data[key] for data in session.scalars(select(HistoryEntry.data).where(HistoryEntry.kind == kind)))


def once(session: Session, column: Any) -> Counter[str]:
    """Each value of a column, to be told of once."""
    return Counter(session.scalars(select(column)))


def by_instance(rows: Iterable[Any]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows that begin with an instance's id, the rest of each sorted."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for instance_id, *rest in rows:
        found[instance_id].append(tuple(rest))
    return {key: sorted(each) for key, each in found.items()}


def total(held: Iterable[LoanOrder]) -> Decimal:
    """What these orders leave to be paid."""
    return sum((order.outstanding for order in held), ZERO)


def same(what: str, found: object, expected: object) -> Problems:
    """A line where two things that should be the same are not."""
    if found != expected:
        yield f"{what} is {found!r:.600}, expected {expected!r:.600}"
