"""Carrying a batch out, each case by itself, in short transactions.

Dispatched cases have their `dispatch` user task completed, recalled ones are sent the message `recall`, the others are
reassigned beside their diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, assignments, batches, clock, incidents
from engine.db import begin_write
from engine.dispatch.reasons import WHY_NOT_HELD, WHY_NOT_WAITING, Reason
from engine.dispatch.slices import One, Progress, Slice, Work, alone, is_failure, note, work_off
from engine.errors import NotFound
from engine.flow.evaluator import FlowFailed
from engine.models import BatchKind, Case, DispatchBatch, DispatchItem, Status, User, UserTask
from engine.people.responsibility import CASE_PROCESSES
from engine.people.scope import supervised_groups

FORM = "dispatch"  # the form of the user task by which a diagram asks for a collector


def run_batch(sessions: sessionmaker[Session], batch_id: int, progress: Progress | None = None) -> None:
    """Do what a batch planned. Harmless when it is done already, or when another worker runs it too."""
    how, at_once = _WAYS.get(_begin(sessions, batch_id), (_reassigning, None))
    planned = (DispatchItem.outcome == "planned",)
    work_off(sessions, batch_id, Work(planned, how, counted=True, at_once=at_once), progress)
    finish(sessions, batch_id, "running", "done")


def finish(sessions: sessionmaker[Session], batch_id: int, from_status: str, to_status: str) -> None:
    """Conditional, so that of two workers one writes it."""
    with sessions() as session:
        begin_write(session)
        values: dict[str, object] = {"status": to_status}
        if to_status == "done":
            values["finished_at"] = clock.now()
        ours = (DispatchBatch.id == batch_id, DispatchBatch.status == from_status)
        session.execute(update(DispatchBatch).where(*ours).values(**values))
        session.commit()


def _begin(sessions: sessionmaker[Session], batch_id: int) -> str:
    """Gives the batch's kind."""
    with sessions() as session:
        begin_write(session)
        batch = session.get(DispatchBatch, batch_id)
        if batch is None:
            raise NotFound(what="dispatch batch", key=batch_id)
        if batch.status == "planned":
            batch.status = "running"
        kind = batch.kind
        session.commit()
    return kind


def _dispatching(part: Slice) -> One:
    """How an item of this slice is dispatched: by completing its case's user task."""
    tasks = waiting_tasks(part.session, [item.case_id for item in part.items])

    def one(item: DispatchItem) -> bool:
        task = tasks.get(item.case_id)
        if task is None:
            return note(item, "skipped", _state(part.session, item.case_id))
        task_id = task.id
        reason = alone(part, item, lambda: _complete(part, task_id, _form(item)))
        return note(item, "skipped" if reason else "dispatched", reason)

    return one


def _all_at_once(part: Slice) -> int:
    """Dispatches all items of a slice with few statements; raises if one of them cannot be."""
    tasks = waiting_tasks(part.session, [item.case_id for item in part.items])
    items = {item.case_id: item for item in part.items}
    batches.complete(
        part.session,
        [tasks[case_id] for case_id in items if case_id in tasks],
        lambda task: (_form(items[task.business_key]), part.batch.by_id),
    )
    for case_id, item in items.items():
        reason = None if case_id in tasks else _state(part.session, case_id)
        note(item, "skipped" if reason else "dispatched", reason)
    return len(tasks)


def _reassigning(part: Slice) -> One:
    """How an item of this slice is given to somebody else: by a reassignment, where it is still with whom it was."""

    def one(item: DispatchItem) -> bool:
        reason = alone(part, item, lambda: _reassign(part, item))
        return note(item, "skipped" if reason else BatchKind.REASSIGN.outcome, reason)

    return one


def _reassign(part: Slice, item: DispatchItem) -> None:
    case = part.session.get_one(Case, item.case_id, populate_existing=True)
    by_id, to_id = part.batch.by_id or 0, item.collector_id or 0
    assignments.reassign(part.session, case, to_id, by_id, batch_id=item.batch_id, from_id=item.from_id)


def _recalling(part: Slice) -> One:
    """How an item of this slice is recalled: by the message, where it is still with whom it was."""
    ids = [item.case_id for item in part.items]
    actor = part.session.get(User, part.batch.by_id)
    mine = supervised_groups(actor) if actor else []
    rows = part.session.execute(
        select(Case.id, Case.collector_id, Case.group_id, Case.status, Case.closed_at).where(Case.id.in_(ids))
    )
    found = {row.id: row for row in rows}

    def hindrance(item: DispatchItem) -> Reason | None:
        row = found[item.case_id]
        if row.group_id is not None and row.group_id not in mine:
            return Reason.OUT_OF_SCOPE
        if row.status in WHY_NOT_HELD:
            return WHY_NOT_HELD[Status(row.status)]
        return Reason.MOVED if row.collector_id != item.from_id else None

    def one(item: DispatchItem) -> bool:
        reason = hindrance(item) or alone(part, item, lambda: recall(part, item.case_id, {"note": part.batch.note}))
        return note(item, "skipped" if reason else BatchKind.RECALL.outcome, reason)

    return one


def recall(part: Slice, case_id: int, payload: Mapping[str, Any]) -> None:
    """Sends a case the message; where its diagram fails there will be an incident."""
    case = part.session.get_one(Case, case_id, populate_existing=True)
    actor_id = part.batch.undone_by_id or part.batch.by_id
    try:
        acts.deliver(part.session, case, "recall", payload, actor_id=actor_id)
    except FlowFailed as error:
        failed = error
        part.failures.append(lambda sessions: incidents.after_message(sessions, failed))
        raise


def _form(item: DispatchItem) -> dict[str, Any]:
    return {"collector_id": item.collector_id, "batch_id": item.batch_id}


def _complete(part: Slice, task_id: int, form: Mapping[str, Any]) -> None:
    try:
        acts.complete_task(part.session, task_id, form, actor_id=part.batch.by_id)
    except Exception as error:
        if is_failure(error):
            failed = error
            part.failures.append(lambda sessions: incidents.after_task(sessions, task_id, form, None, failed))
        raise


def waiting_tasks(session: Session, case_ids: Sequence[int]) -> dict[int, UserTask]:
    """The user tasks by which these cases ask for a collector."""
    query = select(UserTask).where(
        UserTask.business_key.in_(case_ids), UserTask.process.in_(CASE_PROCESSES), UserTask.form == FORM
    )
    return {task.business_key: task for task in session.scalars(query)}


def _state(session: Session, case_id: int) -> Reason:
    """Why a case does not wait for dispatch."""
    status = session.scalar(select(Case.status).where(Case.id == case_id)) or ""
    return WHY_NOT_WAITING.get(Status(status), Reason.NOT_WAITING)


_WAYS: Mapping[str, tuple[Callable[[Slice], One], Callable[[Slice], int] | None]] = {
    BatchKind.DISPATCH: (_dispatching, _all_at_once),
    BatchKind.RECALL: (_recalling, None),
}
