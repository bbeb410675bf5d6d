"""Carrying a batch out: each case's `dispatch` user task is completed, by itself, in short transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock
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
    work_off(sessions, batch_id, Work((DispatchItem.outcome == "planned",), _dispatching, counted=True), progress)
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
        task_id = tasks.get(item.case_id)
        if task_id is None:
            return note(item, "skipped", _state(part.session, item.case_id))
        form = {"collector_id": item.collector_id, "batch_id": part.batch.id}
        reason = alone(part, item, lambda: _complete(part, task_id, form))
        return note(item, "skipped" if reason else "dispatched", reason)

    return one


def _complete(part: Slice, task_id: int, form: Mapping[str, Any]) -> None:
    try:
        acts.complete_task(part.session, task_id, form, actor_id=part.batch.by_id)
    except Exception as error:
        if is_failure(error):
            part.failures.append((task_id, form, error))
        raise


def _waiting_tasks(session: Session, case_ids: Sequence[int]) -> dict[int, int]:
    query = select(UserTask.business_key, UserTask.id).where(
        UserTask.business_key.in_(case_ids), UserTask.process.in_(CASE_PROCESSES), UserTask.form == FORM
    )
    return {row.business_key: row.id for row in session.execute(query)}


def _state(session: Session, case_id: int) -> Reason:
    """Why a case does not wait for dispatch."""
    status = session.scalar(select(Case.status).where(Case.id == case_id)) or ""
    return WHY_NOT_WAITING.get(Status(status), Reason.NOT_WAITING)
