"""Taking money back: as if it had never come."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine import ledger
from engine.errors import NotFound
from tests.ledger.factories import Borrower


@pytest.fixture
def li(session: Session) -> Borrower:
    """A borrower with nothing yet."""
    return Borrower(session)


def test_a_reversal_writes_negative_lines_and_leaves_the_old_ones(li: Borrower) -> None:
    order = li.order("A", principal="10", fees="2")
    li.pay("1", "12", "A")
    receipt = li.reverse("1")
    assert li.lines("A") == [
        ("charge", "principal", "10.00"),
        ("charge", "fees", "2.00"),
        ("allocation", "fees", "2.00"),
        ("allocation", "principal", "10.00"),
        ("allocation", "fees", "-2.00"),
        ("allocation", "principal", "-10.00"),
    ]
    assert (order.outstanding, order.paid, order.settled_at) == (12, 0, None)
    assert receipt.touched == [order]
    assert (receipt.repayment.unapplied, receipt.repayment.reverses_id) == (0, li.repayment("1").id)
    assert li.repayment("1").reversed_at == receipt.repayment.paid_at


def test_what_came_later_takes_the_place_of_what_was_reversed(li: Borrower) -> None:
    li.order("A", due_in=-2, principal="10")
    li.order("B", due_in=-1, principal="10")
    li.pay("1", "10", "A")
    li.pay("2", "10", "A")
    assert li.owed("A", "B") == ("0.00", "0.00")
    receipt = li.reverse("1")
    assert li.owed("A", "B") == ("0.00", "10.00")
    assert [order.order_no for order in receipt.touched] == [li.no("B")]
    assert li.lines("A")[1:] == [
        ("allocation", "principal", "10.00"),
        ("allocation", "principal", "-10.00"),
        ("allocation", "principal", "10.00"),
    ]
    assert li.loan("A").settled_at is not None


def test_later_money_is_allocated_as_of_its_own_instant(li: Borrower) -> None:
    li.order("A", principal="10")
    li.order("B", due_in=5, principal="10")
    li.pay("1", "10", "A")
    li.pay("2", "15", "A")
    li.pass_time(days=10)
    li.reverse("1")
    assert li.owed("A", "B") == ("0.00", "10.00")
    assert li.repayment("2").unapplied == 5


def test_credit_and_waiting_money_can_be_reversed(li: Borrower) -> None:
    li.pay("1", "10")
    li.pay("2", "10", "A")
    li.reverse("1")
    li.reverse("2")
    assert [each.unapplied for each in li.repayments()] == [0, 0, 0, 0]
    li.order("A", principal="10")
    assert li.owed("A") == ("10.00",)


def test_a_forgiven_order_owes_again_what_was_paid_and_taken_back(li: Borrower) -> None:
    order = li.order("A", principal="10")
    li.pay("1", "4", "A")
    assert li.forgive("A") == 6
    assert (order.outstanding, order.waived) == (0, 6)
    li.reverse("1")
    assert (order.outstanding, order.waived, order.settled_at) == (4, 6, None)


def test_adjustments_come_in_their_turn_when_money_is_replayed(li: Borrower) -> None:
    li.order("A", principal="10")
    li.order("B", principal="10")
    li.pay("1", "10", "B")
    li.pay("2", "15", "A")
    li.adjust("A", principal="15")
    assert li.owed("A") == ("5.00",)
    li.reverse("1")
    assert li.owed("A", "B") == ("5.00", "5.00")
    assert li.repayment("2").unapplied == 0


def test_at_one_instant_the_lines_tell_what_came_first(li: Borrower) -> None:
    li.order("A", principal="10")
    li.order("B", principal="10")
    li.pay("1", "10", "B")
    li.tick *= 0
    li.pay("2", "15", "A")
    li.adjust("A", principal="15")
    li.reverse("1")
    assert li.owed("A", "B") == ("5.00", "5.00")


def test_money_for_an_earlier_instant_comes_before_what_was_forgiven_since(li: Borrower) -> None:
    order = li.order("A", due_in=-1, principal="10")
    li.pay("1", "15", "late")
    li.forgive("A")
    li.order("late", due_in=-1, principal="8")
    assert (order.paid, order.waived, order.outstanding) == (7, 3, 0)
    assert li.lines("A")[-1] == ("waiver", "principal", "-7.00")
    li.reverse("1")
    assert (order.paid, order.waived, order.outstanding) == (0, 10, 0)


def test_the_same_repayment_is_not_reversed_twice(li: Borrower) -> None:
    li.order("A", principal="10")
    li.pay("1", "4", "A")
    li.reverse("1")
    with pytest.raises(ledger.NotReversible, match="reversed already"):
        li.send("again", "4", reverses="1")


def test_reversals_that_do_not_match_are_refused(li: Borrower) -> None:
    li.order("A", principal="10")
    li.pay("1", "4", "A")
    with pytest.raises(NotFound, match="no repayment"):
        li.send("2", "4", reverses="unheard")
    with pytest.raises(ledger.NotReversible, match="amount differs"):
        li.send("2", "3", reverses="1")
    with pytest.raises(ledger.NotReversible, match="came later"):
        li.send("2", "4", reverses="1", days_ago=1)
    li.reverse("1")
    with pytest.raises(ledger.NotReversible, match="a reversal itself"):
        li.send("2", "4", reverses="1-reversed")
