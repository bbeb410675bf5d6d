"""A collector's own cases: what is ready to be followed up, most urgent first, and what waits for its next action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.lifecycle.subject import days_past_due
from engine.models import Case, Customer, FollowUp, Role, Status, User, UserTask
from engine.people import visible_cases
from engine.queries.matching import between, days_between, numbered, of_customers
from engine.result_codes import ALL

READY, WAITING, SUSPENDED, MINE = "ready", "waiting", "suspended", "mine"
VIEWS = (READY, WAITING, SUSPENDED, MINE)
CALLBACK = "callback"
DATED = tuple(code for code, each in ALL.items() if each.promises)  # these name a date
PROMISES = (*DATED, "paid_today")
MOST = 5_000  # neighbours are sought among so many; nobody holds more cases


@dataclass(frozen=True)
class Wanted:
    """What a collector looks for. `sort` is a key of `SORTS`, with `-` before it for descending."""

    view: str = READY
    number: str = ""  # a case's or an order's
    customer: str = ""
    product: str = ""
    tiers: Sequence[str] = ()
    statuses: Sequence[str] = ()
    days: tuple[int | None, int | None] = (None, None)
    amount: tuple[Decimal | None, Decimal | None] = (None, None)
    sort: str = "urgency"


@dataclass(frozen=True)
class WorkRow:
    """One case of the list. `why` says what makes it due: callback, promise, planned or new."""

    case: Case
    customer: str
    task_id: int | None
    since_at: dt.datetime | None
    promise_on: dt.date | None = None
    promise_amount: Decimal | None = None

    @property
    def days_past_due(self) -> int:
        """As of today."""
        return days_past_due(self.case)

    @property
    def why(self) -> str:
        """What was agreed or planned last."""
        code = self.case.last_result_code
        if code == CALLBACK:
            return CALLBACK
        if code in PROMISES:
            return "promise"
        return "planned" if self.case.follow_up_count else "new"


@dataclass(frozen=True)
class Page:
    """Some rows of all that match; `totals` gives past due and outstanding by currency."""

    rows: Sequence[WorkRow]
    matching: int
    totals: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


def ready_count(session: Session, user: User) -> int:
    """How many follow-ups this person can do now."""
    query = select(func.count(UserTask.id)).where(UserTask.assignee_id == user.id, UserTask.role == Role.COLLECTOR)
    return session.scalar(query) or 0


def counts(session: Session, user: User) -> dict[str, int]:
    """How many cases each view holds, in one statement."""
    ready, suspended = _is_ready(user), Case.status == Status.SUSPENDED
    row = session.execute(
        select(
            func.count(),
            func.count(case((ready, 1))),
            func.count(case((and_(~ready, ~suspended), 1))),
            func.count(case((suspended, 1))),
        ).where(*_mine(user))
    ).one()
    return {MINE: row[0], READY: row[1], WAITING: row[2], SUSPENDED: row[3]}


def matching(session: Session, user: User, wanted: Sequence[Wanted]) -> list[int]:
    """How many of this person's cases match each; in one statement."""
    parts = [
        select(literal(place).label("place"), func.count(Case.id).label("cases")).where(*_where(user, each))
        for place, each in enumerate(wanted)
    ]
    found = {row.place: row.cases for row in session.execute(union_all(*parts))} if parts else {}
    return [found[place] for place in range(len(wanted))]


def products(session: Session, user: User) -> list[str]:
    """The products among this person's cases."""
    return list(session.scalars(select(Case.product).where(*_mine(user)).distinct().order_by(Case.product)))


def tiers(session: Session, user: User) -> list[str]:
    """The tiers among this person's cases, lowest first."""
    query = select(Case.tier).where(*_mine(user), Case.tier.is_not(None)).distinct()
    return sorted(str(each) for each in session.scalars(query))


def page(session: Session, user: User, wanted: Wanted, *, offset: int = 0, limit: int = 50) -> Page:
    """The rows of one page, and figures of all that match."""
    where = _where(user, wanted)
    totals: dict[str, tuple[Decimal, Decimal]] = {}
    matching = 0
    sums = (func.count(), func.sum(Case.past_due_amount), func.sum(Case.total_outstanding))
    for currency, many, *both in session.execute(select(Case.currency, *sums).where(*where).group_by(Case.currency)):
        matching += many
        totals[currency] = (both[0], both[1])
    shown = _ids(user, wanted).offset(offset).limit(limit).subquery()
    query = _rows(user).join(shown, shown.c.id == Case.id).order_by(*_order(wanted.sort, Case, Customer.name))
    found = session.execute(query).all()
    promised = promises(session, [row.Case.id for row in found])
    rows = [
        WorkRow(row.Case, row.name, row.task_id, row.since_at, *promised.get(row.Case.id, (None, None)))
        for row in found
    ]
    return Page(rows, matching, totals)


def ids(session: Session, user: User, wanted: Wanted) -> list[int]:
    """The cases of the list in its order, by id: for going from one to the next."""
    return list(session.scalars(_ids(user, wanted).limit(MOST)))


def _ids(user: User, wanted: Wanted) -> Select[int]:
    """SQL: one's cases are collected, then sorted; PostgreSQL is not to look for them along the order of all cases."""
    keys = (getattr(Case, key) for key in KEYS)
    few = select(Case.id, *keys).where(*_where(user, wanted)).cte("few").prefix_with("MATERIALIZED")
    found = select(few.c.id)
    if wanted.sort.removeprefix("-") == "customer":
        found = found.join(Customer, Customer.id == few.c.customer_id)
    return found.order_by(*_order(wanted.sort, few.c, Customer.name))


def _mine(user: User) -> tuple[ColumnElement[bool], ...]:
    return Case.collector_id == user.id, Case.closed_at.is_(None), visible_cases(user)


def _task_of(user: User, task: Any = UserTask) -> ColumnElement[bool]:
    return and_(task.business_key == Case.id, task.assignee_id == user.id, task.role == Role.COLLECTOR)


def _is_ready(user: User) -> ColumnElement[bool]:
    task = aliased(UserTask)
    return exists(select(task.id).where(_task_of(user, task)))


def _rows(user: User) -> Select[Any]:
    columns: tuple[Any, ...] = (Case, Customer.name, UserTask.id.label("task_id"), UserTask.since_at)
    return select(*columns).join(Customer, Customer.id == Case.customer_id).outerjoin(UserTask, _task_of(user))


def _where(user: User, wanted: Wanted) -> list[ColumnElement[bool]]:
    ready, suspended = _is_ready(user), Case.status == Status.SUSPENDED
    views = {READY: [ready], WAITING: [~ready, ~suspended], SUSPENDED: [suspended]}
    where = [*_mine(user), *views.get(wanted.view, [])]
    if wanted.number:
        where.append(numbered(wanted.number))
    if wanted.customer:
        where.append(of_customers(wanted.customer))
    if wanted.product:
        where.append(Case.product == wanted.product)
    if wanted.tiers:
        where.append(Case.tier.in_(wanted.tiers))
    if wanted.statuses:
        where.append(Case.status.in_(wanted.statuses))
    return [*where, *days_between(Case.oldest_due_on, *wanted.days), *between(Case.past_due_amount, *wanted.amount)]


SORTS: Mapping[str, str] = {
    "case_no": "id",
    "tier": "tier_rank",
    "past_due_amount": "past_due_amount",
    "total_outstanding": "total_outstanding",
    "next_action_at": "next_action_at",
    "last_contact_at": "last_contact_at",
    "follow_up_count": "follow_up_count",
}
KEYS = (*(each for each in SORTS.values() if each != "id"), "oldest_due_on", "last_result_code", "customer_id")


def _order(sort: str, of: Any, customer: Any) -> list[ColumnElement[Any]]:
    """`of` has the columns of a case. Ties are broken by amount and id, so that pages and neighbours never disagree."""
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    ties = [of.past_due_amount.desc(), of.id.asc()]
    if key == "days_past_due":  # many days: an early date
        return [of.oldest_due_on.asc().nulls_last() if descending else of.oldest_due_on.desc().nulls_first(), *ties]
    if key == "customer" or key in SORTS:
        column = customer if key == "customer" else getattr(of, SORTS[key])
        return [column.desc().nulls_last() if descending else column.asc().nulls_last(), *ties]
    return [_urgency(of), of.next_action_at.asc().nulls_last(), *ties]


def _urgency(of: Any) -> ColumnElement[int]:
    """A callback has its hour, a promise its day; then what was planned, the longest ago first; then what is new."""
    return case(
        (of.last_result_code == CALLBACK, 0),
        (of.last_result_code.in_(PROMISES), 1),
        (of.follow_up_count > 0, 2),
        else_=3,
    )


def promises(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[dt.date | None, Decimal | None]]:
    """The last promise of each case whose last result is one."""
    latest = (
        select(func.max(FollowUp.id).label("id"))
        .join(Case, Case.id == FollowUp.case_id)
        .where(FollowUp.case_id.in_(case_ids), FollowUp.promise_on.is_not(None), Case.last_result_code.in_(DATED))
        .group_by(FollowUp.case_id)
        .subquery()
    )
    query = select(FollowUp.case_id, FollowUp.promise_on, FollowUp.promise_amount).join(
        latest, latest.c.id == FollowUp.id
    )
    return {row.case_id: (row.promise_on, row.promise_amount) for row in session.execute(query)}
