"""The real accounts as a portfolio: the rules of the demo's README, and people whom nobody can reach."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.demo import accounts
from engine.demo.accounts import Month, customer_rows, order_rows, repayment_rows, shift_to, write_csv
from tests.replay import independent
from tests.replay.files import Span

SAMPLE = 300


@pytest.mark.parametrize(
    ("month", "asked"),
    [
        (Month(4, 29_239, standing=2, paid=0), 2_923),
        (Month(4, 3_913, standing=1, paid=50), 1_000),
        (Month(4, 689, standing=2, paid=689), 689),
        (Month(4, 29_239, standing=0, paid=1_518), 1_518),
        (Month(4, 29_239, standing=-1, paid=29_239), 2_923),
        (Month(4, 29_239, standing=0, paid=0), 0),
        (Month(4, 0, standing=2, paid=100), 0),
        (Month(4, -20, standing=0, paid=100), 0),
    ],
)
def test_the_minimum_due_follows_the_bill_and_what_the_bank_accepted(month: Month, asked: int) -> None:
    assert month.minimum_due() == asked


def test_the_first_account_has_its_two_orders_and_one_late_payment() -> None:
    assert [(row["order_id"], row["disbursed_on"], row["due_on"], row["principal"]) for row in order_rows(1)] == [
        ("1-200507", "2005-07-31", "2005-08-20", "689"),
        ("1-200508", "2005-08-31", "2005-09-20", "1000"),
    ]
    (payment,) = repayment_rows(1)
    assert payment == {
        "repayment_id": "P1-200507",
        "order_id": "1-200507",
        "customer_id": "1",
        "paid_at": "2005-08-27T12:00:00",
        "amount": "689",
        "channel": "bank",
    }


def test_good_standing_pays_by_the_due_date_and_arrears_after_it() -> None:
    due = {row["order_id"]: row["due_on"] for row in order_rows(SAMPLE)}
    standing = {f"{a.number}-2005{m.number:02}": m.standing for a in accounts.accounts(SAMPLE) for m in a.months}
    for row in repayment_rows(SAMPLE):
        assert (row["paid_at"][:10] <= due[row["order_id"]]) == (standing[row["order_id"]] <= 0)


def test_amounts_written_with_an_exponent_are_read() -> None:
    limits = [account.credit_limit for account in accounts.accounts(SAMPLE)]
    assert 200_000 in limits


def test_a_shift_moves_months_and_keeps_days_and_the_last_day_last() -> None:
    shift = shift_to(dt.date(2026, 11, 23))
    assert shift == 254
    assert [(row["order_id"], row["disbursed_on"], row["due_on"]) for row in order_rows(1, shift)] == [
        ("1-202609", "2026-09-30", "2026-10-20"),
        ("1-202610", "2026-10-31", "2026-11-20"),
    ]
    assert [row["paid_at"] for row in repayment_rows(1, shift)] == ["2026-10-27T12:00:00"]
    assert {row["disbursed_on"] for row in order_rows(SAMPLE, -2)} >= {"2005-02-28", "2005-06-30"}


def test_a_shift_changes_no_amount_and_no_outcome(tmp_path: Path) -> None:
    start, end, zone = dt.date(2005, 4, 30), dt.date(2005, 9, 30), ZoneInfo("Asia/Shanghai")
    plain = independent.count(*write_csv(tmp_path / "plain", SAMPLE), Span(start, end, zone))
    moved = write_csv(tmp_path / "moved", SAMPLE, shift_months=12 * 21)
    span = Span(start.replace(year=2026), end.replace(year=2026), zone)
    assert independent.count(*moved, span) == plain


def test_the_same_number_is_always_the_same_person_whatever_comes_before() -> None:
    everybody = list(customer_rows(20))
    assert list(customer_rows(20)) == everybody
    assert list(customer_rows(5)) == everybody[:5]


def test_people_are_marked_as_invented_and_nobody_can_be_reached() -> None:
    rows = list(customer_rows(SAMPLE))
    assert {row["invented"] for row in rows} == {"yes"}
    for row in rows:
        assert row["email"].endswith("@example.com")
        assert row["id_number"].startswith("99")
        for phone in (row["phone"], row["emergency_contacts"].split()[-1]):
            assert phone.startswith("154")
            assert len(phone) == 11
    assert max(Counter(row["phone"] for row in rows).values()) == 1


def test_the_files_have_the_headers_of_the_import_contract(tmp_path: Path) -> None:
    files = write_csv(tmp_path, 3)
    heads = []
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            heads.append(set(next(csv.reader(file))))
    customers, orders, repayments = heads
    assert customers >= {"customer_id", "name", "id_number", "phone", "address", "email", "emergency_contacts"}
    assert orders >= {"order_id", "customer_id", "product", "currency", "disbursed_on", "due_on", "principal", "fees"}
    assert repayments >= {"repayment_id", "order_id", "paid_at", "amount"}


def test_a_thousand_accounts_count_as_they_did(tmp_path: Path) -> None:
    span = Span(dt.date(2005, 4, 30), dt.date(2005, 9, 30), ZoneInfo("Asia/Shanghai"))
    report = independent.count(*write_csv(tmp_path, 1000), span)
    assert report == json.loads(Path(__file__).with_name("thousand.json").read_text(encoding="utf-8"))
