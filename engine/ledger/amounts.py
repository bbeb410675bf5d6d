"""Reading the ledger: amounts by component, what was owed on a date, and where derived columns stray from the lines."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.ledger.book import COMPONENTS, ZERO
from engine.ledger.lines import read
from engine.models import LedgerLine, LineKind, LoanOrder, Repayment


@dataclass(frozen=True)
class Balance:
    """One component of an order: all four are not negative, and `outstanding` = charged - paid - waived."""

    charged: Decimal
    paid: Decimal
    waived: Decimal

    @property
    def outstanding(self) -> Decimal:
        """What is still owed."""
        return self.charged - self.paid - self.waived


def balances(
    session: Session, orders: Iterable[LoanOrder], *, before: dt.datetime | None = None
) -> dict[int, dict[str, Balance]]:
    """By order id and component, from the lines; with `before`, only those whose value date is earlier. One query."""
    ids = [each.id for each in orders]
    query = (
        select(LedgerLine.order_id, LedgerLine.component, LedgerLine.kind, func.sum(LedgerLine.amount))
        .where(LedgerLine.order_id.in_(ids))
        .group_by(LedgerLine.order_id, LedgerLine.component, LedgerLine.kind)
    )
    if before is not None:
        query = query.where(LedgerLine.at < before)
    sums: dict[tuple[int, str, str], Decimal] = defaultdict(lambda: ZERO)
    for order_id, component, kind, amount in session.execute(query):
        sums[order_id, component, kind] = amount
    return {each: {component: _balance(sums, each, component) for component in COMPONENTS} for each in ids}


def outstanding_on(session: Session, orders: Iterable[LoanOrder], on: dt.date) -> dict[int, dict[str, Decimal]]:
    """What orders owe at the end of a business date, by order id and component.

    A later date owes what today does: nothing accrues by itself while the lender's system keeps the ledger.
    """
    found = balances(session, orders, before=clock.midnight(on + dt.timedelta(days=1)))
    return {each: {name: part.outstanding for name, part in parts.items()} for each, parts in found.items()}


def differences(session: Session, customer_id: int) -> list[str]:
    """Where derived columns of a customer's orders and repayments differ from their lines; empty when all is well."""
    orders = list(session.scalars(select(LoanOrder).where(LoanOrder.customer_id == customer_id)))
    lines = read(session, [each.id for each in orders])
    by_order: dict[int, list[LedgerLine]] = defaultdict(list)
    used: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for each in lines:
        by_order[each.order_id].append(each)
        if each.kind == LineKind.ALLOCATION and each.repayment_id is not None:
            used[each.repayment_id] += each.amount
    found = [fault for order in orders for fault in _order_faults(session, order, by_order[order.id])]
    for repayment in session.scalars(select(Repayment).where(Repayment.customer_id == customer_id)):
        stands = repayment.reverses_id is None and repayment.reversed_at is None
        if repayment.unapplied != (repayment.amount - used[repayment.id] if stands else -used[repayment.id]):
            found.append(f"repayment {repayment.repayment_no}: unapplied {repayment.unapplied}")
    return found


def _order_faults(session: Session, order: LoanOrder, lines: list[LedgerLine]) -> list[str]:
    parts = balances(session, [order])[order.id]
    should = {
        **{name: part.charged for name, part in parts.items()},
        "paid": sum((part.paid for part in parts.values()), ZERO),
        "waived": sum((part.waived for part in parts.values()), ZERO),
        "outstanding": sum((part.outstanding for part in parts.values()), ZERO),
        "settled_at": _settled_at(order, lines),
    }
    faults = [
        f"{name} {getattr(order, name)}, not {value}" for name, value in should.items() if getattr(order, name) != value
    ]
    faults += [
        f"{name} below zero" for name, part in parts.items() if min(part.paid, part.waived, part.outstanding) < 0
    ]
    return [f"order {order.order_no}: {fault}" for fault in faults]


def _settled_at(order: LoanOrder, lines: list[LedgerLine]) -> dt.datetime | None:
    """Since when the balance is zero: after each act, that is each business instant of writing."""
    ends: dict[dt.datetime, Decimal] = {}
    left = ZERO
    for each in lines:
        left += each.amount if each.kind in (LineKind.CHARGE, LineKind.ADJUSTMENT) else -each.amount
        ends[each.recorded_at] = left
    if left:
        return None
    since = order.settled_at if not lines else None
    for at, rest in ends.items():
        since = None if rest else since or at
    return since


def _balance(sums: dict[tuple[int, str, str], Decimal], order_id: int, component: str) -> Balance:
    charged = sums[order_id, component, LineKind.CHARGE] + sums[order_id, component, LineKind.ADJUSTMENT]
    return Balance(charged, sums[order_id, component, LineKind.ALLOCATION], sums[order_id, component, LineKind.WAIVER])
