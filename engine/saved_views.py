"""Saved views: questions about a list kept under a name, one's own, a team's or everybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.errors import Invalid, NotFound, NotPermitted
from engine.models import Group, Membership, Role, SavedView, User
from engine.people import supervised_groups

MOST = 40  # of one person for one list
NAME_LENGTH = 60
MOST_VALUES, VALUE_LENGTH = 200, 200


class TooManyViews(Invalid):
    """You have {most} views of this list already: delete one first."""


def views_of(session: Session, user: User, list_name: str) -> list[SavedView]:
    """What this person can choose from: their own in their order, then by name what is shared with them."""
    query = (
        select(SavedView)
        .where(SavedView.list_name == list_name, SavedView.deleted_at.is_(None), _is_shown(user))
        .order_by(SavedView.owner_id != user.id, _own(user), SavedView.name, SavedView.id)
    )
    return list(session.scalars(query))


def save(
    session: Session,
    user: User,
    list_name: str,
    name: str,
    query: Mapping[str, Sequence[str]],
    *,
    group_id: int | None = None,
    for_all: bool = False,
) -> SavedView:
    """Keep a list's address under a name; a view of one's own with that name is replaced.

    With a group it is shared by its supervisors, with everybody by managers. Raises Invalid, NotPermitted.
    """
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    words = _valid_name(name)
    _check_sharing(user, group_id, for_all)
    mine = [each for each in views_of(session, user, list_name) if each.owner_id == user.id]
    view = next((each for each in mine if each.name == words), None)
    if view is None:
        if len(mine) >= MOST:
            raise TooManyViews(field="name", most=MOST)
        last = max((each.position for each in mine), default=0)
        view = SavedView(list_name=list_name, owner_id=user.id, name=words, position=last + 1, created_at=clock.now())
        session.add(view)
    view.query = {key: [each[:VALUE_LENGTH] for each in values][:MOST_VALUES] for key, values in query.items()}
    view.group_id, view.for_all = group_id, for_all
    session.flush()
    if group_id is not None or for_all:
        history.record(session, "group_view_shared", actor_id=user.id, view=words, list=list_name, group_id=group_id)
    return view


def rename(session: Session, user: User, view_id: int, name: str) -> SavedView:
    """Call a view something else. Raises NotFound, Invalid."""
    view = _changeable(session, user, view_id)
    words = _valid_name(name)
    twin = select(SavedView.id).where(
        SavedView.owner_id == view.owner_id,
        SavedView.list_name == view.list_name,
        SavedView.name == words,
        SavedView.deleted_at.is_(None),
        SavedView.id != view.id,
    )
    if session.scalar(twin) is not None:
        raise Invalid(field="name", reason="another view has this name")
    view.name = words
    session.flush()
    return view


def move(session: Session, user: User, view_id: int, by: int) -> SavedView:
    """Put one of one's own views one place up (-1) or down (1). Raises NotFound."""
    view = _changeable(session, user, view_id)
    mine = [each for each in views_of(session, user, view.list_name) if each.owner_id == user.id]
    at = mine.index(view) if view in mine else -1
    if at >= 0 and 0 <= at + by < len(mine):
        mine[at], mine[at + by] = mine[at + by], mine[at]
        for position, each in enumerate(mine, start=1):
            each.position = position
    session.flush()
    return view


def delete(session: Session, user: User, view_id: int) -> SavedView:
    """Take a view away; `restore` brings it back. Raises NotFound."""
    view = _changeable(session, user, view_id)
    view.deleted_at = clock.now()
    if view.group_id is not None or view.for_all:
        history.record(session, "group_view_deleted", actor_id=user.id, view=view.name, list=view.list_name)
    session.flush()
    return view


def restore(session: Session, user: User, view_id: int) -> SavedView:
    """Bring a deleted view back. Raises NotFound."""
    view = _changeable(session, user, view_id)
    if view.deleted_at is not None and (view.group_id is not None or view.for_all):
        history.record(session, "group_view_restored", actor_id=user.id, view=view.name, list=view.list_name)
    view.deleted_at = None
    session.flush()
    return view


def may_change(user: User, view: SavedView) -> bool:
    """Whether a view is this person's to change: their own, their team's, or everybody's for managers."""
    if view.owner_id == user.id:
        return True
    return (view.for_all and user.has_role(Role.MANAGER)) or view.group_id in supervised_groups(user)


def _changeable(session: Session, user: User, view_id: int) -> SavedView:
    view = session.get(SavedView, view_id, with_for_update=True)
    if view is None or not may_change(user, view):
        raise NotFound(what="view", key=view_id)
    return view


def _is_shown(user: User) -> ColumnElement[bool]:
    teams = (
        select(Membership.group_id)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.user_id == user.id, Group.active)
    )
    return or_(SavedView.owner_id == user.id, SavedView.for_all, SavedView.group_id.in_(teams))


def _own(user: User) -> ColumnElement[int]:
    """The place of one's own views; others' places mean nothing to anybody else."""
    return case((SavedView.owner_id == user.id, SavedView.position), else_=0)


def _valid_name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise Invalid(field="name", reason="must not be empty")
    if len(words) > NAME_LENGTH:
        raise Invalid(field="name", reason="is too long")
    return words


def _check_sharing(user: User, group_id: int | None, for_all: bool) -> None:
    if for_all and not user.has_role(Role.MANAGER):
        raise NotPermitted(act="share a view with everybody", reason="managers do")
    if group_id is not None and group_id not in supervised_groups(user):
        raise NotPermitted(act="share a view with this team", reason="its supervisors do")
