"""People and groups as administrators see them, with roles, memberships, loads and absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from engine import assignments, clock
from engine.assignments import Load
from engine.errors import NotFound
from engine.models import Absence, Case, Group, Membership, Role, User, UserRole
from engine.people import visible_cases
from engine.queries.matching import containing

ACTIVE, LOCKED, LEFT = "active", "locked", "left"
STATES = (ACTIVE, LOCKED, LEFT)


@dataclass(frozen=True)
class MemberRow:
    """A person in a group, what they hold, and whether they are away today."""

    membership: Membership
    user: User
    load: Load
    is_absent: bool


def state_of(user: User) -> str:
    """Whether a person can sign in now."""
    if not user.active:
        return LEFT
    return LOCKED if user.locked_until is not None and user.locked_until > clock.real_now() else ACTIVE


def people(
    session: Session, *, words: str = "", role: str = "", state: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[User], int]:
    """People by name with roles and groups loaded, and how many match."""
    where = _where(words, role, state)
    total = session.scalar(select(func.count(User.id)).where(*where)) or 0
    query = select(User).where(*where).options(selectinload(User.memberships).joinedload(Membership.group))
    return list(session.scalars(query.order_by(User.name, User.id).offset(offset).limit(limit))), total


def person(session: Session, user_id: int) -> User:
    """Somebody. Raises NotFound."""
    query = select(User).where(User.id == user_id)
    found = session.scalar(query.options(selectinload(User.memberships).joinedload(Membership.group)))
    if found is None:
        raise NotFound(what="person", key=user_id)
    return found


def absences(session: Session, user_ids: Sequence[int]) -> dict[int, list[Absence]]:
    """Absences that are not over, by person, the next first."""
    query = select(Absence).where(Absence.user_id.in_(user_ids), Absence.to_on >= clock.today())
    found: dict[int, list[Absence]] = {}
    for absence in session.scalars(query.order_by(Absence.from_on, Absence.id)):
        found.setdefault(absence.user_id, []).append(absence)
    return found


def groups(session: Session) -> list[Group]:
    """Every group by name with scopes and members loaded."""
    query = select(Group).options(selectinload(Group.memberships).joinedload(Membership.user))
    return list(session.scalars(query.order_by(Group.active.desc(), Group.name)))


def group(session: Session, group_id: int) -> Group:
    """A group. Raises NotFound."""
    query = select(Group).where(Group.id == group_id).options(selectinload(Group.memberships))
    found = session.scalar(query)
    if found is None:
        raise NotFound(what="group", key=group_id)
    return found


def members(session: Session, group_ids: Sequence[int]) -> dict[int, list[MemberRow]]:
    """Everybody in these groups, supervisors first, whether they can be given cases or not."""
    query = select(Membership).where(Membership.group_id.in_(group_ids)).options(joinedload(Membership.user))
    rows = session.scalars(query).all()
    ids = [each.user_id for each in rows]
    loads, today = assignments.loads(session, ids), clock.today()
    away = {key for key, found in absences(session, ids).items() if any(each.from_on <= today for each in found)}
    found: dict[int, list[MemberRow]] = {each: [] for each in group_ids}
    for each in sorted(rows, key=lambda row: (not row.is_supervisor, row.user.name, row.user_id)):
        found[each.group_id].append(MemberRow(each, each.user, loads[each.user_id], each.user_id in away))
    return found


def others(session: Session, group_id: int) -> list[User]:
    """Active people who are not in the group, by name."""
    inside = select(Membership.user_id).where(Membership.group_id == group_id)
    return list(session.scalars(select(User).where(User.active, User.id.not_in(inside)).order_by(User.name)))


def open_cases(session: Session, user_id: int) -> int:
    """How many open cases somebody holds."""
    held = select(func.count(Case.id)).where(Case.collector_id == user_id, Case.closed_at.is_(None))
    return session.scalar(held) or 0


def left_behind(session: Session, user: User) -> list[tuple[User, int]]:
    """Who can work no cases any more yet still holds open ones of those this person sees, and how many."""
    collectors = select(UserRole.user_id).where(UserRole.role == Role.COLLECTOR)
    gone = select(User.id).where(or_(User.active == false(), User.id.not_in(collectors)))
    query = (
        select(User, func.count(Case.id))
        .join(Case, Case.collector_id == User.id)
        .where(Case.collector_id.in_(gone), Case.closed_at.is_(None), visible_cases(user))
        .group_by(User.id)
        .order_by(User.name, User.id)
    )
    return [(each, cases) for each, cases in session.execute(query)]


def _where(words: str, role: str, state: str) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if words:
        where.append(or_(containing(User.name, words), containing(User.login, words)))
    if role:
        where.append(User.id.in_(select(UserRole.user_id).where(UserRole.role == role)))
    is_locked = User.locked_until > clock.real_now()
    if state == LEFT:
        where.append(User.active == false())
    elif state == LOCKED:
        where += [User.active == true(), is_locked]
    elif state == ACTIVE:
        where.append(User.active == true())
    return where
