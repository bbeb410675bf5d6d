"""Who gets which case next: the most urgent first, nobody the same one, and leases that end by themselves."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, desk
from engine.db import begin_write
from engine.models import Case, CaseLease, Contact, Customer, FollowUp, Role, User, UserTask
from tests.cast import Cast, a_person, make_cast
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


def test_the_next_case_is_leased_and_a_colleague_does_not_get_it(session: Session, cast: Cast) -> None:
    case, other = ready(session, cast.collector, past_due_amount=Decimal(900)), ready(session, cast.collector)
    with clock.use(NOON):
        found = desk.next_case(session, cast.collector)
        assert found is not None
        assert found.case.case_id == case.id
        case.collector_id = cast.colleague.id  # reassigned while it is open
        session.execute(update(UserTask).where(UserTask.business_key == case.id).values(assignee_id=cast.colleague.id))
        session.flush()
        assert desk.next_case(session, cast.colleague) is None
        assert desk.held(session, [case.id, other.id], besides=cast.colleague.id) == {
            case.id: desk.Held(cast.collector.id, "Cora", NOON)
        }
        desk.release(session, case.id, cast.collector.id)
        again = desk.next_case(session, cast.colleague)
    assert again is not None
    assert again.case.case_id == case.id


def test_the_case_one_leaves_comes_after_the_others(session: Session, cast: Cast) -> None:
    great, small = ready(session, cast.collector, past_due_amount=Decimal(900)), ready(session, cast.collector)
    with clock.use(NOON):
        found = desk.next_case(session, cast.collector, leaving=great.id)
        assert found is not None
        assert found.case.case_id == small.id
        assert session.scalars(select(CaseLease.case_id)).all() == [small.id]


def test_a_lease_that_nobody_renews_ends_and_begins_anew_with_who_takes_it(session: Session, cast: Cast) -> None:
    case = ready(session, cast.collector)
    with clock.use(NOON):
        assert desk.take(session, case.id, cast.collector.id)
    with clock.use(NOON + dt.timedelta(minutes=1)):
        assert desk.take(session, case.id, cast.collector.id)  # renewed: since when it was taken stays
        assert not desk.take(session, case.id, cast.colleague.id)
        assert desk.held(session, [case.id], besides=cast.colleague.id)[case.id].since_at == NOON
        session.execute(update(CaseLease).values(until_at=clock.real_now() - dt.timedelta(seconds=1)))
        assert desk.held(session, [case.id], besides=cast.colleague.id) == {}
        assert desk.take(session, case.id, cast.colleague.id)
        found = desk.held(session, [case.id], besides=cast.collector.id)[case.id]
    assert (found.name, found.since_at) == ("Colin", NOON + dt.timedelta(minutes=1))


@pytest.mark.commits
def test_many_who_reach_for_the_same_cases_get_each_one_once(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        begin_write(session)
        people = [a_person(session, f"c{number}", Role.COLLECTOR).id for number in range(COLLECTORS)]
        cases = [a_case(session).id for _ in range(CASES)]
        session.commit()
    got: list[tuple[int, int]] = []
    barrier = threading.Barrier(COLLECTORS)

    def work(user_id: int) -> None:
        barrier.wait()
        for case_id in cases:  # everybody reaches for the same one first
            with sessions() as session:
                begin_write(session)
                if desk.take(session, case_id, user_id):
                    got.append((case_id, user_id))
                session.commit()

    threads = [threading.Thread(target=work, args=(user_id,)) for user_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(case_id for case_id, _ in got) == cases
    with sessions() as session:
        assert sorted((row.case_id, row.user_id) for row in session.scalars(select(CaseLease))) == sorted(got)


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
