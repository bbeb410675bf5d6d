"""What figures can be narrowed to, and the names of what they are split by."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.models import Case, Group, Membership, Role, User, UserRole
from engine.people import readable_cases
from engine.statistics.scope import Reach
from engine.statistics.wanted import PRE_COLLECTION


def tiers(session: Session) -> list[str]:
    """Pre-collection, and the tiers of open cases, lowest first; from one to the next by index."""
    first = select(func.min(Case.tier)).where(Case.closed_at.is_(None))
    found = select(first.scalar_subquery().label("tier")).cte("tiers", recursive=True)
    after = select(func.min(Case.tier)).where(Case.closed_at.is_(None), Case.tier > found.c.tier)
    found = found.union_all(select(after.scalar_subquery()).where(found.c.tier.is_not(None)))
    query = select(found.c.tier).where(found.c.tier.is_not(None))
    return [PRE_COLLECTION, *(str(tier) for tier in session.scalars(query))]


def groups(session: Session, reach: Reach) -> list[tuple[int, str]]:
    """Id and name of the groups whose figures somebody sees."""
    query = select(Group.id, Group.name).order_by(Group.name)
    if not reach.is_all:
        own = select(Membership.group_id).where(Membership.user_id == (reach.own or 0))
        query = query.where(or_(Group.id.in_(reach.groups), Group.id.in_(own)))
    return [(row.id, row.name) for row in session.execute(query)]


def collectors(session: Session, reach: Reach) -> list[tuple[int, str]]:
    """Id and name of the people whose figures somebody sees by name, those who left included."""
    if not reach.names:
        return []
    query = select(User.id, User.name).join(UserRole, UserRole.user_id == User.id)
    query = query.where(UserRole.role == Role.COLLECTOR).order_by(User.name)
    if not reach.is_all:
        members = select(Membership.user_id).where(Membership.group_id.in_(reach.groups))
        query = query.where(or_(User.id.in_(members), User.id == (reach.own or 0)))
    return [(row.id, row.name) for row in session.execute(query)]


def names(session: Session, kind: type[User] | type[Group], ids: Iterable[int]) -> dict[int, str]:
    """Names of people or groups by id."""
    query = select(kind.id, kind.name).where(kind.id.in_(list(ids)))
    return {row.id: row.name for row in session.execute(query)}


def cases(session: Session, reach: Reach, ids: Iterable[int]) -> dict[int, tuple[Case, bool]]:
    """Cases by id, and whether this person may open each."""
    query = select(Case, readable_cases(reach.user).label("readable")).where(Case.id.in_(list(ids)))
    return {case.id: (case, bool(readable)) for case, readable in session.execute(query)}
