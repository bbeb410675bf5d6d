"""What orders owe changes: adjustments and forgiving."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from engine.errors import Invalid
from tests.ledger.factories import Borrower


@pytest.fixture
def li(session: Session) -> Borrower:
    """A borrower who owes 100 + 10 on one order."""
    borrower = Borrower(session)
    borrower.order("A", principal="100", interest="10")
    return borrower


def test_a_rise_is_owed_and_credit_is_not_applied_to_it(li: Borrower) -> None:
    li.pay("1", "130", "A")
    assert [order.order_no for order in li.adjust("A", interest="15")] == [li.no("A")]
    order = li.loan("A")
    assert (order.interest, order.outstanding, order.settled_at) == (15, 5, None)
    assert li.repayment("1").unapplied == 20
    assert ("adjustment", "interest", "5.00") in li.lines("A")


def test_a_fall_below_what_is_paid_spills_back_to_the_latest_repayment(li: Borrower) -> None:
    li.pay("1", "60", "A")
    li.pay("2", "50", "A")
    li.adjust("A", principal="40")
    assert (li.repayment("1").unapplied, li.repayment("2").unapplied) == (10, 50)
    assert (li.loan("A").paid, li.loan("A").outstanding) == (50, 0)


def test_what_one_component_no_longer_holds_settles_the_others_first(li: Borrower) -> None:
    li.pay("1", "10", "A")
    li.adjust("A", interest="4", principal="106")
    assert li.left("A") == {"principal": "100.00"}
    assert li.repayment("1").unapplied == 0


def test_a_waiver_shrinks_before_money_comes_loose(li: Borrower) -> None:
    li.pay("1", "30", "A")
    assert li.forgive("A") == 80
    li.adjust("A", principal="50")
    order = li.loan("A")
    assert (order.waived, order.paid, order.outstanding) == (30, 30, 0)
    li.adjust("A", principal="10")
    assert (order.waived, order.paid, order.outstanding) == (0, 20, 0)
    assert li.repayment("1").unapplied == 10


def test_the_same_amounts_change_nothing(li: Borrower) -> None:
    before = li.lines("A")
    assert li.adjust("A", principal="100.00", interest="10") == []
    assert li.lines("A") == before


def test_falling_to_zero_settles(li: Borrower) -> None:
    li.adjust("A", principal="0", interest="0")
    assert (li.loan("A").outstanding, li.loan("A").settled_at) == (0, li.now)


@pytest.mark.parametrize("parts", [{"principal": "-1"}, {"postage": "1"}])
def test_amounts_below_zero_and_unknown_components_are_refused(li: Borrower, parts: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        li.adjust("A", **parts)


def test_forgiving_waives_each_component_of_what_is_left(li: Borrower) -> None:
    li.order("B", principal="5")
    li.pay("1", "12", "A")
    assert li.forgive("A", "B") == Decimal(103)
    assert li.lines("A")[-1] == ("waiver", "principal", "98.00")
    assert (li.loan("A").waived, li.loan("B").waived, li.loan("B").settled_at) == (98, 5, li.now)
    assert li.forgive("A", "B") == 0
