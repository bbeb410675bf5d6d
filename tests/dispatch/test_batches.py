"""Batches through the real diagrams: previewed, planned, carried out, resumed and undone."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, assignments, clock, dispatch
from engine.db import begin_write
from engine.dispatch import Filters, Request, slices
from engine.dispatch.refusals import NobodyNamed, NotADispatcher, NothingToDispatch, NotUndoable
from engine.errors import Invalid, NotFound
from engine.models import (
    Absence,
    Assignment,
    Case,
    DispatchBatch,
    HistoryEntry,
    Incident,
    Membership,
    Method,
    User,
    UserTask,
)
from tests.cast import Cast
from tests.dispatch.world import TEN, a_lender, follow_up, overdue

Given = TypeVar("Given")
Sessions = sessionmaker[Session]


def write(sessions: Sessions, act: Callable[[Session], Given]) -> Given:
    with sessions(expire_on_commit=False) as session:
        begin_write(session)
        given = act(session)
        session.commit()
    return given


def create(sessions: Sessions, actor: User, request: Request) -> int:
    return write(sessions, lambda session: dispatch.create(session, session.get_one(User, actor.id), request).id)


def dispatched(sessions: Sessions, cast: Cast, case_ids: list[int], method: str = Method.EVENLY) -> int:
    """The id of a batch of these cases, carried out."""
    batch_id = create(sessions, cast.supervisor, Request(method, case_ids=tuple(case_ids)))
    dispatch.run_batch(sessions, batch_id)
    return batch_id


def collectors(sessions: Sessions, case_ids: list[int]) -> dict[int, int | None]:
    with sessions() as session:
        rows = session.execute(select(Case.id, Case.collector_id).where(Case.id.in_(case_ids)))
        return {row.id: row.collector_id for row in rows}


def outcomes(sessions: Sessions, batch_id: int) -> dict[int, tuple[str, str | None]]:
    with sessions() as session:
        items = dispatch.list_items(session, batch_id, limit=1_000)
        return {item.case_id: (item.outcome, item.reason) for item in items}


def status_of(sessions: Sessions, batch_id: int) -> str:
    with sessions() as session:
        return session.get_one(DispatchBatch, batch_id).status


def test_a_preview_tells_who_gets_what_and_writes_nothing(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100", "200", "300", "400"])
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        plan = dispatch.preview(session, supervisor, Request(Method.BY_AMOUNT))
        assert [(share.name, share.cases, share.amounts["CNY"]) for share in plan.shares] == [
            ("Colin", 2, Decimal("500.00")),
            ("Cora", 2, Decimal("500.00")),
        ]
        assert not session.new
        assert session.scalar(select(func.count()).select_from(DispatchBatch)) == 0
    assert set(collectors(sessions, cases).values()) == {None}


def test_a_batch_completes_the_dispatch_task_of_each_case(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 6)
    heard: list[tuple[int, int]] = []
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))
    dispatch.run_batch(sessions, batch_id, lambda done, total: heard.append((done, total)))
    assert Counter(collectors(sessions, cases).values()) == {cast.collector.id: 3, cast.colleague.id: 3}
    assert heard[-1] == (6, 6)
    with sessions() as session:
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.status, batch.planned, batch.dispatched, batch.skipped) == ("done", 6, 6, 0)
        assert dispatch.report(session, batch_id).cases == {cast.collector.id: 3, cast.colleague.id: 3}
        begun = session.scalars(select(Assignment)).all()
        assert {(each.batch_id, each.by_id, each.to_at) for each in begun} == {(batch_id, cast.supervisor.id, None)}
        elements = session.scalars(select(UserTask.element).where(UserTask.business_key.in_(cases)))
        assert set(elements) == {"follow_up"}


def test_running_again_changes_nothing(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 3)
    batch_id = dispatched(sessions, cast, cases)
    before = collectors(sessions, cases)
    dispatch.run_batch(sessions, batch_id)
    assert collectors(sessions, cases) == before
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == 3
        assert session.get_one(DispatchBatch, batch_id).dispatched == 3


class Killed(BaseException):
    """Stands for kill -9: nothing handles it."""


def test_a_killed_job_goes_on_where_it_stopped(sessions: Sessions, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = overdue(sessions, ["100"] * 7)
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))
    monkeypatch.setattr(slices, "SLICE_ITEMS", 3)

    def killed_after_the_first_slice(_done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        dispatch.run_batch(sessions, batch_id, killed_after_the_first_slice)
    assert status_of(sessions, batch_id) == "running"
    with sessions() as session:
        assert dispatch.open_batches(session) == [batch_id]
        assert session.scalar(select(func.count()).select_from(Assignment)) in (1, 2, 3)
    dispatch.run_batch(sessions, batch_id)
    with sessions() as session:
        assert dispatch.open_batches(session) == []
        per_case = session.execute(
            select(Assignment.case_id, func.count()).group_by(Assignment.case_id).order_by(Assignment.case_id)
        ).all()
        assert [tuple(row) for row in per_case] == [(case_id, 1) for case_id in cases]
        assert session.get_one(DispatchBatch, batch_id).dispatched == 7


@pytest.mark.commits
def test_two_workers_on_one_batch_dispatch_each_case_once(
    sessions: Sessions, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = overdue(sessions, ["100"] * 20)
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))
    monkeypatch.setattr(slices, "SLICE_ITEMS", 4)
    monkeypatch.setattr(slices, "PAUSE_SECONDS", 0.001)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            dispatch.run_batch(sessions, batch_id)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == len(cases)
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.status, batch.dispatched, batch.skipped) == ("done", 20, 0)


def test_what_happened_since_the_plan_skips_a_case_and_no_other(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 4)
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))

    def meanwhile(session: Session) -> None:
        task = session.scalars(select(UserTask).where(UserTask.business_key == cases[0])).one()
        acts.complete_task(session, task.id, {"collector_id": cast.collector.id}, actor_id=cast.supervisor.id)
        suspended = acts.lock_case(session, cases[1])
        acts.suspend(session, suspended, reason="dispute", note="says it is not theirs", actor_id=cast.supervisor.id)

    write(sessions, meanwhile)
    dispatch.run_batch(sessions, batch_id)
    assert outcomes(sessions, batch_id) == {
        cases[0]: ("skipped", "assigned"),
        cases[1]: ("skipped", "suspended"),
        cases[2]: ("dispatched", None),
        cases[3]: ("dispatched", None),
    }
    with sessions() as session:
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.dispatched, batch.skipped) == (2, 2)


def test_somebody_absent_or_full_since_the_plan_gets_none(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 4)
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))

    def meanwhile(session: Session) -> None:
        session.add(Absence(user_id=cast.collector.id, from_on=clock.today(), to_on=clock.today()))
        session.get_one(Membership, (cast.early.id, cast.colleague.id)).capacity = 1

    write(sessions, meanwhile)
    dispatch.run_batch(sessions, batch_id)
    assert Counter(outcomes(sessions, batch_id).values()) == {
        ("skipped", "absent"): 2,
        ("dispatched", None): 1,
        ("skipped", "full"): 1,
    }
    assert Counter(collectors(sessions, cases).values()) == {None: 3, cast.colleague.id: 1}


def test_a_case_whose_diagram_fails_becomes_an_incident_and_steps_aside(sessions: Sessions) -> None:
    asked = ">next_action_ahead()</bpmn:conditionExpression>"
    fails_for_666 = ">past_due_amount / (past_due_amount - 666) == 0 or next_action_ahead()</bpmn:conditionExpression>"
    with clock.use(TEN):
        cast = a_lender(sessions, (asked, fails_for_666))
        cases = overdue(sessions, ["100", "666", "100"])
        batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))
        dispatch.run_batch(sessions, batch_id)
    found = outcomes(sessions, batch_id)
    assert [found[case_id] for case_id in cases] == [("dispatched", None), ("skipped", "failed"), ("dispatched", None)]
    assert collectors(sessions, cases)[cases[1]] is None
    with sessions() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.business_key, incident.act, incident.element) == (cases[1], "task", "dispatch")
        assert session.scalar(select(UserTask.id).where(UserTask.business_key == cases[1])) is not None


def test_cases_of_others_are_skipped_and_unknown_ones_fall_away(sessions: Sessions, cast: Cast) -> None:
    early = overdue(sessions, ["100"])
    late = overdue(sessions, ["100"], days=70)
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        plan = dispatch.preview(session, supervisor, Request(Method.EVENLY, case_ids=(*early, *late, 10_000)))
    assert [each.case_id for each in plan.assigned] == early
    assert [(each.case_id, str(each.reason)) for each in plan.skipped] == [(late[0], "out_of_scope")]


def test_what_does_not_wait_is_skipped_with_the_reason(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100", "100"])
    dispatched(sessions, cast, cases[:1])
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        plan = dispatch.preview(session, supervisor, Request(Method.EVENLY, case_ids=tuple(cases)))
    assert [(each.case_id, str(each.reason)) for each in plan.skipped] == [(cases[0], "assigned")]


def test_filters_narrow_what_waits(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100", "200"])
    overdue(sessions, ["300"], days=40)
    expected = [
        (Filters(tier="M1"), 2),
        (Filters(tier="M2"), 1),
        (Filters(product="loan"), 0),
        (Filters(stage="collection", group_id=cast.early.id), 3),
        (Filters(group_id=cast.late.id), 0),
        (Filters(min_amount=Decimal(200)), 2),
        (Filters(max_amount=Decimal("199.99")), 1),
    ]
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        for filters, count in expected:
            assert len(dispatch.waiting_cases(session, supervisor, filters)) == count
            plan = dispatch.preview(session, supervisor, Request(Method.EVENLY, filters=filters))
            assert len(plan.assigned) == count


def test_what_waits_is_counted_by_kind_within_scope(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100", "200"])
    overdue(sessions, ["300"], days=70)
    overdue(sessions, ["400", "500"], days=120)
    with sessions() as session:
        mine = dispatch.waiting_kinds(session, session.get_one(User, cast.supervisor.id))
        assert [(kind.tier, kind.cases, kind.amount) for kind in mine] == [("M1", 2, Decimal("300.00"))]
        unserved = dispatch.unserved_kinds(session)
        assert [(kind.tier, kind.cases, kind.amount) for kind in unserved] == [("M4", 2, Decimal("900.00"))]
        every = dispatch.waiting_kinds(session, session.get_one(User, cast.manager.id))
        assert [kind.tier for kind in every] == ["M1", "M3", "M4"]


def test_what_no_group_takes_is_skipped_with_that_reason(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"], days=120)
    with sessions() as session:
        plan = dispatch.batches.make_plan(session, None, Request(Method.EVENLY))
    assert [(each.case_id, str(each.reason)) for each in plan.skipped] == [(cases[0], "no_group")]


def test_only_supervisors_dispatch(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100"])
    with sessions() as session:
        for who in (cast.collector, cast.manager, cast.analyst, cast.compliance, cast.administrator):
            with pytest.raises(NotADispatcher):
                dispatch.preview(session, session.get_one(User, who.id), Request(Method.EVENLY))


def test_a_supervisor_elsewhere_finds_nothing_to_dispatch(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100"])
    with pytest.raises(NothingToDispatch):
        create(sessions, cast.elsewhere, Request(Method.EVENLY))


def test_nonsense_is_refused(sessions: Sessions, cast: Cast) -> None:
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        with pytest.raises(Invalid):
            dispatch.preview(session, supervisor, Request("by_moonlight"))
        with pytest.raises(NobodyNamed):
            dispatch.preview(session, supervisor, Request(Method.TO_PERSON))


def test_named_people_get_the_cases(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 3)
    request = Request(Method.TO_PERSON, collector_ids=(cast.colleague.id,))
    dispatch.run_batch(sessions, create(sessions, cast.supervisor, request))
    assert set(collectors(sessions, cases).values()) == {cast.colleague.id}


def test_people_of_other_groups_cannot_be_named(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100"])
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        request = Request(Method.TO_PERSON, collector_ids=(cast.outsider.id,))
        plan = dispatch.preview(session, supervisor, request)
    assert [str(each.reason) for each in plan.skipped] == ["not_in_group"]


def test_a_customers_cases_go_to_one_person(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 3, each=2)
    assert len(cases) == 6
    dispatched(sessions, cast, cases)
    with sessions() as session:
        found = session.execute(
            select(Case.customer_id, func.count(Case.collector_id.distinct())).group_by("customer_id")
        )
        assert {row[1] for row in found} == {1}


def test_whoever_has_the_customer_already_gets_the_next_case(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"], each=2)
    request = Request(Method.TO_PERSON, case_ids=(cases[0],), collector_ids=(cast.colleague.id,))
    dispatch.run_batch(sessions, create(sessions, cast.supervisor, request))
    dispatched(sessions, cast, cases[1:])
    assert set(collectors(sessions, cases).values()) == {cast.colleague.id}


def ask_undo(sessions: Sessions, batch_id: int, actor: User) -> None:
    write(sessions, lambda session: dispatch.ask_undo(session, batch_id, session.get_one(User, actor.id)))


def test_undoing_sends_back_what_nobody_has_worked(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 4)
    batch_id = dispatched(sessions, cast, cases)
    follow_up(sessions, cases[0])

    def hand_over(session: Session) -> None:
        case = session.get_one(Case, cases[1])
        other = cast.colleague if case.collector_id == cast.collector.id else cast.collector
        assignments.reassign(session, case, other.id, cast.supervisor.id)

    write(sessions, hand_over)
    with clock.use(clock.now() + dt.timedelta(hours=1)):
        ask_undo(sessions, batch_id, cast.supervisor)
        assert status_of(sessions, batch_id) == "undoing"
        dispatch.undo_batch(sessions, batch_id)
    assert status_of(sessions, batch_id) == "undone"
    assert outcomes(sessions, batch_id) == {
        cases[0]: ("dispatched", "worked"),
        cases[1]: ("dispatched", "moved"),
        cases[2]: ("undone", None),
        cases[3]: ("undone", None),
    }
    with sessions() as session:
        waiting = dispatch.waiting_cases(session, session.get_one(User, cast.supervisor.id))
        assert [case.id for case in waiting] == cases[2:]
        ended = session.scalars(select(Assignment).where(Assignment.case_id == cases[2])).one()
        assert (ended.ended_by, ended.to_at is not None) == ("undone", True)
        recalled = session.scalars(
            select(HistoryEntry).where(HistoryEntry.kind == "recalled", HistoryEntry.case_id == cases[2])
        ).one()
        assert recalled.actor_id == cast.supervisor.id
    dispatched(sessions, cast, cases[2:])


def test_only_the_groups_supervisor_undoes(sessions: Sessions, cast: Cast) -> None:
    batch_id = dispatched(sessions, cast, overdue(sessions, ["100"]))
    for who in (cast.collector, cast.elsewhere, cast.manager, cast.analyst, cast.compliance, cast.administrator):
        with pytest.raises(NotADispatcher):
            ask_undo(sessions, batch_id, who)


def test_a_batch_is_undone_once_and_only_when_done(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"])
    batch_id = create(sessions, cast.supervisor, Request(Method.EVENLY))
    with pytest.raises(NotUndoable):
        ask_undo(sessions, batch_id, cast.supervisor)
    dispatch.run_batch(sessions, batch_id)
    ask_undo(sessions, batch_id, cast.supervisor)
    with pytest.raises(NotUndoable):
        ask_undo(sessions, batch_id, cast.supervisor)
    dispatch.undo_batch(sessions, batch_id)
    dispatch.undo_batch(sessions, batch_id)
    with pytest.raises(NotFound):
        ask_undo(sessions, 10_000, cast.supervisor)
    assert collectors(sessions, cases) == {cases[0]: None}


def test_batches_are_looked_up_by_who_made_them_and_whose_cases_they_hold(sessions: Sessions, cast: Cast) -> None:
    batch_id = dispatched(sessions, cast, overdue(sessions, ["100"]))
    with sessions() as session:

        def found(user: User) -> list[int]:
            return [each.id for each in dispatch.list_batches(session, session.get_one(User, user.id))]

        assert found(cast.supervisor) == found(cast.manager) == found(cast.compliance) == [batch_id]
        assert found(cast.elsewhere) == found(cast.collector) == found(cast.analyst) == []
        with pytest.raises(NotFound):
            dispatch.get_batch(session, batch_id, session.get_one(User, cast.elsewhere.id))


def test_incidents_stay_none_when_all_goes_well(sessions: Sessions, cast: Cast) -> None:
    dispatched(sessions, cast, overdue(sessions, ["100"] * 3))
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
