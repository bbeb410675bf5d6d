"""Assignments: begun, ended, handed over; who can have a case, and what people hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from engine import assignments, clock, people
from engine.assignments.refusals import (
    AlreadyAssigned,
    IsAbsent,
    IsFull,
    NoGroup,
    NothingToReassign,
    NotInGroup,
    OutOfScope,
    SamePerson,
)
from engine.errors import DunflowError, NotFound
from engine.models import Assignment, Case, HistoryEntry, Membership, Role, Status
from tests.cast import Cast, a_person
from tests.people.cases import a_case, a_user_task, held_by

NOON = dt.datetime(2026, 5, 4, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def case(session: Session, cast: Cast) -> Case:
    return a_case(session, group_id=cast.early.id)


def absent_today(session: Session, cast: Cast) -> None:
    today = clock.today()
    people.add_absence(session, cast.collector, today, today, actor=cast.administrator)


def full(session: Session, cast: Cast) -> None:
    session.get_one(Membership, (cast.early.id, cast.collector.id)).capacity = 1
    held_by(session, a_case(session), cast.collector)


def inactive(session: Session, cast: Cast) -> None:
    cast.collector.active = False
    session.flush()


def no_collector(session: Session, cast: Cast) -> None:
    people.set_roles(session, cast.collector, [Role.ANALYST], actor=cast.administrator)


def elsewhere(session: Session, cast: Cast) -> None:
    people.remove_member(session, cast.early, cast.collector, actor=cast.administrator)


def no_group(session: Session, cast: Cast) -> None:
    people.set_active(session, cast.early, False, actor=cast.administrator)


HINDRANCES = [
    (absent_today, IsAbsent),
    (full, IsFull),
    (inactive, NotInGroup),
    (no_collector, NotInGroup),
    (elsewhere, NotInGroup),
    (no_group, NoGroup),
]


def test_an_assignment_begins_and_ends_with_the_case_kept_in_step(session: Session, cast: Cast, case: Case) -> None:
    with clock.use(NOON):
        begun = assignments.begin(session, case, cast.collector.id, by_id=cast.supervisor.id)
    assert (case.collector_id, case.assigned_at, begun.tier) == (cast.collector.id, NOON, "M1")
    assert (begun.group_id, begun.by_id, begun.from_at, begun.to_at) == (
        cast.early.id,
        cast.supervisor.id,
        NOON,
        None,
    )
    ended = assignments.end(session, case, "escalation")
    assert ended is begun
    assert (case.collector_id, case.assigned_at, begun.ended_by) == (None, None, "escalation")
    entries = session.scalars(select(HistoryEntry).where(HistoryEntry.case_id == case.id)).all()
    assert [(entry.kind, entry.data["collector_id"]) for entry in entries] == [
        ("assigned", cast.collector.id),
        ("assignment_ended", cast.collector.id),
    ]


def test_ending_what_nobody_has_is_no_error(session: Session, case: Case) -> None:
    assert assignments.end(session, case, "escalation") is None


def test_a_case_is_given_to_one_person_only(session: Session, cast: Cast, case: Case) -> None:
    assignments.begin(session, case, cast.collector.id, by_id=None)
    with pytest.raises(AlreadyAssigned):
        assignments.begin(session, case, cast.colleague.id, by_id=None)


@pytest.mark.parametrize(("hinder", "refusal"), HINDRANCES)
def test_a_case_is_given_only_to_who_can_take_it(
    session: Session, cast: Cast, case: Case, hinder: object, refusal: type[DunflowError]
) -> None:
    assert callable(hinder)
    hinder(session, cast)
    with pytest.raises(refusal):
        assignments.begin(session, case, cast.collector.id, by_id=None)
    assert case.collector_id is None


def test_people_of_no_use_for_the_case_are_not_given_it(session: Session, cast: Cast, case: Case) -> None:
    for who in (cast.outsider, cast.supervisor, cast.manager, cast.administrator):
        with pytest.raises(NotInGroup):
            assignments.begin(session, case, who.id, by_id=None)


def test_an_unknown_person_is_not_found(session: Session, cast: Cast, case: Case) -> None:
    with pytest.raises(NotFound):
        assignments.begin(session, case, 10_000, by_id=None)


@pytest.mark.parametrize(("hinder", "_refusal"), [pair for pair in HINDRANCES if pair[0] is not full])
def test_what_hinders_also_ends_availability(
    session: Session, cast: Cast, case: Case, hinder: object, _refusal: object
) -> None:
    assert assignments.is_available_for(session, case, cast.collector.id)
    assert callable(hinder)
    hinder(session, cast)
    assert not assignments.is_available_for(session, case, cast.collector.id)


def test_who_is_full_keeps_what_they_have(session: Session, cast: Cast, case: Case) -> None:
    full(session, cast)
    assert assignments.is_available_for(session, case, cast.collector.id)


def test_reassigning_moves_case_history_and_follow_up(session: Session, cast: Cast, case: Case) -> None:
    had = held_by(session, case, cast.collector)
    task = a_user_task(session, case, "follow_up", assignee_id=cast.collector.id)
    other = a_user_task(session, case, "review", process="operation_request")
    with clock.use(NOON):
        new = assignments.reassign(session, case, cast.colleague.id, cast.supervisor.id)
    session.expire_all()
    assert (had.to_at, had.ended_by, new.to_at) == (NOON, "reassigned", None)
    assert (case.collector_id, case.assigned_at, case.revision) == (cast.colleague.id, NOON, 1)
    assert (task.assignee_id, other.assignee_id) == (cast.colleague.id, None)
    entry = session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "reassigned")).one()
    assert (entry.actor_id, entry.data["had"]) == (cast.supervisor.id, cast.collector.id)


def test_a_reassigned_pre_collection_case_takes_its_follow_up_along(session: Session, cast: Cast, case: Case) -> None:
    held_by(session, case, cast.collector)
    task = a_user_task(session, case, "pre_follow_up", assignee_id=cast.collector.id, process="pre_collection")
    assignments.reassign(session, case, cast.colleague.id, cast.supervisor.id)
    session.expire_all()
    assert task.assignee_id == cast.colleague.id


def test_only_the_groups_supervisor_reassigns(session: Session, cast: Cast, case: Case) -> None:
    held_by(session, case, cast.collector)
    others = (cast.collector, cast.colleague, cast.elsewhere, cast.manager, cast.compliance, cast.administrator)
    for who in others:
        with pytest.raises(OutOfScope):
            assignments.reassign(session, case, cast.colleague.id, who.id)


def test_reassigning_to_the_same_or_from_nobody_is_refused(session: Session, cast: Cast, case: Case) -> None:
    with pytest.raises(NothingToReassign):
        assignments.reassign(session, case, cast.collector.id, cast.supervisor.id)
    held_by(session, case, cast.collector)
    with pytest.raises(SamePerson):
        assignments.reassign(session, case, cast.collector.id, cast.supervisor.id)


def test_reassigning_asks_the_same_of_the_new_collector(session: Session, cast: Cast, case: Case) -> None:
    held_by(session, case, cast.colleague)
    with pytest.raises(NotInGroup):
        assignments.reassign(session, case, cast.outsider.id, cast.supervisor.id)
    absent_today(session, cast)
    with pytest.raises(IsAbsent):
        assignments.reassign(session, case, cast.collector.id, cast.supervisor.id)
    assert len(session.scalars(select(Assignment)).all()) == 1


def test_loads_count_what_is_worked_and_not_what_is_parked(session: Session, cast: Cast) -> None:
    for status in Status:
        held_by(session, a_case(session, amount="10.50"), cast.collector)
        case = session.scalars(select(Case).order_by(Case.id.desc())).first()
        assert case is not None
        case.status = status
    session.flush()
    found = assignments.loads(session, [cast.collector.id, cast.colleague.id])
    assert found[cast.collector.id] == assignments.Load(4, {"CNY": Decimal("42.00")})
    assert found[cast.colleague.id] == assignments.Load()


def test_members_are_the_active_collectors_with_loads_in_two_queries(session: Session, cast: Cast) -> None:
    absent_today(session, cast)
    full(session, cast)
    a_person(session, "ira", Role.COLLECTOR, member_of=cast.early).active = False
    session.flush()
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    found = assignments.members(session, cast.early.id)
    assert [(each.name, each.is_absent, each.is_full, each.load.cases) for each in found] == [
        ("Colin", False, False, 0),
        ("Cora", True, True, 1),
    ]
    assert len(asked) == 2
