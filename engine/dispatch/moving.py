"""Planning what takes cases from people: reassigning, handing everything of a colleague over, giving back, recalling.

What a plan gives goes by the rules of dispatch, to everybody but whoever has the case. Recalled cases go to nobody:
they wait for dispatch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from engine import assignments, parameters
from engine.assignments import Load
from engine.dispatch import gathering, planning
from engine.dispatch.gathering import Request
from engine.dispatch.planning import Assigned, Plan, Share, Skipped, Waiting
from engine.dispatch.reasons import WHY_NOT_HELD, Reason
from engine.dispatch.refusals import NotGivenBack
from engine.dispatch.waiting import holders
from engine.models import (
    Assignment,
    BatchKind,
    Case,
    DispatchBatch,
    DispatchItem,
    Method,
    Status,
    Subscription,
    User,
)
from engine.people import visible_cases

RECALL = "recall"


@dataclass
class _Sum:
    cases: int
    amounts: dict[str, Decimal]


def make_plan(session: Session, actor: User, request: Request) -> Plan:
    """The plan of a request that takes cases from people, within a person's scope; writes nothing.

    Raises NotGivenBack.
    """
    conditions, wanted = _asked_for(session, actor, request)
    rows = gathering.rows(session, conditions, wanted)
    cases, refused = gathering.with_groups(session, actor, rows)
    otherwise = Reason.NOT_RECALLABLE if request.kind == BatchKind.RECALL else Reason.NOBODYS
    gone = set(wanted or ()) - {row.id for row in rows}
    if request.kind == BatchKind.GIVE_BACK:
        refused += _moved(session, gone)
    else:
        refused += gathering.missing(session, actor, gone, WHY_NOT_HELD, otherwise)
    plan = _recalled(cases) if request.kind == BatchKind.RECALL else _given(session, request, cases)
    skipped = sorted((*plan.skipped, *refused), key=lambda each: each.case_id)
    return _with_givers(session, Plan(plan.assigned, tuple(skipped), plan.shares), cases)


def concerned(session: Session, actor: User, request: Request) -> list[int]:
    """The cases that a hand-over or a giving back is about, as far as this person sees them. Raises NotGivenBack."""
    conditions, wanted = _asked_for(session, actor, request)
    return sorted(wanted or (row.id for row in gathering.rows(session, conditions, None)))


def is_recallable() -> ColumnElement[bool]:
    """SQL over `Case`: its diagram waits for a recall, and somebody or an agency has it."""
    waits = exists().where(Subscription.instance_id == Case.instance_id, Subscription.message == RECALL)
    return (Case.status != Status.TO_DISPATCH) & waits


def given_back(session: Session, source_id: int | None) -> tuple[int, list[int]]:
    """Whose cases a hand-over gave away, and which these are. Raises NotGivenBack."""
    source = session.get(DispatchBatch, source_id) if source_id is not None else None
    if source is None or source.kind != BatchKind.HAND_OVER or source.status != "done":
        raise NotGivenBack(batch=source_id)
    done = (DispatchItem.batch_id == source.id, DispatchItem.outcome == BatchKind.HAND_OVER.outcome)
    return int(source.criteria["from_id"]), list(session.scalars(select(DispatchItem.case_id).where(*done)))


def _asked_for(
    session: Session, actor: User, request: Request
) -> tuple[list[ColumnElement[bool]], Sequence[int] | None]:
    """Conditions over `Case` and, where they are named, the cases."""
    seen = [visible_cases(actor), Case.closed_at.is_(None)]
    if request.kind == BatchKind.RECALL:
        return [*seen, is_recallable()], request.case_ids or ()
    if request.kind == BatchKind.HAND_OVER:
        whose = request.from_id or 0  # nobody's id, so that naming nobody is not about what nobody has
        return [*seen, Case.collector_id == whose], request.case_ids
    if request.kind == BatchKind.GIVE_BACK:
        still = exists().where(
            Assignment.case_id == Case.id, Assignment.batch_id == request.source_id, Assignment.to_at.is_(None)
        )
        return [*seen, still], given_back(session, request.source_id)[1]
    return [*seen, Case.collector_id.is_not(None)], request.case_ids or ()


def _moved(session: Session, case_ids: Iterable[int]) -> list[Skipped]:
    """What was handed over and is no longer where it went."""
    found = gathering.missing(session, None, case_ids, {Status.CLOSED: Reason.CLOSED}, Reason.MOVED)
    return list(found)


def _recalled(cases: Iterable[Waiting]) -> Plan:
    assigned = [Assigned(each.case_id, None, each.amount, each.from_id) for each in cases]
    return Plan(tuple(sorted(assigned, key=lambda each: each.case_id)), (), ())


def _given(session: Session, request: Request, cases: Sequence[Waiting]) -> Plan:
    groups = {case.group_id for case in cases if case.group_id is not None}
    together = bool(parameters.value(session, "dispatch_customer_together"))
    method, named = request.method, request.collector_ids
    if request.kind == BatchKind.GIVE_BACK:
        method, named = Method.TO_PERSON, (given_back(session, request.source_id)[0],)
    return planning.plan(
        cases,
        assignments.members_of(session, sorted(groups)),
        method=method,
        named=named,
        together=together,
        holders=holders(session, [case.customer_id for case in cases]) if together else None,
    )


def _with_givers(session: Session, plan: Plan, cases: Iterable[Waiting]) -> Plan:
    """The plan with what each person gives away; people who only give have shares too."""
    currencies = {case.case_id: case.currency for case in cases}
    given: dict[int, _Sum] = {}
    for each in plan.assigned:
        if each.from_id is not None:
            total, currency = given.setdefault(each.from_id, _Sum(0, {})), currencies[each.case_id]
            total.cases += 1
            total.amounts[currency] = total.amounts.get(currency, Decimal(0)) + each.amount
    shares = {share.user_id: share for share in (*plan.shares, *_only_giving(session, plan, given))}
    for user_id, total in given.items():
        shares[user_id] = replace(shares[user_id], gives=total.cases, given=total.amounts)
    ordered = sorted(shares.values(), key=lambda share: (share.name, share.user_id))
    return Plan(plan.assigned, plan.skipped, tuple(ordered))


def _only_giving(session: Session, plan: Plan, given: Iterable[int]) -> list[Share]:
    others = set(given) - {share.user_id for share in plan.shares}
    held: dict[int, Load] = assignments.loads(session, others)
    rows: Sequence[Any] = session.execute(select(User.id, User.name).where(User.id.in_(others))).all()
    return [Share(row.id, row.name, 0, {}, held[row.id]) for row in rows]
