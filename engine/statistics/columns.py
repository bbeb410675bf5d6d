"""What assignments and follow-ups are split by and narrowed to, as SQL beside `Case`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select

from engine.models import Assignment, Case, FollowUp
from engine.statistics.wanted import WHOLE, Wanted, stated_tier


def of_assignment(wanted: Wanted, period: Any) -> tuple[Any, dict[str, Any]]:
    """The key of an assignment, and its columns by their names in `BY`."""
    columns = {
        "product": Case.product,
        "tier": stated_tier(Assignment.tier),
        "group": Assignment.group_id,
        "collector": Assignment.collector_id,
        "case": Assignment.case_id,
        "period": period,
        WHOLE: literal(WHOLE),
    }
    return columns.get(wanted.by, columns[WHOLE]), columns


def of_follow_up(wanted: Wanted, period: Any) -> tuple[Any, dict[str, Any]]:
    """The same of a follow-up, which is put down to whoever made it."""
    _, columns = of_assignment(wanted, period)
    columns |= {
        "tier": stated_tier(FollowUp.tier),
        "group": group_of_follow_up(),
        "collector": FollowUp.user_id,
        "case": FollowUp.case_id,
    }
    return columns.get(wanted.by, columns[WHOLE]), columns


def group_of_follow_up() -> Any:
    """SQL: the group in which who followed up had the case at that time; else that in which anybody had it."""
    return func.coalesce(_group_then(Assignment.collector_id == FollowUp.user_id), _group_then())


def _group_then(*more: ColumnElement[bool]) -> Any:
    return (
        select(func.max(Assignment.group_id))
        .where(
            Assignment.case_id == FollowUp.case_id,
            Assignment.from_at <= FollowUp.at,
            or_(Assignment.to_at.is_(None), Assignment.to_at >= FollowUp.at),
            *more,
        )
        .correlate(FollowUp)
        .scalar_subquery()
    )
