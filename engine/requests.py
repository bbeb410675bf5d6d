"""Operation requests: asking for one, withdrawing it, and which are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.errors import Conflict, Invalid, NotPermitted
from engine.flow import instance as flow
from engine.models import Case, OperationRequest, Suspension
from engine.result_codes import SUSPENSION_REASONS

PROCESS = "operation_request"
SUSPENSION = "suspension"


class AlreadyAsked(Conflict):
    """A {kind} request for case {case} is open already."""


class AlreadySuspended(Conflict):
    """Case {case} is suspended for this reason already."""


class SuspendedOtherwise(Conflict):
    """Case {case} is suspended for another reason; a second one is given on the page of the case."""


class CaseIsClosed(Conflict):
    """Case {case} is closed."""


def open_request(session: Session, case_id: int, kind: str) -> OperationRequest | None:
    """The open request of a kind for a case."""
    return session.scalar(
        select(OperationRequest).where(
            OperationRequest.case_id == case_id, OperationRequest.kind == kind, OperationRequest.status == "open"
        )
    )


def refuse_same_reason(session: Session, case: Case, reason: str) -> None:
    """Raises AlreadySuspended where the suspension that stands has this reason; another reason may take its place."""
    standing = session.get(Suspension, case.suspension_id) if case.suspension_id else None
    if standing is not None and standing.reason == reason:
        raise AlreadySuspended(case=case.case_no)


def ask(
    session: Session,
    case: Case,
    kind: str,
    *,
    reason: str,
    note: str = "",
    payload: Mapping[str, Any] | None = None,
    by_id: int | None,
) -> OperationRequest:
    """Opens a request and starts its diagram. The customer is locked.

    Raises AlreadyAsked, AlreadySuspended, CaseIsClosed, Invalid.
    """
    if reason not in SUSPENSION_REASONS:
        raise Invalid(field="reason", reason="choose a reason")
    if case.closed_at is not None:
        raise CaseIsClosed(case=case.case_no)
    if kind == SUSPENSION:
        refuse_same_reason(session, case, reason)
    if open_request(session, case.id, kind) is not None:
        raise AlreadyAsked(kind=kind, case=case.case_no)
    request = OperationRequest(
        kind=kind,
        case_id=case.id,
        requester_id=by_id,
        reason=reason,
        note=note,
        payload=dict(payload or {}),
        status="open",
        requested_at=clock.now(),
    )
    session.add(request)
    session.flush()
    history.record(session, "request_made", case=case, actor_id=by_id, request_id=request.id, kind_=kind, reason=reason)
    _run(session, case, request, by_id)
    return request


def _run(session: Session, case: Case, request: OperationRequest, by_id: int | None) -> None:
    def created(instance_id: int) -> None:
        request.instance_id = instance_id
        session.flush()

    flow.soon(
        session,
        lambda: void(
            flow.start(
                session, PROCESS, business_key=case.id, lock_key=case.customer_id, created=created, actor_id=by_id
            )
        ),
    )


def void(_value: object) -> None:
    """Lets a call stand where nothing is asked for."""


def withdraw(session: Session, request: OperationRequest, *, by_id: int) -> None:
    """The requester takes an open request back. Raises NotPermitted for anybody else."""
    if request.requester_id != by_id:
        raise NotPermitted(act="withdraw this request", reason="only whoever made it may")
    flow.deliver(session, int(request.instance_id or 0), "withdraw", actor_id=by_id)
