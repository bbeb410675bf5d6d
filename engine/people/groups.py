"""Groups: what they look after, who is in them and with which capacity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import history
from engine.errors import Invalid, NotFound
from engine.models import Group, GroupScope, Membership, Role, Stage, User
from engine.people.refusals import NameTaken, RoleMissing
from engine.people.responsibility import ANY, refresh_case_groups
from engine.people.rights import require_administrator

NAME_LENGTH = 120


@dataclass(frozen=True, order=True)
class Scope:
    """A stage, a product and a tier; '*' stands for any. Pre-collection has no tiers: any is stored as ''."""

    stage: str
    product: str = ANY
    tier: str = ANY


def create_group(session: Session, name: str, scopes: Iterable[Scope], *, actor: User) -> Group:
    """A new, active group. For administrators. Raises NameTaken, Invalid."""
    require_administrator(actor)
    group = Group(name=_valid_name(session, name), active=True)
    session.add(group)
    session.flush()
    history.record(session, "group_created", actor_id=actor.id, group_id=group.id, name=group.name)
    set_scopes(session, group, scopes, actor=actor)
    return group


def rename_group(session: Session, group: Group, name: str, *, actor: User) -> None:
    """Give a group another name. For administrators."""
    require_administrator(actor)
    if name.strip() == group.name:
        return
    had, group.name = group.name, _valid_name(session, name)
    history.record(session, "group_renamed", actor_id=actor.id, group_id=group.id, name=group.name, had=had)
    session.flush()


def set_scopes(session: Session, group: Group, scopes: Iterable[Scope], *, actor: User) -> int:
    """Make a group responsible for exactly these. Returns how many open cases changed group. For administrators."""
    require_administrator(actor)
    wanted = {_valid_scope(each) for each in scopes}
    group.scopes = [each for each in group.scopes if _as_scope(each) in wanted]
    had = {_as_scope(each) for each in group.scopes}
    group.scopes += [
        GroupScope(stage=each.stage, product=each.product, tier=each.tier) for each in sorted(wanted - had)
    ]
    listed = [[each.stage, each.product, each.tier] for each in sorted(wanted)]
    history.record(session, "group_scopes_changed", actor_id=actor.id, group_id=group.id, scopes=listed)
    return refresh_case_groups(session)


def set_active(session: Session, group: Group, active: bool, *, actor: User) -> int:
    """Let a group look after its scopes, or not. Returns how many open cases changed group. For administrators."""
    require_administrator(actor)
    group.active = active
    kind = "group_activated" if active else "group_deactivated"
    history.record(session, kind, actor_id=actor.id, group_id=group.id)
    return refresh_case_groups(session)


def set_member(
    session: Session,
    group: Group,
    user: User,
    *,
    actor: User,
    capacity: int | None = None,
    is_supervisor: bool = False,
) -> Membership:
    """Put a person into a group, or change how they are in it. For administrators.

    `capacity` is the number of open cases up to which the person is given more by this group; None is unlimited. Raises
    RoleMissing where a supervisor is none by role, or a member no collector.
    """
    require_administrator(actor)
    needed = Role.SUPERVISOR if is_supervisor else Role.COLLECTOR
    if not user.has_role(needed):
        raise RoleMissing(field="user", name=user.name, role=needed.value)
    if capacity is not None and capacity < 0:
        raise Invalid(field="capacity", reason="a whole number from 0, or empty for unlimited")
    member = session.get(Membership, (group.id, user.id)) or Membership(group=group, user=user)
    member.capacity, member.is_supervisor = capacity, is_supervisor
    session.add(member)
    history.record(
        session,
        "member_set",
        actor_id=actor.id,
        group_id=group.id,
        user_id=user.id,
        capacity=capacity,
        is_supervisor=is_supervisor,
    )
    session.flush()
    return member


def remove_member(session: Session, group: Group, user: User, *, actor: User) -> None:
    """Take a person out of a group; they keep their cases until recalled or reassigned. For administrators."""
    require_administrator(actor)
    member = session.get(Membership, (group.id, user.id))
    if member is None:
        raise NotFound(what="member", key=user.name)
    group.memberships.remove(member)
    user.memberships.remove(member)
    session.delete(member)
    history.record(session, "member_removed", actor_id=actor.id, group_id=group.id, user_id=user.id)
    session.flush()


def _valid_name(session: Session, name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise Invalid(field="name", reason=f"1 to {NAME_LENGTH} characters")
    if session.scalar(select(Group.id).where(Group.name == name)) is not None:
        raise NameTaken(name=name)
    return name


def _valid_scope(scope: Scope) -> Scope:
    if scope.stage not in set(Stage):
        raise Invalid(field="stage", reason=f"there is no stage {scope.stage}")
    if not scope.product:
        raise Invalid(field="product", reason="a product's code, or * for any")
    if scope.stage == Stage.PRE_COLLECTION:
        return Scope(scope.stage, scope.product, "")
    if not scope.tier:
        raise Invalid(field="tier", reason="a tier, or * for any")
    return scope


def _as_scope(row: GroupScope) -> Scope:
    return Scope(row.stage, row.product, row.tier)
