"""In which order a collector's ready cases are worked, and why: a pure function of what is known of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from engine import clock
from engine.desk.hours import Hours, local_time

CALLBACK_CODE = "callback"


class Why(StrEnum):
    """What makes a case come up, the most urgent first."""

    CALLBACK = "callback"  # the customer agreed to be called now
    PROMISE_PAST = "promise_past"  # the promised day is over, and the case is still open
    PROMISE_TODAY = "promise_today"  # promised for today
    TAKEN_UP = "taken_up"  # the collector took it up before its date
    PLANNED = "planned"  # its next action is due
    NEW = "new"  # nobody has followed it up yet


_BANDS = {
    Why.CALLBACK: 0,
    Why.PROMISE_PAST: 1,
    Why.PROMISE_TODAY: 1,  # both by their date: the older promise is the older date
    Why.TAKEN_UP: 2,
    Why.PLANNED: 3,
    Why.NEW: 4,
}


@dataclass(frozen=True)
class Candidate:
    """A case with a follow-up that is ready. `promise_on` is set where its last result is a dated promise."""

    case_id: int
    case_no: str
    customer: str
    currency: str
    past_due_amount: Decimal
    oldest_due_on: dt.date | None
    last_result_code: str | None
    next_action_at: dt.datetime | None
    follow_up_count: int
    timezone: str | None
    is_callable: bool  # a phone is known that may be called
    promise_on: dt.date | None = None
    promise_amount: Decimal | None = None


@dataclass(frozen=True)
class Ranked:
    """A case in its place. `opens_at`: calls may be made only then; `is_silent`: there is no number to call."""

    case: Candidate
    why: Why
    opens_at: dt.datetime | None
    is_silent: bool

    @property
    def is_callable_now(self) -> bool:
        """Whether the customer may and can be called now."""
        return self.opens_at is None and not self.is_silent


def order(candidates: Iterable[Candidate], at: dt.datetime, between: Hours) -> list[Ranked]:
    """The cases as they are to be worked at an instant.

    Who may be called now comes first: callbacks that are due, promises over or due, what was taken up, what was
    planned, what nobody has called; within each the earliest date, then the greatest amount, then the oldest debt.
    Then those without a number to call; last those where it is no time for calls, by when it will be.
    """
    ranked = [_rank(each, at, between) for each in candidates]
    return sorted(ranked, key=lambda each: _key(each, at))


def _rank(case: Candidate, at: dt.datetime, between: Hours) -> Ranked:
    local = local_time(case.timezone, at, between)
    return Ranked(case, _why(case, at), local.opens_at, not case.is_callable)


def _why(case: Candidate, at: dt.datetime) -> Why:
    if case.next_action_at is not None and case.next_action_at > at:
        return Why.TAKEN_UP
    if case.last_result_code == CALLBACK_CODE and case.next_action_at is not None:
        return Why.CALLBACK
    today = clock.local_date(at)
    if case.promise_on is not None and case.promise_on <= today:
        return Why.PROMISE_TODAY if case.promise_on == today else Why.PROMISE_PAST
    return Why.PLANNED if case.follow_up_count else Why.NEW


def _key(each: Ranked, at: dt.datetime) -> tuple[object, ...]:
    case = each.case
    opens = each.opens_at or at
    dated = case.promise_on if each.why in (Why.PROMISE_PAST, Why.PROMISE_TODAY) else None
    moment = clock.midnight(dated) if dated else case.next_action_at or at
    due_on = case.oldest_due_on or dt.date.max
    return opens, each.is_silent, _BANDS[each.why], moment, -case.past_due_amount, due_on, case.case_id
