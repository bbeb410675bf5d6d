"""Each job does what SQL says is to be done, and nothing the second time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from engine import clock, dispatch, importing, notifications
from engine.models import (
    Case,
    Customer,
    DispatchBatch,
    Heartbeat,
    ImportRun,
    Method,
    Notification,
    OutboxMessage,
    StandingRule,
    Status,
    User,
)
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.cast import Cast
from tests.dispatch.world import a_lender, overdue
from workers import jobs, stopping, wired


@pytest.fixture
def house(settings: Settings) -> Iterator[Dunflow]:
    stopping.forget()
    dunflow = wired.wire(settings)
    yield dunflow
    dunflow.close()


@pytest.fixture
def cast(house: Dunflow) -> Cast:
    return a_lender(house.sessions)


def test_a_sweep_opens_what_is_overdue(house: Dunflow, cast: Cast) -> None:
    with clock.use(clock.real_now() - dt.timedelta(days=60)):
        overdue(house.sessions, ["100"], days=-40)  # due forty days later
    jobs.sweep()
    jobs.sweep()
    assert _count(house, Case.stage == "collection") == 1


def test_a_batch_is_dispatched_once(house: Dunflow, cast: Cast) -> None:
    cases = overdue(house.sessions, ["100"] * 5)
    batch_id = _batch(house, cast, cases)
    jobs.dispatch_batch(batch_id)
    jobs.dispatch_batch(batch_id)
    assert _count(house, Case.status == Status.IN_WORK) == 5
    with house.sessions() as session:
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.status, batch.dispatched, batch.skipped) == ("done", 5, 0)


def test_a_batch_is_undone(house: Dunflow, cast: Cast) -> None:
    batch_id = _batch(house, cast, overdue(house.sessions, ["100"] * 3))
    jobs.dispatch_batch(batch_id)
    with house.writing() as session:
        dispatch.ask_undo(session, batch_id, session.get_one(User, cast.supervisor.id))
    jobs.dispatch_batch(batch_id)
    assert _count(house, Case.status == Status.TO_DISPATCH) == 3


def test_work_ends_with_its_slice_and_goes_on_in_the_next(
    house: Dunflow, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = _batch(house, cast, overdue(house.sessions, ["100"] * 3))
    with monkeypatch.context() as short:
        short.setattr(jobs, "SLICE_SECONDS", 0.0)
        jobs.dispatch_batch(batch_id)
    jobs.dispatch_batch(batch_id)
    with house.sessions() as session:
        assert session.get_one(DispatchBatch, batch_id).status == "done"


def test_a_standing_rule_plans_its_batch_once_a_day(house: Dunflow, cast: Cast) -> None:
    overdue(house.sessions, ["100"] * 4)
    with house.writing() as session:
        rule = StandingRule(
            stage="collection", product="*", tier="*", method=Method.EVENLY, hour=0, changed_at=clock.now()
        )
        session.add(rule)
    jobs.standing()
    jobs.standing()
    with house.sessions() as session:
        batch = session.scalars(select(DispatchBatch)).one()
        assert (batch.status, batch.planned) == ("planned", 4)
    jobs.dispatch_batch(batch.id)
    assert _count(house, Case.status == Status.IN_WORK) == 4


def test_reminding_forgets_old_notifications(house: Dunflow, cast: Cast) -> None:
    with house.writing() as session:
        for days in (1, 91):
            with clock.use(clock.now() - dt.timedelta(days=days)):
                notifications.tell(session, [cast.collector.id], notifications.Kind.ASSIGNED, told_as=str(days))
    jobs.remind()
    jobs.remind()
    with house.sessions() as session:
        assert session.scalars(select(Notification.told_as)).all() == ["assigned:1"]


def test_an_import_that_waits_is_done(house: Dunflow) -> None:
    rows = b"customer_id,name\n1,Ann\n2,Bo\n"
    with house.writing() as session:
        run_id = importing.begin(session, "customers", rows, "customers.csv", by_id=None).id
    jobs.import_file(run_id)
    jobs.import_file(run_id)
    with house.sessions() as session:
        assert session.get_one(ImportRun, run_id).status == "done"
        assert session.scalar(select(func.count(Customer.id))) == 2


def test_the_relay_empties_the_outbox_into_the_folder(house: Dunflow) -> None:
    now = clock.real_now()
    with house.writing() as session:
        session.add(
            OutboxMessage(key="k-1", kind="event", payload={"n": 1}, status="waiting", next_try_at=now, created_at=now)
        )
    jobs.relay()
    assert (house.settings.outbox_dir / "event" / "k-1.json").is_file()


def test_a_beat_tells_that_a_queue_is_worked(house: Dunflow) -> None:
    jobs.beat("bulk")
    with house.sessions() as session:
        assert session.get(Heartbeat, "worker:bulk") is not None


def test_each_kind_of_job_has_its_function() -> None:
    for kind in jobs.KINDS.values():
        assert callable(getattr(jobs, kind.function.rpartition(".")[2]))


def _batch(house: Dunflow, cast: Cast, cases: list[int]) -> int:
    with house.writing() as session:
        actor = session.get_one(User, cast.supervisor.id)
        request = dispatch.Request(method=Method.EVENLY, case_ids=tuple(cases))
        return dispatch.create(session, actor, request).id


def _count(house: Dunflow, condition: object) -> int:
    with house.sessions() as session:
        return session.scalar(select(func.count(Case.id)).where(condition)) or 0  # type: ignore[arg-type]
