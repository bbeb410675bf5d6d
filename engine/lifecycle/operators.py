"""Operators: what the service tasks of a case's diagrams do to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from engine import assignments, cases, clock, ledger, parameters
from engine.errors import Invalid
from engine.flow.instance import Act
from engine.lifecycle import closing
from engine.lifecycle.subject import case_of
from engine.models import Case, ClosingReason, LoanOrder, Stage

_PARKED = {"placed": "placed", "legal": "legal", "written_off": "written_off"}


def recall(act: Act, reason: str) -> None:
    """Takes the case from its collector, because it rises or because a supervisor says so."""
    if act.kind == "started":
        return  # a case that reopens in a higher tier was in nobody's hands and takes nothing from anybody
    case = case_of(act)
    ended = assignments.end(act.session, case, str(act.payload.get("reason", reason)), by_id=act.actor_id)
    act.tell("recalled", reason=reason, collector_id=ended.collector_id if ended else None, tier=case.tier)


def enter_tier(act: Act, tier: str, rank: int) -> None:
    """The case enters that tier; it never falls."""
    cases.enter_tier(act.session, case_of(act), tier, int(rank))


def assign(act: Act, collector_id: int) -> None:
    """Gives the dispatched case to a collector."""
    assignments.begin(
        act.session, case_of(act), int(collector_id), by_id=act.actor_id, batch_id=act.form.get("batch_id")
    )


def review_last_tier(act: Act) -> None:
    """A supervisor has looked at a case in the last tier: it goes on being worked."""
    case_of(act).last_tier_reviewed_on = clock.today()


def _park(act: Act, parked_as: str, days: int) -> None:
    case = case_of(act)
    assignments.end(act.session, case, "parked", by_id=act.actor_id)
    case.parked_as = _PARKED[parked_as]
    case.parked_until = clock.midnight(clock.today() + dt.timedelta(days=days))
    case.last_tier_reviewed_on = clock.today()
    case.next_action_at = None
    act.tell("parked", parked_as=parked_as, until=case.parked_until.isoformat(), agency=case.agency)


def place(act: Act, agency: str, term_days: int) -> None:
    """Places the case with an agency for a term."""
    if not str(agency or "").strip():
        raise Invalid(field="agency", reason="name the agency")
    case_of(act).agency = str(agency).strip()
    _park(act, "placed", int(term_days))


def start_legal(act: Act) -> None:
    """The case goes to court; it is looked at again after the review days of the last tier."""
    _park(act, "legal", _review_days(act))


def write_off(act: Act) -> None:
    """The case is written off and still owed; it is looked at again after the review days of the last tier."""
    _park(act, "written_off", _review_days(act))


def _review_days(act: Act) -> int:
    return int(parameters.value(act.session, "last_tier_review_days", product=case_of(act).product))


def unpark(act: Act) -> None:
    """Back from an agency, from court, from the write-off."""
    case = case_of(act)
    act.tell("unparked", parked_as=case.parked_as, agency=case.agency)
    case.parked_as = case.parked_until = case.agency = None


def forgive(act: Act) -> None:
    """Waives what is left of the case's orders; the case closes as forgiven."""
    case = case_of(act)
    orders, amount = _unpaid(act, case), case.past_due_amount
    ledger.forgive(act.session, orders, actor_id=act.actor_id)
    cases.release(act.session, orders, "settled")
    cases.refresh(act.session, case.customer_id, case.product)
    act.cache["closing_reason"] = ClosingReason.FORGIVEN
    act.tell("forgiven", orders=[order.order_no for order in orders], amount=str(amount))


def roll_over(act: Act) -> None:
    """Moves the orders that are overdue by now into the customer's collection case, opening it if there is none."""
    case = case_of(act)
    overdue = [order for order in _unpaid(act, case) if order.due_on < clock.today()]
    if not overdue:
        return
    cases.release(act.session, overdue, "rolled")
    act.cache["closing_reason"] = ClosingReason.ROLLED  # should these have been the last
    act.tell("rolled_over", orders=[order.order_no for order in overdue])
    cases.join_or_open(act.session, Stage.COLLECTION, overdue)


def _unpaid(act: Act, case: Case) -> list[LoanOrder]:
    query = select(LoanOrder).where(LoanOrder.case_id == case.id, LoanOrder.settled_at.is_(None))
    return list(act.session.scalars(query.order_by(LoanOrder.due_on, LoanOrder.order_no)))


def send_text(act: Act, template: str) -> None:
    """Queues a text to the customer; contact rules are checked again just before it goes out."""
    case = case_of(act)
    payload: dict[str, Any] = {"template": template, "case_no": case.case_no, "channel": "text"}
    act.send("text", payload)
    act.tell("text_queued", template=template)


def close_case(act: Act) -> None:
    """Closes the case with its reason: the one given with the message, or what its orders say."""
    closing.close(act, case_of(act))
