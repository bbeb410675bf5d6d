"""Whose life an act is about: the case, its customer, its request, its suspension; each read once per act."""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy import select

from engine import clock
from engine.errors import NotFound
from engine.flow.instance import Act
from engine.models import Case, Customer, OperationRequest, Suspension


def case_of(act: Act) -> Case:
    """The case whose diagram runs, or that the request is about."""
    found = act.cache.get("case")
    if found is None:
        found = act.cache["case"] = act.session.get(Case, act.business_key)
        if found is None:
            raise NotFound(what="case", key=act.business_key)
    return cast(Case, found)


def customer_of(act: Act) -> Customer:
    """The borrower."""
    found = act.session.get(Customer, case_of(act).customer_id)
    if found is None:
        raise NotFound(what="customer", key=case_of(act).customer_id)
    return found


def request_of(act: Act) -> OperationRequest | None:
    """The operation request that this instance runs, if it runs one."""
    if "request" not in act.cache:
        act.cache["request"] = act.session.scalar(
            select(OperationRequest).where(OperationRequest.instance_id == act.live.id)
        )
    return cast("OperationRequest | None", act.cache["request"])


def suspension_of(act: Act) -> Suspension | None:
    """The suspension that stands."""
    suspension_id = case_of(act).suspension_id
    return act.session.get(Suspension, suspension_id) if suspension_id else None


def days_past_due(case: Case, on: dt.date | None = None) -> int:
    """Days since the oldest unpaid order was due, never below 0; on a date, default today."""
    if case.oldest_due_on is None:
        return 0
    return max(0, ((on or clock.today()) - case.oldest_due_on).days)
