"""Functions: dates and questions that diagrams ask about a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from engine import assignments, clock, parameters
from engine.errors import DunflowError
from engine.flow.decisions import Table
from engine.flow.instance import Act
from engine.lifecycle.subject import case_of, customer_of, days_past_due, suspension_of
from engine.models import Case

TIER_TABLE = "case_tier"
_LONGEST_DAYS = 100_000


def tier_days(act: Act) -> int:
    """Days that count for the tier: days past due, less the days the tier clock stood still."""
    case = case_of(act)
    return max(0, days_past_due(case) - case.tier_days_stood)


class NoDaysColumn(DunflowError):
    """The table {table} has no column that asks tier_days(); nothing says when a tier ends."""


def first_day_above(act: Act, product: str, rank: int) -> int | None:
    """The first of the days for which the tier table gives a higher rank than `rank`; None in the last tier.

    Derived from the table itself, from boundary to boundary. Where the table asks nothing but product and days, the
    answer is kept with it: a compiled table never changes.
    """
    table = act.release.tables[TIER_TABLE]
    known: dict[tuple[str, int], int | None] = table.__dict__.setdefault("_first_day_above", {})
    if (product, rank) in known:
        return known[product, rank]
    found = _search(act, table, rank)
    asked = {name for column in table.inputs for name in column.expression.names}
    if asked <= {"product"}:
        known[product, rank] = found
    return found


def _search(act: Act, table: Table, rank: int) -> int | None:
    column = next((each.name for each in table.inputs if each.expression.source.strip() == "tier_days()"), None)
    if column is None:
        raise NoDaysColumn(table=table.id)
    facts, days = act.facts(), 1
    while days <= _LONGEST_DAYS:
        functions = _On(act.functions(), days)
        outputs = table.decide(facts, functions).outputs
        if isinstance(outputs, dict) and int(str(outputs["rank"])) > rank:
            return days
        found = table.next_boundary(facts, column, functions)
        if found is None:
            return None
        days = found
    return None


class _On(Mapping[str, Callable[..., object]]):
    """The act's functions as they would be on another day of the tier."""

    def __init__(self, functions: Mapping[str, Callable[..., object]], days: int) -> None:
        self._functions, self._days = functions, days

    def __getitem__(self, name: str) -> Callable[..., object]:
        return (lambda: self._days) if name == "tier_days" else self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


def _next_tier_day(act: Act) -> int | None:
    case = case_of(act)
    return first_day_above(act, case.product, case.tier_rank)


def _review_base(case: Case) -> dt.date:
    if case.last_tier_reviewed_on is not None:
        return case.last_tier_reviewed_on
    return clock.local_date(case.tier_entered_at) if case.tier_entered_at else clock.today()


def _last_tier_review_on(act: Act) -> dt.date:
    case = case_of(act)
    days = int(parameters.value(act.session, "last_tier_review_days", product=case.product))
    return _review_base(case) + dt.timedelta(days=days)


def tier_ends_at(act: Act) -> dt.datetime | None:
    """When the case outlives its tier: 00:00 of the day it reaches the next one; in the last tier, of its review."""
    case = case_of(act)
    if case.oldest_due_on is None:
        return None
    day = _next_tier_day(act)
    if day is None:
        return clock.midnight(_last_tier_review_on(act))
    return clock.midnight(case.oldest_due_on + dt.timedelta(days=day + case.tier_days_stood))


def last_tier_outlived(act: Act) -> bool:
    """Whether the case is in the last tier and its review is due."""
    case = case_of(act)
    return case.tier_rank > 0 and _next_tier_day(act) is None and clock.today() >= _last_tier_review_on(act)


def next_action_at(act: Act) -> dt.datetime | None:
    """When the next action is due, as the last follow-up planned it; never, where none is planned."""
    return case_of(act).next_action_at


def next_action_ahead(act: Act) -> bool:
    """Whether a next action is planned and still ahead."""
    at = case_of(act).next_action_at
    return at is not None and at > clock.now()


def has_collector(act: Act) -> bool:
    """Whether the case has a collector who is there and still responsible for its product and tier."""
    case = case_of(act)
    return case.collector_id is not None and assignments.is_available_for(act.session, case, case.collector_id)


def opens_suspended(act: Act) -> bool:
    """Whether the case is not to be worked from the start: customer blocked, or the earlier stage suspended."""
    return customer_of(act).block_reason is not None or "reason" in act.payload


def suspension_review_at(act: Act) -> dt.datetime | None:
    """When the suspension that stands is to be reviewed."""
    standing = suspension_of(act)
    return standing.review_at if standing else None


def parking_ends_at(act: Act) -> dt.datetime | None:
    """When a placement, legal action or write-off is to be looked at again."""
    return case_of(act).parked_until


def first_overdue_at(act: Act) -> dt.datetime | None:
    """When the next unpaid order of a pre-collection case becomes overdue: 00:00 of the day after its due date."""
    due_on = case_of(act).oldest_due_on
    return clock.midnight(due_on + dt.timedelta(days=1)) if due_on else None


def orders_left(act: Act) -> int:
    """How many unpaid orders the case still holds."""
    return case_of(act).order_count


def by_text_alone(act: Act) -> bool:
    """Whether the product's pre-collection is done by text alone (a parameter)."""
    return bool(parameters.value(act.session, "pre_collection_mode", product=case_of(act).product) == "text")


def in_days(_act: Act, days: int) -> dt.datetime:
    """00:00 at the lender's place, so many days from today."""
    return clock.midnight(clock.today() + dt.timedelta(days=int(days)))


def never(_act: Act) -> None:
    """A date that does not come."""
    return
