"""The people of the tests: each role once, and one of each kind who must see nothing of the others' cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session

from engine import clock
from engine.models import Group, GroupScope, Membership, Role, Stage, User, UserRole
from engine.people import passwords

PASSWORD = "correct horse battery"  # noqa: S105 - everybody's in the tests
PRODUCT = "card"


@dataclass(frozen=True)
class Cast:
    """Two groups, each with a supervisor and collectors, and the people who belong to none."""

    early: Group  # collection, any product, M1 and M2
    late: Group  # collection, any product, M3
    collector: User  # early
    colleague: User  # early
    outsider: User  # late
    supervisor: User  # early
    elsewhere: User  # supervises late
    manager: User
    analyst: User
    compliance: User
    administrator: User


def make_cast(session: Session, *, product: str = "*") -> Cast:
    """Create the cast in this session, flushed; everybody signs in with `PASSWORD`."""
    early = a_group(session, "Early", (product, "M1"), (product, "M2"))
    late = a_group(session, "Late", (product, "M3"))
    cast = Cast(
        early=early,
        late=late,
        collector=a_person(session, "cora", Role.COLLECTOR, member_of=early),
        colleague=a_person(session, "colin", Role.COLLECTOR, member_of=early),
        outsider=a_person(session, "otto", Role.COLLECTOR, member_of=late),
        supervisor=a_person(session, "susan", Role.SUPERVISOR, supervises=early),
        elsewhere=a_person(session, "sven", Role.SUPERVISOR, supervises=late),
        manager=a_person(session, "mira", Role.MANAGER),
        analyst=a_person(session, "anna", Role.ANALYST),
        compliance=a_person(session, "carl", Role.COMPLIANCE),
        administrator=a_person(session, "adam", Role.ADMINISTRATOR),
    )
    session.flush()
    return cast


def a_group(session: Session, name: str, *kinds: tuple[str, str], stage: str = Stage.COLLECTION) -> Group:
    """A group that looks after these products and tiers of a stage."""
    group = Group(name=name, active=True)
    group.scopes = [GroupScope(product=product, stage=stage, tier=tier) for product, tier in kinds]
    session.add(group)
    session.flush()
    return group


def a_person(
    session: Session,
    login: str,
    *roles: str,
    member_of: Group | None = None,
    supervises: Group | None = None,
    capacity: int | None = None,
) -> User:
    """A person with these roles, in a group if one is given; the name is the login, capitalised."""
    user = User(login=login, name=login.capitalize(), password_hash=_hash(), created_at=clock.now())
    user.roles = [UserRole(role=str(role)) for role in roles]
    session.add(user)
    session.flush()
    if member_of is not None:
        session.add(Membership(group=member_of, user=user, capacity=capacity, is_supervisor=False))
    if supervises is not None:
        session.add(Membership(group=supervises, user=user, capacity=None, is_supervisor=True))
    session.flush()
    return user


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)
