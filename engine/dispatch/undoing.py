"""Undoing a batch: the cases nobody has worked yet go back to dispatch; the others are noted with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock, history
from engine.dispatch.reasons import Reason
from engine.dispatch.refusals import NotADispatcher, NotUndoable
from engine.dispatch.running import finish
from engine.dispatch.slices import One, Progress, Slice, Work, alone, note, work_off
from engine.errors import NotFound
from engine.models import Assignment, Case, DispatchBatch, DispatchItem, FollowUp, User
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
    to_do = (DispatchItem.outcome == "dispatched", DispatchItem.reason.is_(None))
    work_off(sessions, batch_id, Work(to_do, _undoing, counted=False), progress)
    finish(sessions, batch_id, "undoing", "undone")


def _require_theirs(session: Session, batch_id: int, actor: User) -> None:
    items = select(DispatchItem.case_id).where(DispatchItem.batch_id == batch_id)
    theirs = select(Case.id).where(Case.id.in_(items), visible_cases(actor))
    if not supervised_groups(actor) or session.scalar(theirs.limit(1)) is None:
        raise NotADispatcher


def _undoing(part: Slice) -> One:
    """How an item of this slice is undone: by a recall, where its assignment stands and nobody has followed up."""
    session, ids = part.session, [item.case_id for item in part.items]
    actor = session.get(User, part.batch.undone_by_id)
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(ids), visible_cases(actor)))) if actor else set()
    standing = _standing(session, part.batch.id, ids)
    worked = _worked(session, part.batch.id, ids)

    def hindrance(item: DispatchItem) -> Reason | None:
        if item.case_id not in seen:
            return Reason.OUT_OF_SCOPE
        if standing.get(item.case_id) != item.collector_id:
            return Reason.MOVED
        return Reason.WORKED if item.case_id in worked else None

    def one(item: DispatchItem) -> bool:
        reason = hindrance(item) or alone(part, item, lambda: _recall(part, item.case_id))
        return note(item, "dispatched" if reason else "undone", reason)

    return one


def _recall(part: Slice, case_id: int) -> None:
    case = part.session.get_one(Case, case_id, populate_existing=True)
    acts.deliver(part.session, case, "recall", {"reason": "undone"}, actor_id=part.batch.undone_by_id)


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
