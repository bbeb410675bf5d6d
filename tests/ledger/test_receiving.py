"""Where money goes: the named order, then what is due, then credit."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from engine import clock, ledger, parameters
from engine.errors import Invalid, NotFound
from tests.ledger.factories import Borrower, NewRepayment


@pytest.fixture
def li(session: Session) -> Borrower:
    """A borrower with nothing yet."""
    return Borrower(session)


def test_components_are_settled_in_the_default_order(li: Borrower) -> None:
    li.order("A", principal="100", interest="10", fees="5", penalty="3")
    li.pay("1", "7", "A")
    assert li.left("A") == {"principal": "100.00", "interest": "8.00", "penalty": "3.00"}
    li.pay("2", "9.50", "A")
    assert li.left("A") == {"principal": "100.00", "penalty": "1.50"}


def test_a_product_may_have_its_own_order_of_components(session: Session) -> None:
    wang = Borrower(session)
    with clock.use(wang.now):
        parameters.set_value(
            session, "allocation_order", ["principal", "fees", "interest", "penalty"], product="principal_first"
        )
    wang.order("A", product="principal_first", principal="100", interest="10", fees="5")
    wang.pay("1", "104", "A")
    assert wang.left("A") == {"interest": "10.00", "fees": "1.00"}


def test_the_named_order_comes_first_even_if_another_is_older(li: Borrower) -> None:
    li.order("old", due_in=-40, principal="50")
    li.order("named", due_in=20, principal="50")
    assert li.pay("1", "50", "named").unapplied == 0
    assert li.owed("old", "named") == ("50.00", "0.00")


def test_the_rest_goes_to_due_orders_of_that_product_and_currency_oldest_first(li: Borrower) -> None:
    li.order("named", due_in=-5, principal="10")
    li.order("younger", due_in=-3, principal="20")
    li.order("older", due_in=-9, principal="20")
    li.order("not due", due_in=3, principal="20")
    li.order("other product", due_in=-9, product="cash", principal="20")
    li.order("other currency", due_in=-9, currency="USD", principal="20")
    receipt = li.send("1", "45", "named")
    assert li.owed("named", "older", "younger", "not due") == ("0.00", "0.00", "5.00", "20.00")
    assert li.owed("other product", "other currency") == ("20.00", "20.00")
    assert [order.order_no for order in receipt.touched] == [li.no("named"), li.no("older"), li.no("younger")]


def test_an_order_is_due_on_its_due_date_by_the_lenders_calendar(li: Borrower) -> None:
    li.order("named", due_in=-5, principal="10")
    li.order("due tomorrow", due_in=1, principal="10")
    li.now = clock.midnight(dt.date(2026, 3, 2)) - dt.timedelta(hours=1, seconds=1)
    li.pay("1", "15", "named")
    assert li.owed("due tomorrow") == ("10.00",)
    li.now = clock.midnight(dt.date(2026, 3, 2)) - dt.timedelta(hours=1)
    li.pay("2", "4", "named")
    assert li.owed("due tomorrow") == ("6.00",)


def test_what_no_order_takes_waits_as_credit_and_is_not_applied_by_itself(li: Borrower) -> None:
    li.order("A", principal="10")
    assert li.pay("1", "25", "A").unapplied == 15
    li.order("B", principal="10")
    li.pay("2", "1", "B")
    assert li.owed("B") == ("9.00",)
    assert li.repayment("1").unapplied == 15


def test_a_repayment_naming_only_the_customer_goes_to_due_orders_of_every_product(li: Borrower) -> None:
    li.order("A", due_in=-1, principal="10")
    li.order("B", due_in=-2, product="cash", principal="10")
    assert li.pay("1", "15").unapplied == 0
    assert li.owed("A", "B") == ("5.00", "0.00")


def test_naming_only_a_customer_with_several_currencies_keeps_all_as_credit(li: Borrower) -> None:
    li.order("A", due_in=-1, principal="10")
    li.order("B", due_in=-1, currency="USD", principal="10")
    paid = li.pay("1", "15")
    assert (paid.unapplied, paid.currency) == (15, None)
    assert li.owed("A", "B") == ("10.00", "10.00")


def test_money_for_an_order_not_yet_known_waits_for_it(li: Borrower) -> None:
    li.order("other", due_in=-5, principal="10")
    waiting = li.pay("1", "30", "A")
    assert (waiting.unapplied, waiting.product, waiting.currency) == (30, None, None)
    assert li.owed("other") == ("10.00",)
    li.order("A", due_in=30, principal="25")
    assert li.owed("A", "other") == ("0.00", "5.00")
    assert (waiting.unapplied, waiting.product, waiting.currency) == (0, "card", "CNY")


def test_an_order_charged_ahead_of_the_day_it_is_known_takes_only_money_that_names_it(li: Borrower) -> None:
    li.order("A", due_in=-5, principal="10")
    early = li.order("early", due_in=-5, principal="10")
    early.known_at = li.now + dt.timedelta(days=2)
    li.pay("1", "15", "A")
    assert li.owed("early") == ("10.00",)
    li.pay("2", "4", "early")
    assert li.owed("early") == ("6.00",)


def test_an_order_of_amount_zero_is_settled_from_the_start(li: Borrower) -> None:
    order = li.order("A")
    assert (order.outstanding, order.settled_at) == (0, li.now)
    assert li.lines("A") == []


def test_settling_is_dated_when_the_balance_reached_zero(li: Borrower) -> None:
    order = li.order("A", principal="10")
    li.pay("1", "9.99", "A")
    assert order.settled_at is None
    li.pay("2", "0.01", "A")
    assert order.settled_at == li.now


def test_nothing_and_less_is_no_repayment(li: Borrower) -> None:
    with pytest.raises(Invalid):
        li.pay("1", "0")


def test_unknown_customers_and_orders_are_named(session: Session, li: Borrower) -> None:
    nobody = NewRepayment("x", li.now, li.order("A").outstanding + 1, customer_id="nobody")
    with pytest.raises(NotFound, match="no customer nobody"):
        ledger.receive(session, nobody)
    with pytest.raises(NotFound, match="no order nothing"):
        ledger.receive(session, NewRepayment("y", li.now, nobody.amount, order_id="nothing"))


def test_lines_carry_the_value_date_and_the_time_of_writing(session: Session, li: Borrower) -> None:
    li.order("A", principal="10")
    paid = li.pay("1", "10", "A", days_ago=3)
    day = clock.local_date(paid.paid_at)
    assert ledger.outstanding_on(session, [li.loan("A")], day)[li.loan("A").id]["principal"] == -10
    li.pass_time(days=1)
    assert ledger.outstanding_on(session, [li.loan("A")], clock.local_date(li.now))[li.loan("A").id]["principal"] == 0


def test_receiving_costs_few_statements(session: Session, li: Borrower) -> None:
    for number in range(6):
        li.order(f"O{number}", due_in=-number, principal="10", interest="1")
    new = NewRepayment(li.no("1"), li.now, li.loan("O0").outstanding * 3, order_id=li.no("O0"))
    parameters.value(session, "allocation_order")  # all parameters are read once per session
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    with clock.use(li.now):
        ledger.receive(session, new, customer_id=li.customer.id)
    event.remove(bind, "before_cursor_execute", note)
    assert len(statements) <= 4, statements
