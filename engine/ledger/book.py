"""One customer's ledger in memory: accounts of orders, and how money and changes move through them. No SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine import clock
from engine.models import Component, LoanOrder, Repayment

ZERO = Decimal("0.00")
COMPONENTS: tuple[str, ...] = tuple(str(each) for each in Component)

Part = tuple[int, str]  # (repayment id, component)
Amounts = Mapping[str, Decimal]  # by component


class Account:
    """What an order still owes by component, and which repayment or waiver took how much of it.

    `left` is never negative between calls. `paid` and `waived` hold what was loaded plus what was done here.
    """

    __slots__ = ("left", "order_id", "paid", "waived")

    def __init__(self, order_id: int, charged: Amounts) -> None:
        self.order_id = order_id
        self.left = {each: charged.get(each, ZERO) for each in COMPONENTS}
        self.waived = dict.fromkeys(COMPONENTS, ZERO)
        self.paid: dict[Part, Decimal] = {}

    def record(self, repayment_id: int, component: str, amount: Decimal) -> None:
        """Money moves between a repayment and a component; negative: back."""
        key = (repayment_id, component)
        self.paid[key] = self.paid.get(key, ZERO) + amount
        self.left[component] -= amount

    def pay(self, repayment_id: int, amount: Decimal, priority: Sequence[str]) -> Decimal:
        """Take what fits, component by component; returns the rest."""
        for component in priority:
            taken = min(amount, self.left[component])
            if taken > 0:
                self.record(repayment_id, component, taken)
                amount -= taken
        return amount

    def waive(self, amounts: Amounts) -> None:
        """Let amounts go, as far as they are owed: money that turns up for an earlier instant comes before a waiver."""
        for component, amount in amounts.items():
            gone = min(amount, self.left[component])
            self.waived[component] += gone
            self.left[component] -= gone

    def adjust(self, deltas: Amounts, priority: Sequence[str]) -> None:
        """The lender says the order is worth more or less.

        Where a component falls below what was waived and paid, first the waiver shrinks (it lets go only what is owed),
        then money comes loose, of the latest repayment first; it settles the order's other components, and what the
        order cannot hold is no longer allocated.
        """
        for component, delta in deltas.items():
            self.left[component] += delta
        for component in COMPONENTS:
            shrunk = min(self.waived[component], max(ZERO, -self.left[component]))
            self.waived[component] -= shrunk
            self.left[component] += shrunk
        loose = self._loosen()
        for repayment_id in sorted(loose):
            self.pay(repayment_id, loose[repayment_id], priority)

    def _loosen(self) -> dict[int, Decimal]:
        loose: dict[int, Decimal] = {}
        for repayment_id, component in sorted(self.paid, reverse=True):
            freed = min(self.paid[repayment_id, component], max(ZERO, -self.left[component]))
            if freed > 0:
                self.record(repayment_id, component, -freed)
                loose[repayment_id] = loose.get(repayment_id, ZERO) + freed
        return loose

    def paid_by(self, repayment_id: int) -> Decimal:
        """How much of a repayment lies here."""
        return sum((self.paid.get((repayment_id, each), ZERO) for each in COMPONENTS), ZERO)


class Change(NamedTuple):
    """What happened to an order's amounts: an adjustment, or a waiver."""

    order_id: int
    kind: str
    at: dt.datetime
    line_id: int
    amounts: dict[str, Decimal]


def targets(repayment: Repayment, orders: Iterable[LoanOrder]) -> list[LoanOrder]:
    """Where a repayment goes, in turn, as of its own instant: the order it names, known yet or not, then the
    customer's other known orders of that product and currency that are due on its date, oldest first.

    One that names an order nobody has heard of waits for it. One that names only the customer goes to due orders of
    every product, unless the known ones have several currencies: then its own is unknown, and it stays credit.
    """
    on = clock.local_date(repayment.paid_at)
    known = [order for order in orders if order.known_at <= repayment.received_at]
    due = sorted((each for each in known if each.due_on <= on), key=lambda each: (each.due_on, each.order_no))
    if repayment.order_no is None:
        return due if len({each.currency for each in known}) == 1 else []
    named = next((each for each in orders if each.order_no == repayment.order_no), None)
    if named is None:
        return []
    kind = (named.product, named.currency)
    return [named, *(each for each in due if each is not named and (each.product, each.currency) == kind)]
