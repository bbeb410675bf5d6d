"""What orders owe, and how that changes without money: charging, adjusting, forgiving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.errors import Invalid
from engine.ledger.book import COMPONENTS, ZERO, Account
from engine.ledger.lines import Line, accounts, amounts_of, changes, derive, line, priority, read, settle_up, write
from engine.ledger.replaying import replay
from engine.models import LineKind, LoanOrder, Repayment

_ORDERS: Any = LoanOrder.__table__


def charge(
    session: Session, order: LoanOrder, at: dt.datetime | None = None, *, awaited: bool = True
) -> list[LoanOrder]:
    """`charge_all` for one order."""
    return charge_all(session, [order], at, awaited=awaited)


def charge_all(
    session: Session, orders: Sequence[LoanOrder], at: dt.datetime | None = None, *, awaited: bool = True
) -> list[LoanOrder]:
    """Write what new orders owe, and let money that named them before they were known reach them.

    The orders carry their four amounts and `known_at`; they are added and flushed here if they were not. `at` is the
    value date (default: now). `awaited=False` spares the look for waiting money. Returns the orders, of these and of
    the customers' others, whose balance such money moved.
    """
    session.add_all(orders)
    for order in orders:
        derive(order, ZERO, ZERO)
    session.flush()
    write(session, [each for order in orders for each in _lines(order, LineKind.CHARGE, amounts_of(order), at)])
    if not awaited:
        return []
    waiting = _awaiting(session, orders)
    return [order for customer, first in waiting.items() for order in replay(session, customer, at=None, cause=first)]


def charge_new(session: Session, orders: Sequence[LoanOrder]) -> None:
    """`charge_all` for orders that no money waits for and nobody holds: a statement a table, whatever their number.

    The orders are written as they are, with their ids then; they are not of the session.
    """
    for order in orders:
        derive(order, ZERO, ZERO)
    columns = [each.key for each in _ORDERS.columns if each.key != "id"]
    rows = [{name: getattr(order, name) for name in columns} for order in orders]
    written = insert(_ORDERS).returning(_ORDERS.c.order_no, _ORDERS.c.id)
    id_of: dict[str, int] = dict(session.execute(written, rows).all()) if rows else {}
    for order in orders:
        order.id = id_of[order.order_no]
    write(session, [each for order in orders for each in _lines(order, LineKind.CHARGE, amounts_of(order), None)])


def adjust(
    session: Session, order: LoanOrder, amounts: Mapping[str, Decimal], at: dt.datetime | None = None
) -> list[LoanOrder]:
    """Set components of an order to other amounts; the difference becomes adjustment lines.

    A component that falls below what was paid gives the surplus to the order's others, then back to unapplied credit,
    the latest repayment's first; credit is never applied by itself. Returns [order] if its balance moved, else [].
    """
    deltas = _deltas(order, amounts)
    if not deltas:
        return []
    written = read(session, [order.id])
    before, after = accounts([order], written)[order.id], accounts([order], written)[order.id]
    after.adjust(deltas, priority(session, order, clock.now()))
    for component, delta in deltas.items():
        setattr(order, component, getattr(order, component) + delta)
    moved = changes(before, after, at or clock.now(), None)
    write(session, [*_lines(order, LineKind.ADJUSTMENT, deltas, at), *moved])
    _loosen(session, before, after)
    touched = settle_up(order, after)
    session.flush()
    return [order] if touched else []


def forgive(session: Session, orders: Iterable[LoanOrder], actor_id: int | None) -> Decimal:
    """Waive all that orders still owe; returns how much that was."""
    orders = [each for each in orders if each.outstanding]
    book = accounts(orders, read(session, [each.id for each in orders]))
    total = ZERO
    for order in orders:
        left = {each: amount for each, amount in book[order.id].left.items() if amount}
        write(session, _lines(order, LineKind.WAIVER, left, None))
        total += order.outstanding
        history.record(
            session,
            "forgiven",
            customer_id=order.customer_id,
            actor_id=actor_id,
            order=order.order_no,
            amounts={each: str(amount) for each, amount in left.items()},
        )
        derive(order, order.paid, order.waived + order.outstanding)
    session.flush()
    return total


def _lines(order: LoanOrder, kind: LineKind, amounts: Mapping[str, Decimal], at: dt.datetime | None) -> list[Line]:
    at = at or clock.now()
    return [line(order.id, kind, each, amounts[each], at=at) for each in COMPONENTS if amounts.get(each)]


def _deltas(order: LoanOrder, amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    charged = amounts_of(order)
    for component, amount in amounts.items():
        if component not in charged:
            raise Invalid(field=component, reason="it is no component of an order")
        if amount < 0:
            raise Invalid(field=component, reason="an amount is not negative")
    return {
        each: amounts[each] - charged[each] for each in COMPONENTS if each in amounts and amounts[each] != charged[each]
    }


def _loosen(session: Session, before: Account, after: Account) -> None:
    """What came loose is its repayment's unapplied credit again."""
    ids = {repayment_id for repayment_id, _ in before.paid}
    freed = {each: before.paid_by(each) - after.paid_by(each) for each in ids}
    for repayment in session.scalars(
        select(Repayment).where(Repayment.id.in_([each for each in freed if freed[each]]))
    ):
        repayment.unapplied += freed[repayment.id]


def _awaiting(session: Session, orders: Sequence[LoanOrder]) -> dict[int, int]:
    """Customers whose money waits for one of these orders, with the first such repayment; it learns its product and
    currency now."""
    by_no = {each.order_no: each for each in orders}
    query = select(Repayment).where(Repayment.order_no.in_(by_no), Repayment.reverses_id.is_(None))
    customers: dict[int, int] = {}
    for repayment in session.scalars(query.order_by(Repayment.customer_id, Repayment.id)):
        order = by_no[str(repayment.order_no)]
        if order.customer_id == repayment.customer_id:
            repayment.product, repayment.currency = order.product, order.currency
            if repayment.reversed_at is None:
                customers.setdefault(repayment.customer_id, repayment.id)
    return customers
