"""Carrying a batch out: each case's `dispatch` user task is completed, by itself, in short transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, batches, clock
from engine.db import begin_write
from engine.dispatch.reasons import WHY_NOT_WAITING, Reason
from engine.dispatch.slices import One, Progress, Slice, Work, alone, is_failure, note, work_off
from engine.errors import NotFound
from engine.models import Case, DispatchBatch, DispatchItem, Status, UserTask
from engine.people.responsibility import CASE_PROCESSES

FORM = "dispatch"  # the form of the user task by which a diagram asks for a collector


def run_batch(sessions: sessionmaker[Session], batch_id: int, progress: Progress | None = None) -> None:
    """Dispatch what a batch planned. Harmless when it is done already, or when another worker runs it too."""
    _begin(sessions, batch_id)
    planned = (DispatchItem.outcome == "planned",)
    work_off(sessions, batch_id, Work(planned, _dispatching, counted=True, at_once=_all_at_once), progress)
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


def _begin(sessions: sessionmaker[Session], batch_id: int) -> None:
    with sessions() as session:
        begin_write(session)
        batch = session.get(DispatchBatch, batch_id)
        if batch is None:
            raise NotFound(what="dispatch batch", key=batch_id)
        if batch.status == "planned":
            batch.status = "running"
        session.commit()


def _dispatching(part: Slice) -> One:
    """How an item of this slice is dispatched: by completing its case's user task."""
    tasks = _waiting_tasks(part.session, [item.case_id for item in part.items])

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
    tasks = _waiting_tasks(part.session, [item.case_id for item in part.items])
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


def _form(item: DispatchItem) -> dict[str, Any]:
    return {"collector_id": item.collector_id, "batch_id": item.batch_id}


def _complete(part: Slice, task_id: int, form: Mapping[str, Any]) -> None:
    try:
        acts.complete_task(part.session, task_id, form, actor_id=part.batch.by_id)
    except Exception as error:
        if is_failure(error):
            part.failures.append((task_id, form, error))
        raise


def _waiting_tasks(session: Session, case_ids: Sequence[int]) -> dict[int, UserTask]:
    """The user tasks by which these cases ask for a collector."""
    query = select(UserTask).where(
        UserTask.business_key.in_(case_ids), UserTask.process.in_(CASE_PROCESSES), UserTask.form == FORM
    )
    return {task.business_key: task for task in session.scalars(query)}


def _state(session: Session, case_id: int) -> Reason:
    """Why a case does not wait for dispatch."""
    status = session.scalar(select(Case.status).where(Case.id == case_id)) or ""
    return WHY_NOT_WAITING.get(Status(status), Reason.NOT_WAITING)
