"""Small random portfolios as the three import files: the same random numbers give the same portfolio.

    portfolio(Random(7)).write(folder) -> Files

They crowd what is hard into few rows: late orders, several on one due date, instalments, zero amounts, spills
between products and currencies, credit, repayments at the very midnight of a change, as dates, with offsets, before
disbursement, before FROM, after TO, for a customer only, and reversals of all of these. `settled_portfolio` leaves
the reversals out.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

Row = dict[str, str]

CURRENCIES = {"card": "CNY", "cash": "CNY", "abroad": "USD"}
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Africa/Cairo")  # Cairo skips midnights
DAY = dt.timedelta(days=1)
# Days after the due date on which something changes, or just does not.
TURNS = (-3, -2, -2, -1, 0, 0, 1, 1, 2, 5, 30, 31, 32, 60, 61, 90, 91, 92)
CUSTOMER_COLUMNS = ("customer_id", "name", "timezone")
ORDER_COLUMNS = (
    *("order_id", "customer_id", "product", "currency", "disbursed_on", "due_on", "principal", "interest", "fees"),
    *("penalty", "loan_id", "instalment_no"),
)
REPAYMENT_COLUMNS = ("repayment_id", "order_id", "customer_id", "paid_at", "amount", "channel", "reverses")


class Files(NamedTuple):
    """Where the three files of a portfolio are."""

    customers: Path
    orders: Path
    repayments: Path


@dataclass
class Portfolio:
    """Rows of the three files, and the window and time zone to play them in."""

    start: dt.date
    end: dt.date
    timezone: str
    customers: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    repayments: list[Row] = field(default_factory=list)

    def write(self, folder: Path) -> Files:
        """The three CSV files in a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        files = Files(*(folder / f"{name}.csv" for name in Files._fields))
        _write(files.customers, CUSTOMER_COLUMNS, self.customers)
        _write(files.orders, ORDER_COLUMNS, self.orders)
        _write(files.repayments, REPAYMENT_COLUMNS, self.repayments)
        return files

    def arguments(self, files: Files) -> list[str]:
        """What follows `dunflow replay`, or the independent count, on the command line."""
        named = [part for name, path in zip(Files._fields, files, strict=True) for part in (f"--{name}", str(path))]
        return [*named, "--from", str(self.start), "--to", str(self.end), "--timezone", self.timezone]


def portfolio(random: Random, customers: int = 4) -> Portfolio:
    """A portfolio of one to `customers` customers."""
    found = settled_portfolio(random, customers)
    for row in list(found.repayments):
        if random.random() < 0.35:
            found.repayments.append(_reversal(random, found, row))
    return found


def settled_portfolio(random: Random, customers: int = 4) -> Portfolio:
    """The same without reversals: what is paid stays paid."""
    start = dt.date(2026, 2, 20) + random.randrange(60) * DAY
    found = Portfolio(start, start + random.choice((20, 45, 70, 110, 150)) * DAY, random.choice(ZONES))
    for number in range(1, random.randint(1, customers) + 1):
        customer = f"C{number}"
        found.customers.append({"customer_id": customer, "name": f"Customer {number}", "timezone": found.timezone})
        _add_orders(random, found, customer)
    for order in found.orders:
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            found.repayments.append(_repayment(random, found, order))
    random.shuffle(found.repayments)
    return found


def _add_orders(random: Random, found: Portfolio, customer: str) -> None:
    """One to six orders whose due dates crowd around one or two days; sometimes a loan in instalments."""
    products = random.sample(sorted(CURRENCIES), random.choice((1, 1, 2)))
    length = (found.end - found.start).days
    bases = [found.start + random.randrange(first, length + 3) * DAY for first in (-95, -3)]
    for number in range(8, 8 + random.randint(1, 6)):  # C1-10 comes before C1-9 as text
        due_on = random.choice(bases) + random.choice((0, 0, 0, 1, 2, 3, 5, 31)) * DAY
        _add_order(random, found, {"order_id": f"{customer}-{number}", "customer_id": customer}, products, due_on)
    if random.random() < 0.25:
        loan, first = f"{customer}-L", random.choice(bases)
        for number in range(1, 4):
            named = {"order_id": f"{loan}{number}", "customer_id": customer, "loan_id": loan}
            _add_order(random, found, {**named, "instalment_no": str(number)}, products[:1], first + 30 * number * DAY)


def _add_order(random: Random, found: Portfolio, named: Row, products: list[str], due_on: dt.date) -> None:
    """One order; about a quarter is disbursed late, after it was near, due or long overdue."""
    product = random.choice(products)
    early, late = (-30, -30, -30, -10, -3), (-2, -1, 0, 1, 2, 31, 45, 91, 100)
    disbursed_on = due_on + random.choice(late if random.random() < 0.25 else early) * DAY
    amounts = [random.choice((100, 100, 250, "99.99", "0.01")), *random.choices((0, 0, 0, 5, "1.50"), k=3)]
    if random.random() < 0.06:
        amounts = [0, 0, 0, 0]
    found.orders.append(
        {
            **named,
            "product": product,
            "currency": CURRENCIES[product],
            "disbursed_on": str(disbursed_on),
            "due_on": str(due_on),
            **dict(zip(("principal", "interest", "fees", "penalty"), map(str, amounts), strict=True)),
        }
    )


def _repayment(random: Random, found: Portfolio, order: Row) -> Row:
    """Money for an order or its customer: in part, exactly, or too much."""
    owed = sum(Decimal(order[part]) for part in ("principal", "interest", "fees", "penalty"))
    share = random.choice(("1", "1", "1", "0.5", "0.5", "2", "3.7"))
    amount = max((owed * Decimal(share)).quantize(Decimal("0.01")), Decimal("0.01"))
    names = random.choice((("order_id",), ("order_id",), ("order_id", "customer_id"), ("customer_id",)))
    return {
        "repayment_id": f"R{len(found.repayments) + 1}",
        **{name: order[name] for name in names},
        "paid_at": _written(random, found, _when(random, found, order)),
        "amount": str(amount),
        "channel": random.choice(("bank", "cash", "")),
    }


def _reversal(random: Random, found: Portfolio, row: Row) -> Row:
    """The whole of a repayment taken back: at once, at a later midnight, or at any time later."""
    paid_at = _instant(found, row["paid_at"])
    named = [order for order in found.orders if order["order_id"] == row.get("order_id")]
    order = random.choice(named or found.orders)
    later = [at for at in (_when(random, found, order) for _ in range(6)) if at >= paid_at]
    at = random.choice([*later, paid_at, paid_at + random.randrange(1, 90 * 24 * 60) * dt.timedelta(minutes=1)])
    own = {"repayment_id": f"X{row['repayment_id']}", "paid_at": _written(random, found, at), "channel": ""}
    return {**row, **own, "reverses": row["repayment_id"]}


def _when(random: Random, found: Portfolio, order: Row) -> dt.datetime:
    """The midnight of a turn in the order's life, an instant around one, or any time around the window."""
    turns = [dt.date.fromisoformat(order["due_on"]) + random.choice(TURNS) * DAY for _ in range(3)]
    turn = next((turn for turn in turns if found.start <= turn <= found.end), turns[0])
    if random.random() < 0.1:
        turn = random.choice((found.start, found.end, found.end + DAY, dt.date.fromisoformat(order["disbursed_on"])))
    if random.random() < 0.2:
        turn = found.start + random.randrange(-8, (found.end - found.start).days + 8) * DAY
    midnight = dt.datetime.combine(turn, dt.time(), ZoneInfo(found.timezone)).astimezone(dt.UTC)
    return midnight + dt.timedelta(minutes=random.choice((0, 0, 0, 0, -1, 1, 10 * 60, 12 * 60, 23 * 60)))


def _written(random: Random, found: Portfolio, at: dt.datetime) -> str:
    """An instant as a file may have it: lender's time or a date where these say the same, or with some offset."""
    local = at.astimezone(ZoneInfo(found.timezone))
    plain = local.replace(tzinfo=None)
    styles = [local.isoformat(), at.isoformat(), at.isoformat().replace("+00:00", "Z")]
    if _instant(found, plain.isoformat()) == at:
        styles += [plain.isoformat(), plain.isoformat(" ")]
    if _instant(found, plain.date().isoformat()) == at:
        styles += [plain.date().isoformat()] * 3
    return random.choice(styles)


def _instant(found: Portfolio, text: str) -> dt.datetime:
    """What a written time means."""
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(found.timezone))).astimezone(dt.UTC)


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """One CSV file, UTF-8; what a row does not have stays empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
