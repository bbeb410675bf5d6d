"""Days on which people are given no cases."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine import history
from engine.errors import Invalid
from engine.models import Absence, User
from engine.people.rights import require_supervisor_of


def add_absence(
    session: Session, user: User, from_on: dt.date, to_on: dt.date, *, actor: User, reason: str = ""
) -> Absence:
    """Note that a person is away from one business date to another, both included.

    For administrators and supervisors of a group the person is in. Cases already held stay with them.
    """
    require_supervisor_of(session, actor, user)
    if to_on < from_on:
        raise Invalid(field="to_on", reason="it lies before the first day")
    absence = Absence(user_id=user.id, from_on=from_on, to_on=to_on, reason=reason)
    session.add(absence)
    _record(session, "absence_added", absence, actor)
    return absence


def remove_absence(session: Session, absence: Absence, *, actor: User) -> None:
    """Take an absence back. For whoever may add it."""
    user = session.get_one(User, absence.user_id)
    require_supervisor_of(session, actor, user)
    session.delete(absence)
    _record(session, "absence_removed", absence, actor)


def available(session: Session, user_id: int, on: dt.date) -> bool:
    """Whether the person is active and not absent on that business date."""
    query = select(User.id).where(User.id == user_id, User.active, ~is_absent(User.id, on))
    return session.scalar(query) is not None


def is_absent(user_id: int | InstrumentedAttribute[int], on: dt.date) -> Exists:
    """SQL: whether the user of that id or column is absent on the date."""
    return exists().where(Absence.user_id == user_id, Absence.from_on <= on, Absence.to_on >= on)


def _record(session: Session, kind: str, absence: Absence, actor: User) -> None:
    days = f"{absence.from_on.isoformat()}/{absence.to_on.isoformat()}"
    history.record(session, kind, actor_id=actor.id, user_id=absence.user_id, days=days)
    session.flush()
