"""What `dunflow replay` must report, counted again in plain Python over the same three CSV files.

    python -m tests.replay.independent --customers F --orders F --repayments F --from DATE --to DATE
        [--timezone Z] [--json OUT]

Nothing of the engine is imported: no diagrams, no SQL. Each customer is played alone, instant by instant, so that the
whole rule book can be audited here. Bad rows stop the count with a ValueError; clean files are what it is for.

Time
 1. Instants are compared in UTC. A time without offset, and 00:00 of a date, are the lender's (`--timezone`). What
    happens lies in [00:00 of FROM, 00:00 of the day after TO).
 2. An order is known at 00:00 of `disbursed_on`, or of FROM if later. It is *overdue* from 00:00 of `due_on` + 1 and
    *near* from 00:00 of `due_on` - 2, neither before it is known; one known overdue is never near. Zero amounts are
    counted, and never open anything.
 3. At one instant: orders become known; repayments and reversals in file order; orders becoming overdue; tiers rise;
    orders becoming near. Orders go by `due_on`, then `order_id` (as text). Each event is finished before the next.

Money
 4. What an order owes is principal + interest + fees + penalty. A repayment goes first to the order it names, known
    yet or not; then to the customer's other orders that are known and due (`due_on` <= local date of `paid_at`) at
    that instant, oldest first, of the named order's product and currency. One that names only the customer goes to
    his due orders of every product; should his known orders have several currencies, its own is unknown and all of it
    stays credit. What is left is credit for good: it is never applied by itself.
 5. A reversal takes its amount off the repayment it names (all of it, as a rule); that repayment and all later ones
    are allocated anew, each as of its own instant. One earlier than its repayment, or taking more than is left of it,
    is a bad row; one of a repayment before FROM is left out with it.
 6. `repayments` counts rows, reversals too. `paid` is net of reversals. `due` and `outstanding` cover known orders;
    money on a named order that is not known by TO is neither there nor in `credit`. `customers` are those with an
    order known by TO.

Cases
 7. An unpaid order that becomes overdue leaves pre-collection and joins the customer's open collection case of its
    product, or opens one in the tier its days call for. Skipped tiers do not count as entered.
 8. A case's days past due are the greatest of its unpaid orders. When the tier they call for is above the case's, it
    rises straight to that one: one `recall`, one tier entered. It never falls. Rising is looked at after overdue
    orders at every instant, so an older order that joins in the middle of a day (a reversal) or is known late lifts
    the case at once.
 9. An unpaid order that becomes near joins the open pre-collection case of customer and product or opens one, unless
    a collection case of that product is open; orders that are in pre-collection when one opens stay there.
10. After a repayment is allocated whole: first every case whose orders are all settled closes as `paid_in_full`;
    then, for each product whose collection case closed, unpaid orders that became near *before* this instant and are
    not yet overdue enter pre-collection (9).
11. A pre-collection case that loses its last order to collection closes as `rolled`, whatever happened to the others.
12. A reversal can only raise balances. An order it makes unpaid again goes back by its date, in the order of 3:
    overdue already before this instant: into the open collection case, else the collection case it was in last
    reopens, else a new one opens; near already before this instant: into the open pre-collection case, else the one
    it was in last reopens, whether or not the customer is in collection; if it never was in one, as in 9; otherwise
    it waits for its own events.
13. A reopened case is the same case: not counted again in `cases`, and its former closing is forgotten. It reopens in
    its old tier, or in the higher one its days call for, which then counts as entered but is no recall. So `cases` =
    `open` + `closed` always.
14. The last tier's review, suspensions, people: nothing of them is counted here.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.replay.files import DAY, ZERO, Order, Repayment, Span, midnight, read_orders, read_repayments, rows

TIERS = (("M1", 1), ("M2", 31), ("M3", 61), ("M4", 91))  # name and lower bound in days past due
PRE, COLLECTION = "pre_collection", "collection"


@dataclass(eq=False)
class Case:
    """One case; `orders` holds those unpaid in it now, `life` what happened to it and when."""

    customer_id: str
    product: str
    stage: str
    orders: list[Order] = field(default_factory=list)
    tier: int = -1
    closed_as: str = ""
    life: list[tuple[dt.datetime, str]] = field(default_factory=list)


def tier_of(days_past_due: int) -> int:
    """Index of the tier these days call for."""
    return sum(days_past_due >= lower for _, lower in TIERS) - 1


class Customer:
    """One customer's orders, money and cases, played from the first instant to the last."""

    def __init__(self, orders: list[Order], repayments: list[Repayment], span: Span) -> None:
        self.orders = orders
        self.repayments = repayments
        self.span = span
        self.credit = ZERO
        self.received: list[Repayment] = []
        self.cases: list[Case] = []
        self.open: dict[tuple[str, str], Case] = {}
        self.last: dict[tuple[str, str], Case] = {}  # by order and stage: the case the order was in last
        self.tiers_entered: Counter[str] = Counter()
        self.recalls = 0

    def play(self) -> None:
        """All instants at which anything can happen, each in the order of kinds (3)."""
        money: dict[dt.datetime, list[Repayment]] = defaultdict(list)
        for repayment in self.repayments:
            money[repayment.paid_at].append(repayment)
        dates = itertools.chain.from_iterable(map(self.dates, self.orders))
        for now in sorted(filter(self.span.holds, {*money, *dates})):
            for repayment in money[now]:
                self.reverse(repayment, now) if repayment.reverses else self.receive(repayment, now)
            for order in self.orders:
                if order.overdue_at == now:
                    self.become_overdue(order, now)
            self.raise_tiers(now)
            for order in self.orders:
                if order.near_at == now < order.overdue_at:
                    self.become_near(order, now)

    def dates(self, order: Order) -> set[dt.datetime]:
        """Becoming near and overdue, and each day on which this order's days past due reach a tier."""
        reached = {midnight(order.due_on + lower * DAY, self.span.zone) for _, lower in TIERS}
        return {order.near_at, order.overdue_at, *reached}

    # money

    def receive(self, repayment: Repayment, now: dt.datetime) -> None:
        """Allocate a repayment whole, close what it settles, then let near orders in (10)."""
        self.received.append(repayment)
        self.allocate(repayment)
        closed = [case for case in self.open.values() if all(order.balance == 0 for order in case.orders)]
        for case in list(self.open.values()):
            case.orders = [order for order in case.orders if order.balance > 0]
        for case in closed:
            self.close(case, "paid_in_full", now)
        freed = {case.product for case in closed if case.stage == COLLECTION}
        for order in self.orders:
            if order.product in freed and order.near_at < now < order.overdue_at and not self.in_open_case(order):
                self.become_near(order, now)

    def allocate(self, repayment: Repayment) -> None:
        """Spread what is left of a repayment as of its own instant (4)."""
        left = repayment.left
        for order in self.targets(repayment):
            part = min(left, order.balance)
            order.balance -= part
            left -= part
        self.credit += left

    def targets(self, repayment: Repayment) -> list[Order]:
        """The named order, then the others known and due at that instant, oldest first (4)."""
        day = repayment.paid_at.astimezone(self.span.zone).date()
        known = [order for order in self.orders if order.known_at <= repayment.paid_at]
        due = [order for order in known if order.due_on <= day]
        if not repayment.order_id:
            return due if len({order.currency for order in known}) == 1 else []
        named = next(order for order in self.orders if order.order_id == repayment.order_id)
        kin = (named.product, named.currency)
        return [named, *(order for order in due if order is not named and (order.product, order.currency) == kin)]

    def reverse(self, reversal: Repayment, now: dt.datetime) -> None:
        """Take money back, allocate all of it anew, put orders that are unpaid again back (5, 12)."""
        origin = next((r for r in self.received if r.repayment_id == reversal.reverses), None)
        if origin is None or reversal.amount > origin.left:
            raise ValueError(f"{reversal.repayment_id} reverses what was not received: {reversal.reverses}")
        settled = [order for order in self.orders if order.balance == 0]
        origin.left -= reversal.amount
        self.credit = ZERO
        for order in self.orders:
            order.balance = order.amount
        for repayment in self.received:
            self.allocate(repayment)
        for order in settled:
            if order.balance > 0:
                self.put_back(order, now)

    def put_back(self, order: Order, now: dt.datetime) -> None:
        """An order unpaid again goes where its date says (12)."""
        if order.overdue_at < now:
            self.join(order, COLLECTION, now)
        elif order.near_at < now < order.overdue_at:
            if (order.order_id, PRE) in self.last:
                self.join(order, PRE, now)
            else:
                self.become_near(order, now)

    # cases

    def become_overdue(self, order: Order, now: dt.datetime) -> None:
        """Leave pre-collection, enter collection (7, 11)."""
        if order.balance == 0:
            return
        before = self.open.get((order.product, PRE))
        self.join(order, COLLECTION, now)
        if before and order in before.orders:
            before.orders.remove(order)
            if not before.orders:
                self.close(before, "rolled", now)

    def become_near(self, order: Order, now: dt.datetime) -> None:
        """Enter pre-collection, unless the customer is in collection for the product (9)."""
        if order.balance > 0 and (order.product, COLLECTION) not in self.open:
            self.join(order, PRE, now)

    def join(self, order: Order, stage: str, now: dt.datetime) -> None:
        """Into the open case of the stage, else the one the order was in last reopens, else a new one opens."""
        case = self.open.get((order.product, stage)) or self.last.get((order.order_id, stage))
        if case is None:
            case = Case(order.customer_id, order.product, stage)
            self.cases.append(case)
        joins_open = case is self.open.get((order.product, stage))
        case.orders.append(order)
        self.last[order.order_id, stage] = case
        if not joins_open:
            self.set_open(case, now)

    def set_open(self, case: Case, now: dt.datetime) -> None:
        """A new case, or one that reopens at no lower tier (13)."""
        self.open[case.product, case.stage] = case
        case.closed_as = ""
        case.life.append((now, "reopened" if case.life else "opened"))
        if case.stage == COLLECTION and self.called_for(case, now) > case.tier:
            self.enter_tier(case, now)

    def raise_tiers(self, now: dt.datetime) -> None:
        """Every open collection case that outlived its tier rises (8)."""
        for case in self.open.values():
            if case.stage == COLLECTION and self.called_for(case, now) > case.tier:
                self.recalls += 1
                self.enter_tier(case, now)

    def called_for(self, case: Case, now: dt.datetime) -> int:
        """The tier the case's days past due call for today."""
        today = now.astimezone(self.span.zone).date()
        return tier_of(max((today - order.due_on).days for order in case.orders))

    def enter_tier(self, case: Case, now: dt.datetime) -> None:
        """Straight to the tier called for; those skipped are not entered."""
        case.tier = self.called_for(case, now)
        name = TIERS[case.tier][0]
        self.tiers_entered[name] += 1
        case.life.append((now, name))

    def close(self, case: Case, reason: str, now: dt.datetime) -> None:
        """The case is no longer open."""
        del self.open[case.product, case.stage]
        case.closed_as = reason
        case.life.append((now, reason))

    def in_open_case(self, order: Order) -> bool:
        """Whether the order is worked in some open case."""
        return any(order in case.orders for case in self.open.values())


def play(customers: Path, orders: Path, repayments: Path, span: Span) -> list[Customer]:
    """Every customer with an order in the file, played to the end."""
    names = {row["customer_id"] for row in rows(customers, "customer_id")}
    known = read_orders(orders, names, span)
    owed, paid = defaultdict(list), defaultdict(list)
    for order in known.values():
        owed[order.customer_id].append(order)
    for repayment in read_repayments(repayments, names, known, span):
        paid[repayment.customer_id].append(repayment)
    played = [Customer(owed[key], paid[key], span) for key in sorted({*owed, *paid})]
    for customer in played:
        customer.play()
    return played


def report(played: Iterable[Customer], span: Span) -> dict[str, object]:
    """The report of the replay, as far as it follows from the data (6)."""
    played = list(played)
    cases = [case for customer in played for case in customer.cases]
    known = [order for customer in played for order in customer.orders if span.holds(order.known_at)]
    tiers = sum((customer.tiers_entered for customer in played), Counter())
    closed = Counter(case.closed_as for case in cases if case.closed_as)
    return {
        "orders": len(known),
        "customers": len({order.customer_id for order in known}),
        "repayments": sum(len(customer.repayments) for customer in played),
        "cases": by_stage(cases),
        "tiers_entered": {name: tiers[name] for name, _ in TIERS},
        "closed": {reason: closed[reason] for reason in ("paid_in_full", "rolled")},
        "open": by_stage(case for case in cases if not case.closed_as),
        "recalls": sum(customer.recalls for customer in played),
        "incidents": 0,
        "amounts": {
            "due": total(order.amount for order in known),
            "paid": total(repayment.left for customer in played for repayment in customer.received),
            "outstanding": total(order.balance for order in known),
            "credit": total(customer.credit for customer in played),
        },
    }


def by_stage(cases: Iterable[Case]) -> dict[str, int]:
    """How many cases of each stage."""
    found = Counter(case.stage for case in cases)
    return {stage: found[stage] for stage in (PRE, COLLECTION)}


def total(amounts: Iterable[Decimal]) -> str:
    """A sum with two decimals."""
    return f"{sum(amounts, ZERO):.2f}"


def count(customers: Path, orders: Path, repayments: Path, span: Span) -> dict[str, object]:
    """Read three files, play them, report."""
    return report(play(customers, orders, repayments, span), span)


def main(arguments: list[str] | None = None) -> None:
    """The command line: prints the report, or writes it to `--json`."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay.independent", description=__doc__.splitlines()[0])
    for name in ("customers", "orders", "repayments"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--from", dest="start", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--to", dest="end", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--timezone", type=ZoneInfo, default=ZoneInfo("Asia/Shanghai"))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    result = count(given.customers, given.orders, given.repayments, Span(given.start, given.end, given.timezone))
    text = json.dumps(result, indent=1)
    given.json.write_text(text + "\n", encoding="utf-8") if given.json else print(text)


if __name__ == "__main__":
    main()
