"""Operators that stop and restart the work on a case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, update

from engine import clock, parameters
from engine.errors import Invalid, NotWaiting
from engine.flow import instance as flow
from engine.flow.instance import Act
from engine.lifecycle.facts import FACTS
from engine.lifecycle.subject import case_of, customer_of, suspension_of
from engine.models import Case, OperationRequest, OutboxMessage, Suspension, SuspensionEnd, SuspensionKind


class CustomerBlocked(NotWaiting):
    """The customer is blocked ({reason}); compliance must lift the block before a case can be resumed."""


def suspend(act: Act, review_days: int, blocks_customer: bool) -> None:
    """Nobody works the case from now on; its queued texts are held. Some reasons block the customer altogether.

    A case that is suspended already goes on so, for the new reason: the old suspension ends as superseded.
    """
    case, standing = case_of(act), suspension_of(act)
    reason = str(FACTS["suspension_reason"](act) or "other")
    suspension = Suspension(
        case_id=case.id,
        reason=reason,
        note=str(act.payload.get("note", "")),
        by_id=act.actor_id,
        request_id=act.payload.get("request_id"),
        from_at=clock.now(),
        review_at=_review_at(act, int(review_days)),
        kind=_kind(act, blocks_customer),
        before_id=_before(act, standing),
    )
    if standing is not None:
        end(act, standing, SuspensionEnd.SUPERSEDED)
    act.session.add(suspension)
    act.session.flush()
    case.suspension_id = suspension.id
    _texts(act, case, "waiting", "held")
    _tell(act, suspension, standing)
    _overtake_requests(act, case, reason)
    if blocks_customer:
        _block(act, reason)


def _tell(act: Act, suspension: Suspension, standing: Suspension | None) -> None:
    at = suspension.review_at
    more = {"instead_of": standing.reason} if standing is not None else {}
    act.tell("suspended", reason=suspension.reason, review_at=at.isoformat() if at else None, **more)


def _kind(act: Act, blocks_customer: bool) -> SuspensionKind:
    """What came with another case's block goes with it too; so does what opens suspended for no reason of its own."""
    if "with_case" in act.payload or "reason" not in act.payload:
        return SuspensionKind.FOLLOWS
    return SuspensionKind.BLOCKS if blocks_customer else SuspensionKind.OWN


def _before(act: Act, standing: Suspension | None) -> int | None:
    """The case's own suspension that the new one covers. One that belongs to a block goes with the block."""
    if "again" in act.payload:
        again = act.session.get(Suspension, int(act.payload["again"]))
        return again.before_id if again else None
    if standing is None:
        return act.payload.get("before_id")
    return standing.id if standing.kind == SuspensionKind.OWN else standing.before_id


def end(act: Act, standing: Suspension, how: SuspensionEnd) -> None:
    """The suspension is over, and its days are counted where the tier clock stands in suspensions (a parameter)."""
    case = case_of(act)
    standing.to_at, standing.ended_by_id, standing.resumed_as = clock.now(), act.actor_id, how
    case.suspension_id = None
    if parameters.value(act.session, "tier_clock_in_suspension") == "stands":
        case.tier_days_stood += (clock.today() - clock.local_date(standing.from_at)).days


def _overtake_requests(act: Act, case: Case, reason: str) -> None:
    """Requests to suspend the case for this reason have lost their object; those for another one are still to decide.

    The one that is being put into effect is decided by now.
    """
    asked = select(OperationRequest.instance_id).where(
        OperationRequest.case_id == case.id,
        OperationRequest.kind == "suspension",
        OperationRequest.status == "open",
        OperationRequest.reason == reason,
    )
    for instance_id in act.session.scalars(asked.where(OperationRequest.instance_id.is_not(None))):
        _overtake(act, int(instance_id or 0))


def _overtake(act: Act, instance_id: int) -> None:
    act.later(lambda: flow.deliver_or_keep(act.session, instance_id, "overtaken"))


def _review_at(act: Act, review_days: int) -> dt.datetime | None:
    asked = act.payload.get("review_on")
    on = dt.date.fromisoformat(str(asked)[:10]) if asked else clock.today() + dt.timedelta(days=review_days)
    return clock.midnight(on)


def _texts(act: Act, case: Case, old: str, new: str) -> None:
    rows: Any = OutboxMessage.__table__
    act.session.execute(
        update(rows).where(rows.c.case_id == case.id, rows.c.kind == "text", rows.c.status == old).values(status=new)
    )


def _block(act: Act, reason: str) -> None:
    """Blocks the customer: every other open case is suspended in the same transaction, later ones open suspended.

    A customer who is blocked already stays so for the first reason; when that is lifted the next one takes its place.
    """
    customer, session = customer_of(act), act.session
    if customer.block_reason is not None:
        return
    customer.block_reason = reason
    customer.blocked_at = clock.now()
    customer.blocked_by_id = act.actor_id
    customer.block_note = str(act.payload.get("note", ""))
    act.tell("customer_blocked", reason=reason)
    others = session.scalars(
        select(Case).where(
            Case.customer_id == customer.id,
            Case.closed_at.is_(None),
            Case.suspension_id.is_(None),
            Case.id != act.business_key,
        )
    )
    for case in others:
        _suspend_too(act, case, reason)


def _suspend_too(act: Act, case: Case, reason: str) -> None:
    payload = {"reason": reason, "note": act.payload.get("note", ""), "with_case": act.business_key}

    def step() -> None:
        try:
            flow.deliver(act.session, int(case.instance_id or 0), "suspend", payload=payload, actor_id=act.actor_id)
        except NotWaiting:
            return  # nobody works it, such as one by text alone; the customer's block stops what it sends

    act.later(step)


def prolong_suspension(act: Act, review_on: str) -> None:
    """The case stays suspended until another review date."""
    standing = suspension_of(act)
    if standing is None:
        raise Invalid(field="review_on", reason="the case is not suspended")
    on = dt.date.fromisoformat(str(review_on)[:10])
    if on <= clock.today():
        raise Invalid(field="review_on", reason="the review date must lie ahead")
    standing.review_at = clock.midnight(on)
    act.tell("suspension_prolonged", review_at=standing.review_at.isoformat())


_HOW = {"message": SuspensionEnd.BY_HAND, "completed": SuspensionEnd.BY_REVIEW}


def resume(act: Act) -> None:
    """The case is worked again. Days past due never stopped; a parameter says whether the tier clock did.

    Raises CustomerBlocked, whatever the diagram says.
    """
    case, standing = case_of(act), suspension_of(act)
    block = customer_of(act).block_reason
    if block is not None:
        raise CustomerBlocked(what="resume", reason=block)
    if standing is None:
        return
    end(act, standing, _HOW.get(act.kind, SuspensionEnd.BY_ITSELF))
    _texts(act, case, "held", "waiting")
    act.tell("resumed", how=standing.resumed_as)
