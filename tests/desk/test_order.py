"""The order of a collector's cases, and the reason for each one's place: of what is known of them alone."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from decimal import Decimal
from typing import Any

import pytest

from engine import clock
from engine.desk import Candidate, Hours, Why, local_time, order

AT = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)  # 14:30 in Shanghai
TODAY = dt.date(2026, 11, 23)
DAY = Hours(8, 22)


def a_candidate(case_id: int, **known: Any) -> Candidate:
    facts: dict[str, Any] = {
        "case_no": f"C{case_id:08}",
        "customer": "Zhang San",
        "currency": "CNY",
        "past_due_amount": Decimal(1000),
        "oldest_due_on": TODAY - dt.timedelta(days=12),
        "last_result_code": None,
        "next_action_at": None,
        "follow_up_count": 0,
        "timezone": None,
        "is_callable": True,
    }
    return Candidate(case_id, **(facts | known))


def at(hour: int, minute: int = 0, *, days: int = 0) -> dt.datetime:
    return clock.midnight(TODAY + dt.timedelta(days=days)) + dt.timedelta(hours=hour, minutes=minute)


CALLBACK = {"last_result_code": "callback", "follow_up_count": 1}
PROMISE = {"last_result_code": "promise_full", "follow_up_count": 1}
IN_ORDER = [
    (a_candidate(11, next_action_at=at(9), **CALLBACK), Why.CALLBACK),
    (a_candidate(10, next_action_at=at(14), **CALLBACK), Why.CALLBACK),
    (a_candidate(9, promise_on=TODAY - dt.timedelta(days=2), next_action_at=at(0), **PROMISE), Why.PROMISE_PAST),
    (a_candidate(8, promise_on=TODAY, next_action_at=at(0), **PROMISE), Why.PROMISE_TODAY),
    (a_candidate(7, next_action_at=at(18), **CALLBACK), Why.TAKEN_UP),
    (a_candidate(6, follow_up_count=2, next_action_at=at(0, days=-3)), Why.PLANNED),
    (a_candidate(5, follow_up_count=2, next_action_at=at(0), past_due_amount=Decimal(9000)), Why.PLANNED),
    (a_candidate(4, follow_up_count=2, next_action_at=at(0)), Why.PLANNED),
    (a_candidate(3, past_due_amount=Decimal(5000)), Why.NEW),
    (a_candidate(2, oldest_due_on=TODAY - dt.timedelta(days=40)), Why.NEW),
    (a_candidate(1), Why.NEW),
    (a_candidate(0, next_action_at=at(9), is_callable=False, **CALLBACK), Why.CALLBACK),
    (a_candidate(-1, next_action_at=at(9), timezone="Europe/London", **CALLBACK), Why.CALLBACK),
    (a_candidate(-2, next_action_at=at(9), timezone="America/New_York", **CALLBACK), Why.CALLBACK),
]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_is_that_of_urgency_however_the_cases_come(seed: int) -> None:
    shuffled = [case for case, _ in IN_ORDER]
    random.Random(seed).shuffle(shuffled)
    assert [(each.case, each.why) for each in order(shuffled, AT, DAY)] == IN_ORDER


def test_each_kind_comes_before_the_next_whatever_its_amount() -> None:
    for (first, _), (second, _) in itertools.pairwise(IN_ORDER[:4]):
        richer = Candidate(**{**second.__dict__, "past_due_amount": Decimal(10**6)})
        assert [each.case.case_id for each in order([richer, first], AT, DAY)] == [first.case_id, richer.case_id]


def test_a_promise_ahead_is_no_reason_to_call() -> None:
    case = a_candidate(1, promise_on=TODAY + dt.timedelta(days=1), next_action_at=at(0), **PROMISE)
    assert order([case], AT, DAY)[0].why == Why.PLANNED


def test_outside_the_hours_of_the_customer_s_day_a_case_is_last_and_says_from_when() -> None:
    ranked = order([case for case, _ in IN_ORDER], AT, DAY)
    assert [each.is_callable_now for each in ranked] == [True] * 11 + [False] * 3
    assert [each.opens_at for each in ranked[-3:]] == [
        None,
        dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 23, 13, tzinfo=dt.UTC),
    ]


@pytest.mark.parametrize(
    ("local_hour", "opens"), [(7, dt.date(2026, 11, 23)), (8, None), (21, None), (22, dt.date(2026, 11, 24))]
)
def test_the_hours_begin_and_end_on_the_hour(local_hour: int, opens: dt.date | None) -> None:
    found = local_time("Asia/Taipei", at(local_hour), DAY)
    assert found.opens_at == (opens and clock.midnight(opens) + dt.timedelta(hours=8))
    assert (found.place, found.until, found.is_assumed, found.at.hour) == ("Taipei", "22:00", False, local_hour)


@pytest.mark.parametrize("unknown", [None, "", "Nowhere/Land", "../etc"])
def test_a_place_nobody_knows_is_the_lender_s_and_says_so(unknown: str | None) -> None:
    found = local_time(unknown, AT, DAY)
    assert (found.place, found.is_assumed) == ("Shanghai", True)
