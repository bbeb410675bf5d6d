"""Rows of orders: typed and held against what is known."""

from __future__ import annotations

from decimal import Decimal

from engine.importing.cells import Cells
from engine.importing.facts import Known, known_order
from engine.importing.reasons import Refused
from engine.importing.verdicts import Change, Create, Unchanged, Verdict, same
from engine.intake import NewOrder
from engine.ledger import COMPONENTS

_FIXED = ("product", "currency", "disbursed_on", "due_on")
_FIXED_IF_GIVEN = ("loan_id", "instalment_no")


def typed(row: Cells, extra: dict[str, str]) -> NewOrder:
    """The row as a new order. Raises Refused."""
    return NewOrder(
        order_id=row.required("order_id", 80),
        customer_id=row.required("customer_id", 80),
        product=row.required("product", 40),
        currency=row.currency("currency"),
        disbursed_on=row.date("disbursed_on"),
        due_on=row.date("due_on"),
        principal=row.amount("principal"),
        interest=row.amount("interest"),
        fees=row.amount("fees"),
        penalty=row.amount("penalty") if row.given("penalty") else Decimal("0.00"),
        loan_id=row.text("loan_id", 80),
        instalment_no=row.whole("instalment_no"),
        extra=dict(extra),
    )


def judge(new: NewOrder, row: Cells, known: Known) -> Verdict:
    """A known order may change its amounts; a penalty left out stays. Raises Refused."""
    if new.customer_id not in known.customers:
        raise Refused("customer_id", "unknown_customer", id=new.customer_id)
    order = known.orders.get(new.order_id)
    if order is None:
        return _create(new, known)
    same(new.order_id, "customer_id", order.customer, new.customer_id)
    for column in (*_FIXED, *(each for each in _FIXED_IF_GIVEN if row.given(each))):
        same(new.order_id, column, getattr(order, column), getattr(new, column))
    said = [each for each in COMPONENTS if row.given(each)]
    amounts = {each: getattr(new, each) for each in said if getattr(new, each) != getattr(order, each)}
    return Change(new, amounts) if amounts else Unchanged(new)


def _create(new: NewOrder, known: Known) -> Create:
    """A product has the currency of its first order."""
    currency = known.products.setdefault(new.product, new.currency)
    if currency != new.currency:
        raise Refused("currency", "product_currency", product=new.product, currency=currency)
    known.orders[new.order_id] = known_order(new.customer_id, new)
    return Create(new)
