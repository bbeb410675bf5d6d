"""The three files of the import contract as plain rows for the independent count; numbers in brackets are its rules."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
NEAR_DAYS = 2
ZERO = Decimal(0)


@dataclass(eq=False)
class Order:
    """One amount due on one date, when it changes its standing (2), and what is left of it."""

    order_id: str
    customer_id: str
    product: str
    currency: str
    due_on: dt.date
    amount: Decimal
    known_at: dt.datetime
    near_at: dt.datetime
    overdue_at: dt.datetime
    balance: Decimal


@dataclass(eq=False)
class Repayment:
    """Money received, or with `reverses` money taken back; `left` is what reversals left of it."""

    repayment_id: str
    order_id: str
    customer_id: str
    paid_at: dt.datetime
    amount: Decimal
    reverses: str
    left: Decimal


class Span(NamedTuple):
    """The window of the replay and the lender's time zone."""

    start: dt.date
    end: dt.date
    zone: ZoneInfo

    def holds(self, at: dt.datetime) -> bool:
        """Whether an instant happens at all (1)."""
        return midnight(self.start, self.zone) <= at < midnight(self.end + DAY, self.zone)


@cache
def midnight(on: dt.date, zone: ZoneInfo) -> dt.datetime:
    """00:00 of a date at the lender's place, as UTC."""
    return dt.datetime.combine(on, dt.time(), zone).astimezone(dt.UTC)


def instant(text: str, zone: ZoneInfo) -> dt.datetime:
    """An ISO date or time as UTC; without offset it is the lender's."""
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(dt.UTC)


def rows(path: Path, key: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, exact repeats left out; the same key with other content is an error."""
    seen: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            known = seen.setdefault(row[key], row)
            if known != row:
                raise ValueError(f"{path.name}: {key} {row[key]} appears twice, with different content")
            if known is row:
                yield row


def read_orders(path: Path, customers: set[str], span: Span) -> dict[str, Order]:
    """All orders of the file by id, in the order of (3)."""
    orders = [read_order(row, span) for row in rows(path, "order_id")]
    for order in orders:
        if order.customer_id not in customers:
            raise ValueError(f"order {order.order_id}: unknown customer {order.customer_id}")
    return {order.order_id: order for order in sorted(orders, key=by_due)}


def read_order(row: dict[str, str], span: Span) -> Order:
    """One row as an order, with the instants at which it is known, near and overdue (2)."""
    due_on = dt.date.fromisoformat(row["due_on"])
    known_at = midnight(max(dt.date.fromisoformat(row["disbursed_on"]), span.start), span.zone)
    amount = sum((Decimal(row.get(part) or 0) for part in ("principal", "interest", "fees", "penalty")), ZERO)
    return Order(
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        product=row["product"],
        currency=row["currency"],
        due_on=due_on,
        amount=amount,
        balance=amount,
        known_at=known_at,
        near_at=max(known_at, midnight(due_on - NEAR_DAYS * DAY, span.zone)),
        overdue_at=max(known_at, midnight(due_on + DAY, span.zone)),
    )


def by_due(order: Order) -> tuple[dt.date, str]:
    """The order of orders within a kind of event, and of spills."""
    return order.due_on, order.order_id


def read_repayments(path: Path, customers: set[str], orders: dict[str, Order], span: Span) -> list[Repayment]:
    """The repayments and reversals that happen (1, 5), by instant, then in file order; each with its customer."""
    found = [read_repayment(row, span.zone) for row in rows(path, "repayment_id")]
    by_id = {repayment.repayment_id: repayment for repayment in found}
    for repayment in found:
        origin = by_id.get(repayment.reverses) if repayment.reverses else repayment
        named = orders.get(origin.order_id) if origin and origin.order_id else None
        if (
            origin is None
            or (origin.order_id and named is None)
            or (named is None and origin.customer_id not in customers)
        ):
            raise ValueError(f"repayment {repayment.repayment_id} names what is not in the files")
        repayment.customer_id = named.customer_id if named else origin.customer_id
    played = [r for r in found if span.holds(r.paid_at) and (not r.reverses or span.holds(by_id[r.reverses].paid_at))]
    return sorted(played, key=lambda repayment: repayment.paid_at)  # stable: file order within an instant


def read_repayment(row: dict[str, str], zone: ZoneInfo) -> Repayment:
    """One row as a repayment."""
    amount = Decimal(row["amount"])
    return Repayment(
        repayment_id=row["repayment_id"],
        order_id=row.get("order_id") or "",
        customer_id=row.get("customer_id") or "",
        paid_at=instant(row["paid_at"], zone),
        amount=amount,
        reverses=row.get("reverses") or "",
        left=amount,
    )
