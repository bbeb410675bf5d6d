"""Real card accounts as rows of the import contract; README.md says what is the bank's and what is ours.

Source: I-Cheng Yeh, Default of credit card clients, UCI Machine Learning Repository, doi:10.24432/C55S3H, CC BY 4.0.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import gzip
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from engine.demo.people import Person, invent

SOURCE = Path(__file__).with_name("uci_credit_card.csv.gz")
PRODUCT, CURRENCY = "card", "TWD"
FIRST_BILL = dt.date(2005, 4, 1)
LAST_MONTH = dt.date(2005, 9, 1)
BILLED_MONTHS = range(4, 9)
DUE_DAY = 20
LEAST_DUE = 1000

CUSTOMER_COLUMNS = (
    *("customer_id", "name", "id_number", "phone", "address", "email", "language", "timezone", "jurisdiction"),
    *("emergency_contacts", "invented", "sex", "age", "credit_limit"),
)
ORDER_COLUMNS = (
    *("order_id", "customer_id", "product", "currency", "disbursed_on", "due_on", "principal", "interest", "fees"),
    "billed",
)
REPAYMENT_COLUMNS = ("repayment_id", "order_id", "customer_id", "paid_at", "amount", "channel")


class Month(NamedTuple):
    """One billed month m of an account: the bill, and standing and payment of the month after. Whole NT$."""

    number: int  # of 2005
    billed: int
    standing: int  # at most 0: in good standing
    paid: int

    def minimum_due(self) -> int:
        """What the order asks for; 0 where there is no order."""
        if self.billed <= 0:
            return 0
        asked = min(max(self.billed // 10, LEAST_DUE), self.billed)
        return min(asked, self.paid) if self.standing <= 0 else asked

    def paid_on_day(self, account: int) -> int:
        """Day of the next month on which the payment came: before the due date in good standing, after it otherwise."""
        spread = account * 7 + self.number
        return 1 + spread % 20 if self.standing <= 0 else 21 + spread % 8


class Account(NamedTuple):
    """One line of the bank's file."""

    number: int
    credit_limit: int
    sex: int  # 1 man, 2 woman
    age: int
    months: tuple[Month, ...]


class Files(NamedTuple):
    """Where the three files of a portfolio are."""

    customers: Path
    orders: Path
    repayments: Path


def accounts(limit: int | None = None) -> Iterator[Account]:
    """The first `limit` accounts of the bank's file, or all 30,000."""
    with gzip.open(SOURCE, "rt", encoding="ascii", newline="") as file:
        yield from map(_account, islice(csv.DictReader(file), limit))


def shift_to(last_month: dt.date) -> int:
    """The `shift_months` that moves September 2005, the last month of payments, to the month of this date."""
    return (last_month.year - LAST_MONTH.year) * 12 + last_month.month - LAST_MONTH.month


def customer_rows(customers: int | None = None, shift_months: int = 0) -> Iterator[dict[str, str]]:
    """Rows of the customers file: everything that names or reaches a person is invented."""
    year = _shifted(LAST_MONTH.month, shift_months).year
    for account in accounts(customers):
        person = invent(account.number, account.sex == 1, year - account.age)
        yield dict(zip(CUSTOMER_COLUMNS, _customer(account, person), strict=True))


def order_rows(customers: int | None = None, shift_months: int = 0) -> Iterator[dict[str, str]]:
    """Rows of the orders file: a bill's minimum due, disbursed on the last day of its month, due on the 20th after."""
    for account in accounts(customers):
        for month in _ordered(account):
            start, due = _shifted(month.number, shift_months), _shifted(month.number + 1, shift_months)
            disbursed_on = start.replace(day=calendar.monthrange(start.year, start.month)[1])
            values = (
                *(f"{account.number}-{start:%Y%m}", str(account.number), PRODUCT, CURRENCY),
                *(f"{disbursed_on}", f"{due.replace(day=DUE_DAY)}", f"{month.minimum_due()}", "0", "0"),
                f"{month.billed}",
            )
            yield dict(zip(ORDER_COLUMNS, values, strict=True))


def repayment_rows(customers: int | None = None, shift_months: int = 0) -> Iterator[dict[str, str]]:
    """Rows of the repayments file: what came in the month after the bill, at noon, on a day that is ours."""
    for account in accounts(customers):
        for month in _ordered(account):
            if month.paid <= 0:
                continue
            start, paid = _shifted(month.number, shift_months), _shifted(month.number + 1, shift_months)
            order_id = f"{account.number}-{start:%Y%m}"
            paid_on = paid.replace(day=month.paid_on_day(account.number))
            values = (f"P{order_id}", order_id, str(account.number), f"{paid_on}T12:00:00", f"{month.paid}", "bank")
            yield dict(zip(REPAYMENT_COLUMNS, values, strict=True))


def write_csv(folder: Path, customers: int | None = None, shift_months: int = 0) -> Files:
    """Write customers.csv, orders.csv and repayments.csv of the first `customers` accounts (None: all) to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Files(
        _write(folder / "customers.csv", CUSTOMER_COLUMNS, customer_rows(customers, shift_months)),
        _write(folder / "orders.csv", ORDER_COLUMNS, order_rows(customers, shift_months)),
        _write(folder / "repayments.csv", REPAYMENT_COLUMNS, repayment_rows(customers, shift_months)),
    )


def _account(row: dict[str, str]) -> Account:
    """One line of the file; a few amounts are written as 1.00E+05."""
    whole = {name: int(Decimal(text)) for name, text in row.items()}
    months = []
    for number in BILLED_MONTHS:
        bill = 10 - number  # BILL_AMT6 is April; PAY_AMTn pays BILL_AMT(n+1)
        standing = whole[f"PAY_{bill - 1}" if bill > 2 else "PAY_0"]  # noqa: PLR2004  September's column is called PAY_0
        months.append(Month(number, whole[f"BILL_AMT{bill}"], standing, whole[f"PAY_AMT{bill - 1}"]))
    return Account(whole["ID"], whole["LIMIT_BAL"], whole["SEX"], whole["AGE"], tuple(months))


def _ordered(account: Account) -> Iterator[Month]:
    """The months of an account that give an order."""
    return (month for month in account.months if month.minimum_due() > 0)


def _shifted(month: int, shift_months: int) -> dt.date:
    """The first of a month of 2005, moved by whole months."""
    years, index = divmod(month - 1 + shift_months, 12)
    return dt.date(FIRST_BILL.year + years, index + 1, 1)


def _customer(account: Account, person: Person) -> tuple[str, ...]:
    """The values of one customer's row."""
    return (
        *(str(account.number), person.name, person.id_number, person.phone, person.address, person.email),
        *("zh", "Asia/Shanghai", "CN", person.emergency_contacts, "yes"),
        *("male" if account.sex == 1 else "female", str(account.age), str(account.credit_limit)),
    )


def _write(path: Path, columns: Iterable[str], rows: Iterable[dict[str, str]]) -> Path:
    """One CSV file, UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)
    return path
