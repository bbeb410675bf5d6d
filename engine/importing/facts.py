"""What is known already that rows of an import are held against, read a batch at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from engine.errors import NotFound
from engine.importing.cells import Cells
from engine.intake import NewOrder
from engine.models import Customer, LoanOrder, Product, Repayment


class KnownOrder(NamedTuple):
    """An order as far as imports compare it; `order` is empty in a trial run."""

    customer: str
    product: str
    currency: str
    disbursed_on: dt.date
    due_on: dt.date
    loan_id: str | None
    instalment_no: int | None
    principal: Decimal
    interest: Decimal
    fees: Decimal
    penalty: Decimal
    order: LoanOrder | None = None


def known_order(customer: str, said: LoanOrder | NewOrder) -> KnownOrder:
    """What a row or a stored order says."""
    return KnownOrder(
        customer=customer,
        product=said.product,
        currency=said.currency,
        disbursed_on=said.disbursed_on,
        due_on=said.due_on,
        loan_id=said.loan_id,
        instalment_no=said.instalment_no,
        principal=said.principal,
        interest=said.interest,
        fees=said.fees,
        penalty=said.penalty,
    )


class KnownRepayment(NamedTuple):
    """A repayment as far as imports compare it."""

    customer: str
    order: str | None
    amount: Decimal
    paid_at: dt.datetime
    channel: str
    posted_at: dt.datetime | None
    reverses: str | None
    reversed: bool = False


@dataclass
class Known:
    """What the rows at hand speak of, by the lender's ids. What a trial run would load is added as it goes."""

    customers: dict[str, Customer | None] = field(default_factory=dict)
    orders: dict[str, KnownOrder] = field(default_factory=dict)
    repayments: dict[str, KnownRepayment] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)  # currency by code

    def id_of(self, customer_no: str) -> int:
        """The id of a customer that a judged row names. Raises NotFound."""
        found = self.customers.get(customer_no)
        if found is None:
            raise NotFound(what="customer", key=customer_no)
        return found.id


def customers_of(session: Session, kind: str, rows: Collection[Cells]) -> list[int]:
    """The customers that rows will touch, in order of id: they are locked before anything else is read."""
    named = _named(rows, "customer_id")
    ids = set(session.scalars(select(Customer.id).where(Customer.customer_no.in_(named))))
    if kind == "repayments":
        orders, reversed_nos = _named(rows, "order_id"), _named(rows, "reverses")
        ids |= set(session.scalars(select(LoanOrder.customer_id).where(LoanOrder.order_no.in_(orders))))
        ids |= set(session.scalars(select(Repayment.customer_id).where(Repayment.repayment_no.in_(reversed_nos))))
    return sorted(ids)


def load(session: Session, kind: str, rows: Collection[Cells], known: Known) -> None:
    """Add what the database knows of what rows name; what `known` has already stays."""
    if kind != "customers":
        _load_orders(session, _named(rows, "order_id"), known)
    if kind == "orders":
        for product in session.scalars(select(Product)):
            known.products.setdefault(product.code, product.currency)
    if kind == "repayments":
        _load_repayments(session, _named(rows, "repayment_id") | _named(rows, "reverses"), known)
    named = _named(rows, "customer_id") | {each.customer for each in known.orders.values()}
    named |= {each.customer for each in known.repayments.values()}
    _load_customers(session, named, known, with_contacts=kind == "customers")


def _named(rows: Iterable[Cells], column: str) -> set[str]:
    return {name for row in rows if (name := row.plain(column))}


def _load_customers(session: Session, named: set[str], known: Known, *, with_contacts: bool) -> None:
    query = select(Customer).where(Customer.customer_no.in_(named - known.customers.keys()))
    if with_contacts:
        query = query.options(selectinload(Customer.contacts))
    for customer in session.scalars(query):
        known.customers.setdefault(customer.customer_no, customer)


def _load_orders(session: Session, named: set[str], known: Known) -> None:
    query = select(LoanOrder, Customer.customer_no).join(Customer, Customer.id == LoanOrder.customer_id)
    for order, customer in session.execute(query.where(LoanOrder.order_no.in_(named - known.orders.keys()))):
        known.orders[order.order_no] = known_order(customer, order)._replace(order=order)


def _load_repayments(session: Session, named: set[str], known: Known) -> None:
    target = aliased(Repayment)
    query = (
        select(Repayment, Customer.customer_no, target.repayment_no)
        .join(Customer, Customer.id == Repayment.customer_id)
        .outerjoin(target, target.id == Repayment.reverses_id)
        .where(Repayment.repayment_no.in_(named - known.repayments.keys()))
    )
    for each, customer, reverses in session.execute(query):
        known.repayments[each.repayment_no] = KnownRepayment(
            customer,
            each.order_no,
            each.amount,
            each.paid_at,
            each.channel,
            each.posted_at,
            reverses,
            each.reversed_at is not None,
        )
