"""The independent count itself: its rules on histories worked by hand, and all of them against another method."""

from __future__ import annotations

import ast
import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replay import files, independent, intervals, portfolios
from tests.replay.files import Span
from tests.replay.portfolios import Portfolio, portfolio, settled_portfolio

START, END = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def order(key: str, due_on: str, amount: str = "100", **given: str) -> dict[str, str]:
    """An order of customer A's card, known from the start."""
    row = {"order_id": key, "customer_id": "A", "product": "card", "currency": "CNY", "disbursed_on": "2026-02-01"}
    return {**row, "due_on": due_on, "principal": amount, "interest": "0", "fees": "0", **given}


def pay(paid_at: str, amount: str, **given: str) -> dict[str, str]:
    """Money of customer A, unless an order is named."""
    named = given if "order_id" in given else {"customer_id": "A", **given}
    return {"repayment_id": f"R-{paid_at}-{amount}", "paid_at": paid_at, "amount": amount, **named}


def reverse(paid_at: str, of: dict[str, str]) -> dict[str, str]:
    """The whole of a repayment taken back."""
    return {**of, "repayment_id": f"X{of['repayment_id']}", "paid_at": paid_at, "reverses": of["repayment_id"]}


@pytest.fixture
def counted(tmp_path: Path) -> Any:
    """Counts rows: `counted(*orders and repayments, end=...)` gives the report and the lives of the cases."""

    def count(*rows: dict[str, str], end: dt.date = END) -> tuple[Any, list[list[str]]]:
        found = Portfolio(START, end, "Asia/Shanghai", [{"customer_id": "A", "name": "A"}])
        found.orders = [row for row in rows if "repayment_id" not in row]
        found.repayments = [row for row in rows if "repayment_id" in row]
        span = Span(START, end, ZoneInfo(found.timezone))
        played = independent.play(*found.write(tmp_path), span)
        lives = [[word for _, word in case.life] for customer in played for case in customer.cases]
        return independent.report(played, span), lives

    return count


# time


def test_nothing_happens_at_midnight_after_the_last_day(counted: Any) -> None:
    _, lives = counted(order("1", "2026-03-31"), pay("2026-04-01", "100"))
    assert lives == [["opened"]]


def test_an_order_due_on_the_day_before_the_last_is_overdue_on_the_last(counted: Any) -> None:
    _, lives = counted(order("1", "2026-03-30"))
    assert lives == [["opened", "rolled"], ["opened", "M1"]]


def test_repayments_before_the_first_day_are_left_out_with_their_reversals(counted: Any) -> None:
    early = pay("2026-02-28T23:59:59", "100", order_id="1")
    report, lives = counted(order("1", "2026-03-10"), early, reverse("2026-03-05", early))
    assert (report["repayments"], report["amounts"]["paid"]) == (0, "0.00")
    assert lives == [["opened", "rolled"], ["opened", "M1"]]


def test_a_time_without_offset_is_the_lenders(counted: Any) -> None:
    late, in_time = pay("2026-03-10T16:00:01+00:00", "100"), pay("2026-03-10T23:59:59", "100")
    assert counted(order("1", "2026-03-10"), late)[1][0] == ["opened", "rolled"]
    assert counted(order("1", "2026-03-10"), in_time)[1] == [["opened", "paid_in_full"]]


def test_an_order_known_late_enters_pre_collection_or_its_tier_at_once(counted: Any) -> None:
    assert counted(order("1", "2026-03-31", disbursed_on="2026-03-31"))[1] == [["opened"]]
    assert counted(order("1", "2026-01-20", disbursed_on="2026-03-05"))[1] == [["opened", "M2", "M3"]]


def test_an_order_known_before_the_first_day_is_known_on_it_and_opens_in_its_tier(counted: Any) -> None:
    report, lives = counted(order("1", "2025-10-01", disbursed_on="2025-09-01"))
    assert lives == [["opened", "M4"]]
    assert (report["tiers_entered"], report["recalls"]) == ({"M1": 0, "M2": 0, "M3": 0, "M4": 1}, 0)


def test_orders_and_customers_are_those_known_by_the_last_day(counted: Any) -> None:
    report, _ = counted(order("1", "2026-05-01", disbursed_on="2026-04-01"))
    assert (report["orders"], report["customers"], report["amounts"]["due"]) == (0, 0, "0.00")


def test_a_zero_order_counts_and_opens_nothing(counted: Any) -> None:
    report, lives = counted(order("1", "2026-03-10", "0"))
    assert (report["orders"], lives) == (1, [])


# midnight


@pytest.mark.parametrize(
    ("paid_at", "lives"),
    [
        ("2026-03-08", []),
        ("2026-03-08T00:00:01", [["opened", "paid_in_full"]]),
        ("2026-03-11", [["opened", "paid_in_full"]]),
        ("2026-03-11T00:00:01", [["opened", "rolled"], ["opened", "M1", "paid_in_full"]]),
        ("2026-04-10", [["opened", "rolled"], ["opened", "M1", "paid_in_full"]]),
        ("2026-04-10T00:00:01", [["opened", "rolled"], ["opened", "M1", "M2", "paid_in_full"]]),
    ],
)
def test_a_payment_at_midnight_comes_before_what_midnight_brings(counted: Any, paid_at: str, lives: Any) -> None:
    rows = (order("1", "2026-03-10"), pay(paid_at, "100", order_id="1"))
    assert counted(*rows, end=dt.date(2026, 4, 30))[1] == lives


def test_an_overdue_order_keeps_out_one_that_is_near_at_the_same_midnight(counted: Any) -> None:
    _, lives = counted(order("1", "2026-03-10", disbursed_on="2026-03-11"), order("2", "2026-03-13"))
    assert lives == [["opened", "M1"]]


def test_a_case_that_closes_at_midnight_lets_in_no_order_that_is_overdue_then(counted: Any) -> None:
    first = order("1", "2026-03-01")
    _, lives = counted(first, order("2", "2026-03-05"), pay("2026-03-06", "100", order_id="1"), end=dt.date(2026, 3, 6))
    assert lives == [["opened", "rolled"], ["opened", "M1", "paid_in_full"], ["opened", "M1"]]


# money


def test_what_is_left_of_a_named_payment_goes_to_due_orders_of_its_product_and_currency(counted: Any) -> None:
    rows = (order("1", "2026-03-20"), order("2", "2026-03-05"), order("3", "2026-03-02", product="cash"))
    report, lives = counted(*rows, order("4", "2026-03-25"), pay("2026-03-05", "250", order_id="1"))
    assert report["amounts"] == {"due": "400.00", "paid": "250.00", "outstanding": "200.00", "credit": "50.00"}
    assert ["opened", "paid_in_full"] in lives


def test_an_order_due_on_the_day_of_payment_is_due(counted: Any) -> None:
    assert counted(order("1", "2026-03-05"), pay("2026-03-04T23:59", "100"))[0]["amounts"]["credit"] == "100.00"
    assert counted(order("1", "2026-03-05"), pay("2026-03-05", "100"))[0]["amounts"]["credit"] == "0.00"


def test_the_oldest_goes_first_and_orders_of_one_day_by_id_as_text(counted: Any) -> None:
    report, _ = counted(order("9", "2026-03-02"), order("10", "2026-03-02", "30"), pay("2026-03-02", "30"))
    assert report["cases"] == {"pre_collection": 1, "collection": 1}
    _, lives = counted(order("9", "2026-03-02", "70"), order("10", "2026-03-02", "30"), pay("2026-03-02", "70"))
    assert lives[-1] == ["opened", "M1"]


def test_credit_waits_although_an_order_becomes_due(counted: Any) -> None:
    report, _ = counted(order("1", "2026-03-05"), pay("2026-03-02", "100"))
    assert report["open"] == {"pre_collection": 0, "collection": 1}


def test_money_for_an_order_not_yet_disbursed_counts(counted: Any) -> None:
    future = order("1", "2026-03-20", disbursed_on="2026-03-15")
    report, lives = counted(future, pay("2026-03-02", "130", order_id="1"))
    assert (lives, report["amounts"]["outstanding"], report["amounts"]["credit"]) == ([], "0.00", "30.00")


def test_money_of_an_unknown_currency_is_credit(counted: Any) -> None:
    rows = (order("1", "2026-03-02"), order("2", "2026-03-02", product="abroad", currency="USD"))
    assert counted(*rows, pay("2026-03-02", "100"))[0]["amounts"]["credit"] == "100.00"


# cases


def test_further_orders_join_the_open_case_and_the_last_one_settled_closes_it(counted: Any) -> None:
    rows = (order("1", "2026-03-05"), order("2", "2026-03-06"), pay("2026-03-08", "100"), pay("2026-03-09", "100"))
    assert counted(*rows)[1] == [["opened", "rolled"], ["opened", "M1", "paid_in_full"]]


def test_a_tier_never_falls_and_the_next_is_reckoned_anew(counted: Any) -> None:
    rows = (order("1", "2026-03-02"), order("2", "2026-03-30"), pay("2026-04-10", "100", order_id="1"))
    report, lives = counted(*rows, end=dt.date(2026, 5, 29))
    assert lives[1] == ["opened", "M1", "M2"]
    report, lives = counted(*rows, end=dt.date(2026, 5, 30))
    assert (lives[1], report["recalls"]) == (["opened", "M1", "M2", "M3"], 2)


def test_an_older_order_known_later_lifts_the_case_past_a_tier(counted: Any) -> None:
    rows = (order("1", "2026-03-05"), order("2", "2026-01-05", disbursed_on="2026-03-20"))
    report, lives = counted(*rows)
    assert (lives[1], report["recalls"]) == (["opened", "M1", "M3"], 1)


def test_the_last_tier_has_no_next_one(counted: Any) -> None:
    report, _ = counted(order("1", "2026-03-05"), end=dt.date(2027, 3, 5))
    assert (report["tiers_entered"], report["recalls"]) == ({"M1": 1, "M2": 1, "M3": 1, "M4": 1}, 3)


def test_a_near_order_waits_until_the_collection_case_has_closed(counted: Any) -> None:
    rows = (order("1", "2026-03-05"), order("2", "2026-03-12"))
    assert counted(*rows, pay("2026-03-11", "100", order_id="1"))[1][2:] == [["opened", "rolled"], ["opened", "M1"]]
    assert counted(*rows, pay("2026-03-13T01:00", "100", order_id="1"))[1][2:] == []


def test_an_order_in_pre_collection_stays_there_when_a_collection_case_opens(counted: Any) -> None:
    rows = (order("1", "2026-03-09"), order("2", "2026-03-11"), pay("2026-03-10T12:00", "100", order_id="2"))
    assert counted(*rows)[1] == [["opened", "paid_in_full"], ["opened", "M1"]]


def test_one_payment_closes_everything_before_a_near_order_comes_in(counted: Any) -> None:
    rows = (order("1", "2026-03-09"), order("2", "2026-03-11"), order("3", "2026-03-13"))
    both = pay("2026-03-11T12:00", "200", order_id="2")
    assert counted(*rows, both, end=dt.date(2026, 3, 12))[1] == [
        ["opened", "paid_in_full"],
        ["opened", "M1", "paid_in_full"],
        ["opened"],
    ]


def test_products_have_cases_of_their_own(counted: Any) -> None:
    report, _ = counted(order("1", "2026-03-05"), order("2", "2026-03-06", product="cash"))
    assert report["cases"] == {"pre_collection": 2, "collection": 2}


# reversals


def test_a_reversal_reopens_the_old_case_in_the_tier_its_days_call_for(counted: Any) -> None:
    paid = pay("2026-03-10", "100", order_id="1")
    report, lives = counted(order("1", "2026-03-05"), paid, reverse("2026-04-06T12:00", paid), end=dt.date(2026, 4, 30))
    assert lives == [["opened", "rolled"], ["opened", "M1", "paid_in_full", "reopened", "M2"]]
    assert (report["cases"]["collection"], report["closed"]["paid_in_full"], report["recalls"]) == (1, 0, 0)
    assert (report["repayments"], report["amounts"]["paid"]) == (2, "0.00")


def test_a_reversal_puts_the_order_into_the_open_case_and_may_lift_it(counted: Any) -> None:
    paid = pay("2026-03-10", "100", order_id="1")
    rows = (order("1", "2026-03-05"), order("2", "2026-04-01"), paid, reverse("2026-04-06T12:00", paid))
    report, lives = counted(*rows, end=dt.date(2026, 4, 30))
    assert lives[2:] == [["opened", "rolled"], ["opened", "M1", "M2"]]
    assert report["recalls"] == 1


def test_a_reversal_before_the_due_date_reopens_pre_collection(counted: Any) -> None:
    paid = pay("2026-03-10", "100", order_id="1")
    rows = (order("1", "2026-03-11"), paid, reverse("2026-03-11T12:00", paid))
    assert counted(*rows)[1] == [["opened", "paid_in_full", "reopened", "rolled"], ["opened", "M1"]]


def test_a_reversal_of_what_was_paid_in_pre_collection_opens_a_collection_case(counted: Any) -> None:
    paid = pay("2026-03-10", "100", order_id="1")
    rows = (order("1", "2026-03-11"), paid, reverse("2026-03-14", paid))
    assert counted(*rows)[1] == [["opened", "paid_in_full"], ["opened", "M1"]]


def test_a_reversal_replays_what_came_later_as_of_its_own_time(counted: Any) -> None:
    first, later = pay("2026-03-10", "100", order_id="1"), pay("2026-03-12", "100", order_id="1")
    report, lives = counted(order("1", "2026-03-11"), first, later, reverse("2026-03-20", first))
    assert (report["amounts"]["credit"], lives) == ("0.00", [["opened", "paid_in_full"]])
    early = pay("2026-03-04", "100")
    report, _ = counted(order("1", "2026-03-05"), pay("2026-03-05", "100"), early, reverse("2026-03-06", first | early))
    assert report["amounts"]["credit"] == "0.00"


def test_a_reversal_takes_back_a_spill(counted: Any) -> None:
    paid = pay("2026-03-04", "200", order_id="2")
    rows = (order("1", "2026-03-02"), order("2", "2026-03-04"), paid, reverse("2026-03-10T09:00", paid))
    assert counted(*rows)[1][-1] == ["opened", "M1", "paid_in_full", "reopened"]


def test_a_reversal_of_what_was_never_received_is_refused(counted: Any) -> None:
    paid = pay("2026-03-10", "100", order_id="1")
    with pytest.raises(ValueError, match="was not received"):
        counted(order("1", "2026-03-11"), paid, reverse("2026-03-09", paid))


# all of it


def played(found: Portfolio, folder: Path) -> tuple[list[independent.Customer], Any]:
    """A portfolio's customers after the count, and the report."""
    span = Span(found.start, found.end, ZoneInfo(found.timezone))
    customers = independent.play(*found.write(folder), span)
    return customers, independent.report(customers, span)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=2**32))
def test_two_methods_agree_where_nothing_is_reversed(tmp_path: Path, seed: int) -> None:
    found = settled_portfolio(Random(seed))
    _, report = played(found, tmp_path)
    span = Span(found.start, found.end, ZoneInfo(found.timezone))
    names = {row["customer_id"] for row in found.customers}
    orders = files.read_orders(tmp_path / "orders.csv", names, span)
    other = intervals.count(orders, files.read_repayments(tmp_path / "repayments.csv", names, orders, span), span)
    flat = {**report["cases"], **report["closed"], **report["tiers_entered"], "recall": report["recalls"]}
    flat |= {f"open {stage}": number for stage, number in report["open"].items()}
    assert {key: other[key] for key in flat} == flat


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=2**32))
def test_the_books_balance(tmp_path: Path, seed: int) -> None:
    customers, report = played(portfolio(Random(seed)), tmp_path)
    amounts = {name: Decimal(text) for name, text in report["amounts"].items()}
    unknown = [order for c in customers for order in c.orders if not c.span.holds(order.known_at)]
    ahead = sum((order.amount - order.balance for order in unknown), Decimal(0))
    assert amounts["due"] - amounts["outstanding"] == amounts["paid"] - amounts["credit"] - ahead
    assert sum(report["cases"].values()) == sum(report["open"].values()) + sum(report["closed"].values())
    reopened = sum(word == "reopened" for c in customers for case in c.cases for _, word in case.life)
    entered = sum(report["tiers_entered"].values()) - report["cases"]["collection"] - report["recalls"]
    assert 0 <= entered <= reopened


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=2**32))
def test_the_ledger_ends_as_if_reversed_money_had_never_come(tmp_path: Path, seed: int) -> None:
    found = portfolio(Random(seed))
    customers, report = played(found, tmp_path)
    gone = {money.repayment_id for c in customers for money in c.received if money.left == 0}
    found.repayments = [row for row in found.repayments if {row["repayment_id"], row.get("reverses")}.isdisjoint(gone)]
    assert played(found, tmp_path)[1]["amounts"] == report["amounts"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=2**32))
def test_every_overdue_order_is_in_the_one_open_collection_case(tmp_path: Path, seed: int) -> None:
    customers, _ = played(portfolio(Random(seed)), tmp_path)
    for customer in customers:
        stages = Counter((case.product, case.stage) for case in customer.cases if not case.closed_as)
        assert set(stages.values()) <= {1}
        for owed in customer.orders:
            overdue = owed.balance > 0 and customer.span.holds(owed.overdue_at)
            case = customer.open.get((owed.product, "collection"))
            assert overdue == bool(case and owed in case.orders)


def features(found: Portfolio, customers: list[independent.Customer]) -> Counter[str]:
    """What is to be found in a portfolio and in what became of it."""
    seen = Counter(word for c in customers for case in c.cases for _, word in case.life)
    lives = [(c, case, at, word) for c in customers for case in c.cases for at, word in case.life]
    seen.update(f"reopened {case.stage}" for _, case, _, word in lives if word == "reopened")
    pre = [(c, at) for c, case, at, word in lives if (case.stage, word) == ("pre_collection", "opened")]
    seen["let in by a closing"] = sum(at not in {owed.near_at for owed in c.orders} for c, at in pre)
    seen["credit"] = sum(c.credit > 0 for c in customers)
    seen["reversed"] = sum(bool(row.get("reverses")) for row in found.repayments)
    seen["left out"] = len(found.repayments) - sum(len(c.repayments) for c in customers)
    seen["date only"] = sum(len(row["paid_at"]) == len("2026-03-01") for row in found.repayments)
    owed = [(c.span, order) for c in customers for order in c.orders]
    seen["zero"] = sum(order.amount == 0 for _, order in owed)
    seen["paid ahead"] = sum(order.balance < order.amount for span, order in owed if not span.holds(order.known_at))
    return seen


def test_the_random_portfolios_reach_what_they_are_for(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(400):
        found = portfolio(Random(seed))
        seen.update(features(found, played(found, tmp_path)[0]))
    lives = (
        "opened",
        "reopened collection",
        "reopened pre_collection",
        "rolled",
        "paid_in_full",
        "M1",
        "M2",
        "M3",
        "M4",
    )
    rows = ("let in by a closing", "credit", "reversed", "left out", "date only", "zero", "paid ahead")
    assert {name: seen[name] for name in (*lives, *rows) if seen[name] < 10} == {}


def test_the_command_writes_the_report(tmp_path: Path) -> None:
    found = portfolio(Random(3))
    _, report = played(found, tmp_path)
    target = tmp_path / "report.json"
    independent.main([*found.arguments(found.write(tmp_path)), "--json", str(target)])
    assert json.loads(target.read_text(encoding="utf-8")) == report


def test_the_count_imports_nothing_of_the_product() -> None:
    for module in (independent, files, intervals, portfolios):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        names += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert {name.split(".")[0] for name in names}.isdisjoint(
            {"engine", "web", "workers", "SpiffWorkflow", "sqlalchemy"}
        )
