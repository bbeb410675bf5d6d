"""Which of a collector's cases comes next: the most urgent that is ready."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from engine import clock, desk
from engine.models import Case, Contact, Customer, FollowUp, User
from tests.cast import Cast, make_cast
from tests.people.cases import a_case, a_user_task, held_by

CASES, COLLECTORS = 12, 5
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def ready(session: Session, collector: User, **facts: object) -> Case:
    """A case of the collector with a follow-up that is ready, and a phone."""
    case = a_case(session)
    held_by(session, case, collector)
    for name, value in facts.items():
        setattr(case, name, value)
    a_user_task(session, case, "follow_up", assignee_id=collector.id)
    session.add(Contact(customer_id=case.customer_id, kind="phone", value="15400001234", created_at=clock.now()))
    session.flush()
    return case


def ids(ranked: list[desk.Ranked]) -> list[int]:
    return [each.case.case_id for each in ranked]


def test_a_queue_holds_what_is_ready_and_mine(session: Session, cast: Cast) -> None:
    small, great = (ready(session, cast.collector, past_due_amount=Decimal(each)) for each in (10, 20))
    ready(session, cast.colleague)
    held_by(session, a_case(session), cast.collector)  # waits for its next action
    blocked = ready(session, cast.collector)
    session.get_one(Customer, blocked.customer_id).block_reason = "deceased"
    session.flush()
    with clock.use(NOON):
        assert ids(desk.queue(session, cast.collector)) == [great.id, small.id]
        assert desk.queue(session, cast.supervisor) == []


def test_promises_and_numbers_that_cannot_be_called_are_known(session: Session, cast: Cast) -> None:
    with clock.use(NOON):
        promised = ready(session, cast.collector, last_result_code="promise_part", follow_up_count=1)
        session.add(
            FollowUp(
                case_id=promised.id,
                customer_id=promised.customer_id,
                user_id=cast.collector.id,
                at=NOON - dt.timedelta(days=3),
                result_code="promise_part",
                promise_on=clock.today(),
                promise_amount=Decimal(3200),
            )
        )
        silent = ready(session, cast.collector, past_due_amount=Decimal(99999))
        session.execute(
            update(Contact).where(Contact.customer_id == silent.customer_id).values(standing="wrong_number")
        )
        first, second = desk.queue(session, cast.collector)
    assert (first.why, first.case.promise_amount) == (desk.Why.PROMISE_TODAY, Decimal(3200))
    assert (second.case.case_id, second.is_silent) == (silent.id, True)


def test_the_case_one_leaves_comes_after_the_others(session: Session, cast: Cast) -> None:
    great, small = ready(session, cast.collector, past_due_amount=Decimal(900)), ready(session, cast.collector)
    with clock.use(NOON):
        found = desk.next_case(session, cast.collector, leaving=great.id)
        assert found is not None
        assert found.case.case_id == small.id


def test_the_number_of_statements_does_not_grow_with_the_queue(session: Session, cast: Cast) -> None:
    heard: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: heard.append(given[2]))
    counts = []
    with clock.use(NOON):
        for _ in range(2):
            ready(session, cast.collector, last_result_code="promise_full", follow_up_count=1)
            desk.hours(session)  # parameters are read once
            heard.clear()
            desk.queue(session, cast.collector)
            counts.append(len(heard))
    assert counts[0] == counts[1] <= 6
