"""Who may look after people."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from engine.models import Group, Membership, Role, User
from engine.people.refusals import NotAdministrator, NotSupervisorOf


def require_administrator(actor: User) -> None:
    """Raise NotAdministrator unless the person is one."""
    if not is_administrator(actor):
        raise NotAdministrator


def is_administrator(user: User) -> bool:
    """Whether this person may look after people, groups and parameters."""
    return user.active and user.has_role(Role.ADMINISTRATOR)


def require_supervisor_of(session: Session, actor: User, user: User) -> None:
    """Raise NotSupervisorOf unless the person is an administrator or supervises a group the other is in."""
    if not is_administrator(actor) and not supervises(session, actor, user.id):
        raise NotSupervisorOf(name=user.name)


def supervises(session: Session, actor: User, user_id: int) -> bool:
    """Whether one supervises an active group in which the other is a member."""
    if not actor.active or not actor.has_role(Role.SUPERVISOR):
        return False
    theirs, mine = aliased(Membership), aliased(Membership)
    found = session.scalar(
        select(mine.group_id)
        .join(theirs, theirs.group_id == mine.group_id)
        .join(Group, Group.id == mine.group_id)
        .where(mine.user_id == actor.id, mine.is_supervisor, theirs.user_id == user_id, Group.active)
        .limit(1)
    )
    return found is not None
