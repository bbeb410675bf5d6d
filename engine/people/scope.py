"""Which cases a person may see: the one place where that is decided."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from engine.models import Assignment, Case, GroupScope, Role, User
from engine.people.responsibility import ANY

SEES_ALL = (Role.MANAGER, Role.COMPLIANCE)


def visible_cases(user: User) -> ColumnElement[bool]:
    """SQL over `Case`: the cases this person works with. Several roles add up; analysts and administrators see none.

    Collectors: their own. Supervisors: those of their active groups, and those not yet given a group that a scope of
    theirs covers. Managers and compliance: all.
    """
    return or_(false(), *visible_parts(user))


def visible_parts(user: User) -> list[ColumnElement[bool]]:
    """What `visible_cases` is made of, by OR: each part is served by one index. None: no case at all.

    Parts may overlap only for somebody who is both collector and supervisor.
    """
    if not user.active:
        return []
    if user.has_role(*SEES_ALL):
        return [true()]
    parts: list[ColumnElement[bool]] = []
    if user.has_role(Role.COLLECTOR):
        parts.append(Case.collector_id == user.id)
    if user.has_role(Role.SUPERVISOR):
        parts += supervised_cases(user)
    return parts


def readable_cases(user: User) -> ColumnElement[bool]:
    """SQL over `Case`: `visible_cases`, and what a collector may read besides.

    Those are the other cases of the customers of their open cases, and the cases that closed in their hands.
    """
    seen = visible_cases(user)
    if not user.active or not user.has_role(Role.COLLECTOR) or user.has_role(*SEES_ALL):
        return seen
    own = aliased(Case)
    customers = select(own.customer_id).where(own.collector_id == user.id)
    closed = select(Assignment.case_id).where(Assignment.collector_id == user.id, Assignment.ended_by == "closed")
    return or_(seen, Case.customer_id.in_(customers), and_(Case.closed_at.is_not(None), Case.id.in_(closed)))


def may_see(session: Session, user: User, case: Case) -> bool:
    """Whether this person works with the case."""
    return _holds(session, case, visible_cases(user))


def may_read(session: Session, user: User, case: Case) -> bool:
    """Whether this person may open the case, be it to read only."""
    return _holds(session, case, readable_cases(user))


def supervised_groups(user: User) -> list[int]:
    """The ids of the active groups a supervisor supervises."""
    if not user.active or not user.has_role(Role.SUPERVISOR):
        return []
    return sorted(each.group_id for each in user.memberships if each.is_supervisor and each.group.active)


def supervised_cases(user: User) -> list[ColumnElement[bool]]:
    """SQL over `Case`, to be joined by OR: the cases of the groups this person supervises.

    The groups' ids and scopes stand in the query as values, so that it is served by the index on `group_id`.
    """
    groups = supervised_groups(user)
    if not groups:
        return []
    scopes = [scope for each in user.memberships if each.group_id in groups for scope in each.group.scopes]
    waiting = [_covers(each) for each in scopes]
    return [Case.group_id.in_(groups), and_(Case.group_id.is_(None), or_(false(), *waiting))]


def _covers(scope: GroupScope) -> ColumnElement[bool]:
    parts = [Case.stage == scope.stage]
    if scope.product != ANY:
        parts.append(Case.product == scope.product)
    if scope.tier != ANY:
        parts.append(func.coalesce(Case.tier, "") == scope.tier)
    return and_(*parts)


def _holds(session: Session, case: Case, clause: ColumnElement[bool]) -> bool:
    return session.scalar(select(Case.id).where(Case.id == case.id, clause)) is not None
