"""Putting a portfolio into an empty database: every order is there from the start, known at 00:00 of its disbursal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, intake, ledger, search
from engine.db import begin_write
from engine.intake import NewCustomer, NewOrder
from engine.models import Customer, Instant, LedgerLine, LineKind, LoanOrder

_CHUNK = 2000
T = TypeVar("T")
Progress = Callable[[int], None]


def load(
    sessions: sessionmaker[Session],
    customers: Iterable[NewCustomer],
    orders: Iterable[NewOrder],
    start: dt.datetime,
    progress: Progress = lambda _done: None,
) -> dict[str, int]:
    """Inserts customers and orders, known from `start` at the earliest; gives each customer's row id by number."""
    for chunk in chunks(customers, _CHUNK):
        with sessions() as session:
            begin_write(session)
            session.execute(insert(Customer), [_customer(each, start) for each in chunk])
            session.commit()
        progress(len(chunk))
    with sessions() as session:
        ids: dict[str, int] = {
            row.customer_no: row.id for row in session.execute(select(Customer.customer_no, Customer.id))
        }
    for part in chunks(ids.values(), _CHUNK):
        with sessions() as session:
            begin_write(session)
            search.index(session, part)
            session.commit()
    known: set[str] = set()
    for batch in chunks(orders, _CHUNK):
        with sessions() as session:
            begin_write(session)
            _products(session, batch, known)
            session.execute(insert(LoanOrder), [_order(session, each, ids[each.customer_id], start) for each in batch])
            session.commit()
        progress(len(batch))
    with sessions() as session:
        begin_write(session)
        _charge(session, start)
        session.commit()
    return ids


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _customer(new: NewCustomer, start: dt.datetime) -> dict[str, Any]:
    return {
        "customer_no": new.customer_id,
        "name": new.name,
        "id_number": new.id_number,
        "language": new.language,
        "timezone": new.timezone,
        "jurisdiction": new.jurisdiction,
        "extra": new.extra,
        "created_at": start,
    }


def _products(session: Session, orders: Iterable[NewOrder], known: set[str]) -> None:
    for order in orders:
        if order.product not in known:
            known.add(order.product)
            session.add(intake.product_of(order.product, order.currency))
    session.flush()


def _order(session: Session, new: NewOrder, customer_id: int, start: dt.datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "order_no": new.order_id,
        "customer_id": customer_id,
        "product": new.product,
        "currency": new.currency,
        "loan_id": new.loan_id,
        "instalment_no": new.instalment_no,
        "disbursed_on": new.disbursed_on,
        "due_on": new.due_on,
        "known_at": max(clock.midnight(new.disbursed_on), start),
        "principal": new.principal,
        "interest": new.interest,
        "fees": new.fees,
        "penalty": new.penalty,
        "outstanding": new.principal + new.interest + new.fees + new.penalty,
        "extra": new.extra,
    }
    row["settled_at"] = start if row["outstanding"] == 0 else None
    row["next_step_at"] = _first_step_at(session, LoanOrder(**row))
    return row


def _charge(session: Session, start: dt.datetime) -> None:
    """The charge lines of all orders, as `ledger.charge` writes them one by one."""
    at, kind = literal(start, Instant()), literal(str(LineKind.CHARGE))
    columns = ["order_id", "kind", "component", "amount", "at", "recorded_at"]
    for component in ledger.COMPONENTS:
        amount = getattr(LoanOrder, component)
        charged = select(LoanOrder.id, kind, literal(component), amount, at, at).where(amount > 0)
        session.execute(insert(LedgerLine).from_select(columns, charged))


def _first_step_at(session: Session, order: LoanOrder) -> dt.datetime | None:
    """As `intake.next_step_at`, seen from the moment the order becomes known."""
    if order.outstanding <= 0:
        return None
    return min(intake.near_at(session, order), intake.overdue_at(order))
