"""What must hold of orders, repayments and their ledger lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.models import (
    LedgerLine,
    LoanOrder,
    Repayment,
)
from tests.crashes.counting import ZERO, Problems, counted, once, same

COMPONENTS = ("principal", "interest", "fees", "penalty")


def orders(session: Session) -> Problems:
    """Amounts of orders are the sums of their lines; a settled one is in no case and on no clock."""
    charged: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    gone: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    charges: Counter[tuple[int, str]] = Counter()
    for line in session.scalars(select(LedgerLine)):
        if line.kind in ("charge", "adjustment"):
            charged[line.order_id, line.component] += line.amount
            charges[line.order_id, line.component] += line.kind == "charge"
        else:
            gone[line.order_id, line.kind] += line.amount
    yield from (f"order {key} was charged {n} times" for key, n in charges.items() if n > 1)
    for order in session.scalars(select(LoanOrder)):
        for each in COMPONENTS:
            yield from same(f"{order.order_no}.{each}", getattr(order, each), charged[order.id, each])
        paid, waived = gone[order.id, "allocation"], gone[order.id, "waiver"]
        left = sum((charged[order.id, each] for each in COMPONENTS), ZERO) - paid - waived
        yield from same(f"{order.order_no}.paid", order.paid, paid)
        yield from same(f"{order.order_no}.waived", order.waived, waived)
        yield from same(f"{order.order_no}.outstanding", order.outstanding, left)
        yield from same(f"{order.order_no} settled", order.settled_at is not None, left == 0)
        if order.settled_at is not None and (order.case_id or order.next_step_at):
            yield f"settled order {order.order_no} is in case {order.case_id}, next step {order.next_step_at}"
        if order.settled_at is None and order.case_id is None and order.next_step_at is None:
            yield f"unpaid order {order.order_no} is in no case and on no clock"


def repayments(session: Session) -> Problems:
    """Each repayment is allocated once: its lines and what is left of it make its amount."""
    allocated: dict[int | None, Decimal] = defaultdict(Decimal)
    for line in session.scalars(select(LedgerLine).where(LedgerLine.kind == "allocation")):
        allocated[line.repayment_id] += line.amount
    rows = {each.id: each for each in session.scalars(select(Repayment))}
    reversed_ids = {each.reverses_id for each in rows.values() if each.reverses_id is not None}
    for each in rows.values():
        counts = each.id not in reversed_ids and each.reverses_id is None
        yield from same(f"{each.repayment_no} reversed", each.reversed_at is not None, each.id in reversed_ids)
        yield from same(f"{each.repayment_no} allocated", allocated[each.id] + each.unapplied, _amount(each, counts))
    told = counted(session, "repayment_received", "repayment_no") + counted(
        session, "repayment_reversed", "repayment_no"
    )
    yield from same("told of repayments", told, Counter(each.repayment_no for each in rows.values()))
    yield from same("told of orders", counted(session, "order_imported", "order_no"), once(session, LoanOrder.order_no))


def _amount(repayment: Repayment, counts: bool) -> Decimal:
    return repayment.amount if counts else ZERO
