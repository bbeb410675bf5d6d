"""A sweep that failed as a whole: what stepped aside comes back when it is tried again, and nothing else does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from engine import acts, clock, incidents
from engine.models import Case, Incident, LoanOrder, Timer
from engine.wiring import Dunflow
from tests.dispatch.world import TEN, a_lender, overdue

LATER = TEN + dt.timedelta(days=60)  # the tier has ended, and nobody swept


@pytest.fixture
def dunflow(dunflow: Dunflow) -> Iterator[Dunflow]:
    with clock.use(TEN):
        a_lender(dunflow.sessions)
        yield dunflow


def customer_of(dunflow: Dunflow, case_id: int) -> int:
    with dunflow.sessions() as session:
        return session.get_one(Case, case_id).customer_id


def failed_sweep(dunflow: Dunflow, case_id: int) -> int:
    """As if the sweep of the case's customer had died of something that no single timer or order is to blame for."""
    customer_id = customer_of(dunflow, case_id)
    incidents.after_sweep(dunflow.sessions, customer_id, MemoryError("as if"))
    with dunflow.sessions() as session:
        newest = select(Incident.id).where(Incident.act == "sweep").order_by(Incident.id.desc()).limit(1)
        return session.scalars(newest).one()


def tier_ends(dunflow: Dunflow, case_id: int) -> list[dt.datetime | None]:
    with dunflow.sessions() as session:
        query = select(Timer.due_at).where(
            Timer.lock_key == Case.customer_id, Case.id == case_id, Timer.element == "tier_ends"
        )
        return list(session.scalars(query))


def test_what_stepped_aside_comes_back(dunflow: Dunflow) -> None:
    (case_id,) = overdue(dunflow.sessions, ["100"])
    before = tier_ends(dunflow, case_id)
    with clock.use(LATER):
        number = failed_sweep(dunflow, case_id)
        assert tier_ends(dunflow, case_id) == [None]
        assert incidents.retry(dunflow.sessions, number, actor_id=None)
    assert tier_ends(dunflow, case_id) == before != [None]


def test_each_customer_s_failure_is_an_incident_of_its_own(dunflow: Dunflow) -> None:
    first, second = overdue(dunflow.sessions, ["100", "200"])
    before = tier_ends(dunflow, second)
    with clock.use(LATER):
        numbers = {failed_sweep(dunflow, first), failed_sweep(dunflow, second)}
        assert len(numbers) == 2
        assert incidents.retry(dunflow.sessions, min(numbers), actor_id=None)
        assert tier_ends(dunflow, second) == [None]
        assert incidents.retry(dunflow.sessions, max(numbers), actor_id=None)
    assert tier_ends(dunflow, second) == before


def test_a_timer_that_failed_by_itself_waits_for_its_own_incident(dunflow: Dunflow) -> None:
    (case_id,) = overdue(dunflow.sessions, ["100"])
    customer_id = customer_of(dunflow, case_id)
    with clock.use(LATER):
        with dunflow.writing() as session:
            session.execute(update(Timer).where(Timer.lock_key == customer_id).values(due_at=None))
        number = failed_sweep(dunflow, case_id)
        assert incidents.retry(dunflow.sessions, number, actor_id=None)
    assert tier_ends(dunflow, case_id) == [None]


def test_what_a_case_was_closed_with_stays_off_the_clock(dunflow: Dunflow) -> None:
    (case_id,) = overdue(dunflow.sessions, ["100"])
    with clock.use(LATER):
        with dunflow.writing() as session:  # as if the order had stepped aside, and been taken in afterwards
            order = session.scalars(select(LoanOrder).where(LoanOrder.case_id == case_id)).one()
            order.next_step_at = clock.now()
            order_id = order.id
        number = failed_sweep(dunflow, case_id)
        with dunflow.writing() as session:
            acts.deliver(session, acts.lock_case(session, case_id), "close", {"reason": "sold"}, actor_id=None)
        assert incidents.retry(dunflow.sessions, number, actor_id=None)
        with dunflow.sessions() as session:
            order = session.get_one(LoanOrder, order_id)
            assert (order.case_id, order.next_step_at) == (None, None)


def test_an_order_that_only_waits_for_nothing_is_not_woken(dunflow: Dunflow) -> None:
    """Sold orders that a failed sweep never touched: an earlier case of the same customer closed with them."""
    (case_id,) = overdue(dunflow.sessions, ["100"])
    with dunflow.writing() as session:
        acts.deliver(session, acts.lock_case(session, case_id), "close", {"reason": "sold"}, actor_id=None)
    with clock.use(LATER):
        number = failed_sweep(dunflow, case_id)
        assert incidents.retry(dunflow.sessions, number, actor_id=None)
        with dunflow.sessions() as session:
            steps = select(LoanOrder.next_step_at).where(LoanOrder.customer_id == customer_of(dunflow, case_id))
            assert session.scalars(steps).all() == [None]
