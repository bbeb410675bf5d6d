"""A borrower to try the ledger on: few words per act, every act an hour after the one before."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, ledger
from engine.models import Customer, LedgerLine, LoanOrder, Repayment

START = dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)  # 10:00 in Shanghai
HOUR = dt.timedelta(hours=1)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class NewRepayment:
    """A repayment as the ledger wants it; imports have a larger one."""

    repayment_id: str
    paid_at: dt.datetime
    amount: Decimal
    order_id: str | None = None
    customer_id: str | None = None
    channel: str = ""
    posted_at: dt.datetime | None = None
    reverses: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Borrower:
    """A customer with a clock of their own; order and repayment names are unique per borrower."""

    def __init__(self, session: Session, start: dt.datetime = START) -> None:
        self.session, self.now, self.number, self.tick = session, start, next(_numbers), HOUR
        self.customer = Customer(customer_no=f"C{self.number}", name="测试", created_at=start)
        session.add(self.customer)
        session.flush()

    def no(self, name: str) -> str:
        """The name as stored."""
        return f"{self.number}-{name}"

    def pass_time(self, **delta: float) -> None:
        """Let time go by."""
        self.now += dt.timedelta(**delta)

    def order(
        self, name: str, due_in: int = 0, product: str = "card", currency: str = "CNY", **parts: str
    ) -> LoanOrder:
        """An order due so many days after START, all of it principal unless parts are named; known and charged now."""
        amounts = {each: Decimal(parts.get(each, "0")) for each in ledger.COMPONENTS}
        with self.act():
            made = LoanOrder(
                order_no=self.no(name),
                customer_id=self.customer.id,
                product=product,
                currency=currency,
                disbursed_on=clock.local_date(self.now),
                due_on=clock.local_date(START) + dt.timedelta(days=due_in),
                known_at=self.now,
                **amounts,
            )
            ledger.charge(self.session, made, self.now)
        return made

    def pay(self, name: str, amount: str, order: str | None = None, days_ago: int = 0) -> Repayment:
        """A repayment, naming an order or only the customer."""
        return self.send(name, amount, order=order, days_ago=days_ago).repayment

    def send(
        self, name: str, amount: str, order: str | None = None, reverses: str | None = None, days_ago: int = 0
    ) -> ledger.Receipt:
        """The same, with what it touched."""
        with self.act():
            new = NewRepayment(
                repayment_id=self.no(name),
                paid_at=self.now - dt.timedelta(days=days_ago),
                amount=Decimal(amount),
                order_id=self.no(order) if order else None,
                customer_id=self.customer.customer_no,
                reverses=self.no(reverses) if reverses else None,
            )
            return ledger.receive(self.session, new)

    def reverse(self, name: str) -> ledger.Receipt:
        """Take a repayment back."""
        amount = self.repayment(name).amount
        return self.send(f"{name}-reversed", str(amount), reverses=name)

    def adjust(self, order: str, **parts: str) -> list[LoanOrder]:
        """Other amounts for some components."""
        with self.act():
            return ledger.adjust(self.session, self.loan(order), {each: Decimal(new) for each, new in parts.items()})

    def forgive(self, *orders: str) -> Decimal:
        """Waive all that is left."""
        with self.act():
            return ledger.forgive(self.session, [self.loan(each) for each in orders], None)

    def act(self) -> AbstractContextManager[None]:
        """Each act at its own instant, `tick` after the one before."""
        self.now += self.tick
        return clock.use(self.now)

    def loan(self, name: str) -> LoanOrder:
        """An order by its short name."""
        return self.session.scalars(select(LoanOrder).where(LoanOrder.order_no == self.no(name))).one()

    def repayment(self, name: str) -> Repayment:
        """A repayment by its short name."""
        return self.session.scalars(select(Repayment).where(Repayment.repayment_no == self.no(name))).one()

    def owed(self, *names: str) -> tuple[str, ...]:
        """What is outstanding, as text."""
        return tuple(f"{self.loan(name).outstanding:.2f}" for name in names)

    def left(self, name: str) -> dict[str, str]:
        """What is outstanding on an order by component, where anything is, from the lines."""
        parts = ledger.balances(self.session, [self.loan(name)])[self.loan(name).id]
        return {each: f"{part.outstanding:.2f}" for each, part in parts.items() if part.outstanding}

    def lines(self, order: str) -> list[tuple[str, str, str]]:
        """(kind, component, amount) of an order's lines, as written."""
        query = select(LedgerLine).where(LedgerLine.order_id == self.loan(order).id).order_by(LedgerLine.id)
        return [(each.kind, each.component, f"{each.amount:.2f}") for each in self.session.scalars(query)]

    def standing(self) -> dict[str, object]:
        """Everything two borrowers with the same life agree on: balances by component, and credit by repayment."""
        orders = self.session.scalars(select(LoanOrder).where(LoanOrder.customer_id == self.customer.id)).all()
        found: dict[str, object] = {}
        for order in orders:
            parts = ledger.balances(self.session, [order])[order.id]
            found[order.order_no.split("-", 1)[1]] = {each: (p.charged, p.paid, p.waived) for each, p in parts.items()}
        for repayment in self.repayments():
            if repayment.reverses_id is None and repayment.reversed_at is None:
                found[repayment.repayment_no.split("-", 1)[1]] = repayment.unapplied
        return found

    def repayments(self) -> list[Repayment]:
        """All of this customer, in order of arrival."""
        query = select(Repayment).where(Repayment.customer_id == self.customer.id).order_by(Repayment.id)
        return list(self.session.scalars(query))
