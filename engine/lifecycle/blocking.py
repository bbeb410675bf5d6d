"""The customer's block: which reason holds when one is lifted, and which cases were suspended with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import history
from engine.models import Case, Customer, Suspension, SuspensionKind


def lift(session: Session, customer: Customer, *, note: str, actor_id: int) -> str | None:
    """Ends the block for its reason; another one that was given meanwhile takes its place. Gives that, if there is."""
    reason, following = customer.block_reason, _next_block(session, customer)
    history.record(session, "block_lifted", customer_id=customer.id, actor_id=actor_id, reason=reason, note=note)
    customer.block_reason = following.reason if following else None
    customer.blocked_at = following.from_at if following else None
    customer.blocked_by_id = following.by_id if following else None
    customer.block_note = following.note if following else None
    if following is not None:
        case = session.get(Case, following.case_id)
        history.record(session, "customer_blocked", case=case, actor_id=actor_id, reason=following.reason)
    session.flush()
    return customer.block_reason


def _next_block(session: Session, customer: Customer) -> Suspension | None:
    """The oldest suspension that would have blocked the customer, had they not been blocked for another reason."""
    return session.scalar(
        select(Suspension)
        .join(Case, Case.id == Suspension.case_id)
        .where(
            Case.customer_id == customer.id,
            Suspension.kind == SuspensionKind.BLOCKS,
            Suspension.reason != customer.block_reason,
            Suspension.from_at >= customer.blocked_at,
        )
        .order_by(Suspension.id)
        .limit(1)
    )


def suspended_with_it(session: Session, customer_id: int) -> Sequence[tuple[Case, Suspension | None]]:
    """The open cases that only the block keeps suspended, each with the suspension of its own that it covers."""
    standing = (
        select(Case, Suspension.before_id)
        .join(Suspension, Suspension.id == Case.suspension_id)
        .where(Case.customer_id == customer_id, Suspension.kind != SuspensionKind.OWN)
        .order_by(Case.id)
    )
    return [(case, session.get(Suspension, before) if before else None) for case, before in session.execute(standing)]
