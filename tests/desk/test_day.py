"""A collector's day in numbers: what was done today, beside the average of the last days they worked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from engine import clock
from engine.desk import day
from engine.models import Case, FollowUp, User
from tests.cast import Cast, make_cast
from tests.people.cases import a_case

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def said(session: Session, case: Case, user: User, *codes: str, days_ago: int = 0) -> None:
    for code in codes:
        amount = Decimal(30) if code == "promise_part" else None
        at = NOON - dt.timedelta(days=days_ago)
        session.add(
            FollowUp(
                case_id=case.id,
                customer_id=case.customer_id,
                user_id=user.id,
                at=at,
                result_code=code,
                promise_amount=amount,
            )
        )
    session.flush()


def test_today_is_counted_by_what_came_of_it(session: Session, cast: Cast) -> None:
    case = a_case(session, amount="100.00")
    said(session, case, cast.collector, "no_answer", "wrong_number", "message_taken", "refuses", "dispute")
    said(session, case, cast.collector, "promise_full", "promise_part")
    said(session, case, cast.colleague, "promise_full")
    with clock.use(NOON):
        found = day(session, cast.collector)
    assert found.done == {"follow_ups": 7, "connected": 5, "rpc": 4, "promises": 2}
    assert found.promised == {"CNY": Decimal("130.00")}
    assert (found.usual, found.received) == ({}, {})


def test_the_average_is_of_the_last_ten_days_on_which_one_worked(session: Session, cast: Cast) -> None:
    case = a_case(session)
    for days_ago in (1, 2, 4, 5, 6, 7, 8, 11, 12, 13):
        said(session, case, cast.collector, "busy", "refuses", days_ago=days_ago)
    said(session, case, cast.collector, "refuses", days_ago=1)
    said(session, case, cast.collector, *["refuses"] * 50, days_ago=14)  # the eleventh
    said(session, case, cast.collector, *["refuses"] * 50, days_ago=40)
    with clock.use(NOON):
        found = day(session, cast.collector)
    assert found.done["follow_ups"] == 0
    assert found.usual == {
        "follow_ups": Decimal("2.1"),
        "connected": Decimal("1.1"),
        "rpc": Decimal("1.1"),
        "promises": Decimal("0.0"),
    }
