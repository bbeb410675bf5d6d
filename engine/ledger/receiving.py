"""Money that comes in and money that goes back: receiving, reversing, and replaying what came later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import DunflowError, Invalid, NotFound
from engine.ledger.book import ZERO, Account, targets
from engine.ledger.lines import derive, line, open_accounts, priority, write
from engine.ledger.replaying import replay
from engine.models import Customer, LineKind, LoanOrder, Repayment


class Incoming(Protocol):
    """A repayment as it arrives: `engine.intake.NewRepayment` is one."""

    @property
    def repayment_id(self) -> str: ...
    @property
    def paid_at(self) -> dt.datetime: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def order_id(self) -> str | None: ...
    @property
    def customer_id(self) -> str | None: ...
    @property
    def channel(self) -> str: ...
    @property
    def posted_at(self) -> dt.datetime | None: ...
    @property
    def reverses(self) -> str | None: ...
    @property
    def extra(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Receipt:
    """A repayment as recorded, and the orders whose balance it moved."""

    repayment: Repayment
    touched: list[LoanOrder]


class NotReversible(DunflowError):
    """Repayment {repayment} cannot be reversed: {reason}."""

    status = 422


def receive(
    session: Session,
    new: Incoming,
    *,
    customer_id: int | None = None,
    orders: Sequence[LoanOrder] | None = None,
) -> Receipt:
    """Record a repayment and allocate it whole; one with `reverses` takes another back (see `reverse`).

    The caller holds the customer's lock. `customer_id` (the row's id) and `orders` spare queries where the caller has
    them; `orders` are then all the customer's that are open or named. Raises NotFound when neither the order nor the
    customer is known; an unknown order of a known customer keeps the money waiting for it.
    """
    if new.reverses:
        return reverse(session, new)
    if new.amount <= 0:
        raise Invalid(field="amount", reason="a repayment is more than nothing")
    if customer_id is None:
        customer_id = _customer_of(session, new)
    if orders is None:
        orders = _candidates(session, customer_id, new.order_id)
    repayment = _record(new, customer_id, orders)
    moved = _allocate(session, repayment, targets(repayment, orders))
    session.add(repayment)
    session.flush()
    write(
        session,
        [
            line(
                account.order_id,
                LineKind.ALLOCATION,
                component,
                amount,
                at=repayment.paid_at,
                repayment_id=repayment.id,
            )
            for account, _ in moved
            for (_, component), amount in account.paid.items()
        ],
    )
    return Receipt(repayment, [order for _, order in moved])


def reverse(session: Session, new: Incoming) -> Receipt:
    """Take back the whole repayment that `new.reverses` names: negative lines, and all that came later is allocated
    anew, so that balances are what they would be had it never come.

    Raises NotFound, or NotReversible when it is a reversal itself, is reversed already, or differs in amount or date.
    """
    target = session.scalar(select(Repayment).where(Repayment.repayment_no == new.reverses))
    if target is None:
        raise NotFound(what="repayment", key=new.reverses)
    if obstacle := _obstacle(target, new):
        raise NotReversible(repayment=new.reverses, reason=obstacle)
    reversal = _record(new, target.customer_id, ())
    reversal.order_no, reversal.product, reversal.currency = target.order_no, target.product, target.currency
    reversal.reverses_id, reversal.unapplied = target.id, ZERO
    target.reversed_at, target.unapplied = new.paid_at, ZERO
    session.add(reversal)
    session.flush()
    return Receipt(reversal, replay(session, target.customer_id, at=new.paid_at, cause=reversal.id))


def _obstacle(target: Repayment, new: Incoming) -> str | None:
    checks = {
        "it is a reversal itself": target.reverses_id is not None,
        "it is reversed already": target.reversed_at is not None,
        "the amount differs": target.amount != new.amount,
        "it came later than its reversal": target.paid_at > new.paid_at,
    }
    return next((reason for reason, stands in checks.items() if stands), None)


def _record(new: Incoming, customer_id: int, orders: Iterable[LoanOrder]) -> Repayment:
    named = next((each for each in orders if each.order_no == new.order_id), None)
    currencies = {each.currency for each in orders} if new.order_id is None else set()
    currency = named.currency if named else currencies.pop() if len(currencies) == 1 else None
    return Repayment(
        repayment_no=new.repayment_id,
        customer_id=customer_id,
        order_no=new.order_id,
        currency=currency,
        product=named.product if named else None,
        amount=new.amount,
        unapplied=new.amount,
        paid_at=new.paid_at,
        posted_at=new.posted_at,
        received_at=clock.now(),
        channel=new.channel,
        extra=dict(new.extra),
    )


def _customer_of(session: Session, new: Incoming) -> int:
    """The row id of the named customer, or of the named order's."""
    if new.customer_id is not None:
        found = session.scalar(select(Customer.id).where(Customer.customer_no == new.customer_id))
        what, key = "customer", new.customer_id
    else:
        found = session.scalar(select(LoanOrder.customer_id).where(LoanOrder.order_no == new.order_id))
        what, key = "order", str(new.order_id)
    if found is None:
        raise NotFound(what=what, key=key)
    return found


def _candidates(session: Session, customer_id: int, order_no: str | None) -> list[LoanOrder]:
    """The customer's orders a repayment may go to; one that names none needs them all, to know its currency."""
    query = select(LoanOrder).where(LoanOrder.customer_id == customer_id)
    if order_no is not None:
        query = query.where(or_(LoanOrder.outstanding > ZERO, LoanOrder.order_no == order_no))
    return list(session.scalars(query))


def _allocate(session: Session, repayment: Repayment, orders: Sequence[LoanOrder]) -> list[tuple[Account, LoanOrder]]:
    """Pay the orders in turn; returns those that took something, with what they took, and leaves the rest unapplied."""
    wanted = _reached(orders, repayment.amount)
    book: Mapping[int, Account] = open_accounts(session, wanted)
    moved = []
    for order in wanted:
        account, before = book[order.id], repayment.unapplied
        repayment.unapplied = account.pay(0, before, priority(session, order, repayment.received_at))
        derive(order, order.paid + before - repayment.unapplied, order.waived)
        moved.append((account, order))
    return moved


def _reached(orders: Sequence[LoanOrder], amount: Decimal) -> list[LoanOrder]:
    """The open orders that the amount reaches, so that no line is read for the others."""
    found = []
    for order in orders:
        if amount <= 0:
            break
        if order.outstanding > 0:
            found.append(order)
            amount -= order.outstanding
    return found
