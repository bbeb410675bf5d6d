"""What led a case to where it stands: of its history the entries since it was last given its tier, each kind once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.models import Case, HistoryEntry

MOST = 60
_ACTS = ("started", "completed", "message", "timer", "decided")
_OF_THE_CASE = (
    *("case_opened", "case_reopened", "orders_joined", "rolled_over", "tier_entered", "case_closed", "forgiven"),
    *("assigned", "assignment_ended", "reassigned", "recalled", "parked", "unparked"),
    *("suspended", "suspension_prolonged", "resumed", "customer_blocked", "block_lifted"),
    *("request_made", "request_approved", "request_refused", "request_withdrawn", "request_overtaken"),
)
_OF_THE_CUSTOMER = ("repayment_received", "repayment_reversed")


@dataclass(frozen=True)
class Led:
    """An entry that led here, the last of its kind at its element; `times` it happened since the tier was given."""

    entry: HistoryEntry
    times: int = 1


def led_here(session: Session, case: Case) -> list[Led]:
    """Oldest first. A loop is told by its last round: three hundred follow-ups are one line.

    It begins with the last decision that gave a tier, in the case's present diagram; where there was none (in
    pre-collection) with the beginning of the diagram. Four statements, however long the history.
    """
    first = _beginning(session, case)
    if first is None:
        return []
    latest = (
        select(func.max(HistoryEntry.id).label("id"), func.count().label("times"))
        .where(_since(case, first))
        .group_by(HistoryEntry.kind, HistoryEntry.element)
        .order_by(func.max(HistoryEntry.id).desc())
        .limit(MOST)
    )
    times = {row.id: row.times for row in session.execute(latest)}
    found = session.scalars(select(HistoryEntry).where(HistoryEntry.id.in_(times)).order_by(HistoryEntry.id))
    return [Led(each, times[each.id]) for each in found]


def _beginning(session: Session, case: Case) -> HistoryEntry | None:
    """The decision that gave the tier, else the start of the diagram."""
    newest = (
        select(func.max(HistoryEntry.id))
        .where(
            HistoryEntry.case_id == case.id,
            HistoryEntry.instance_id == case.instance_id,
            HistoryEntry.kind.in_(("decided", "started")),
        )
        .group_by(HistoryEntry.kind, HistoryEntry.element)
    )
    found = session.scalars(select(HistoryEntry).where(HistoryEntry.id.in_(newest)).order_by(HistoryEntry.id)).all()
    gave = [each for each in found if each.kind == "decided" and _gives_tier(each)]
    started = [each for each in found if each.kind == "started"]
    return next(iter([*gave[-1:], *started[-1:]]), None)


def _gives_tier(entry: HistoryEntry) -> bool:
    outputs = entry.data.get("outputs")
    return isinstance(outputs, dict) and "tier" in outputs


def _since(case: Case, first: HistoryEntry) -> ColumnElement[bool]:
    """From that entry on; what opened the case or took it from its tier is written in the same act, before it."""
    same_act = and_(HistoryEntry.at == first.at, HistoryEntry.kind.in_(_OF_THE_CASE))
    own = and_(
        HistoryEntry.case_id == case.id,
        or_(HistoryEntry.id >= first.id, same_act),
        or_(
            HistoryEntry.kind.in_(_OF_THE_CASE),
            and_(HistoryEntry.kind.in_(_ACTS), HistoryEntry.instance_id == case.instance_id),
        ),
    )
    if case.closed_at is None:
        return own
    money = and_(
        HistoryEntry.customer_id == case.customer_id,
        HistoryEntry.case_id.is_(None),
        HistoryEntry.kind.in_(_OF_THE_CUSTOMER),
        HistoryEntry.at >= first.at,
        HistoryEntry.at <= case.closed_at,
    )
    return or_(own, money)
