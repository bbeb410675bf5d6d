"""Undoing a batch, for the cases nobody has worked yet; the others are noted with the reason.

What was dispatched goes back to dispatch, what was reassigned to whoever had it, and so does what was recalled and
still waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, assignments, clock, history
from engine.dispatch.reasons import Reason
from engine.dispatch.refusals import NotADispatcher, NotUndoable
from engine.dispatch.running import finish, recall, waiting_tasks
from engine.dispatch.slices import One, Progress, Slice, Work, alone, note, work_off
from engine.errors import NotFound
from engine.models import DONE, Assignment, BatchKind, Case, DispatchBatch, DispatchItem, FollowUp, User
from engine.people import supervised_groups, visible_cases


def ask_undo(session: Session, batch_id: int, actor: User) -> DispatchBatch:
    """Have a batch undone, as far as its cases have not been worked; a job does it by `undo_batch`.

    For supervisors, and only where a case of the batch is theirs. Raises NotADispatcher, NotUndoable, NotFound.
    """
    batch = session.get(DispatchBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound(what="dispatch batch", key=batch_id)
    _require_theirs(session, batch_id, actor)
    if batch.status != "done":
        raise NotUndoable(batch=batch_id, status=batch.status)
    batch.status, batch.undone_by_id, batch.undone_at = "undoing", actor.id, clock.now()
    history.record(session, "dispatch_undo_asked", actor_id=actor.id, batch_id=batch_id)
    session.flush()
    return batch


def undo_batch(sessions: sessionmaker[Session], batch_id: int, progress: Progress | None = None) -> None:
    """Undo a batch for which that was asked; nothing where it was not, or where it is done already."""
    with sessions() as session:
        batch = session.get(DispatchBatch, batch_id)
        if batch is None or batch.status != "undoing":
            return
        how = _WAYS.get(batch.kind, _returning)
    to_do = (DispatchItem.outcome.in_(DONE), DispatchItem.reason.is_(None))
    work_off(sessions, batch_id, Work(to_do, how, counted=False), progress)
    finish(sessions, batch_id, "undoing", "undone")


def _require_theirs(session: Session, batch_id: int, actor: User) -> None:
    items = select(DispatchItem.case_id).where(DispatchItem.batch_id == batch_id)
    theirs = select(Case.id).where(Case.id.in_(items), visible_cases(actor))
    if not supervised_groups(actor) or session.scalar(theirs.limit(1)) is None:
        raise NotADispatcher


def _undoing(part: Slice) -> One:
    """How a dispatched item of this slice is undone: by a recall."""
    return _unworked(part, lambda item: recall(part, item.case_id, {"reason": "undone"}))


def _returning(part: Slice) -> One:
    """How a reassigned item of this slice is undone: whoever had it has it again, even if absent or full."""

    def back(item: DispatchItem) -> None:
        case = part.session.get_one(Case, item.case_id, populate_existing=True)
        by_id, to_id = part.batch.undone_by_id or 0, item.from_id or 0
        assignments.reassign(part.session, case, to_id, by_id, from_id=item.collector_id, is_return=True)

    return _unworked(part, back)


def _unworked(part: Slice, act: Callable[[DispatchItem], None]) -> One:
    """Does the act to items whose assignment by the batch stands and that nobody has followed up since."""
    session, ids = part.session, [item.case_id for item in part.items]
    seen = _seen(part, ids)
    standing = _standing(session, part.batch.id, ids)
    worked = _worked(session, part.batch.id, ids)

    def hindrance(item: DispatchItem) -> Reason | None:
        if item.case_id not in seen:
            return Reason.OUT_OF_SCOPE
        if standing.get(item.case_id) != item.collector_id:
            return Reason.MOVED
        return Reason.WORKED if item.case_id in worked else None

    def one(item: DispatchItem) -> bool:
        reason = hindrance(item) or alone(part, item, lambda: act(item))
        return note(item, item.outcome if reason else "undone", reason)

    return one


def _sending_back(part: Slice) -> One:
    """How a recalled item of this slice is undone: what still waits is given to whoever had it, as a supervisor may."""
    ids = [item.case_id for item in part.items]
    seen = _seen(part, ids)
    tasks = {case_id: task.id for case_id, task in waiting_tasks(part.session, ids).items()}

    def hindrance(item: DispatchItem) -> Reason | None:
        if item.case_id not in seen:
            return Reason.OUT_OF_SCOPE
        if item.from_id is None:
            return Reason.NOBODYS
        return None if item.case_id in tasks else Reason.MOVED

    def back(item: DispatchItem) -> None:
        form = {"collector_id": item.from_id, "batch_id": item.batch_id}
        acts.complete_task(part.session, tasks[item.case_id], form, actor_id=part.batch.undone_by_id)

    def one(item: DispatchItem) -> bool:
        reason = hindrance(item) or alone(part, item, lambda: back(item))
        return note(item, item.outcome if reason else "undone", reason)

    return one


def _seen(part: Slice, case_ids: Sequence[int]) -> set[int]:
    """Which of these cases whoever asked sees now."""
    actor = part.session.get(User, part.batch.undone_by_id)
    if actor is None:
        return set()
    return set(part.session.scalars(select(Case.id).where(Case.id.in_(case_ids), visible_cases(actor))))


def _standing(session: Session, batch_id: int, case_ids: Sequence[int]) -> dict[int, int]:
    """Who still has these cases by this batch."""
    query = select(Assignment.case_id, Assignment.collector_id).where(
        Assignment.case_id.in_(case_ids), Assignment.to_at.is_(None), Assignment.batch_id == batch_id
    )
    return {row.case_id: row.collector_id for row in session.execute(query)}


def _worked(session: Session, batch_id: int, case_ids: Sequence[int]) -> set[int]:
    """Which of these cases somebody followed up since the batch gave them away."""
    query = (
        select(FollowUp.case_id)
        .join(Assignment, Assignment.case_id == FollowUp.case_id)
        .where(
            FollowUp.case_id.in_(case_ids),
            Assignment.batch_id == batch_id,
            Assignment.to_at.is_(None),
            FollowUp.at >= Assignment.from_at,
        )
    )
    return set(session.scalars(query))


_WAYS: Mapping[str, Callable[[Slice], One]] = {BatchKind.DISPATCH: _undoing, BatchKind.RECALL: _sending_back}
