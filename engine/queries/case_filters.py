"""What somebody looks for among cases, and the SQL that says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, GenerativeSelect, false, or_, select, union, union_all

from engine.models import Case, Role, Status, User
from engine.people.scope import SEES_ALL, visible_parts
from engine.queries.matching import between, days_between, numbered, of_customers, on_days, said
from engine.search import Field

NOBODY = "none"  # among collectors and groups: those that have none
OPEN = tuple(status for status in Status if status != Status.CLOSED)
Dates = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty means any. `status` empty means every open case. Ranges include both ends."""

    status: str = ""
    words: str = ""  # any of the four below
    number: str = ""  # a case's or an order's
    name: str = ""  # part of the customer's
    phone: str = ""  # part of one of the customer's, or of somebody's near them
    id_number: str = ""  # part of the customer's
    stage: str = ""
    product: str = ""
    tiers: Sequence[str] = ()
    groups: Sequence[str] = ()  # ids, or NOBODY
    collectors: Sequence[str] = ()  # ids, or NOBODY
    results: Sequence[str] = ()
    days: tuple[int | None, int | None] = (None, None)
    amount: tuple[Decimal | None, Decimal | None] = (None, None)
    due: Dates = (None, None)  # of the oldest unpaid order
    opened: Dates = (None, None)
    last_contact: Dates = (None, None)
    next_action: Dates = (None, None)
    sort: str = "-days_past_due"

    @property
    def is_open_only(self) -> bool:
        """Whether no closed case can match: it has no days, due date or amount past due, and no next action."""
        ranges = (self.due, self.next_action)
        return bool(
            self.days[0] or (self.amount[0] or 0) > 0 or any(each is not None for two in ranges for each in two)
        )


def where_of(wanted: Wanted) -> list[ColumnElement[bool]]:
    """SQL over `Case`: what is wanted, whoever sees it and whatever its status."""
    return [*_found(wanted), *_equal(wanted), *_ranges(wanted)]


def has_status(user: User, status: str) -> list[ColumnElement[bool]]:
    """SQL over `Case`: of one status, or open.

    That a case is open or closed is said by its closing time, which the indexes of the list are made for; what is
    closed in some groups is in the index of groups by status.
    """
    if status == Status.CLOSED:
        return [Case.closed_at.is_not(None) if user.has_role(*SEES_ALL) else Case.status == status]
    where: list[ColumnElement[bool]] = [Case.closed_at.is_(None)]
    return [*where, Case.status == status] if status else where


def matching(user: User, wanted: Wanted, status: str, *columns: Any) -> GenerativeSelect:
    """SQL: these columns of what this person sees, wants and of a status, '' meaning open; the id comes first.

    Each part of what they see is read by itself, by its own index; no case comes twice.
    """
    where = [*where_of(wanted), *has_status(user, status)]
    parts = [select(Case.id, *columns).where(each, *where) for each in visible_parts(user) or [false()]]
    if len(parts) == 1:
        return parts[0]
    return union(*parts) if user.has_role(Role.COLLECTOR) else union_all(*parts)


def _found(wanted: Wanted) -> list[ColumnElement[bool]]:
    where = [said(wanted.words)] if wanted.words else []
    if wanted.number:
        where.append(numbered(wanted.number))
    parts = ((wanted.name, Field.NAME), (wanted.phone, Field.PHONE), (wanted.id_number, Field.ID_NUMBER))
    return where + [of_customers(words, field) for words, field in parts if words]


def _equal(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.stage:
        where.append(Case.stage == wanted.stage)
    if wanted.product:
        where.append(Case.product == wanted.product)
    if wanted.tiers:
        where.append(_one_of(Case.tier, wanted.tiers))
    if wanted.results:
        where.append(_one_of(Case.last_result_code, wanted.results))
    if wanted.groups:
        where.append(_among(Case.group_id, wanted.groups))
    if wanted.collectors:
        where.append(_among(Case.collector_id, wanted.collectors))
    return where


def _one_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """A single value by equality: then an index that begins with the column also gives the order behind it."""
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _among(column: Any, ids: Sequence[str]) -> ColumnElement[bool]:
    named: ColumnElement[bool] = column.in_([int(each) for each in ids if each.isdecimal()])
    return or_(named, column.is_(None)) if NOBODY in ids else named


def _ranges(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Days past due are counted from the oldest due date: many days, early date."""
    return [
        *days_between(Case.oldest_due_on, *wanted.days),
        *between(Case.past_due_amount, *wanted.amount),
        *between(Case.oldest_due_on, *wanted.due),
        *on_days(Case.opened_at, *wanted.opened),
        *on_days(Case.last_contact_at, *wanted.last_contact),
        *on_days(Case.next_action_at, *wanted.next_action),
    ]
