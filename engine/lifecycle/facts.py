"""Facts: what an expression may read of a case by its name alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.flow.instance import Act
from engine.lifecycle.subject import case_of, customer_of, days_past_due, request_of, suspension_of
from engine.models import Suspension


def _suspension_reason(act: Act) -> str | None:
    """Why it is, or is about to be, suspended: the message's reason, the standing one, or the customer's block."""
    if "reason" in act.payload:
        return str(act.payload["reason"])
    standing = suspension_of(act)
    if standing is not None:
        return standing.reason
    return customer_of(act).block_reason


def _earlier_reason(act: Act) -> str | None:
    """The reason of the case's own for which it was suspended when the standing one took that one's place."""
    standing = suspension_of(act)
    before = act.session.get(Suspension, standing.before_id) if standing and standing.before_id else None
    return before.reason if before else None


def _request_amount(act: Act) -> Decimal:
    request = request_of(act)
    return Decimal(str(request.payload.get("amount", 0))) if request else Decimal(0)


FACTS: dict[str, Callable[[Act], object]] = {
    "case_id": lambda act: act.business_key,
    "product": lambda act: case_of(act).product,
    "currency": lambda act: case_of(act).currency,
    "stage": lambda act: str(case_of(act).stage),
    "current_tier": lambda act: case_of(act).tier,
    "tier_rank": lambda act: case_of(act).tier_rank,
    "days_past_due": lambda act: days_past_due(case_of(act)),
    "past_due_amount": lambda act: case_of(act).past_due_amount,
    "total_outstanding": lambda act: case_of(act).total_outstanding,
    "collector": lambda act: case_of(act).collector_id,
    "responsible_group": lambda act: case_of(act).group_id,
    "customer_blocked": lambda act: customer_of(act).block_reason is not None,
    "suspension_reason": _suspension_reason,
    "earlier_reason": _earlier_reason,
    "parked_as": lambda act: case_of(act).parked_as,
    "request_kind": lambda act: r.kind if (r := request_of(act)) else None,
    "request_reason": lambda act: r.reason if (r := request_of(act)) else None,
    "request_amount": _request_amount,
    "requester_id": lambda act: r.requester_id if (r := request_of(act)) else None,
}
