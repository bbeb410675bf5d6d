"""The orders of lists of cases: each one an index of `engine.models.searching`, read forwards or backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from engine.models import Status
from engine.queries.case_filters import Wanted

SORTS: Mapping[str, str] = {
    "case_no": "id",
    "tier": "tier_rank",
    "past_due_amount": "past_due_amount",
    "total_outstanding": "total_outstanding",
    "last_contact_at": "last_contact_at",
    "next_action_at": "next_action_at",
    "follow_up_count": "follow_up_count",
    "opened_at": "opened_at",
}
_STANDING = ("days_past_due", "past_due_amount", "next_action_at")  # what a closed case has no more


def order_of(wanted: Wanted, case: Any, customer: Any) -> list[ColumnElement[Any]]:
    """SQL: the order wanted, `case` having the columns of a case and `customer` being the name.

    `-x` is `x` backwards, ties included, so that one index serves both and pages never overlap. Never contacted is
    longest ago, nothing planned is furthest ahead. Among equal days the greatest amount comes first. Closed cases have
    neither days nor amounts: there the last closed comes first.
    """
    key, descending = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    if wanted.status == Status.CLOSED and key in _STANDING:
        return _turned([case.closed_at, case.id], descending)
    if key == "days_past_due":  # many days: an early date
        if descending:
            return [case.oldest_due_on.asc().nulls_last(), case.past_due_amount.desc(), case.id.asc()]
        return [case.oldest_due_on.desc().nulls_first(), case.past_due_amount.asc(), case.id.desc()]
    if key == "last_contact_at":
        at = case.last_contact_at.desc().nulls_last() if descending else case.last_contact_at.asc().nulls_first()
        return [at, *_turned([case.id], descending)]
    if key == "next_action_at":
        at = case.next_action_at.desc().nulls_first() if descending else case.next_action_at.asc().nulls_last()
        return [at, *_turned([case.id], descending)]
    return _turned([customer if key == "customer" else getattr(case, SORTS[key]), case.id], descending)


def _turned(columns: Sequence[Any], descending: bool) -> list[ColumnElement[Any]]:
    return [column.desc() if descending else column.asc() for column in columns]
