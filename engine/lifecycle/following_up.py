"""Operators that record what came of a contact, and what the collector asks for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine import clock, notifications, parameters, requests
from engine.contact import PROTECTED
from engine.errors import Invalid
from engine.flow import instance as flow
from engine.flow.instance import Act
from engine.lifecycle.subject import case_of, request_of, suspension_of
from engine.models import Case, Contact, FollowUp, OperationRequest
from engine.result_codes import ALL, ResultClass, ResultCode

_KNOWN = {"result_code", "contact_id", "note", "next_action_on", "next_action_time", "promise_amount", "promise_on"}
_TOLD = {"approved": notifications.Kind.APPROVED, "refused": notifications.Kind.REFUSED}
_CONTACTED = {ResultClass.RPC_POSITIVE, ResultClass.RPC_NEGATIVE, ResultClass.HOLD, ResultClass.THIRD_PARTY}


def record_follow_up(act: Act) -> dict[str, object]:
    """Writes the follow-up from the form of this act and plans the next action; gives result_code and result_class."""
    case, form = case_of(act), act.form
    code = _code(form)
    promise_amount, promise_on = _promise(code, form)
    at = _next_action_at(act, case, code, promise_on)
    row = {
        "case_id": case.id,
        "customer_id": case.customer_id,
        "user_id": act.actor_id,
        "at": clock.now(),
        "tier": case.tier,
        "result_code": code.code,
        "contact_id": _contact(act, case, code),
        "note": str(form.get("note") or ""),
        "next_action_at": at,
        "promise_amount": promise_amount,
        "promise_on": promise_on,
        "form": flow.plain({key: value for key, value in form.items() if key not in _KNOWN}),
    }
    act.write(FollowUp, row)
    case.last_result_code = code.code
    case.next_action_at = at
    case.follow_up_count += 1
    if code.result_class in _CONTACTED:
        case.last_contact_at = clock.now()
    return {"result_code": code.code, "result_class": str(code.result_class)}


def _code(form: Any) -> ResultCode:
    given = form.get("result_code")
    if given not in ALL:
        raise Invalid(field="result_code", reason="choose what came of it")
    return ALL[given]


def _promise(code: ResultCode, form: Any) -> tuple[Decimal | None, dt.date | None]:
    if not code.promises:
        return None, None
    amount, on = form.get("promise_amount"), _date(form.get("promise_on"), "promise_on")
    if on is None or on < clock.today():
        raise Invalid(field="promise_on", reason="give the promised date, today or later")
    if code.code == "promise_part" and not amount:
        raise Invalid(field="promise_amount", reason="give the promised amount")
    return (Decimal(str(amount)) if amount else None), on


def _date(value: Any, field: str) -> dt.date | None:
    if not value:
        return None
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise Invalid(field=field, reason="it is no date") from error


def _next_action_at(act: Act, case: Case, code: ResultCode, promise_on: dt.date | None) -> dt.datetime | None:
    """What was planned; else what the result code says: after a promise's grace, some days, or never on a hold."""
    if code.result_class is ResultClass.HOLD:
        return None
    planned = _date(act.form.get("next_action_on"), "next_action_on")
    if planned is not None:
        if planned < clock.today():
            raise Invalid(field="next_action_on", reason="the next action cannot lie in the past")
        return _at(planned, act.form.get("next_action_time"))
    if code.needs_date:
        raise Invalid(field="next_action_on", reason="say when to call back")
    return clock.midnight((promise_on or clock.today()) + dt.timedelta(days=usual_days(act.session, code)))


def usual_days(session: Session, code: ResultCode) -> int:
    """Days until the next action where none is given: from today, or from the promised date when its grace is over."""
    days = int(parameters.value(session, code.retry or "promise_grace_days"))
    return days + (1 if code.promises else 0)


def _at(on: dt.date, time: Any) -> dt.datetime:
    of_day = dt.time.fromisoformat(str(time)) if time else dt.time()
    return dt.datetime.combine(on, of_day, clock.zone()).astimezone(dt.UTC)


def _contact(act: Act, case: Case, code: ResultCode) -> int | None:
    given = act.form.get("contact_id")
    if not given:
        return None
    contact = act.session.get(Contact, int(given))
    if contact is None or contact.customer_id != case.customer_id:
        raise Invalid(field="contact_id", reason="it is no contact of this customer")
    _mark(act, contact, code)
    return contact.id


def _mark(act: Act, contact: Contact, code: ResultCode) -> None:
    """What the result says of the number; what somebody asked for outlasts it."""
    if code.standing in (None, contact.standing) or contact.standing in PROTECTED:
        return
    was, contact.standing = contact.standing, str(code.standing)
    act.tell(
        "contact_changed",
        contact_id=contact.id,
        contact_kind=contact.kind,
        relation=contact.relation,
        holder=contact.holder,
        source=contact.source,
        was=was,
        standing=contact.standing,
        result_code=code.code,
    )


def request_suspension(act: Act, reason: str) -> None:
    """Opens a suspension request for this case, as a hold code asks for; one that is open already is enough."""
    case = case_of(act)
    if requests.open_request(act.session, case.id, "suspension") is not None:
        return
    session, actor_id, note = act.session, act.actor_id, str(act.form.get("note") or "")
    act.later(lambda: _ask(session, case, reason, note, actor_id))


def _ask(session: Any, case: Case, reason: str, note: str, actor_id: int | None) -> None:
    requests.ask(session, case, "suspension", reason=reason, note=note, by_id=actor_id)


def apply_request(act: Act) -> None:
    """Puts an approved request into effect, in the same transaction."""
    request = _decided(act, "approved")
    case = case_of(act)
    standing = suspension_of(act)
    is_so_already = standing is not None and standing.reason == request.reason
    if request.kind == "suspension" and case.instance_id is not None and not is_so_already:
        payload = {"reason": request.reason, "note": request.note, "request_id": request.id, **request.payload}
        instance_id, actor_id = case.instance_id, act.actor_id
        act.later(lambda: flow.deliver(act.session, instance_id, "suspend", payload=payload, actor_id=actor_id))


def refuse_request(act: Act) -> None:
    """The request is refused; the case is followed up again."""
    _work_again(act, _decided(act, "refused"))


def withdraw_request(act: Act) -> None:
    """The requester takes the request back; the case is followed up again."""
    _work_again(act, _decided(act, "withdrawn"))


def _work_again(act: Act, request: OperationRequest) -> None:
    """A hold code planned no next action: without a suspension nothing else would bring the case back."""
    case = case_of(act)
    if request.kind == "suspension" and case.next_action_at is None and case.closed_at is None:
        case.next_action_at = clock.now()
        if case.instance_id is not None:
            instance_id = case.instance_id
            act.later(lambda: flow.reschedule(act.session, instance_id))


def overtake_request(act: Act) -> None:
    """The case closed, or was suspended otherwise, before anybody decided."""
    _decided(act, "overtaken")


def _decided(act: Act, status: str) -> OperationRequest:
    request = request_of(act)
    if request is None:
        raise Invalid(field="request", reason="this instance runs no request")
    request.status = status
    request.decided_at = clock.now()
    request.decided_by_id = act.actor_id
    request.decision_note = str(act.form.get("note") or "")
    act.tell(f"request_{status}", request_id=request.id, request_kind=request.kind, reason=request.reason)
    if status in _TOLD:
        notifications.tell(
            act.session,
            [request.requester_id],
            _TOLD[status],
            told_as=str(request.id),
            case=case_of(act),
            by_id=act.actor_id,
            reason=request.reason,
            note=request.decision_note,
        )
    return request
