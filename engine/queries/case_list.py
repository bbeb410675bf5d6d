"""The cases somebody sees, as a list: filtered, counted by status, summed, sorted, page by page.

What a page costs follows from what it shows and counts, not from how many cases there are: every order of the list is
an index (`engine.models.searching`), every filter that can be narrow has one, counting ends at `EXACT`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Subquery, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from engine.lifecycle.subject import days_past_due
from engine.models import Case, Customer, Group, Membership, Product, Role, Status, User, UserRole
from engine.people import supervised_groups, visible_cases
from engine.people.scope import SEES_ALL
from engine.queries.case_filters import NOBODY, OPEN, Wanted, has_status, matching, where_of
from engine.queries.case_orders import SORTS, order_of

__all__ = ["EXACT", "NOBODY", "OPEN", "CaseRow", "Figures", "Wanted"]

EXACT = 10_000  # matches up to which figures are exact without being asked for
_Query = Select[*tuple[Any, ...]]


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
    """Figures by status of what matches the other filters, and under '' of all that is open.

    Open and closed cases are each looked through once, and only those summed that are looked at; where more than
    `EXACT` are found every status is counted by itself, as far as `EXACT`, and only the status looked at is summed.
    """
    found = {str(status): Figures() for status in Status}
    kinds = [""] if wanted.is_open_only else ["", str(Status.CLOSED)]
    for rows in _looked_through(session, user, wanted, kinds, None if exact else EXACT + 1).values():
        if exact or sum(row.cases for row in rows) <= EXACT:
            for row in rows:
                found[row.status] += _figures_of(row)
        else:
            found |= _counted(session, user, wanted, OPEN if rows[0].kind == "" else (Status.CLOSED,))
    found[""] = sum((found[status] for status in OPEN), Figures())
    return found


def rows(
    session: Session, user: User, wanted: Wanted, *, offset: int = 0, limit: int = 50, known: Figures | None = None
) -> list[CaseRow]:
    """One page, in the order wanted; `known`: the figures of all that match, if they were asked for before.

    Which cases stand on it is found first: names are read for those only.
    """
    page = _ids(session, user, wanted, known).offset(offset).limit(limit).subquery()
    query = (
        select(Case, Customer.name, User.name, Group.name)
        .join(page, page.c.id == Case.id)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(User, User.id == Case.collector_id)
        .outerjoin(Group, Group.id == Case.group_id)
        .order_by(*order_of(wanted, Case, Customer.name))
    )
    return [CaseRow(*row) for row in session.execute(query)]


def ids(session: Session, user: User, wanted: Wanted, *, limit: int) -> list[int]:
    """The cases of the list by id, in its order, at most `limit`."""
    return list(session.scalars(_ids(session, user, wanted).limit(limit)))


def counts(session: Session, user: User, wanted: Sequence[Wanted]) -> list[int]:
    """How many match each, as far as `EXACT` and one more; in one statement."""
    parts = [
        select(literal(place).label("place"), func.count().label("cases")).select_from(_first(user, each, each.status))
        for place, each in enumerate(wanted)
    ]
    found = {row.place: row.cases for row in session.execute(union_all(*parts))} if parts else {}
    return [found[place] for place in range(len(wanted))]


def products(session: Session) -> list[Product]:
    """All loan products."""
    return list(session.scalars(select(Product).order_by(Product.code)))


def tiers(session: Session, user: User) -> list[str]:
    """The tiers among the open cases this person sees, lowest first; from one to the next by index, none between."""
    first = select(func.min(Case.tier)).where(visible_cases(user), Case.closed_at.is_(None))
    found = select(first.scalar_subquery().label("tier")).cte("tiers", recursive=True)
    after = select(func.min(Case.tier)).where(visible_cases(user), Case.closed_at.is_(None), Case.tier > found.c.tier)
    found = found.union_all(select(after.scalar_subquery()).where(found.c.tier.is_not(None)))
    return [str(tier) for tier in session.scalars(select(found.c.tier).where(found.c.tier.is_not(None)))]


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


def _looked_through(
    session: Session, user: User, wanted: Wanted, kinds: Sequence[str], limit: int | None
) -> dict[str, list[Any]]:
    """Count and sums by status and currency of the first so many open and closed cases that match; in one statement."""
    parts = [_sums(user, wanted, kind, limit) for kind in kinds]
    found: dict[str, list[Any]] = {}
    for row in session.execute(union_all(*parts) if len(parts) > 1 else parts[0]):
        found.setdefault(row.kind, []).append(row)
    return found


def _sums(user: User, wanted: Wanted, kind: str, limit: int | None) -> _Query:
    """What is not looked at is only counted: an index serves that without the rows."""
    is_asked = (kind == Status.CLOSED) == (wanted.status == Status.CLOSED)
    sums = (Case.currency, Case.past_due_amount, Case.total_outstanding)
    columns = (each if is_asked else cast(null(), each.type).label(each.key) for each in sums)
    first = matching(user, wanted, kind, Case.status, *columns).limit(limit).subquery()
    return select(
        literal(kind).label("kind"),
        first.c.status,
        first.c.currency,
        func.count().label("cases"),
        func.sum(first.c.past_due_amount).label("past_due"),
        func.sum(first.c.total_outstanding).label("outstanding"),
    ).group_by(first.c.status, first.c.currency)


def _counted(session: Session, user: User, wanted: Wanted, statuses: Sequence[Status]) -> dict[str, Figures]:
    """How many of each status, as far as `EXACT`; and of the status looked at what is summed, where that is all."""
    parts = [
        select(literal(str(status)), func.count()).select_from(_first(user, wanted, str(status))) for status in statuses
    ]
    found = {
        status: Figures(cases, {}, cases <= EXACT)
        for status, cases in session.execute(union_all(*parts) if len(parts) > 1 else parts[0])
    }
    if wanted.status in found and found[wanted.status].is_exact:
        rows = session.execute(_sums(user, wanted, wanted.status, None))
        found[wanted.status] = sum((_figures_of(row) for row in rows), Figures())
    return found


def _first(user: User, wanted: Wanted, status: str) -> Subquery:
    return matching(user, wanted, status).limit(EXACT + 1).subquery()


def _figures_of(row: Any) -> Figures:
    return Figures(row.cases, {row.currency: (row.past_due, row.outstanding)} if row.currency else {})


def _ids(session: Session, user: User, wanted: Wanted, known: Figures | None = None) -> Select[int]:
    """SQL: the ids in order. Few are collected first and then sorted; of many the order's index is followed.

    Which of the two is told to PostgreSQL, not left to its guess: following an order past a million cases of others to
    the fifty that match is what it takes for cheap when it does not know where in the order they lie.
    """
    by_name = wanted.sort.removeprefix("-") == "customer"
    many = (
        known.cases if known else session.scalar(select(func.count()).select_from(_first(user, wanted, wanted.status)))
    )
    if (many or 0) > EXACT:
        every = select(Case.id).where(visible_cases(user), *where_of(wanted), *has_status(user, wanted.status))
        query = every.join(Customer, Customer.id == Case.customer_id) if by_name else every
        return query.order_by(*order_of(wanted, Case, Customer.name))
    keys = (
        getattr(Case, key) for key in sorted({*SORTS.values(), "closed_at", "customer_id", "oldest_due_on"} - {"id"})
    )
    few = matching(user, wanted, wanted.status, *keys).cte("few").prefix_with("MATERIALIZED")
    found = select(few.c.id)
    found = found.join(Customer, Customer.id == few.c.customer_id) if by_name else found
    return found.order_by(*order_of(wanted, few.c, Customer.name))
