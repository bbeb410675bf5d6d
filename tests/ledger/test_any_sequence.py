"""Whatever happens to a customer, in whatever order: no cent appears or disappears, and a reversal leaves no trace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import ledger
from engine.models import LedgerLine, LoanOrder
from tests.ledger.factories import HOUR, Borrower

NAMES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Act:
    """One thing that happens; `twin` of a reversal is the number of the repayment it takes back."""

    kind: str
    name: str = ""
    amount: str = "0"
    other: str = "0"
    days: int = 0
    twin: int = 0
    product: str = "card"
    tick: dt.timedelta = HOUR


amounts = st.integers(0, 3000).map(lambda cents: str(Decimal(cents) / 100))
names = st.sampled_from(NAMES)
ticks = st.sampled_from([dt.timedelta(microseconds=1), HOUR, dt.timedelta(hours=14), dt.timedelta(days=3)])
orders = st.builds(
    Act,
    kind=st.just("order"),
    name=names,
    amount=amounts,
    other=amounts,
    days=st.integers(-5, 9),
    product=st.sampled_from(["card", "card", "cash"]),
    tick=ticks,
)
repayments = st.builds(
    Act, kind=st.just("pay"), name=st.sampled_from(["", *NAMES]), amount=amounts, days=st.integers(0, 2), tick=ticks
)
reversals = st.builds(Act, kind=st.just("reverse"), twin=st.integers(0, 5), tick=ticks)
adjustments = st.builds(Act, kind=st.just("adjust"), name=names, amount=amounts, other=amounts, tick=ticks)
forgivings = st.builds(Act, kind=st.just("forgive"), name=names, tick=ticks)

common = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Life:
    """Plays acts that are possible, and notes what was played."""

    def __init__(self, session: Session) -> None:
        session.expunge_all()
        self.borrower = Borrower(session)
        self.orders: set[str] = set()
        self.paid: list[str] = []
        self.reversed: set[str] = set()
        self.played: list[Act] = []

    def play(self, acts: list[Act]) -> Life:
        """All of them; impossible ones are passed over."""
        for act in acts:
            self.borrower.tick = act.tick
            if getattr(self, act.kind)(act):
                self.played.append(act)
        return self

    def order(self, act: Act) -> bool:
        """Two components, so that order of settlement matters."""
        if act.name in self.orders:
            return False
        self.orders.add(act.name)
        self.borrower.order(act.name, act.days, act.product, principal=act.amount, fees=act.other)
        return True

    def pay(self, act: Act) -> bool:
        """`other` carries the name once it is played, so that a twin life uses the same."""
        if Decimal(act.amount) == 0:
            return False
        name = act.other if act.other != "0" else f"r{len(self.paid)}"
        self.paid.append(name)
        self.borrower.pay(name, act.amount, act.name or None, act.days)
        return True

    def reverse(self, act: Act) -> bool:
        """Some repayment that stands."""
        if act.twin >= len(self.paid) or self.paid[act.twin] in self.reversed:
            return False
        self.reversed.add(self.paid[act.twin])
        self.borrower.reverse(self.paid[act.twin])
        return True

    def adjust(self, act: Act) -> bool:
        """Other amounts."""
        if act.name not in self.orders:
            return False
        self.borrower.adjust(act.name, principal=act.amount, fees=act.other)
        return True

    def forgive(self, act: Act) -> bool:
        """All that is left on one order."""
        if act.name not in self.orders:
            return False
        self.borrower.forgive(act.name)
        return True

    def without_reversed(self) -> list[Act]:
        """What was played, less the reversed repayments and their reversals; the others keep their names and times."""
        kept: list[Act] = []
        number, owed = 0, dt.timedelta(0)
        for act in self.played:
            name = f"r{number}"
            number += act.kind == "pay"
            if act.kind == "reverse" or (act.kind == "pay" and name in self.reversed):
                owed += act.tick
                continue
            named = replace(act, other=name) if act.kind == "pay" else act
            kept.append(replace(named, tick=act.tick + owed))
            owed = dt.timedelta(0)
        return kept


def assert_sound(borrower: Borrower) -> None:
    """Derived columns follow from the lines, nothing is negative, every cent is accounted for."""
    session = borrower.session
    assert ledger.differences(session, borrower.customer.id) == []
    standing = [each for each in borrower.repayments() if each.reverses_id is None and each.reversed_at is None]
    lines = session.scalars(
        select(LedgerLine)
        .join(LoanOrder, LoanOrder.id == LedgerLine.order_id)
        .where(LoanOrder.customer_id == borrower.customer.id, LedgerLine.kind == "allocation")
    ).all()
    received = sum(each.amount for each in standing)
    assert received == sum(line.amount for line in lines) + sum(each.unapplied for each in standing)
    assert all(each.unapplied >= 0 for each in borrower.repayments())
    assert all(type(line.amount) is Decimal for line in lines)


@common
@given(acts=st.lists(st.one_of(orders, repayments, repayments, reversals, adjustments, forgivings), max_size=14))
def test_every_cent_is_accounted_for_after_every_act(session: Session, acts: list[Act]) -> None:
    life = Life(session)
    for act in acts:
        life.play([act])
        assert_sound(life.borrower)


@common
@given(acts=st.lists(st.one_of(orders, orders, repayments, repayments, reversals, adjustments), max_size=16))
def test_a_reversed_repayment_leaves_the_balances_it_would_have_had_without(session: Session, acts: list[Act]) -> None:
    life = Life(session).play(acts)
    standing = life.borrower.standing()
    assert Life(session).play(life.without_reversed()).borrower.standing() == standing


@common
@given(acts=st.lists(st.one_of(orders, repayments, reversals, adjustments, forgivings), max_size=12))
def test_the_same_life_gives_the_same_balances(session: Session, acts: list[Act]) -> None:
    first = Life(session).play(acts).borrower.standing()
    assert Life(session).play(acts).borrower.standing() == first
