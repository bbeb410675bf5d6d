"""A second opinion on the independent count, by another method: cases as unions of intervals.

Only for portfolios without reversals. There, what an order lives through is fixed once it is known when it is
settled, so that no simulation is needed: a collection case is a run of overlapping [overdue, settled) intervals, a
pre-collection case a run of [near, settled or overdue) ones, and tiers follow day by day. Moments are tuples, so
that the kinds of one instant compare as they are ordered.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.replay.files import Order, Repayment, Span, midnight

# An instant, its kind (2 money, 3 overdue, 4 tier, 5 near), the event within the kind, its step (0 closing, 1 opening).
Moment = tuple[dt.datetime, int, tuple[Any, ...], int]
NEVER: Moment = (dt.datetime.max.replace(tzinfo=dt.UTC), 9, (), 0)
ALWAYS: Moment = (dt.datetime.min.replace(tzinfo=dt.UTC), 0, (), 0)
LOWER = (1, 31, 61, 91)


@dataclass(frozen=True)
class Interval:
    """One order in one stage, from `start` until just before `end`."""

    order: Order
    start: Moment
    end: Moment


def settled_moments(orders: list[Order], repayments: list[Repayment], span: Span) -> dict[str, Moment]:
    """When each order's balance reaches zero, if it ever does."""
    left = {order.order_id: order.amount for order in orders}
    moments = {key: ALWAYS for key, amount in left.items() if not amount}
    for position, repayment in enumerate(repayments):
        money = repayment.amount
        for key in order_of_spending(orders, repayment, span):
            part = min(money, left[key])
            money, left[key] = money - part, left[key] - part
            if not left[key]:
                moments.setdefault(key, (repayment.paid_at, 2, (position,), 0))
    return moments


def order_of_spending(orders: list[Order], repayment: Repayment, span: Span) -> list[str]:
    """Ids of the orders that may get some of a repayment, first come first served."""
    day = repayment.paid_at.astimezone(span.zone).date()
    named = [o for o in orders if o.order_id == repayment.order_id]
    kin = {(o.product, o.currency) for o in named}
    known = [o for o in orders if o.known_at <= repayment.paid_at]
    if not named and len({o.currency for o in known}) > 1:
        return []
    others = [o for o in known if o not in named and o.due_on <= day and (not kin or (o.product, o.currency) in kin)]
    return [o.order_id for o in [*named, *sorted(others, key=lambda o: (o.due_on, o.order_id))]]


def runs(intervals: list[Interval]) -> Iterator[list[Interval]]:
    """Cases: runs of intervals that overlap; touching is not enough, for closing comes before opening."""
    run: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: i.start):
        if run and interval.start >= max(i.end for i in run):
            yield run
            run = []
        run.append(interval)
    if run:
        yield run


def count_customer(orders: list[Order], repayments: list[Repayment], span: Span) -> Counter[str]:
    """Cases, closings, tiers and recalls of a customer, keyed like `collection`, `open collection`, `rolled`, `M1`."""
    settled = settled_moments(orders, repayments, span)
    found: Counter[str] = Counter()
    for product in sorted({order.product for order in orders}):
        own = [order for order in orders if order.product == product]
        collection = list(runs(collection_intervals(own, settled, span)))
        for run in collection:
            found.update(["collection", standing(run), *tiers(run, span)])
        for run in runs(pre_intervals(own, settled, collection, span)):
            found.update(["pre_collection", standing(run)])
    return found


def collection_intervals(orders: list[Order], settled: dict[str, Moment], span: Span) -> list[Interval]:
    """Each order from overdue to settled."""
    found = []
    for order in filter(lambda o: span.holds(o.overdue_at), orders):
        start = (order.overdue_at, 3, (order.due_on, order.order_id), 0)
        end = settled.get(order.order_id, NEVER)
        found += [Interval(order, start, end)] if start < end else []
    return found


def pre_intervals(
    orders: list[Order], settled: dict[str, Moment], collection: list[list[Interval]], span: Span
) -> list[Interval]:
    """Each order from near, or from the end of the collection case that kept it out, to settled or overdue."""
    found = []
    for order in orders:
        start: Moment = (order.near_at, 5, (order.due_on, order.order_id), 0)
        for run in collection:
            until = max(i.end for i in run)
            if run[0].start < start < until:
                start = (*until[:3], 1)
        end = min(settled.get(order.order_id, NEVER), (order.overdue_at, 3, (order.due_on, order.order_id), 0))
        if span.holds(start[0]) and start < end and start[0] < order.overdue_at:
            found.append(Interval(order, start, end if span.holds(end[0]) else NEVER))
    return found


def standing(run: list[Interval]) -> str:
    """How a case stands in the end."""
    end = max(i.end for i in run)
    stage = "pre_collection" if run[0].start[1] == 5 or run[0].start[3] == 1 else "collection"
    return f"open {stage}" if end == NEVER else "paid_in_full" if end[1] == 2 else "rolled"


def tiers(run: list[Interval], span: Span) -> list[str]:
    """The tiers a collection case enters, and a `recall` for each but the first."""
    first, last = run[0], min(max(i.end for i in run)[0], midnight(span.end, span.zone))
    reached = [tier(first.order, first.start[0], span)]
    day = first.start[0].astimezone(span.zone).date()
    while (moment := (midnight(day, span.zone), 4, (), 0))[0] <= last:
        unpaid = [i.order for i in run if i.start < moment < i.end]
        called_for = max((tier(order, moment[0], span) for order in unpaid), default=0)
        reached += [called_for] if called_for > reached[-1] else []
        day += dt.timedelta(days=1)
    return [f"M{number}" for number in reached] + ["recall"] * (len(reached) - 1)


def tier(order: Order, at: dt.datetime, span: Span) -> int:
    """1 to 4 by the order's days past due."""
    days = (at.astimezone(span.zone).date() - order.due_on).days
    return sum(days >= lower for lower in LOWER)


def count(orders: dict[str, Order], repayments: list[Repayment], span: Span) -> Counter[str]:
    """The same for all customers."""
    owed, paid = defaultdict(list), defaultdict(list)
    for order in orders.values():
        owed[order.customer_id].append(order)
    for repayment in repayments:
        paid[repayment.customer_id].append(repayment)
    return sum((count_customer(owed[key], paid[key], span) for key in owed), Counter())
