"""Batches: asked for, previewed, planned as rows, and looked up; `running` carries them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, true
from sqlalchemy.orm import Session

from engine import assignments, clock, history, parameters
from engine.dispatch import gathering, moving, planning
from engine.dispatch.gathering import Request
from engine.dispatch.planning import Assigned, Plan, Skipped
from engine.dispatch.reasons import WHY_NOT_WAITING, Reason
from engine.dispatch.refusals import (
    NobodyNamed,
    NoReason,
    NotADispatcher,
    NothingToDispatch,
    NothingToMove,
    NothingToRecall,
)
from engine.dispatch.waiting import holders, waiting
from engine.errors import Invalid, NotFound
from engine.models import DONE, BatchKind, Case, DispatchBatch, DispatchItem, Method, Role, User
from engine.people import supervised_groups

OPEN = ("planned", "running", "undoing")
_NOTHING = {BatchKind.DISPATCH: NothingToDispatch, BatchKind.RECALL: NothingToRecall}


@dataclass(frozen=True)
class Report:
    """What became of a batch so far: items by outcome, people by what they got and gave, and reasons by how often."""

    outcomes: Counter[str]
    cases: Counter[int]
    reasons: Counter[str]
    taken: Counter[int]


def preview(session: Session, actor: User, request: Request) -> Plan:
    """Who would get and give what, and what would be skipped and why; writes nothing.

    Raises NotADispatcher, NobodyNamed, NotGivenBack, Invalid.
    """
    _require_dispatcher(actor)
    if request.kind == BatchKind.DISPATCH:
        return make_plan(session, actor, request)
    _require_sensible(request)
    return moving.make_plan(session, actor, request)


def create(session: Session, actor: User, request: Request) -> DispatchBatch:
    """Plan a batch as rows; a job carries it out by `running.run_batch`. The plan is the preview's if nothing moved.

    Raises what `preview` raises, NoReason where a recall says none, and NothingToDispatch or its like.
    """
    plan = preview(session, actor, request)
    if not plan.assigned:
        raise _NOTHING.get(BatchKind(request.kind), NothingToMove)
    if request.kind == BatchKind.RECALL and not request.note.strip():
        raise NoReason(field="note")
    return write(session, plan, request, by_id=actor.id)


def make_plan(session: Session, actor: User | None, request: Request) -> Plan:
    """The plan of a dispatch for a person's scope, or by the system (None) for all."""
    _require_sensible(request)
    rows = gathering.rows(session, waiting(actor, request.filters), request.case_ids)
    cases, refused = gathering.with_groups(session, actor, rows)
    gone = set(request.case_ids or ()) - {row.id for row in rows}
    refused += gathering.missing(session, actor, gone, WHY_NOT_WAITING, Reason.NOT_WAITING)
    groups = {case.group_id for case in cases if case.group_id is not None}
    together = bool(parameters.value(session, "dispatch_customer_together"))
    plan = planning.plan(
        cases,
        assignments.members_of(session, sorted(groups)),
        method=request.method,
        named=request.collector_ids,
        together=together,
        holders=holders(session, [case.customer_id for case in cases]) if together else None,
    )
    skipped = sorted((*plan.skipped, *refused), key=lambda each: each.case_id)
    return Plan(plan.assigned, tuple(skipped), plan.shares)


def write(
    session: Session, plan: Plan, request: Request, *, by_id: int | None, rule_id: int | None = None
) -> DispatchBatch:
    """A plan as rows: the batch and one item a case."""
    batch = DispatchBatch(
        by_id=by_id,
        rule_id=rule_id,
        kind=str(request.kind),
        method=str(request.method),
        note=request.note.strip(),
        criteria=_criteria(request),
        status="planned",
        planned=len(plan.assigned),
        dispatched=0,
        skipped=len(plan.skipped),
        created_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    items = [_planned(batch.id, each) for each in plan.assigned] + [_skipped(batch.id, each) for each in plan.skipped]
    session.execute(insert(DispatchItem), sorted(items, key=lambda each: each["case_id"]))
    history.record(
        session,
        "dispatch_planned",
        actor_id=by_id,
        batch_id=batch.id,
        what=batch.kind,
        planned=batch.planned,
        skipped=batch.skipped,
    )
    return batch


def visible_batches(user: User) -> ColumnElement[bool]:
    """SQL over `DispatchBatch`: all for managers and compliance; a supervisor's own, and those with cases of theirs."""
    if user.active and user.has_role(Role.MANAGER, Role.COMPLIANCE):
        return true()
    theirs = exists().where(
        DispatchItem.batch_id == DispatchBatch.id,
        Case.id == DispatchItem.case_id,
        Case.group_id.in_(supervised_groups(user)),
    )
    return or_(DispatchBatch.by_id == user.id, theirs)


def get_batch(session: Session, batch_id: int, user: User) -> DispatchBatch:
    """A batch this person may look up. Raises NotFound."""
    batch = session.scalar(select(DispatchBatch).where(DispatchBatch.id == batch_id, visible_batches(user)))
    if batch is None:
        raise NotFound(what="dispatch batch", key=batch_id)
    return batch


def list_batches(session: Session, user: User, *, limit: int = 50, before_id: int | None = None) -> list[DispatchBatch]:
    """The latest batches this person may look up, newest first."""
    query = select(DispatchBatch).where(visible_batches(user))
    if before_id is not None:
        query = query.where(DispatchBatch.id < before_id)
    return list(session.scalars(query.order_by(DispatchBatch.id.desc()).limit(limit)))


def list_items(
    session: Session, batch_id: int, *, outcome: str | None = None, limit: int = 100, after_id: int = 0
) -> list[DispatchItem]:
    """Items of a batch by id, at most `limit` above `after_id`."""
    query = select(DispatchItem).where(DispatchItem.batch_id == batch_id, DispatchItem.id > after_id)
    if outcome is not None:
        query = query.where(DispatchItem.outcome == outcome)
    return list(session.scalars(query.order_by(DispatchItem.id).limit(limit)))


def report(session: Session, batch_id: int) -> Report:
    """What became of a batch so far, in one grouped query."""
    columns = (DispatchItem.outcome, DispatchItem.collector_id, DispatchItem.from_id, DispatchItem.reason)
    query = select(*columns, func.count()).where(DispatchItem.batch_id == batch_id).group_by(*columns)
    found = Report(Counter(), Counter(), Counter(), Counter())
    for outcome, collector_id, from_id, reason, count in session.execute(query):
        found.outcomes[outcome] += count
        if reason is not None:
            found.reasons[reason] += count
        if outcome in DONE:
            _count(found, collector_id, from_id, count)
    return found


def _count(found: Report, collector_id: int | None, from_id: int | None, count: int) -> None:
    if collector_id is not None:
        found.cases[collector_id] += count
    if from_id is not None:
        found.taken[from_id] += count


def open_batches(session: Session) -> list[int]:
    """Batches with work left, oldest first: for jobs, which find here what a killed one left behind."""
    return list(
        session.scalars(select(DispatchBatch.id).where(DispatchBatch.status.in_(OPEN)).order_by(DispatchBatch.id))
    )


def _require_dispatcher(actor: User) -> None:
    if not supervised_groups(actor):
        raise NotADispatcher


def _require_sensible(request: Request) -> None:
    if request.kind not in set(BatchKind):
        raise Invalid(field="kind", reason=f"there is no kind {request.kind}")
    if request.kind in (BatchKind.RECALL, BatchKind.GIVE_BACK):
        return  # there is nothing to choose
    if request.method not in set(Method):
        raise Invalid(field="method", reason=f"there is no method {request.method}")
    if request.method == Method.TO_PERSON and not request.collector_ids:
        raise NobodyNamed(field="collector_ids")


def _planned(batch_id: int, each: Assigned) -> dict[str, Any]:
    facts = {"collector_id": each.collector_id, "from_id": each.from_id, "outcome": "planned", "reason": None}
    return {"batch_id": batch_id, "case_id": each.case_id, "amount": each.amount, **facts}


def _skipped(batch_id: int, each: Skipped) -> dict[str, Any]:
    facts = {"collector_id": None, "from_id": None, "outcome": "skipped", "reason": str(each.reason)}
    return {"batch_id": batch_id, "case_id": each.case_id, "amount": each.amount, **facts}


def _criteria(request: Request) -> dict[str, Any]:
    chosen: Sequence[int] | None = request.case_ids
    return {
        "filters": {key: value for key, value in request.filters.as_dict().items() if value is not None},
        "chosen": None if chosen is None else len(chosen),
        "collector_ids": list(request.collector_ids),
        "from_id": request.from_id,
        "source_id": request.source_id,
    }
