"""Assignments begun, ended and changed, and whether somebody can have a case.

Acts of a diagram call `begin` and `end`; `reassign` is a supervisor's own act beside the diagram, which stays where it
is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock, history, notifications
from engine.assignments.members import Standing, held_by, standing_of
from engine.assignments.refusals import (
    AlreadyAssigned,
    IsAbsent,
    IsFull,
    NoGroup,
    NothingToReassign,
    NotInGroup,
    OutOfScope,
    SamePerson,
    WithSomebodyElse,
)
from engine.errors import NotFound
from engine.flow.act import known, once, room
from engine.models import Assignment, Case, Customer, User, UserTask
from engine.people.responsibility import CASE_PROCESSES, responsible_group_id
from engine.people.scope import supervised_groups

_TAKEN = ("escalation", "by_hand", "undone", "absent")  # ends that leave the collector without a case they worked


def begin(
    session: Session, case: Case, collector_id: int, *, by_id: int | None, batch_id: int | None = None
) -> Assignment:
    """Give a case that nobody has to a collector, within the act that dispatches it (customer locked).

    Raises AlreadyAssigned, or the CannotTake that says why (NoGroup, NotInGroup, IsAbsent, IsFull): neither a tampered
    form nor a plan made yesterday gets round them.
    """
    if case.collector_id is not None or _open(session, case) is not None:
        raise AlreadyAssigned(case=case.case_no)
    group_id = _require_able(session, case, collector_id)
    assignment = _start(session, case, collector_id, group_id, by_id=by_id, batch_id=batch_id)
    _record(session, "assigned", case, by_id, collector_id=collector_id, group_id=group_id, batch_id=batch_id)
    _tell_given(session, case, collector_id, by_id, batch_id)
    return assignment


def end(session: Session, case: Case, ended_by: str, *, by_id: int | None = None) -> Assignment | None:
    """Take a case from its collector, within the act that does so; None when nobody has it.

    `ended_by` is escalation, by_hand, reassigned, closed, parked, undone or absent.
    """
    assignment = _open(session, case)
    case.collector_id, case.assigned_at = None, None
    if assignment is None:
        return None
    assignment.to_at, assignment.ended_by = clock.now(), ended_by
    known(session, ("assignment", case.id), None)
    _record(session, "assignment_ended", case, by_id, collector_id=assignment.collector_id, ended_by=ended_by)
    if ended_by in _TAKEN:
        _tell_taken(session, case, assignment.collector_id, by_id, ended_by)
    return assignment


def reassign(
    session: Session,
    case: Case,
    collector_id: int,
    by_id: int,
    *,
    batch_id: int | None = None,
    from_id: int | None = None,
    is_return: bool = False,
) -> Assignment:
    """Give a case to another collector of the group that looks after it; the follow-up task that waits goes along.

    `from_id` is who must have it. `is_return`: they had it before, so that neither absence nor capacity counts. Locks
    the customer. Raises OutOfScope unless the person of `by_id` supervises that group, NothingToReassign, SamePerson,
    WithSomebodyElse, or the CannotTake that says why.
    """
    session.execute(select(Customer.id).where(Customer.id == case.customer_id).with_for_update())
    session.refresh(case)
    _require_supervisor(session, case, session.get(User, by_id))
    had = _require_reassignable(session, case, collector_id)
    if from_id not in (None, had.collector_id):
        raise WithSomebodyElse(case=case.case_no)
    group_id = _require_able(session, case, collector_id, is_return=is_return)
    had.to_at, had.ended_by = clock.now(), "undone" if is_return else "reassigned"
    session.flush()  # the old one must be closed in SQL before the new one opens: only one may be open
    assignment = _start(session, case, collector_id, group_id, by_id=by_id, batch_id=batch_id)
    case.revision += 1
    _move_tasks(session, case, had.collector_id, (collector_id, group_id))
    facts = {"collector_id": collector_id, "had": had.collector_id, "group_id": group_id, "batch_id": batch_id}
    _record(session, "reassigned", case, by_id, **facts)
    _tell_given(session, case, collector_id, by_id, batch_id)
    _tell_taken(session, case, had.collector_id, by_id, had.ended_by)
    return assignment


def is_available_for(session: Session, case: Case, collector_id: int) -> bool:
    """Whether a collector can work the case today: active, not absent, and in the group that looks after it.

    Being full does not count: who has a case keeps it.
    """
    group_id = responsible_group_id(session, case.product, case.stage, case.tier)
    standing = None if group_id is None else _standing(session, group_id, collector_id)
    return standing is not None and not standing.is_absent


def _require_able(session: Session, case: Case, collector_id: int, *, is_return: bool = False) -> int:
    """The group responsible, by id, if this collector may be given the case by it."""
    user = once(session, ("user", collector_id), lambda: session.get(User, collector_id))
    if user is None:
        raise NotFound(what="collector", key=collector_id)
    facts = {"case": case.case_no, "name": user.name}
    group_id = responsible_group_id(session, case.product, case.stage, case.tier)
    if group_id is None:
        raise NoGroup(**facts)
    standing = _standing(session, group_id, collector_id)
    if standing is None:
        raise NotInGroup(**facts)
    if is_return:
        return group_id
    if standing.is_absent:
        raise IsAbsent(**facts)
    if standing.capacity is not None:
        session.flush()  # so that what this batch has given counts
        if held_by(session, collector_id) >= standing.capacity:
            raise IsFull(**facts)
    return group_id


def _require_reassignable(session: Session, case: Case, collector_id: int) -> Assignment:
    had = _open(session, case)
    if had is None or case.closed_at is not None:
        raise NothingToReassign(case=case.case_no)
    if had.collector_id == collector_id:
        user = session.get_one(User, collector_id)
        raise SamePerson(case=case.case_no, name=user.name)
    return had


def _require_supervisor(session: Session, case: Case, actor: User | None) -> None:
    """A collector's own cases are visible to them, yet only the group's supervisor gives them to somebody else."""
    group_id = responsible_group_id(session, case.product, case.stage, case.tier)
    if actor is None or group_id not in supervised_groups(actor):
        raise OutOfScope(case=case.case_no)


def _standing(session: Session, group_id: int, collector_id: int) -> Standing | None:
    """Asked once per batch, in which nobody's membership or absence changes."""
    return once(session, ("standing", group_id, collector_id), lambda: standing_of(session, group_id, collector_id))


def _open(session: Session, case: Case) -> Assignment | None:
    def ask() -> Assignment | None:
        session.flush()
        return session.scalar(select(Assignment).where(Assignment.case_id == case.id, Assignment.to_at.is_(None)))

    return once(session, ("assignment", case.id), ask)


def read_ahead(session: Session, cases: Sequence[Case]) -> None:
    """Within a batch: reads who has these cases, all at once."""
    query = select(Assignment).where(Assignment.case_id.in_([case.id for case in cases]), Assignment.to_at.is_(None))
    held = {assignment.case_id: assignment for assignment in session.scalars(query)}
    for case in cases:
        known(session, ("assignment", case.id), held.get(case.id))


def _start(
    session: Session, case: Case, collector_id: int, group_id: int, *, by_id: int | None, batch_id: int | None
) -> Assignment:
    assignment = Assignment(
        case_id=case.id,
        collector_id=collector_id,
        group_id=group_id,
        tier=case.tier,
        batch_id=batch_id,
        by_id=by_id,
        from_at=clock.now(),
    )
    case.collector_id, case.assigned_at, case.group_id = collector_id, assignment.from_at, group_id
    session.add(assignment)
    known(session, ("assignment", case.id), assignment)
    return assignment


def _move_tasks(session: Session, case: Case, had_id: int, now: tuple[int, int]) -> None:
    """What waited for the one who had the case waits for the new one and the group, whatever its element is called."""
    waiting = (
        UserTask.business_key == case.id,
        UserTask.process.in_(CASE_PROCESSES),
        UserTask.assignee_id == had_id,
    )
    session.execute(update(UserTask).where(*waiting).values(assignee_id=now[0], group_id=now[1]))


def _tell_given(session: Session, case: Case, collector_id: int, by_id: int | None, batch_id: int | None) -> None:
    """The cases of a batch as one, those given singly by somebody on a day as one."""
    told_as = f"batch-{batch_id}" if batch_id else f"{by_id}-{clock.today()}"
    notifications.tell(session, [collector_id], notifications.Kind.ASSIGNED, told_as=told_as, case=case, by_id=by_id)


def _tell_taken(session: Session, case: Case, collector_id: int, by_id: int | None, how: str) -> None:
    told_as, kind = f"{how}-{by_id}-{clock.today()}", notifications.Kind.TAKEN
    notifications.tell(session, [collector_id], kind, told_as=told_as, case=case, by_id=by_id, ended_by=how)


def _record(session: Session, kind: str, case: Case, by_id: int | None, **facts: Any) -> None:
    history.record(session, kind, case=case, actor_id=by_id, **facts)
    if not room(session).batching:
        session.flush()
