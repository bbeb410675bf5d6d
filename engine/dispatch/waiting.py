"""The cases that wait for dispatch: as a supervisor sees them, and those no group looks after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.models import Case, Stage, Status, User
from engine.people import visible_cases

IDS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Filters:
    """What to narrow the waiting cases to; None is any. `tier` of pre-collection cases is ''. Amounts are past due."""

    stage: str | None = None
    product: str | None = None
    tier: str | None = None
    group_id: int | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """SQL over `Case`."""
        equal = (
            (Case.stage, self.stage),
            (Case.product, self.product),
            (tier_column(), self.tier),
            (Case.group_id, self.group_id),
        )
        found = [column == value for column, value in equal if value is not None]
        if self.min_amount is not None:
            found.append(Case.past_due_amount >= self.min_amount)
        if self.max_amount is not None:
            found.append(Case.past_due_amount <= self.max_amount)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, for the batch's record of what was asked."""
        return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Kind:
    """Cases of one stage, product and tier that wait: how many, what is past due in them, and whose they are."""

    stage: str
    product: str
    tier: str
    group_id: int | None
    currency: str
    cases: int
    amount: Decimal


def tier_column() -> ColumnElement[str]:
    """SQL: the case's tier as scopes and rules write it, '' for none."""
    return func.coalesce(Case.tier, "")


def is_waiting() -> ColumnElement[bool]:
    """SQL over `Case`: nobody has it and its diagram waits for dispatch."""
    return Case.status == Status.TO_DISPATCH


def waiting_cases(
    session: Session, user: User, filters: Filters | None = None, *, limit: int = 100, after_id: int = 0
) -> list[Case]:
    """The waiting cases this person may dispatch or see, by id, at most `limit` with an id above `after_id`."""
    query = select(Case).where(*waiting(user, filters), Case.id > after_id)
    return list(session.scalars(query.order_by(Case.id).limit(limit)))


def waiting_kinds(session: Session, user: User) -> list[Kind]:
    """What waits for this person, counted by stage, product and tier, in one grouped query."""
    return _kinds(session, waiting(user))


def unserved_kinds(session: Session) -> list[Kind]:
    """What waits and no group looks after: counts only, so that everybody who can mend it may be warned."""
    return _kinds(session, [is_waiting(), Case.group_id.is_(None)])


def waiting(user: User | None, filters: Filters | None = None) -> list[ColumnElement[bool]]:
    """SQL over `Case`: what waits, within a person's scope (None: the system's, all) and the filters."""
    scope = [] if user is None else [visible_cases(user)]
    return [is_waiting(), *scope, *(filters or Filters()).conditions()]


def in_slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids in portions that fit into one statement."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def holders(session: Session, customer_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """Who has open cases of these customers."""
    found: dict[int, set[int]] = {}
    for part in in_slices(sorted(set(customer_ids))):
        rows = session.execute(
            select(Case.customer_id, Case.collector_id).where(
                Case.customer_id.in_(part), Case.closed_at.is_(None), Case.collector_id.is_not(None)
            )
        )
        for customer_id, collector_id in rows:
            if collector_id is not None:
                found.setdefault(customer_id, set()).add(collector_id)
    return {customer_id: frozenset(each) for customer_id, each in found.items()}


def _kinds(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[Kind]:
    tier = tier_column().label("tier")
    columns = (Case.stage, Case.product, tier, Case.group_id, Case.currency)
    rows = session.execute(
        select(*columns, func.count(), func.sum(Case.past_due_amount))
        .where(*conditions)
        .group_by(*columns)
        .order_by(Case.stage != Stage.PRE_COLLECTION, Case.product, tier)
    )
    return [Kind(*row) for row in rows]
