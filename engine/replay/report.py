"""The replay's report: counts from the database, which follow from the data alone, and what it took to get there."""

from __future__ import annotations

import statistics
from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.models import Case, HistoryEntry, Incident, Instance, LoanOrder, Repayment, Stage
from engine.replay.play import Played, Span

_TIERS = ("M1", "M2", "M3", "M4")
_REASONS = ("paid_in_full", "rolled")
_ACTS = ("started", "completed", "message", "timer")


def report(session: Session, played: Played, span: Span) -> dict[str, Any]:
    """The report of `dunflow replay`, as `architecture.md` gives it; amounts are text."""
    known = LoanOrder.known_at < span.ends
    counted = _count(session, LoanOrder.id, known)
    return {
        "orders": counted,
        "customers": session.scalar(select(func.count(LoanOrder.customer_id.distinct())).where(known)) or 0,
        "repayments": played.repayments,
        "cases": _by_stage(session),
        "tiers_entered": _tiers_entered(session),
        "closed": _closed(session),
        "open": _by_stage(session, Case.closed_at.is_(None)),
        "recalls": _recalls(session),
        "user_tasks_completed": played.user_tasks,
        "timers_fired": played.swept.timers,
        "incidents": _count(session, Incident.id),
        "amounts": _amounts(session, known),
        "engine_steps": _count(session, HistoryEntry.id, HistoryEntry.kind.in_(_ACTS)),
        "seconds": round(played.seconds, 1),
        "state_bytes": _state_bytes(session),
    }


def _count(session: Session, column: Any, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(*where)) or 0


def _by_stage(session: Session, *where: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(select(Case.stage, func.count()).where(*where).group_by(Case.stage))
    found = {row[0]: row[1] for row in rows}
    return {str(stage): found.get(stage, 0) for stage in Stage}


def _closed(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Case.closing_reason, func.count()).where(Case.closed_at.is_not(None)).group_by(Case.closing_reason)
    )
    return dict.fromkeys(_REASONS, 0) | {str(row[0]): row[1] for row in rows}


def _tiers_entered(session: Session) -> dict[str, int]:
    entered = Counter[str]()
    rows = session.scalars(
        select(HistoryEntry.data).where(HistoryEntry.kind == "tier_entered").execution_options(yield_per=5000)
    )
    for data in rows:
        entered[data["tier"]] += 1
    return dict.fromkeys(_TIERS, 0) | dict(sorted(entered.items()))


def _recalls(session: Session) -> int:
    rows = session.scalars(
        select(HistoryEntry.data).where(HistoryEntry.kind == "recalled").execution_options(yield_per=5000)
    )
    return sum(1 for data in rows if data["reason"] == "escalation")


def _amounts(session: Session, known: ColumnElement[bool]) -> dict[str, str]:
    charged = LoanOrder.principal + LoanOrder.interest + LoanOrder.fees + LoanOrder.penalty
    due = session.scalar(select(func.sum(charged)).where(known))
    outstanding = session.scalar(select(func.sum(LoanOrder.outstanding)).where(known))
    standing = (Repayment.reverses_id.is_(None), Repayment.reversed_at.is_(None))
    paid = session.scalar(select(func.sum(Repayment.amount)).where(*standing))
    credit = session.scalar(select(func.sum(Repayment.unapplied)).where(*standing))
    figures = {"due": due, "paid": paid, "outstanding": outstanding, "credit": credit}
    return {name: _text(amount) for name, amount in figures.items()}


def _text(amount: Decimal | None) -> str:
    return str((amount or Decimal(0)).quantize(Decimal("0.01")))


def _state_bytes(session: Session) -> dict[str, int]:
    sizes = session.scalars(select(func.length(Instance.state)).where(Instance.ended_at.is_(None))).all()
    return {"median": int(statistics.median(sizes)) if sizes else 0, "max": max(sizes, default=0)}
