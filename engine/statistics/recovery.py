"""Recovery rate: of what was past due when cases were given to collectors in a period, what they have paid by now.

The cohort are the assignments that began in the period. `entered` is what the case's orders owed at that instant, by
value date; `recovered` what these orders took, net of reversals, while that collector had the case, up to now. The
bucket is that of the days past due at entry.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Assignment, Case, CaseOrder, LedgerLine, LineKind, LoanOrder, Repayment
from engine.statistics.columns import of_assignment
from engine.statistics.figures import ZERO, Rows, at
from engine.statistics.repayments import counted_case, held_in_case
from engine.statistics.scope import Reach
from engine.statistics.wanted import WHOLE, Wanted, narrowed

BUCKETS = ((1, "1-30"), (31, "31-60"), (61, "61-90"), (91, "91+"))  # first day past due of each
NOT_DUE = "0"


@dataclass
class _Entry:
    key: Any
    currency: str
    at: dt.datetime
    owed: Decimal = ZERO
    oldest: dt.date | None = None

    @property
    def bucket(self) -> str:
        days = 0 if self.oldest is None else (clock.local_date(self.at) - self.oldest).days
        return next((name for least, name in reversed(BUCKETS) if days >= least), NOT_DUE)


def recovered(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """`entries`, `entered` and `recovered`."""
    where = _cohort(reach, wanted)
    entries = _entries(session, wanted, where)
    paid = {row[0]: row[1] for row in session.execute(_paid(where))}
    rows: Rows = {}
    for assignment_id, entry in entries.items():
        if wanted.buckets and entry.bucket not in wanted.buckets:
            continue
        figures = at(rows, _key(wanted, entry))
        figures.counts["entries"] += 1
        figures.pay("entered", entry.currency, entry.owed)
        figures.pay("recovered", entry.currency, paid.get(assignment_id, ZERO))
    return rows


def owing(at_: Any) -> ColumnElement[Decimal]:
    """SQL over ledger lines: what they sum up to as owed."""
    adds = LedgerLine.kind.in_((LineKind.CHARGE, LineKind.ADJUSTMENT))
    signed = case((adds, LedgerLine.amount), else_=-LedgerLine.amount)
    return func.sum(signed).filter(LedgerLine.at <= at_)


def _key(wanted: Wanted, entry: _Entry) -> Any:
    if wanted.by == "period":
        return wanted.span.part_of(entry.at)
    return entry.bucket if wanted.by == "bucket" else entry.key


def _cohort(reach: Reach, wanted: Wanted) -> list[ColumnElement[bool]]:
    _, columns = of_assignment(wanted, literal(WHOLE))
    return [
        Assignment.from_at >= wanted.span.begins,
        Assignment.from_at < wanted.span.ends,
        counted_case(),
        reach.held(Assignment.collector_id, Assignment.group_id),
        *narrowed(wanted, columns),
    ]


def _entries(session: Session, wanted: Wanted, where: list[ColumnElement[bool]]) -> dict[int, _Entry]:
    """What each assignment began with: one row an order that its case held then."""
    key, _ = of_assignment(wanted, literal(WHOLE))
    held = and_(
        CaseOrder.case_id == Assignment.case_id,
        CaseOrder.joined_at <= Assignment.from_at,
        or_(CaseOrder.left_at.is_(None), CaseOrder.left_at > Assignment.from_at),
    )
    query = (
        select(Assignment.id, key, Case.currency, Assignment.from_at, LoanOrder.due_on, owing(Assignment.from_at))
        .join(Case, Case.id == Assignment.case_id)
        .outerjoin(CaseOrder, held)
        .outerjoin(LoanOrder, LoanOrder.id == CaseOrder.order_id)
        .outerjoin(LedgerLine, LedgerLine.order_id == LoanOrder.id)
        .where(*where)
        .group_by(Assignment.id, Case.id, LoanOrder.id)
    )
    found: dict[int, _Entry] = {}
    for assignment_id, key_, currency, from_at, due_on, owed in session.execute(query):
        entry = found.setdefault(assignment_id, _Entry(key_, currency, from_at))
        if owed:
            entry.owed += owed
            entry.oldest = min(due_on, entry.oldest or due_on)
    return found


def _paid(where: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """What came while each assignment stood, by now."""
    stands = and_(
        Repayment.paid_at > Assignment.from_at,
        or_(Assignment.to_at.is_(None), Repayment.paid_at <= Assignment.to_at),
    )
    return (
        select(Assignment.id, func.sum(LedgerLine.amount))
        .join(Case, Case.id == Assignment.case_id)
        .join(CaseOrder, CaseOrder.case_id == Assignment.case_id)
        .join(LedgerLine, LedgerLine.order_id == CaseOrder.order_id)
        .join(Repayment, Repayment.id == LedgerLine.repayment_id)
        .where(
            *where,
            stands,
            held_in_case(Repayment.paid_at),
            LedgerLine.kind == LineKind.ALLOCATION,
            LedgerLine.at <= clock.now(),
        )
        .group_by(Assignment.id)
    )
