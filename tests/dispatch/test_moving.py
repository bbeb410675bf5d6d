"""Reassigning, recalling, handing over and giving back in bulk: previewed, carried out, undone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, assignments, clock, dispatch
from engine.dispatch import Plan, Request
from engine.dispatch.refusals import (
    NobodyNamed,
    NoReason,
    NotADispatcher,
    NotGivenBack,
    NothingToMove,
    NothingToRecall,
)
from engine.errors import Invalid
from engine.models import (
    Absence,
    Assignment,
    BatchKind,
    Case,
    DispatchBatch,
    Group,
    HistoryEntry,
    Incident,
    Membership,
    Method,
    Role,
    User,
    UserTask,
)
from tests.cast import Cast, a_person
from tests.dispatch.test_batches import ask_undo, collectors, create, outcomes, status_of, write
from tests.dispatch.world import TEN, a_lender, follow_up, overdue

Sessions = sessionmaker[Session]
LATER = dt.timedelta(hours=1)


def held(sessions: Sessions, cast: Cast, amounts: Sequence[str], **how: Any) -> list[int]:
    """Cases that the collector has."""
    cases = overdue(sessions, amounts, **how)
    request = Request(Method.TO_PERSON, tuple(cases), collector_ids=(cast.collector.id,))
    dispatch.run_batch(sessions, create(sessions, cast.supervisor, request))
    return cases


def a_third(sessions: Sessions, cast: Cast) -> int:
    """Another collector of the same group, by id."""

    def make(session: Session) -> int:
        return a_person(session, "cindy", Role.COLLECTOR, member_of=session.get_one(Group, cast.early.id)).id

    return write(sessions, make)


def moving(kind: str, case_ids: Sequence[int] | None = None, **more: Any) -> Request:
    """What asks for a batch of that kind, evenly where it gives."""
    return Request(Method.EVENLY, None if case_ids is None else tuple(case_ids), kind=kind, **more)


def preview(sessions: Sessions, actor: User, request: Request) -> Plan:
    with sessions() as session:
        return dispatch.preview(session, session.get_one(User, actor.id), request)


def carried_out(sessions: Sessions, actor: User, request: Request) -> int:
    batch_id = create(sessions, actor, request)
    dispatch.run_batch(sessions, batch_id)
    return batch_id


def undone(sessions: Sessions, batch_id: int, actor: User) -> None:
    with clock.use(clock.now() + LATER):
        ask_undo(sessions, batch_id, actor)
        dispatch.undo_batch(sessions, batch_id)
    assert status_of(sessions, batch_id) == "undone"


def away(sessions: Sessions, user: User) -> None:
    today = clock.today()
    write(sessions, lambda session: session.add(Absence(user_id=user.id, from_on=today, to_on=today)))


def back(sessions: Sessions) -> None:
    """Nobody is away any more."""
    write(sessions, lambda session: session.execute(delete(Absence)))


def why_not(plan: Plan) -> dict[int, str]:
    return {each.case_id: str(each.reason) for each in plan.skipped}


def test_a_preview_tells_who_gives_and_who_gets(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100", "200", "300", "400"])
    third = a_third(sessions, cast)
    plan = preview(sessions, cast.supervisor, moving(BatchKind.REASSIGN, cases[:2]))
    shares = {share.user_id: (share.held.cases, share.cases, share.gives, share.after) for share in plan.shares}
    assert shares == {cast.collector.id: (4, 0, 2, 2), cast.colleague.id: (0, 1, 0, 1), third: (0, 1, 0, 1)}
    assert next(share for share in plan.shares if share.gives).given == {"CNY": 300}
    assert set(collectors(sessions, cases).values()) == {cast.collector.id}


def test_reassigned_cases_take_their_follow_up_along(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 3)
    batch_id = carried_out(sessions, cast.supervisor, moving(BatchKind.REASSIGN, cases))
    assert set(collectors(sessions, cases).values()) == {cast.colleague.id}
    with sessions() as session:
        assert set(session.scalars(select(UserTask.assignee_id))) == {cast.colleague.id}
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.kind, batch.status, batch.dispatched, batch.skipped) == ("reassign", "done", 3, 0)
        report = dispatch.report(session, batch_id)
        assert (report.cases, report.taken) == ({cast.colleague.id: 3}, {cast.collector.id: 3})
        told = session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "reassigned")).all()
        assert {(each.actor_id, each.data["batch_id"]) for each in told} == {(cast.supervisor.id, batch_id)}
    assert set(outcomes(sessions, batch_id).values()) == {("reassigned", None)}


def test_what_cannot_be_reassigned_is_skipped_with_the_reason(sessions: Sessions, cast: Cast) -> None:
    mine = held(sessions, cast, ["100"])
    waiting = overdue(sessions, ["100"])
    elsewhere = overdue(sessions, ["100"], days=70)
    asked = moving(BatchKind.REASSIGN, [*mine, *waiting, *elsewhere, 10_000])
    plan = preview(sessions, cast.supervisor, asked)
    assert [each.case_id for each in plan.assigned] == mine
    assert why_not(plan) == {waiting[0]: "waits", elsewhere[0]: "out_of_scope"}
    away(sessions, cast.colleague)
    assert why_not(preview(sessions, cast.supervisor, moving(BatchKind.REASSIGN, mine))) == {mine[0]: "absent"}


def test_nobody_else_to_take_it_is_a_reason(sessions: Sessions, cast: Cast) -> None:
    mine = held(sessions, cast, ["100"])
    to_itself = Request(Method.TO_PERSON, tuple(mine), collector_ids=(cast.collector.id,), kind=BatchKind.REASSIGN)
    assert why_not(preview(sessions, cast.supervisor, to_itself)) == {mine[0]: "nobody_else"}
    with pytest.raises(NothingToMove):
        create(sessions, cast.supervisor, to_itself)


def test_of_two_supervisors_one_moves_a_case_and_the_other_is_told(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 2)
    third = a_third(sessions, cast)
    to_third = Request(Method.TO_PERSON, tuple(cases), collector_ids=(third,), kind=BatchKind.REASSIGN)
    first = create(sessions, cast.supervisor, moving(BatchKind.REASSIGN, cases))
    second = create(sessions, cast.supervisor, to_third)
    dispatch.run_batch(sessions, second)
    dispatch.run_batch(sessions, first)
    assert set(outcomes(sessions, second).values()) == {("reassigned", None)}
    assert set(outcomes(sessions, first).values()) == {("skipped", "moved")}
    assert set(collectors(sessions, cases).values()) == {third}


def test_undoing_gives_back_what_nobody_has_worked_even_to_somebody_absent(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 3)
    third = a_third(sessions, cast)
    with clock.use(clock.now() + dt.timedelta(minutes=1)):
        to_colleague = (cast.colleague.id,)
        request = Request(Method.TO_PERSON, tuple(cases), collector_ids=to_colleague, kind=BatchKind.REASSIGN)
        batch_id = carried_out(sessions, cast.supervisor, request)
        follow_up(sessions, cases[0])

    def on(session: Session) -> None:
        assignments.reassign(session, session.get_one(Case, cases[1]), third, cast.supervisor.id)

    write(sessions, on)
    away(sessions, cast.collector)
    undone(sessions, batch_id, cast.supervisor)
    assert outcomes(sessions, batch_id) == {
        cases[0]: ("reassigned", "worked"),
        cases[1]: ("reassigned", "moved"),
        cases[2]: ("undone", None),
    }
    assert collectors(sessions, cases) == {
        cases[0]: cast.colleague.id,
        cases[1]: third,
        cases[2]: cast.collector.id,
    }


def test_recalled_cases_wait_for_dispatch_with_the_reason_in_their_history(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 2)
    waiting = overdue(sessions, ["100"])
    request = moving(BatchKind.RECALL, [*cases, *waiting], note=" the team is reorganised ")
    plan = preview(sessions, cast.supervisor, request)
    assert [(share.gives, share.after) for share in plan.shares] == [(2, 0)]
    assert why_not(plan) == {waiting[0]: "waits"}
    batch_id = carried_out(sessions, cast.supervisor, request)
    assert set(collectors(sessions, cases).values()) == {None}
    with sessions() as session:
        supervisor = session.get_one(User, cast.supervisor.id)
        assert {case.id for case in dispatch.waiting_cases(session, supervisor)} == {*cases, *waiting}
        ended = session.scalars(select(Assignment).where(Assignment.case_id.in_(cases))).all()
        assert {each.ended_by for each in ended} == {"by_hand"}
        assert session.get_one(DispatchBatch, batch_id).note == "the team is reorganised"
        assert dispatch.report(session, batch_id).taken == {cast.collector.id: 2}


def test_a_recall_without_a_reason_is_refused(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"])
    with pytest.raises(NoReason):
        create(sessions, cast.supervisor, moving(BatchKind.RECALL, cases, note=" "))
    with pytest.raises(NothingToRecall):
        create(sessions, cast.supervisor, moving(BatchKind.RECALL, overdue(sessions, ["100"]), note="why"))


def test_undoing_a_recall_gives_back_what_still_waits(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 2)
    batch_id = carried_out(sessions, cast.supervisor, moving(BatchKind.RECALL, cases, note="a mistake"))

    def on(session: Session) -> None:
        task = session.scalars(select(UserTask).where(UserTask.business_key == cases[0])).one()
        acts.complete_task(session, task.id, {"collector_id": cast.colleague.id}, actor_id=cast.supervisor.id)

    write(sessions, on)
    undone(sessions, batch_id, cast.supervisor)
    assert outcomes(sessions, batch_id) == {cases[0]: ("recalled", "moved"), cases[1]: ("undone", None)}
    assert collectors(sessions, cases) == {cases[0]: cast.colleague.id, cases[1]: cast.collector.id}


def test_a_recall_that_fails_in_the_diagram_becomes_an_incident_and_steps_aside(sessions: Sessions) -> None:
    asked = 'value="&#39;by_hand&#39;"'
    fails_for_666 = 'value="past_due_amount / (past_due_amount - 666) != 0 and &#39;by_hand&#39;"'
    with clock.use(TEN):
        cast = a_lender(sessions, (asked, fails_for_666))
        cases = held(sessions, cast, ["100", "666"])
        batch_id = carried_out(sessions, cast.supervisor, moving(BatchKind.RECALL, cases, note="why"))
    found = outcomes(sessions, batch_id)
    assert [found[each] for each in cases] == [("recalled", None), ("skipped", "failed")]
    with sessions() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.business_key, incident.act, incident.message) == (cases[1], "message", "recall")


def test_everything_of_an_absent_colleague_is_handed_over_and_given_back(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 4)
    others = overdue(sessions, ["100"])
    third = a_third(sessions, cast)
    away(sessions, cast.collector)
    hand_over = moving(BatchKind.HAND_OVER, from_id=cast.collector.id)
    batch_id = carried_out(sessions, cast.supervisor, hand_over)
    assert Counter(collectors(sessions, cases).values()) == {cast.colleague.id: 2, third: 2}
    assert collectors(sessions, others) == {others[0]: None}
    give_back = moving(BatchKind.GIVE_BACK, source_id=batch_id)
    assert set(why_not(preview(sessions, cast.supervisor, give_back)).values()) == {"absent"}
    back(sessions)
    follow_up(sessions, cases[0])
    carried_out(sessions, cast.supervisor, moving(BatchKind.RECALL, cases[1:2], note="why"))
    returned = carried_out(sessions, cast.supervisor, give_back)
    assert outcomes(sessions, returned)[cases[1]] == ("skipped", "moved")
    assert collectors(sessions, cases) == dict.fromkeys(cases, cast.collector.id) | {cases[1]: None}


def test_a_hand_over_goes_to_the_substitute_who_is_named(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 2)
    third = a_third(sessions, cast)
    request = Request(Method.TO_PERSON, collector_ids=(third,), kind=BatchKind.HAND_OVER, from_id=cast.collector.id)
    carried_out(sessions, cast.supervisor, request)
    assert set(collectors(sessions, cases).values()) == {third}


def test_only_a_hand_over_that_was_carried_out_is_given_back(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"])
    reassigned = carried_out(sessions, cast.supervisor, moving(BatchKind.REASSIGN, cases))
    planned = create(sessions, cast.supervisor, moving(BatchKind.HAND_OVER, from_id=cast.colleague.id))
    for source_id in (reassigned, planned, 10_000, None):
        with pytest.raises(NotGivenBack):
            preview(sessions, cast.supervisor, moving(BatchKind.GIVE_BACK, source_id=source_id))


def test_somebody_full_since_the_plan_gets_none(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"] * 2)
    batch_id = create(sessions, cast.supervisor, moving(BatchKind.REASSIGN, cases))

    def full(session: Session) -> None:
        session.get_one(Membership, (cast.early.id, cast.colleague.id)).capacity = 1

    write(sessions, full)
    dispatch.run_batch(sessions, batch_id)
    assert Counter(outcomes(sessions, batch_id).values()) == {("reassigned", None): 1, ("skipped", "full"): 1}


@pytest.mark.parametrize("kind", [BatchKind.REASSIGN, BatchKind.RECALL])
def test_only_the_group_s_supervisor_moves_its_cases(sessions: Sessions, cast: Cast, kind: str) -> None:
    cases = held(sessions, cast, ["100"])
    request = moving(kind, cases, note="why")
    for who in (cast.collector, cast.manager, cast.analyst, cast.compliance, cast.administrator):
        with pytest.raises(NotADispatcher):
            preview(sessions, who, request)
    assert why_not(preview(sessions, cast.elsewhere, request)) == {cases[0]: "out_of_scope"}


def test_nonsense_is_refused(sessions: Sessions, cast: Cast) -> None:
    cases = held(sessions, cast, ["100"])
    with pytest.raises(Invalid):
        preview(sessions, cast.supervisor, moving("conjure", cases))
    with pytest.raises(NobodyNamed):
        preview(sessions, cast.supervisor, Request(Method.TO_PERSON, tuple(cases), kind=BatchKind.REASSIGN))
