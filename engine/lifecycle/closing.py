"""What the closing of a case takes with it: its suspension, its requests, and orders that were only shown on it."""

from __future__ import annotations

from sqlalchemy import select

from engine import cases, intake
from engine.flow import instance as flow
from engine.flow.instance import Act
from engine.lifecycle import suspending
from engine.lifecycle.subject import suspension_of
from engine.models import Case, LoanOrder, OperationRequest, OutboxMessage, Stage, SuspensionEnd


def close(act: Act, case: Case) -> None:
    """Closes the case and ends, in the same transaction, whatever hung on it."""
    session = act.session
    reason = act.payload.get("reason") or act.cache.get("closing_reason") or cases.closing_reason(session, case)
    standing = suspension_of(act)
    if standing is not None:
        suspending.end(act, standing, SuspensionEnd.CLOSED)
    _drop_held_texts(act, case)
    if case.order_count:
        _let_go(act, case)
    cases.close(session, case, str(reason), actor_id=act.actor_id, note=str(act.payload.get("note", "")))
    for request in session.scalars(
        select(OperationRequest).where(OperationRequest.case_id == case.id, OperationRequest.status == "open")
    ):
        if request.instance_id is not None:
            _overtake(act, request.instance_id)
    if case.stage == Stage.COLLECTION:
        act.later(lambda: _bring_in_near_orders(act, case))


def _let_go(act: Act, case: Case) -> None:
    """Orders that a case closes with unpaid leave it; what was not overdue yet is still to go to collection if unpaid.

    What closes unpaid in collection is collected no more: sold, returned, posted late.
    """
    held = list(act.session.scalars(select(LoanOrder).where(LoanOrder.case_id == case.id)))
    cases.release(act.session, held, "closed")
    if case.stage == Stage.PRE_COLLECTION:
        for order in held:
            order.next_step_at = intake.overdue_at(order)


def _overtake(act: Act, instance_id: int) -> None:
    act.later(lambda: flow.deliver_or_keep(act.session, instance_id, "overtaken"))


def _bring_in_near_orders(act: Act, case: Case) -> None:
    intake.bring_in_near_orders(act.session, case.customer_id, case.product)


def _drop_held_texts(act: Act, case: Case) -> None:
    for message in act.session.scalars(
        select(OutboxMessage).where(OutboxMessage.case_id == case.id, OutboxMessage.status.in_(("waiting", "held")))
    ):
        if message.kind == "text":
            message.status, message.last_error = "blocked", "case_closed"
