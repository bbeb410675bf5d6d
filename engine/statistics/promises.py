"""Promises whose day has come, and whether they were kept, reckoned from follow-ups and the ledger.

A promise is due in the period its promised date lies in, and judged once that date and the days of grace are over.
Kept: the orders that the case held took at least the promised amount, by value date, from the day of the promise to
the last day of grace, net of what was taken back in that time. Partly kept: less, yet something. One that names no
amount promises what the case's orders owed when it was given. Each promise is judged by itself.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from engine import clock, parameters
from engine.models import Case, CaseOrder, FollowUp, LedgerLine, LineKind, LoanOrder, Repayment
from engine.statistics.columns import group_of_follow_up, of_follow_up
from engine.statistics.figures import ZERO, Rows, at
from engine.statistics.recovery import owing
from engine.statistics.repayments import counted_case, held_in_case
from engine.statistics.scope import Reach
from engine.statistics.wanted import Wanted, narrowed

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Promise:
    key: Any
    given: dt.date
    on: dt.date
    last: dt.date
    amount: Decimal | None


def kept(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """`promises_due`, of them `promises_kept`, `promises_part` and `promises_broken`."""
    due = _due(reach, wanted)
    promises = _judgeable(session, wanted, due)
    if not promises:
        return {}
    came, owed = _came(session, due, promises), _owed(session, due)
    rows: Rows = {}
    for number, promise in promises.items():
        counts = at(rows, promise.key).counts
        amount = owed.get(number, ZERO) if promise.amount is None else promise.amount
        counts["promises_due"] += 1
        counts[_judged(came[number], amount)] += 1
    return rows


def _judged(came: Decimal, amount: Decimal) -> str:
    if came >= amount:
        return "promises_kept"
    return "promises_part" if came > 0 else "promises_broken"


def _due(reach: Reach, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """The promises with their key: id, key, product, given at, promised date, amount."""
    key, columns = of_follow_up(wanted, FollowUp.promise_on)
    return (
        select(
            FollowUp.id,
            key.label("key"),
            Case.product,
            FollowUp.at,
            FollowUp.promise_on,
            FollowUp.promise_amount,
            FollowUp.case_id.label("its_case"),
        )
        .join(Case, Case.id == FollowUp.case_id)
        .where(
            FollowUp.promise_on >= wanted.span.start,
            FollowUp.promise_on <= wanted.span.end,
            FollowUp.promise_on < clock.today(),
            counted_case(),
            reach.held(FollowUp.user_id, group_of_follow_up()),
            *narrowed(wanted, columns),
        )
    )


def _judgeable(session: Session, wanted: Wanted, due: Select[*tuple[Any, ...]]) -> dict[int, _Promise]:
    graces: dict[str, int] = {}
    found: dict[int, _Promise] = {}
    for number, key, product, given, on, amount, _ in session.execute(due):
        if product not in graces:
            graces[product] = int(parameters.value(session, "promise_grace_days", product=product))
        last = on + graces[product] * _DAY
        if last < clock.today():
            named = wanted.span.part_of(clock.midnight(on)) if wanted.by == "period" else key
            found[number] = _Promise(named, clock.local_date(given), on, last, amount)
    return found


def _came(session: Session, due: Select[*tuple[Any, ...]], promises: dict[int, _Promise]) -> dict[int, Decimal]:
    """What the orders took between the day of the promise and its last day."""
    p = due.subquery()
    query = (
        select(p.c.id, Repayment.paid_at, LedgerLine.at, LedgerLine.amount)
        .join(CaseOrder, CaseOrder.case_id == p.c.its_case)
        .join(LedgerLine, LedgerLine.order_id == CaseOrder.order_id)
        .join(Repayment, Repayment.id == LedgerLine.repayment_id)
        .where(LedgerLine.kind == LineKind.ALLOCATION, held_in_case(Repayment.paid_at))
    )
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for number, paid_at, at_, amount in session.execute(query):
        promise = promises.get(number)
        if promise and promise.given <= clock.local_date(paid_at) and clock.local_date(at_) <= promise.last:
            found[number] += amount
    return found


def _owed(session: Session, due: Select[*tuple[Any, ...]]) -> dict[int, Decimal]:
    """What the case's orders owed when a promise without an amount was given."""
    p = due.where(FollowUp.promise_amount.is_(None)).subquery()
    held = and_(CaseOrder.joined_at <= p.c.at, or_(CaseOrder.left_at.is_(None), CaseOrder.left_at > p.c.at))
    query = (
        select(p.c.id, owing(p.c.at))
        .join(CaseOrder, and_(CaseOrder.case_id == p.c.its_case, held))
        .join(LoanOrder, LoanOrder.id == CaseOrder.order_id)
        .join(LedgerLine, LedgerLine.order_id == LoanOrder.id)
        .group_by(p.c.id)
    )
    return {number: amount or ZERO for number, amount in session.execute(query)}
