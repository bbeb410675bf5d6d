"""Ledger lines in and out of SQL, and the columns of orders and repayments that follow from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import clock, parameters
from engine.ledger.book import COMPONENTS, ZERO, Account
from engine.models import LedgerLine, LineKind, LoanOrder

Line = dict[str, Any]


def priority(session: Session, order: LoanOrder, at: dt.datetime) -> list[str]:
    """In which order money settled this product's components at an instant."""
    named: list[str] = parameters.value(session, "allocation_order", product=order.product, at=at)
    return named


def amounts_of(order: LoanOrder) -> dict[str, Decimal]:
    """What is charged on an order by now, by component."""
    return {each: getattr(order, each) for each in COMPONENTS}


def line(
    order_id: int,
    kind: LineKind,
    component: str,
    amount: Decimal,
    *,
    at: dt.datetime,
    repayment_id: int | None = None,
) -> Line:
    """A line not yet written; `at` is its value date."""
    return {
        "order_id": order_id,
        "repayment_id": repayment_id,
        "kind": str(kind),
        "component": component,
        "amount": amount,
        "at": at,
        "recorded_at": clock.now(),
    }


def write(session: Session, lines: Sequence[Line]) -> None:
    """Append lines. The rows they point to must have been flushed."""
    if lines:
        session.execute(insert(LedgerLine.__table__), lines)  # type: ignore[arg-type]


def read(session: Session, order_ids: Iterable[int]) -> list[LedgerLine]:
    """The lines of orders, as written."""
    wanted = LedgerLine.order_id.in_(list(order_ids))
    return list(session.scalars(select(LedgerLine).where(wanted).order_by(LedgerLine.id)))


def accounts(orders: Iterable[LoanOrder], lines: Iterable[LedgerLine]) -> dict[int, Account]:
    """Accounts as the lines say, by order id."""
    found = {each.id: Account(each.id, {}) for each in orders}
    for each in lines:
        account = found[each.order_id]
        if each.kind == LineKind.ALLOCATION and each.repayment_id is not None:
            account.record(each.repayment_id, each.component, each.amount)
        elif each.kind == LineKind.WAIVER:
            account.waived[each.component] += each.amount
            account.left[each.component] -= each.amount
        else:
            account.left[each.component] += each.amount
    return found


def open_accounts(session: Session, orders: Sequence[LoanOrder]) -> dict[int, Account]:
    """Accounts good for paying into: what is left by component, without who paid before.

    Lines are read only where the order's own columns do not tell: several components, some of it gone.
    """
    plain = {each.id: account for each in orders if (account := _plain(each))}
    others = [each for each in orders if each.id not in plain]
    if others:
        for order_id, full in accounts(others, read(session, [each.id for each in others])).items():
            plain[order_id] = Account(order_id, full.left)
    return plain


def _plain(order: LoanOrder) -> Account | None:
    charged = amounts_of(order)
    if order.outstanding == sum(charged.values()):
        return Account(order.id, charged)
    filled = [each for each in COMPONENTS if charged[each]]
    return Account(order.id, {filled[0]: order.outstanding}) if len(filled) == 1 else None


def derive(order: LoanOrder, paid: Decimal, waived: Decimal) -> bool:
    """Give the derived columns what the lines say; returns whether that changed anything."""
    before = (order.paid, order.waived, order.outstanding)
    order.paid, order.waived = paid, waived
    order.outstanding = sum(amounts_of(order).values(), ZERO) - paid - waived
    if order.outstanding:
        order.settled_at = None
    elif order.settled_at is None:
        order.settled_at = clock.now()
    return before != (order.paid, order.waived, order.outstanding)


def settle_up(order: LoanOrder, account: Account) -> bool:
    """`derive` from a fully loaded account."""
    return derive(order, sum(account.paid.values(), ZERO), sum(account.waived.values(), ZERO))


def changes(before: Account, after: Account, at: dt.datetime, cause: int | None) -> list[Line]:
    """The lines that lead from one state of an account to another; `cause` is the repayment that moved a waiver."""
    found: list[Line] = []
    for key in sorted({*before.paid, *after.paid}):
        moved = after.paid.get(key, ZERO) - before.paid.get(key, ZERO)
        if moved:
            found.append(line(after.order_id, LineKind.ALLOCATION, key[1], moved, at=at, repayment_id=key[0]))
    for component in COMPONENTS:
        moved = after.waived[component] - before.waived[component]
        if moved:
            found.append(line(after.order_id, LineKind.WAIVER, component, moved, at=at, repayment_id=cause))
    return found
