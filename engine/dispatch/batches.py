"""Dispatch batches: asked for, previewed, planned as rows, and looked up; `running` carries them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, or_, select, true
from sqlalchemy.orm import Session

from engine import assignments, clock, history, parameters
from engine.dispatch import planning
from engine.dispatch.planning import Plan, Skipped, Waiting
from engine.dispatch.reasons import WHY_NOT_WAITING, Reason
from engine.dispatch.refusals import NobodyNamed, NotADispatcher, NothingToDispatch
from engine.dispatch.waiting import Filters, holders, in_slices, waiting
from engine.errors import Invalid, NotFound
from engine.models import Case, DispatchBatch, DispatchItem, Method, Role, Status, User
from engine.people import supervised_groups, visible_cases

OPEN = ("planned", "running", "undoing")
_COLUMNS = (Case.id, Case.customer_id, Case.product, Case.stage, Case.tier, Case.past_due_amount, Case.currency)


@dataclass(frozen=True)
class Request:
    """What to dispatch and how: these cases, or all that wait and match; `collector_ids` for named people."""

    method: str
    case_ids: tuple[int, ...] | None = None
    filters: Filters = field(default_factory=Filters)
    collector_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of a batch so far: items by outcome, people by what they got, and reasons by how often."""

    outcomes: Mapping[str, int]
    cases: Mapping[int, int]
    reasons: Mapping[str, int]


def preview(session: Session, actor: User, request: Request) -> Plan:
    """Who would get what, and what would be skipped and why; writes nothing.

    Raises NotADispatcher, NobodyNamed, Invalid.
    """
    _require_dispatcher(actor)
    return make_plan(session, actor, request)


def create(session: Session, actor: User, request: Request) -> DispatchBatch:
    """Plan a batch as rows; a job carries it out by `running.run_batch`. The plan is the preview's if nothing moved.

    Raises what `preview` raises, and NothingToDispatch.
    """
    plan = preview(session, actor, request)
    if not plan.assigned:
        raise NothingToDispatch
    return write(session, plan, request, by_id=actor.id)


def make_plan(session: Session, actor: User | None, request: Request) -> Plan:
    """The plan for a person's scope, or by the system (None) for all."""
    _require_sensible(request)
    rows = _rows(session, actor, request)
    cases, refused = _with_groups(session, actor, rows)
    refused += _missing(session, actor, request, {row.id for row in rows})
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
        method=str(request.method),
        criteria=_criteria(request),
        status="planned",
        planned=len(plan.assigned),
        dispatched=0,
        skipped=len(plan.skipped),
        created_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    items = [_item(batch.id, each.case_id, each.amount, collector_id=each.collector_id) for each in plan.assigned]
    items += [_item(batch.id, each.case_id, each.amount, reason=each.reason) for each in plan.skipped]
    session.execute(insert(DispatchItem), sorted(items, key=lambda each: each["case_id"]))
    history.record(
        session,
        "dispatch_planned",
        actor_id=by_id,
        batch_id=batch.id,
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
    columns = (DispatchItem.outcome, DispatchItem.collector_id, DispatchItem.reason)
    query = select(*columns, func.count()).where(DispatchItem.batch_id == batch_id).group_by(*columns)
    outcomes: dict[str, int] = {}
    cases: dict[int, int] = {}
    reasons: dict[str, int] = {}
    for outcome, collector_id, reason, count in session.execute(query):
        outcomes[outcome] = outcomes.get(outcome, 0) + count
        if outcome == "dispatched" and collector_id is not None:
            cases[collector_id] = cases.get(collector_id, 0) + count
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + count
    return Report(outcomes, cases, reasons)


def open_batches(session: Session) -> list[int]:
    """Batches with work left, oldest first: for jobs, which find here what a killed one left behind."""
    return list(
        session.scalars(select(DispatchBatch.id).where(DispatchBatch.status.in_(OPEN)).order_by(DispatchBatch.id))
    )


def _require_dispatcher(actor: User) -> None:
    if not supervised_groups(actor):
        raise NotADispatcher


def _require_sensible(request: Request) -> None:
    if request.method not in set(Method):
        raise Invalid(field="method", reason=f"there is no method {request.method}")
    if request.method == Method.TO_PERSON and not request.collector_ids:
        raise NobodyNamed(field="collector_ids")


def _rows(session: Session, actor: User | None, request: Request) -> list[Row[Any]]:
    """The waiting cases asked for, within scope."""
    query = select(*_COLUMNS).where(*waiting(actor, request.filters))
    if request.case_ids is None:
        return list(session.execute(query))
    found: list[Row[Any]] = []
    for part in in_slices(request.case_ids):
        found += session.execute(query.where(Case.id.in_(part)))
    return found


def _with_groups(session: Session, actor: User | None, rows: Iterable[Row[Any]]) -> tuple[list[Waiting], list[Skipped]]:
    """The cases with the group responsible now; a person's batch reaches only groups they supervise."""
    groups: dict[tuple[str, str, str | None], int | None] = {}
    own = None if actor is None else set(supervised_groups(actor))
    cases: list[Waiting] = []
    refused: list[Skipped] = []
    for row in rows:
        kind = (row.product, row.stage, row.tier)
        if kind not in groups:
            groups[kind] = assignments.responsible_group_id(session, *kind)
        group_id = groups[kind]
        if own is not None and group_id is not None and group_id not in own:
            refused.append(Skipped(row.id, row.past_due_amount, Reason.OUT_OF_SCOPE))
        else:
            cases.append(Waiting(row.id, row.customer_id, group_id, row.past_due_amount, row.currency))
    return cases, refused


def _missing(session: Session, actor: User | None, request: Request, found: set[int]) -> list[Skipped]:
    """Cases asked for by id that do not wait or match, or are not this person's business; unknown ids fall away."""
    missing = sorted(set(request.case_ids or ()) - found)
    skipped: list[Skipped] = []
    for part in in_slices(missing):
        scope = true() if actor is None else visible_cases(actor)
        query = select(Case.id, Case.status, Case.past_due_amount, scope.label("seen")).where(Case.id.in_(part))
        for row in session.execute(query.order_by(Case.id)):
            reason = WHY_NOT_WAITING.get(Status(row.status), Reason.NOT_WAITING) if row.seen else Reason.OUT_OF_SCOPE
            skipped.append(Skipped(row.id, row.past_due_amount, reason))
    return skipped


def _item(
    batch_id: int, case_id: int, amount: object, *, collector_id: int | None = None, reason: str | None = None
) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "case_id": case_id,
        "collector_id": collector_id,
        "amount": amount,
        "outcome": "skipped" if collector_id is None else "planned",
        "reason": None if reason is None else str(reason),
    }


def _criteria(request: Request) -> dict[str, Any]:
    chosen: Sequence[int] | None = request.case_ids
    return {
        "filters": {key: value for key, value in request.filters.as_dict().items() if value is not None},
        "chosen": None if chosen is None else len(chosen),
        "collector_ids": list(request.collector_ids),
    }
