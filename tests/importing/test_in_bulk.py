"""New rows go in together: few statements, and still what each row alone would have come to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, installing, intake, search
from engine.models import Case, Customer, Ending, HistoryEntry, LedgerLine, LoanOrder
from tests.importing.files import NOW, counts, load

Sessions = sessionmaker[Session]
MANY = range(300)
CUSTOMERS = "customer_id,name,phone\n" + "".join(f"C{n},客户{n},1380000{n:04}\n" for n in MANY)
ORDERS = "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"


@contextmanager
def counted(sessions: Sessions) -> Iterator[list[str]]:
    """The statements executed within."""
    with sessions() as session:
        engine = session.get_bind()
    said: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def order(number: int, customer: int, due_on: str = "2026-08-20") -> str:
    """A row of orders."""
    return f"O{number},C{customer},card,CNY,2026-01-01,{due_on},{100 + number},5,0\n"


def test_hundreds_of_rows_take_few_statements(sessions: Sessions) -> None:
    with counted(sessions) as said:
        assert load(sessions, "customers", CUSTOMERS, strict=True).created == len(MANY)
    assert len(said) < 30, Counter(said).most_common(2)
    with counted(sessions) as said:
        text = ORDERS + "".join(order(n, n) for n in MANY)
        assert load(sessions, "orders", text, strict=True).created == len(MANY)
    assert len(said) < 40, Counter(said).most_common(2)


def test_each_of_them_is_whole(sessions: Sessions) -> None:
    load(sessions, "customers", CUSTOMERS)
    load(sessions, "orders", ORDERS + "".join(order(n, n) for n in MANY))
    with sessions() as session:
        found = session.scalars(search.customers("800000299")).all()
        customer = session.get_one(Customer, found[0])
        owed = session.scalars(select(LoanOrder).where(LoanOrder.customer_id == customer.id)).one()
        lines = session.scalars(select(LedgerLine.amount).where(LedgerLine.order_id == owed.id)).all()
        told = session.scalars(select(HistoryEntry.kind).where(HistoryEntry.customer_id == customer.id)).all()
        assert (customer.name, [(each.kind, each.standing) for each in customer.contacts]) == (
            "客户299",
            [("phone", "unverified")],
        )
        assert (owed.outstanding, sorted(map(int, lines))) == (Decimal(404), [5, 399])
        assert owed.next_step_at == clock.midnight(dt.date(2026, 8, 18))
        assert list(told) == ["customer_imported", "order_imported"]
        assert (session.scalar(select(func.count()).select_from(Ending)) or 0) > 10 * len(MANY)


def test_an_order_that_moves_a_case_is_an_act_of_its_own(sessions: Sessions) -> None:
    load(sessions, "customers", "customer_id,name\nC1,Li\nC2,Han\n")
    load(sessions, "orders", ORDERS + order(1, 1, "2026-02-01") + order(2, 2))
    with sessions() as session, clock.use(NOW):
        installing.publish_packaged(session)
        overdue = session.scalars(select(LoanOrder).where(LoanOrder.order_no == "O1")).one()
        intake.step(session, overdue)
        session.commit()
        case = session.scalars(select(Case)).one()
        before = case.total_outstanding
    done = load(sessions, "orders", ORDERS + order(3, 2) + order(4, 1) + order(5, 2) + order(6, 1, "nonsense"))
    assert counts(done) == (3, 0, 0, 1)
    with sessions() as session:
        assert session.scalars(select(Case)).one().total_outstanding == before + Decimal(109)


def test_money_that_waited_reaches_its_order_among_many(sessions: Sessions) -> None:
    load(sessions, "customers", "customer_id,name\nC1,Li\nC2,Han\n")
    paid = "repayment_id,order_id,customer_id,paid_at,amount\nR1,O4,C1,2026-02-20,109\n"
    assert load(sessions, "repayments", paid).created == 1
    assert load(sessions, "orders", ORDERS + order(3, 2) + order(4, 1) + order(5, 2)).created == 3
    with sessions() as session:
        owed = dict(session.execute(select(LoanOrder.order_no, LoanOrder.outstanding)).all())
        settled = session.scalars(select(LoanOrder).where(LoanOrder.order_no == "O4")).one()
        assert owed == {"O3": 108, "O4": 0, "O5": 110}
        assert settled.next_step_at is None
