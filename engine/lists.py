"""Which columns a person has in a list: chosen by themselves, else by their team's supervisor, else the usual ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from engine import history
from engine.errors import NotPermitted
from engine.models import ColumnChoice, Group, Membership, User
from engine.people import supervised_groups

LEAST_WIDTH, MOST_WIDTH = 48, 800  # pixels
MOST_COLUMNS = 100


@dataclass(frozen=True)
class ColumnWanted:
    """A column by its key, and its width in pixels; 0 is as wide as its content needs."""

    key: str
    width: int = 0


@dataclass(frozen=True)
class Chosen:
    """Columns in order; `is_own`: chosen by the person, not by their team."""

    columns: tuple[ColumnWanted, ...]
    is_own: bool


def columns_of(session: Session, user: User, list_name: str) -> Chosen | None:
    """What this person has in the list; None where neither they nor a team of theirs chose.

    Somebody in several teams that chose has what the first of them did. One statement.
    """
    teams = (
        select(Membership.group_id)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.user_id == user.id, Group.active)
    )
    query = (
        select(ColumnChoice)
        .where(
            ColumnChoice.list_name == list_name,
            or_(ColumnChoice.user_id == user.id, ColumnChoice.group_id.in_(teams)),
        )
        .order_by(ColumnChoice.user_id.is_(None), ColumnChoice.group_id)
        .limit(1)
    )
    found = session.scalars(query).first()
    return Chosen(_read(found), found.user_id is not None) if found else None


def choose_columns(session: Session, user: User, list_name: str, columns: Sequence[ColumnWanted]) -> None:
    """Keep a person's own columns of a list."""
    _keep(session, ColumnChoice(list_name=list_name, user_id=user.id), columns)


def forget_columns(session: Session, user: User, list_name: str) -> None:
    """Give a person their team's columns again, or the usual ones."""
    _forget(session, and_(ColumnChoice.list_name == list_name, ColumnChoice.user_id == user.id))


def choose_team_columns(
    session: Session, actor: User, group_id: int, list_name: str, columns: Sequence[ColumnWanted]
) -> Group:
    """Make these the columns of everybody in a group who chose none. For its supervisors. Raises NotPermitted."""
    group = _supervised(session, actor, group_id)
    _keep(session, ColumnChoice(list_name=list_name, group_id=group_id), columns)
    keys = [each.key for each in columns]
    history.record(session, "group_columns_set", actor_id=actor.id, group_id=group_id, list=list_name, columns=keys)
    return group


def forget_team_columns(session: Session, actor: User, group_id: int, list_name: str) -> Group:
    """Give a group the usual columns again. For its supervisors. Raises NotPermitted."""
    group = _supervised(session, actor, group_id)
    _forget(session, and_(ColumnChoice.list_name == list_name, ColumnChoice.group_id == group_id))
    history.record(session, "group_columns_forgotten", actor_id=actor.id, group_id=group_id, list=list_name)
    return group


def team_columns(session: Session, group_id: int, list_name: str) -> tuple[ColumnWanted, ...] | None:
    """What a group has by default; None for the usual ones."""
    query = select(ColumnChoice).where(ColumnChoice.list_name == list_name, ColumnChoice.group_id == group_id)
    found = session.scalars(query).first()
    return _read(found) if found else None


def teams_of(session: Session, user: User) -> list[Group]:
    """The groups whose columns this person may choose, by name."""
    return list(session.scalars(select(Group).where(Group.id.in_(supervised_groups(user))).order_by(Group.name)))


def _supervised(session: Session, actor: User, group_id: int) -> Group:
    if group_id not in supervised_groups(actor):
        raise NotPermitted(act="choose the columns of this team", reason="its supervisors do")
    return session.get_one(Group, group_id)


def _read(found: ColumnChoice) -> tuple[ColumnWanted, ...]:
    return tuple(ColumnWanted(str(each["key"]), int(each.get("width") or 0)) for each in found.columns)


def _keep(session: Session, new: ColumnChoice, columns: Sequence[ColumnWanted]) -> None:
    """Whoever else keeps the same at this moment waits for the user's or group's row, so that neither fails."""
    is_own = new.user_id is not None
    owner = (
        select(User.id).where(User.id == new.user_id) if is_own else select(Group.id).where(Group.id == new.group_id)
    )
    session.execute(owner.with_for_update())
    whose = ColumnChoice.user_id == new.user_id if is_own else ColumnChoice.group_id == new.group_id
    found = session.scalars(select(ColumnChoice).where(ColumnChoice.list_name == new.list_name, whose)).first()
    if found is None:
        session.add(found := new)
    found.columns = [{"key": each.key, "width": each.width} for each in columns[:MOST_COLUMNS]]
    session.flush()


def _forget(session: Session, which: ColumnElement[bool]) -> None:
    for each in session.scalars(select(ColumnChoice).where(which)):
        session.delete(each)
    session.flush()
