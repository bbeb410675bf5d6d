"""What happened to a case, newest first, and the way it took through its diagram."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.models import Case, FollowUp, HistoryEntry

ACTS = ("started", "completed", "message", "timer")  # each ends an act; `data["path"]` holds the elements completed
_ABOUT_CUSTOMER = (
    "repayment_received",
    "repayment_reversed",
    "order_imported",
    "order_adjusted",
    "block_lifted",
    "customer_changed",
    "looked_up",
)
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "follow_ups": ("completed", "phoned_in"),
    "payments": ("repayment_received", "repayment_reversed", "order_imported", "order_adjusted", "forgiven"),
    "assignments": ("assigned", "assignment_ended", "reassigned", "recalled"),
    "suspensions": ("suspended", "suspension_prolonged", "resumed", "customer_blocked", "block_lifted"),
    "requests": ("request_made", "request_approved", "request_refused", "request_withdrawn", "request_overtaken"),
    "decisions": ("decided", "tier_entered", "parked", "unparked", "case_opened", "case_reopened", "case_closed"),
    "texts": ("text_queued", "text_blocked"),
    "data": ("contact_added", "contact_changed", "customer_changed", "file_added", "file_deleted"),
    "reveals": ("revealed", "looked_up", "file_opened"),
}
"""What a timeline can be narrowed to, and the kinds of entries that are of it."""
MOST_STEPS = 600
ONE_ACT = dt.timedelta(seconds=2)  # what one act writes lies no further apart


def entries(
    session: Session,
    case: Case,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 80,
    family: str | None = None,
    reveals_of: int | None = None,
) -> Sequence[HistoryEntry]:
    """Entries of the case and of its customer's money since it opened, newest first, with ids before or after one.

    `family` narrows to one of `FAMILIES`. Who looked at personal data is told of everybody, or of `reveals_of` alone.
    """
    query = select(HistoryEntry).where(HistoryEntry.customer_id == case.customer_id, _concerns(case))
    if family is not None:
        query = query.where(HistoryEntry.kind.in_(FAMILIES[family]))
    if reveals_of is not None:
        query = query.where(or_(HistoryEntry.kind.not_in(FAMILIES["reveals"]), HistoryEntry.actor_id == reveals_of))
    if before is not None:
        query = query.where(HistoryEntry.id < before)
    if after is not None:
        query = query.where(HistoryEntry.id > after)
    return session.scalars(query.order_by(HistoryEntry.id.desc()).limit(limit)).all()


def last_id(session: Session, case: Case) -> int:
    """The newest entry's id: what a page has seen; 0 where nothing happened yet."""
    query = select(func.max(HistoryEntry.id)).where(HistoryEntry.case_id == case.id)
    return session.scalar(query) or 0


def follow_ups(session: Session, case: Case, shown: Sequence[HistoryEntry]) -> Sequence[FollowUp]:
    """The follow-ups recorded by these entries."""
    if not shown:
        return []
    first, last = min(each.at for each in shown) - ONE_ACT, max(each.at for each in shown)
    query = select(FollowUp).where(FollowUp.case_id == case.id, FollowUp.at >= first, FollowUp.at <= last)
    return session.scalars(query.order_by(FollowUp.id)).all()


def way(session: Session, case: Case) -> list[str]:
    """The elements the case's present diagram completed, in order; of a very long life the latest part."""
    if case.instance_id is None:
        return []
    rows = session.scalars(
        select(HistoryEntry.data)
        .where(
            HistoryEntry.case_id == case.id,
            HistoryEntry.instance_id == case.instance_id,
            HistoryEntry.kind.in_(ACTS),
        )
        .order_by(HistoryEntry.id.desc())
        .limit(MOST_STEPS)
    ).all()
    return [str(element) for data in reversed(rows) for element in _path(data)]


def _path(data: dict[str, Any]) -> list[str]:
    return list(data.get("path") or [])


def _concerns(case: Case) -> ColumnElement[bool]:
    money = and_(
        HistoryEntry.case_id.is_(None), HistoryEntry.kind.in_(_ABOUT_CUSTOMER), HistoryEntry.at >= case.opened_at
    )
    if case.closed_at is not None:
        money = and_(money, HistoryEntry.at <= case.closed_at)
    return or_(HistoryEntry.case_id == case.id, money)
