"""Rows of repayments: typed and held against what is known."""

from __future__ import annotations

from engine.importing.cells import Cells
from engine.importing.facts import Known, KnownRepayment
from engine.importing.reasons import Refused
from engine.importing.verdicts import Create, Unchanged, Verdict, same
from engine.intake import NewRepayment


def typed(row: Cells, extra: dict[str, str]) -> NewRepayment:
    """The row as a new repayment, or a reversal. Raises Refused."""
    new = NewRepayment(
        repayment_id=row.required("repayment_id", 80),
        paid_at=row.instant("paid_at"),
        amount=row.amount("amount"),
        order_id=row.text("order_id", 80),
        customer_id=row.text("customer_id", 80),
        channel=row.text("channel", 40) or "",
        posted_at=row.instant("posted_at") if row.given("posted_at") else None,
        reverses=row.text("reverses", 80),
        extra=dict(extra),
    )
    if not new.amount:
        raise Refused("amount", "zero_amount")
    if not (new.order_id or new.customer_id or new.reverses):
        raise Refused("order_id", "missing_either")
    return new


def judge(new: NewRepayment, row: Cells, known: Known) -> Verdict:
    """A known repayment never changes; a new one must belong to somebody known. Raises Refused."""
    prior = known.repayments.get(new.repayment_id)
    if prior is not None:
        _compare(new, row, prior)
        return Unchanged(new)
    customer = _reversed_customer(new, known) if new.reverses else _payer(new, known)
    known.repayments[new.repayment_id] = KnownRepayment(
        customer, new.order_id, new.amount, new.paid_at, new.channel, new.posted_at, new.reverses
    )
    return Create(new)


def _compare(new: NewRepayment, row: Cells, prior: KnownRepayment) -> None:
    if new.customer_id is not None:
        same(new.repayment_id, "customer_id", prior.customer, new.customer_id)
    if prior.reverses is None:
        same(new.repayment_id, "order_id", prior.order, new.order_id)
    for column in ("reverses", "amount", "paid_at"):
        same(new.repayment_id, column, getattr(prior, column), getattr(new, column))
    for column in ("channel", "posted_at"):
        if row.given(column):
            same(new.repayment_id, column, getattr(prior, column), getattr(new, column))


def _payer(new: NewRepayment, known: Known) -> str:
    """Whose money it is. An order not yet known needs the customer beside it: the money waits for it."""
    order = known.orders.get(new.order_id) if new.order_id else None
    if new.customer_id is not None:
        if new.customer_id not in known.customers:
            raise Refused("customer_id", "unknown_customer", id=new.customer_id)
        if order is not None and order.customer != new.customer_id:
            raise Refused("order_id", "not_their_order", id=new.order_id)
        return new.customer_id
    if order is None:
        raise Refused("order_id", "unknown_order", id=new.order_id)
    return order.customer


def _reversed_customer(new: NewRepayment, known: Known) -> str:
    """Whose money goes back. The row must fit the repayment that it reverses."""
    target_id = str(new.reverses)
    if target_id == new.repayment_id:
        raise Refused("reverses", "reverses_itself")
    target = known.repayments.get(target_id)
    if target is None:
        raise Refused("reverses", "reverses_unknown", id=target_id)
    if target.reverses is not None:
        raise Refused("reverses", "reverses_reversal", id=target_id)
    if target.reversed:
        raise Refused("reverses", "reverses_again", id=target_id)
    _fits(new, target, target_id)
    known.repayments[target_id] = target._replace(reversed=True)
    return target.customer


def _fits(new: NewRepayment, target: KnownRepayment, target_id: str) -> None:
    if new.amount != target.amount:
        raise Refused("amount", "reverses_amount", id=target_id, known=f"{target.amount:.2f}")
    if new.customer_id is not None and new.customer_id != target.customer:
        raise Refused("customer_id", "reverses_customer", id=target_id)
    if new.order_id is not None and target.order is not None and new.order_id != target.order:
        raise Refused("order_id", "reverses_order", id=target_id)
    if new.paid_at < target.paid_at:
        raise Refused("paid_at", "reverses_earlier", id=target_id)
