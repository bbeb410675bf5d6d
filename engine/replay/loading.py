"""Putting a portfolio into an empty database: every order is there from the start, known from 00:00 of its disbursal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, intake, ledger
from engine.db import begin_write
from engine.intake import NewCustomer, NewOrder
from engine.models import Customer, LoanOrder, Product

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
    """Inserts customers and orders; gives each customer's row id by number. Orders are known from `start` at the earliest."""
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
    known: set[str] = set()
    for batch in chunks(orders, _CHUNK):
        with sessions() as session:
            begin_write(session)
            _products(session, batch, known)
            rows = [_order(each, ids[each.customer_id], start) for each in batch]
            ledger.charge_all(session, rows, start, awaited=False)
            for row in rows:
                row.next_step_at = _first_step_at(session, row)
            session.commit()
        progress(len(batch))
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
            session.add(
                Product(code=order.product, name_zh=order.product, name_en=order.product, currency=order.currency)
            )
    session.flush()


def _order(new: NewOrder, customer_id: int, start: dt.datetime) -> LoanOrder:
    return LoanOrder(
        order_no=new.order_id,
        customer_id=customer_id,
        product=new.product,
        currency=new.currency,
        loan_id=new.loan_id,
        instalment_no=new.instalment_no,
        disbursed_on=new.disbursed_on,
        due_on=new.due_on,
        known_at=max(clock.midnight(new.disbursed_on), start),
        principal=new.principal,
        interest=new.interest,
        fees=new.fees,
        penalty=new.penalty,
        outstanding=Decimal(0),
        extra=new.extra,
    )


def _first_step_at(session: Session, order: LoanOrder) -> dt.datetime | None:
    """As `intake.next_step_at`, seen from the moment the order becomes known."""
    if order.outstanding <= 0:
        return None
    return min(intake.near_at(session, order), intake.overdue_at(order))
