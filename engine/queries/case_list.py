"""The cases somebody sees, as a list: filtered, counted by status, summed, sorted, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from engine import clock
from engine.lifecycle.subject import days_past_due
from engine.models import Case, CaseOrder, Customer, Group, LoanOrder, Membership, Product, Role, Status, User, UserRole
from engine.people import supervised_groups, visible_cases
from engine.people.scope import SEES_ALL
from engine.queries.matching import case_id_of, containing

EXACT = 10_000  # matches up to which figures are exact without being asked for
NOBODY = "none"  # among collectors and groups: those that have none
_Query = Select[*tuple[Any, ...]]
OPEN = tuple(status for status in Status if status != Status.CLOSED)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty means any. `status` empty means every open case. Ranges include both ends."""

    status: str = ""
    words: str = ""  # a case's or an order's number, or part of the customer's name
    stage: str = ""
    product: str = ""
    tiers: Sequence[str] = ()
    groups: Sequence[str] = ()  # ids, or NOBODY
    collectors: Sequence[str] = ()  # ids, or NOBODY
    results: Sequence[str] = ()
    days: tuple[int | None, int | None] = (None, None)
    amount: tuple[Decimal | None, Decimal | None] = (None, None)
    next_action: tuple[dt.date | None, dt.date | None] = (None, None)
    opened: tuple[dt.date | None, dt.date | None] = (None, None)
    sort: str = "-days_past_due"


@dataclass(frozen=True)
class CaseRow:
    """One case of the list with the names that stand beside it; what is no name of its own is the case's."""

    case: Case
    customer: str
    collector: str | None
    group: str | None

    @property
    def days_past_due(self) -> int:
        """As of today."""
        return days_past_due(self.case)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key) if hasattr(self, key) else getattr(self.case, key)


@dataclass(frozen=True)
class Figures:
    """How many match, and past due and outstanding by currency; beyond `EXACT` they are of the first so many."""

    cases: int = 0
    totals: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    is_exact: bool = True

    def __add__(self, other: Figures) -> Figures:
        totals = dict(self.totals)
        for currency, (past_due, outstanding) in other.totals.items():
            had = totals.get(currency, (Decimal(0), Decimal(0)))
            totals[currency] = (had[0] + past_due, had[1] + outstanding)
        return Figures(self.cases + other.cases, totals, self.is_exact and other.is_exact)


def figures(session: Session, user: User, wanted: Wanted, *, exact: bool = False) -> dict[str, Figures]:
    """Figures by status of what matches the other filters, and under '' of all that is open; in one statement."""
    parts = [_of_status(user, wanted, status, None if exact else EXACT + 1) for status in Status]
    found: dict[str, Figures] = {str(status): Figures() for status in Status}
    for status, currency, cases, past_due, outstanding in session.execute(union_all(*parts)):
        found[status] += Figures(cases, {currency: (past_due, outstanding)}, exact or cases <= EXACT)
    found[""] = sum((found[status] for status in OPEN), Figures())
    return found


def rows(session: Session, user: User, wanted: Wanted, *, offset: int = 0, limit: int = 50) -> list[CaseRow]:
    """One page, in the order wanted."""
    query = (
        select(Case, Customer.name, User.name, Group.name)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(User, User.id == Case.collector_id)
        .outerjoin(Group, Group.id == Case.group_id)
        .where(*_where(user, wanted), _has_status(wanted.status))
    )
    return [CaseRow(*row) for row in session.execute(_ordered(query, wanted.sort).offset(offset).limit(limit))]


def ids(session: Session, user: User, wanted: Wanted, *, limit: int) -> list[int]:
    """The cases of the list by id, in its order, at most `limit`."""
    query = select(Case.id).join(Customer, Customer.id == Case.customer_id)
    query = query.where(*_where(user, wanted), _has_status(wanted.status))
    return list(session.scalars(_ordered(query, wanted.sort).limit(limit)))


def products(session: Session) -> list[Product]:
    """All loan products."""
    return list(session.scalars(select(Product).order_by(Product.code)))


def tiers(session: Session, user: User) -> list[str]:
    """The tiers among the open cases this person sees, lowest first."""
    query = select(Case.tier).where(visible_cases(user), Case.closed_at.is_(None), Case.tier.is_not(None))
    return sorted(str(tier) for tier in session.scalars(query.distinct()))


def groups(session: Session, user: User) -> list[Group]:
    """The groups whose cases this person sees."""
    query = select(Group).order_by(Group.name)
    if not user.has_role(*SEES_ALL):
        query = query.where(Group.id.in_(supervised_groups(user)))
    return list(session.scalars(query))


def collectors(session: Session, user: User) -> list[tuple[int, str]]:
    """Id and name of the people who may have the cases this person sees."""
    query = (
        select(User.id, User.name).join(UserRole, UserRole.user_id == User.id).where(UserRole.role == Role.COLLECTOR)
    )
    if not user.has_role(*SEES_ALL):
        members = select(Membership.user_id).where(Membership.group_id.in_(supervised_groups(user)))
        query = query.where(User.id.in_(members))
    return [(row.id, row.name) for row in session.execute(query.order_by(User.name))]


def _of_status(user: User, wanted: Wanted, status: Status, limit: int | None) -> _Query:
    """Count and sums of one status, each limited by itself so that an index serves the part that is looked at."""
    found = select(Case.currency, Case.past_due_amount, Case.total_outstanding)
    if wanted.words:
        found = found.join(Customer, Customer.id == Case.customer_id)
    part = found.where(*_where(user, wanted), Case.status == status).limit(limit).subquery()
    return select(
        literal(str(status)), part.c.currency, func.count(), func.sum(part.c.past_due_amount), func.sum(part.c[2])
    ).group_by(part.c.currency)


def _has_status(status: str) -> ColumnElement[bool]:
    return Case.status == status if status else Case.status.in_(OPEN)


def _where(user: User, wanted: Wanted) -> list[ColumnElement[bool]]:
    """All filters but the status."""
    where = [visible_cases(user)]
    for column, value in ((Case.stage, wanted.stage), (Case.product, wanted.product)):
        if value:
            where.append(column == value)
    if wanted.tiers:
        where.append(Case.tier.in_(wanted.tiers))
    if wanted.results:
        where.append(Case.last_result_code.in_(wanted.results))
    where += [_among(column, ids) for column, ids in _holders(wanted) if ids]
    if wanted.words:
        where.append(_said(wanted.words))
    return where + _ranges(wanted)


def _holders(wanted: Wanted) -> tuple[tuple[Any, Sequence[str]], ...]:
    return (Case.group_id, wanted.groups), (Case.collector_id, wanted.collectors)


def _among(column: Any, ids: Sequence[str]) -> ColumnElement[bool]:
    named: ColumnElement[bool] = column.in_([int(each) for each in ids if each.isdecimal()])
    return or_(named, column.is_(None)) if NOBODY in ids else named


def _said(words: str) -> ColumnElement[bool]:
    """The words are a number of the case or of one of its orders, or in the customer's name."""
    held = select(CaseOrder.case_id).join(LoanOrder, LoanOrder.id == CaseOrder.order_id)
    parts = [containing(Customer.name, words), Case.id.in_(held.where(LoanOrder.order_no == words))]
    case_id = case_id_of(words)
    return or_(*parts) if case_id is None else or_(Case.id == case_id, *parts)


def _ranges(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Days past due are counted from the oldest due date: many days, early date."""
    least, most = wanted.days
    where: list[ColumnElement[bool]] = []
    if least:
        where.append(Case.oldest_due_on <= _days_ago(least))
    if most is not None:
        where.append(or_(Case.oldest_due_on.is_(None), Case.oldest_due_on >= _days_ago(most)))
    where += _between(Case.past_due_amount, *wanted.amount)
    for column, (first, last) in ((Case.next_action_at, wanted.next_action), (Case.opened_at, wanted.opened)):
        where += _between(column, first and clock.midnight(first), None)
        if last is not None:
            where.append(column < clock.midnight(last + dt.timedelta(days=1)))
    return where


def _days_ago(days: int) -> dt.date:
    """A date so many days ago; further back than dates go, the first there is."""
    return dt.date.fromordinal(max(1, clock.today().toordinal() - days))


def _between(column: Any, low: Any, high: Any) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [] if low is None else [column >= low]
    return where if high is None else [*where, column <= high]


_SORTS: Mapping[str, Any] = {
    "case_no": Case.id,
    "customer": Customer.name,
    "tier": Case.tier_rank,
    "past_due_amount": Case.past_due_amount,
    "total_outstanding": Case.total_outstanding,
    "last_contact_at": Case.last_contact_at,
    "next_action_at": Case.next_action_at,
    "follow_up_count": Case.follow_up_count,
    "opened_at": Case.opened_at,
}


def _ordered(query: _Query, sort: str) -> _Query:
    """Ties are broken by amount and id, so that pages never overlap."""
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    if key == "days_past_due":
        by = Case.oldest_due_on.asc().nulls_last() if descending else Case.oldest_due_on.desc().nulls_first()
    else:
        column = _SORTS[key]
        by = column.desc().nulls_last() if descending else column.asc().nulls_last()
    return query.order_by(by, Case.past_due_amount.desc(), Case.id)
