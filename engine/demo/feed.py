"""Money of the demo's accounts that arrives as the demo's clock passes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, intake
from engine.db import begin_write
from engine.demo import accounts
from engine.demo.ticking import ROW
from engine.intake import NewRepayment
from engine.models import Customer, DemoClock

NO_MORE = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


def feed(sessions: sessionmaker[Session]) -> int:
    """Let the money come that has been paid by now, each at its own instant. Gives how many repayments.

    `fed_until` moves in the same transaction as the money: a killed feed goes on, nothing comes twice.
    """
    count = 0
    for at in instants(sessions, clock.now()):
        with clock.use(at):
            count += _feed_at(sessions, at)
    return count


def instants(sessions: sessionmaker[Session], until: dt.datetime) -> list[dt.datetime]:
    """When money comes that has not come yet, up to and including `until`; nothing to do before the next of them."""
    with sessions() as session:
        row = session.get(DemoClock, ROW)
        if row is None or until <= row.fed_until:
            return []
        times = sorted({new.paid_at for new in _repayments(row) if new.paid_at > row.fed_until})
    due = [at for at in times if at <= until]
    if not due:
        _nothing_before(sessions, times[0] if times else NO_MORE)
    return due


def _nothing_before(sessions: sessionmaker[Session], next_at: dt.datetime) -> None:
    """Spare later calls reading the accounts again."""
    with sessions() as session:
        begin_write(session)
        row = session.get_one(DemoClock, ROW, with_for_update=True)
        row.fed_until = max(row.fed_until, next_at - dt.timedelta(microseconds=1))
        session.commit()


def _feed_at(sessions: sessionmaker[Session], at: dt.datetime) -> int:
    """All that comes at one instant, in one transaction."""
    with sessions() as session:
        begin_write(session)
        row = session.get_one(DemoClock, ROW, with_for_update=True)
        if row.fed_until >= at:
            return 0  # somebody else was faster
        news = [new for new in _repayments(row) if new.paid_at == at]
        receive(session, news)
        row.fed_until = at
        session.commit()
    return len(news)


def receive(session: Session, news: list[NewRepayment]) -> None:
    """Book repayments, their customers locked together first."""
    numbers = {str(new.customer_id) for new in news}
    rows = session.execute(select(Customer.customer_no, Customer.id).where(Customer.customer_no.in_(numbers)))
    ids = {row.customer_no: row.id for row in rows}
    intake.lock_customers(session, ids.values())
    for new in news:
        intake.receive(session, new, customer_id=ids[str(new.customer_id)])


def _repayments(row: DemoClock) -> Iterator[NewRepayment]:
    yield from repayments(row.customers, row.shift_months)


def repayments(customers: int, shift_months: int) -> Iterator[NewRepayment]:
    """The accounts' repayments, typed; times are the lender's."""
    for each in accounts.repayment_rows(customers, shift_months):
        yield NewRepayment(
            repayment_id=each["repayment_id"],
            paid_at=dt.datetime.fromisoformat(each["paid_at"]).replace(tzinfo=clock.zone()).astimezone(dt.UTC),
            amount=Decimal(each["amount"]),
            order_id=each["order_id"],
            customer_id=each["customer_id"],
            channel=each["channel"],
        )


def by_instant(news: list[NewRepayment]) -> list[tuple[dt.datetime, list[NewRepayment]]]:
    """Grouped by when the money comes, earliest first, at one instant in their own order."""
    ordered = sorted(news, key=lambda new: new.paid_at)
    return [(at, list(group)) for at, group in groupby(ordered, key=lambda new: new.paid_at)]
