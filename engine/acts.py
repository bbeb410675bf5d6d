"""What people and other parts of the system do to cases: each function is one act, inside the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NoReturn

from sqlalchemy import Row, bindparam, delete, exists, select
from sqlalchemy.orm import Session

from engine import clock, forms
from engine.db import is_sqlite
from engine.errors import Conflict, DunflowError, Invalid, NotFound, NotPermitted, NotWaiting
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.flow.definitions import Release
from engine.flow.evaluator import FlowFailed
from engine.lifecycle import blocking, suspending
from engine.models import (
    Case,
    ClosingReason,
    Customer,
    Draft,
    HistoryEntry,
    Instance,
    OperationRequest,
    Role,
    Suspension,
    User,
    UserTask,
)
from engine.people import visible_cases
from engine.requests import refuse_same_reason
from engine.result_codes import SUSPENSION_REASONS

SERVER_ERROR = 500
CLOSED_BY_HAND = (ClosingReason.RETURNED, ClosingReason.SOLD, ClosingReason.LATE_POSTING, ClosingReason.OTHER)
CustomerBlocked = suspending.CustomerBlocked


class TaskGone(NotWaiting):
    """This task is no longer open: somebody completed it, or the case moved on."""


class ChangedMeanwhile(Conflict):
    """Case {case} was changed by somebody else since you opened it."""


def lock_case(session: Session, case_id: int) -> Case:
    """Locks the case's customer and gives the case as it is now. Raises NotFound."""
    customer_id = session.scalar(select(Case.customer_id).where(Case.id == case_id))
    if customer_id is None:
        raise NotFound(what="case", key=case_id)
    kernels.of(session).domain.lock(session, [customer_id])
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise NotFound(what="case", key=case_id)
    return case


def complete_task(
    session: Session,
    user_task_id: int,
    form: Mapping[str, Any],
    *,
    actor_id: int | None,
    seen_revision: int | None = None,
) -> None:
    """Completes a user task with what was sent in its form.

    Raises TaskGone when it is no longer open, ChangedMeanwhile when the case is not as it was seen, FormRefused with
    every mistake, and whatever an operator refuses.
    """
    found = _locked_task(session, user_task_id)
    if seen_revision is not None and found.Case.revision != seen_revision:
        raise ChangedMeanwhile(case=found.Case.case_no)
    live = flow.opened(session, found)
    complete_locked(session, live, found, form, actor_id=actor_id, has_draft=found.has_draft)


def complete_locked(
    session: Session,
    live: flow.Live,
    task: UserTask | Row[Any],
    form: Mapping[str, Any],
    *,
    actor_id: int | None,
    has_draft: bool,
) -> None:
    """Completes a user task whose customer is locked already; `has_draft`: whether somebody typed into its form."""
    token, element = task.token, task.element
    values, data = _read(live.release, task.form, form)
    if actor_id is not None and has_draft:
        session.execute(
            delete(Draft).where(Draft.case_id == live.business_key, Draft.user_id == actor_id, Draft.element == element)
        )
    with told():
        flow.complete(session, live, token, element, form=values, data=data, actor_id=actor_id)


_OWNER = (
    select(Customer.id)
    .join(Instance, Instance.lock_key == Customer.id)
    .join(UserTask, UserTask.instance_id == Instance.id)
    .where(UserTask.id == bindparam("task_id"))
    .with_for_update(of=Customer)
)
_TASK = (
    select(
        UserTask.token,
        UserTask.element,
        UserTask.form,
        Case,
        *flow.COLUMNS,
        exists().where(Draft.case_id == UserTask.business_key, Draft.element == UserTask.element).label("has_draft"),
    )
    .join(Instance, Instance.id == UserTask.instance_id)
    .join(Case, Case.id == UserTask.business_key)
    .where(UserTask.id == bindparam("task_id"))
    .with_for_update(of=Instance)
    .execution_options(populate_existing=True)
)


def _locked_task(session: Session, user_task_id: int) -> Any:
    """The task, its case and its instance's row, read after its customer is locked; raises TaskGone.

    Two statements, not one with a lock in it, which would read the instance as it was before the wait for the lock.
    """
    session.flush()  # what this transaction has changed already is not to be read over
    if not is_sqlite(session):
        session.execute(_OWNER, {"task_id": user_task_id})
    found = session.execute(_TASK, {"task_id": user_task_id}).one_or_none()
    if found is None:
        raise TaskGone()
    return found


def _read(release: Release, key: str | None, form: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """All values for the operators, and the part that the token keeps; `batch_id` comes from the system."""
    if key is None:
        return dict(form), {}
    schema = release.forms[key]
    values = forms.read(schema, form, release.vocabulary)
    data = forms.kept(schema, values)
    if form.get("batch_id") is not None:
        values["batch_id"] = form["batch_id"]
    return values, data


class told:  # noqa: N801 - reads as a verb where it is used
    """Within the block, what an operator refused reaches the caller as the operator said it, not as a failed flow."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FlowFailed):
            _raise_cause(error)


def _raise_cause(error: FlowFailed) -> None:
    cause: BaseException | None = error.__cause__
    while isinstance(cause, FlowFailed):
        cause = cause.__cause__
    if isinstance(cause, DunflowError) and cause.status < SERVER_ERROR and not _is_the_diagrams(cause):
        _raise(cause, error)


def _is_the_diagrams(error: DunflowError) -> bool:
    """What the kernel raises is wrong in a diagram, a table or an expression; the rest is a refusal of an operator."""
    return type(error).__module__.startswith("engine.flow.")


def _raise(cause: DunflowError, error: FlowFailed) -> NoReturn:
    raise cause from error


def may_complete(session: Session, actor: User, task: UserTask) -> None:
    """Raises NotPermitted unless this person may complete this task: by role, by scope, not their own request."""
    if task.role and not actor.has_role(task.role):
        raise NotPermitted(act="complete this task", reason=f"it is for a {task.role}")
    if task.role == Role.COLLECTOR and task.assignee_id is not None and task.assignee_id != actor.id:
        raise NotPermitted(act="complete this task", reason="it is a colleague's")
    seen = session.scalar(select(Case.id).where(Case.id == task.business_key, visible_cases(actor)))
    if seen is None:
        raise NotPermitted(act="complete this task", reason="the case is not one of yours")
    if task.process == "operation_request":
        _may_review(session, actor, task)


def _may_review(session: Session, actor: User, task: UserTask) -> None:
    request = session.scalar(select(OperationRequest).where(OperationRequest.instance_id == task.instance_id))
    if request is not None and request.requester_id == actor.id:
        raise NotPermitted(act="review this request", reason="you made it")
    if _has_reviewed(session, actor, task):
        raise NotPermitted(act="review this request", reason="you were its first reviewer")


def _has_reviewed(session: Session, actor: User, task: UserTask) -> bool:
    """Whether this person completed an earlier task of the same request."""
    return (
        session.scalar(
            select(HistoryEntry.id)
            .where(
                HistoryEntry.case_id == task.business_key,
                HistoryEntry.instance_id == task.instance_id,
                HistoryEntry.kind == "completed",
                HistoryEntry.actor_id == actor.id,
            )
            .limit(1)
        )
        is not None
    )


def deliver(
    session: Session, case: Case, message: str, payload: Mapping[str, Any] | None = None, *, actor_id: int | None
) -> None:
    """Delivers a message to the case's diagram; the customer is locked. Raises NotWaiting when it waits for none."""
    if case.closed_at is not None or case.instance_id is None:
        raise NotWaiting(what=message, reason=f"case {case.case_no} is closed")
    try:
        with told():
            flow.deliver(session, case.instance_id, message, payload=payload, actor_id=actor_id)
    except FlowFailed as error:
        error.undelivered = {
            "instance_id": case.instance_id,
            "message": message,
            "payload": dict(payload or {}),
            "actor_id": actor_id,
        }
        raise


def suspend(
    session: Session, case: Case, *, reason: str, note: str, review_on: dt.date | None = None, actor_id: int
) -> None:
    """A supervisor suspends a case, or suspends it for another reason than it is suspended for.

    Raises Invalid, AlreadySuspended for the same reason, or NotWaiting where it cannot be suspended.
    """
    if reason not in SUSPENSION_REASONS:
        raise Invalid(field="reason", reason="choose a reason")
    refuse_same_reason(session, case, reason)
    if review_on is not None and review_on <= clock.today():
        raise Invalid(field="review_on", reason="the review date must lie ahead")
    payload: dict[str, Any] = {"reason": reason, "note": note}
    if review_on is not None:
        payload["review_on"] = review_on.isoformat()
    deliver(session, case, "suspend", payload, actor_id=actor_id)


def resume(session: Session, case: Case, *, note: str = "", actor_id: int) -> None:
    """A supervisor resumes a suspended case. Raises CustomerBlocked, or NotWaiting where nothing is suspended."""
    customer = session.get(Customer, case.customer_id)
    if customer is not None and customer.block_reason is not None:
        raise CustomerBlocked(what="resume", reason=customer.block_reason)
    deliver(session, case, "resume", {"note": note}, actor_id=actor_id)


def recall(session: Session, case: Case, *, note: str = "", actor_id: int) -> None:
    """A supervisor takes a case from its collector, or from an agency."""
    deliver(session, case, "recall", {"note": note}, actor_id=actor_id)


def take_up(session: Session, case: Case, *, actor_id: int) -> None:
    """The collector follows up now instead of waiting for the next action's date."""
    deliver(session, case, "take_up", {}, actor_id=actor_id)


def close(session: Session, case: Case, *, reason: str, note: str, actor: User) -> None:
    """A manager closes a case whose orders are not settled, for one of `CLOSED_BY_HAND`. The ledger is not touched.

    Raises NotPermitted, Invalid, or NotWaiting where the case is closed already.
    """
    if not actor.has_role(Role.MANAGER):
        raise NotPermitted(act="close a case", reason="only a manager may")
    if reason not in CLOSED_BY_HAND:
        raise Invalid(field="reason", reason="choose a reason")
    if not note.strip():
        raise Invalid(field="note", reason="say why")
    deliver(session, case, "close", {"reason": str(reason), "note": note.strip()}, actor_id=actor.id)


def lift_block(session: Session, customer_id: int, *, actor: User, note: str) -> str | None:
    """Compliance lifts a customer's block for its reason. Gives the next reason where the customer stays blocked.

    Otherwise every case that was suspended with the block goes on: one that had been suspended for a reason of its
    own before is suspended for that again, until its own review; the others are resumed.
    """
    if not actor.has_role(Role.COMPLIANCE):
        raise NotPermitted(act="lift a block", reason="only compliance may")
    kernels.of(session).domain.lock(session, [customer_id])
    customer = session.get(Customer, customer_id, populate_existing=True)
    if customer is None or customer.block_reason is None:
        raise NotFound(what="blocked customer", key=customer_id)
    still = blocking.lift(session, customer, note=note, actor_id=actor.id)
    if still is None:
        for case, before in blocking.suspended_with_it(session, customer_id):
            if before is None:
                deliver(session, case, "resume", {"note": note}, actor_id=actor.id)
            else:
                deliver(session, case, "suspend", _again(before), actor_id=actor.id)
    return still


def _again(before: Suspension) -> dict[str, Any]:
    """What was to be reviewed by a date is reviewed by that date, at once where it has passed."""
    payload = {"reason": before.reason, "note": before.note, "again": before.id}
    if before.review_at is not None:
        payload["review_on"] = clock.local_date(before.review_at).isoformat()
    return payload


def save_draft(session: Session, case_id: int, user_id: int, element: str, form: Mapping[str, Any]) -> None:
    """Keeps what somebody has typed so far."""
    draft = session.get(Draft, (case_id, user_id, element))
    if draft is None:
        draft = Draft(case_id=case_id, user_id=user_id, element=element, form={}, saved_at=clock.real_now())
        session.add(draft)
    draft.form = dict(form)
    draft.saved_at = clock.real_now()
    session.flush()
