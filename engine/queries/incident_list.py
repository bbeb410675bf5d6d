"""Incidents as people see them: what was tried, on which case, at which element of its diagram, and why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy import case as choose
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.flow.catalogue import compiled
from engine.models import Case, Incident, Instance, LoanOrder, Role, User
from engine.people import visible_cases


@dataclass(frozen=True)
class IncidentRow:
    """An incident with what it is about; `names` are those of the element by language, empty where there is none."""

    incident: Incident
    case: Case | None
    may_open: bool
    process: str | None
    names: dict[str, str]
    order_no: str | None
    resolved_by: str | None


def open_count(session: Session, user: User) -> int:
    """How many stand, of those this person looks after."""
    query = select(func.count(Incident.id)).where(Incident.resolved_at.is_(None), in_scope(user))
    return session.scalar(query) or 0


def in_scope(user: User) -> ColumnElement[bool]:
    """SQL over `Incident`: all for administrators and managers; of supervisors' cases for them."""
    if user.active and user.has_role(Role.ADMINISTRATOR, Role.MANAGER):
        return true()
    return Incident.business_key.in_(select(Case.id).where(visible_cases(user)))


def page(
    session: Session, user: User, *, resolved: bool, offset: int = 0, limit: int = 50
) -> tuple[list[IncidentRow], int]:
    """Incidents, newest first, and how many there are."""
    where = (Incident.resolved_at.is_not(None) if resolved else Incident.resolved_at.is_(None), in_scope(user))
    total = session.scalar(select(func.count(Incident.id)).where(*where)) or 0
    query = select(Incident).where(*where).order_by(Incident.last_at.desc(), Incident.id.desc())
    return _rows(session, user, session.scalars(query.offset(offset).limit(limit)).all()), total


def one(session: Session, user: User, incident_id: int) -> IncidentRow:
    """An incident in scope. Raises NotFound."""
    found = session.scalar(select(Incident).where(Incident.id == incident_id, in_scope(user)))
    if found is None:
        raise NotFound(what="incident", key=incident_id)
    return _rows(session, user, [found])[0]


def _rows(session: Session, user: User, incidents: Sequence[Incident]) -> list[IncidentRow]:
    cases = _cases(session, user, {each.business_key for each in incidents if each.business_key is not None})
    instances = _instances(session, {each.instance_id for each in incidents if each.instance_id is not None})
    orders = _orders(session, {each.payload["order_id"] for each in incidents if each.payload.get("order_id")})
    people = _people(session, {each.resolved_by_id for each in incidents if each.resolved_by_id is not None})
    rows = []
    for each in incidents:
        case, may_open = cases.get(each.business_key or 0, (None, False))
        process, names = _element(session, instances.get(each.instance_id or 0), each.element)
        order_no = orders.get(each.payload.get("order_id") or 0)
        rows.append(IncidentRow(each, case, may_open, process, names, order_no, people.get(each.resolved_by_id or 0)))
    return rows


def _cases(session: Session, user: User, ids: set[int]) -> dict[int, tuple[Case | None, bool]]:
    seen = choose((visible_cases(user), 1), else_=0)
    query = select(Case, seen).where(Case.id.in_(ids))
    return {case.id: (case, bool(may_open)) for case, may_open in session.execute(query)} if ids else {}


def _instances(session: Session, ids: set[int]) -> dict[int, tuple[int, str]]:
    query = select(Instance.id, Instance.release_id, Instance.process).where(Instance.id.in_(ids))
    return {row.id: (row.release_id, row.process) for row in session.execute(query)} if ids else {}


def _orders(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(LoanOrder.id, LoanOrder.order_no).where(LoanOrder.id.in_(ids))
    return {row.id: row.order_no for row in session.execute(query)} if ids else {}


def _people(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)} if ids else {}


def _element(
    session: Session, instance: tuple[int, str] | None, element: str | None
) -> tuple[str | None, dict[str, str]]:
    """The process and what the element is called, by the release that the instance is pinned to."""
    if instance is None:
        return None, {}
    release_id, process = instance
    known = compiled(session, release_id).processes[process].elements.get(element or "")
    return process, {lang: known.label(lang) for lang in ("zh", "en")} if known else {}
