"""Repayments: money that orders took, net of what was taken back, with the case, tier and collector of that time.

An amount counts on the value date of its ledger line: a reversal lowers the day it happened on, not the day of the
payment. What it is put down to (case, tier, group, collector) is always that of the payment's own value date, so that
a reversal takes from whoever had been given. A stay in a case or with a collector begins after the instant it began
and includes the one it ended at: money comes before all else that happens at one instant.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.models import (
    Assignment,
    Case,
    CaseOrder,
    ClosingReason,
    HistoryEntry,
    LedgerLine,
    LineKind,
    LoanOrder,
    Repayment,
)
from engine.statistics.figures import ZERO, Rows, at
from engine.statistics.scope import Reach
from engine.statistics.wanted import WHOLE, Wanted, narrowed, stated_tier

RECEIVED = ("repayments", "customers")
TIER_ENTERED = "tier_entered"


def received(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """`repayments` and `customers` (distinct, by arrival), `received` (net) and `reversed` (what was taken back)."""
    facts = _facts(reach, wanted).subquery()
    c = facts.c
    query = select(
        c.key,
        c.currency,
        func.count(c.repayment_id.distinct()).filter(c.arrives == 1),
        func.count(c.customer_id.distinct()).filter(c.arrives == 1),
        func.sum(c.amount),
        func.sum(c.amount).filter(c.amount < ZERO),
    ).group_by(c.key, c.currency)
    rows: Rows = {}
    for key, currency, repayments, customers, amount, back in session.execute(query):
        figures = at(rows, key)
        figures.counts["repayments"] += repayments
        figures.counts["customers"] += customers
        figures.pay("received", currency, amount)
        figures.pay("reversed", currency, -(back or ZERO))
    return rows


def unapplied(session: Session, reach: Reach, wanted: Wanted) -> dict[str, Decimal]:
    """What no order has taken by now of the period's repayments, by currency; for those who see everything."""
    if not reach.is_all or wanted.needs("tier", "group", "collector"):
        return {}
    query = select(Repayment.currency, func.sum(Repayment.unapplied)).where(
        Repayment.paid_at >= wanted.span.begins,
        Repayment.paid_at < wanted.span.ends,
        Repayment.unapplied != ZERO,
        *narrowed(wanted, {"product": Repayment.product, "channel": Repayment.channel}),
    )
    return {str(row[0] or ""): row[1] for row in session.execute(query.group_by(Repayment.currency))}


def held_in_case(at_: Any) -> ColumnElement[bool]:
    """SQL: the stay of an order in a case that an instant falls into."""
    return and_(CaseOrder.joined_at < at_, or_(CaseOrder.left_at.is_(None), CaseOrder.left_at >= at_))


def held_by(at_: Any) -> ColumnElement[bool]:
    """SQL: the assignment of a case that an instant falls into."""
    return and_(Assignment.from_at < at_, or_(Assignment.to_at.is_(None), Assignment.to_at >= at_))


def counted_case() -> ColumnElement[bool]:
    """SQL: the case should have been opened; nothing that was done about one that should not counts."""
    return or_(Case.closing_reason.is_(None), Case.closing_reason != ClosingReason.LATE_POSTING)


def _facts(reach: Reach, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """One row a ledger line of the period, with the key it is counted under."""
    deep = not reach.is_all or wanted.with_holder or wanted.needs("tier", "group", "collector", "case")
    columns: dict[str, Any] = {"product": LoanOrder.product, "channel": Repayment.channel}
    if deep:
        columns |= {"group": Assignment.group_id, "collector": Assignment.collector_id, "case": Case.id}
        if wanted.needs("tier"):
            columns["tier"] = stated_tier(_tier_then())
    columns |= {"period": wanted.span.part(LedgerLine.at), WHOLE: literal(WHOLE)}
    query = select(
        columns[wanted.by].label("key"),
        LoanOrder.currency.label("currency"),
        LedgerLine.amount.label("amount"),
        Repayment.id.label("repayment_id"),
        Repayment.customer_id.label("customer_id"),
        _as_number(LedgerLine.at == Repayment.paid_at).label("arrives"),
    ).select_from(_joined(deep=deep))
    query = query.where(*_in_period(wanted), *narrowed(wanted, columns))
    if wanted.with_holder:
        return query.where(Assignment.id.is_not(None), reach.held(Assignment.collector_id, Assignment.group_id))
    if reach.is_all:
        return query
    return query.where(
        or_(reach.held(Assignment.collector_id, Assignment.group_id), reach.lying(Assignment.id)), Case.id.is_not(None)
    )


def _joined(*, deep: bool) -> FromClause:
    lines = LedgerLine.__table__
    joined = lines.join(Repayment, Repayment.id == LedgerLine.repayment_id).join(
        LoanOrder, LoanOrder.id == LedgerLine.order_id
    )
    if not deep:
        return joined
    at_ = Repayment.paid_at
    return (
        joined.outerjoin(CaseOrder, and_(CaseOrder.order_id == LedgerLine.order_id, held_in_case(at_)))
        .outerjoin(Case, and_(Case.id == CaseOrder.case_id, counted_case()))
        .outerjoin(Assignment, and_(Assignment.case_id == Case.id, held_by(at_)))
    )


def _in_period(wanted: Wanted) -> list[ColumnElement[bool]]:
    return [
        LedgerLine.kind == LineKind.ALLOCATION,
        LedgerLine.at >= wanted.span.begins,
        LedgerLine.at < wanted.span.ends,
    ]


def _tier_then() -> Any:
    """The tier of the case when the money came: history knows it also while nobody had the case."""
    entered = (
        select(HistoryEntry.data["tier"].as_string())
        .where(
            HistoryEntry.case_id == Case.id,
            HistoryEntry.kind == TIER_ENTERED,
            HistoryEntry.at < Repayment.paid_at,
        )
        .order_by(HistoryEntry.id.desc())
        .limit(1)
        .correlate(Case, Repayment)
        .scalar_subquery()
    )
    return func.coalesce(entered, Assignment.tier)


def _as_number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
