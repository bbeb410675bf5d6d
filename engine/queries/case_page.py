"""One case as its page shows it: facts, orders, contacts, what it waits for, requests, what was reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy import case as choose
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.flow.catalogue import compiled
from engine.flow.definitions import Process, Release
from engine.models import (
    Case,
    CaseOrder,
    Contact,
    Customer,
    Draft,
    FollowUp,
    Group,
    Incident,
    Instance,
    LoanOrder,
    OperationRequest,
    Product,
    Subscription,
    Suspension,
    Timer,
    User,
    UserTask,
)
from engine.people import readable_cases, visible_cases
from engine.people.scope import supervised_cases
from engine.queries.matching import LETTERS

MOST_ORDERS = 400
_CASE_NO = re.compile(r"([CP])([0-9]{8,18})")


@dataclass(frozen=True)
class Opened:
    """A case somebody opened, and what they are to it: `works` it by scope, or may only read it."""

    case: Case
    customer: Customer
    product: Product | None
    collector: str | None
    group: str | None
    works: bool
    supervises: bool


@dataclass(frozen=True)
class Waits:
    """What a case and its requests wait for now. `messages` are those of the case's own diagram."""

    user_tasks: Sequence[UserTask]
    timers: Sequence[Timer]
    messages: Sequence[Subscription]
    withdrawable: frozenset[int]  # instances of requests that can be taken back

    @property
    def names(self) -> frozenset[str]:
        """The messages the case's diagram takes now."""
        return frozenset(each.message for each in self.messages)


@dataclass(frozen=True)
class OrderRow:
    """An order of the customer: `place` is case (held now), left (was in this case), or other."""

    order: LoanOrder
    place: str
    left_as: str | None = None


@dataclass(frozen=True)
class Result:
    """One follow-up of the customer, of this case or an earlier one."""

    follow_up: FollowUp
    case_no: str
    by: str | None
    contact: Contact | None


def open_case(session: Session, user: User, case_no: str) -> Opened:
    """The case of that number as this person may see it. Raises NotFound for others'."""
    found = _CASE_NO.fullmatch(case_no)
    if found is None:
        raise NotFound(what="case", key=case_no)
    row = session.execute(
        select(
            Case,
            Customer,
            Product,
            User.name.label("collector"),
            Group.name.label("team"),
            _flag(visible_cases(user)).label("works"),
            _flag(or_(false(), *supervised_cases(user))).label("supervises"),
        )
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Product, Product.code == Case.product)
        .outerjoin(User, User.id == Case.collector_id)
        .outerjoin(Group, Group.id == Case.group_id)
        .where(Case.id == int(found[2]), Case.stage == LETTERS[found[1]], readable_cases(user))
    ).one_or_none()
    if row is None:
        raise NotFound(what="case", key=case_no)
    return Opened(row.Case, row.Customer, row.Product, row.collector, row.team, bool(row.works), bool(row.supervises))


def _flag(clause: ColumnElement[bool]) -> ColumnElement[int]:
    return choose((clause, 1), else_=0)


def waits(session: Session, case: Case, requests: Iterable[OperationRequest]) -> Waits:
    """User tasks of the case and its requests; timers and messages of the case's diagram."""
    open_ = [each.instance_id for each in requests if each.status == "open" and each.instance_id is not None]
    tasks = session.scalars(select(UserTask).where(UserTask.business_key == case.id).order_by(UserTask.id)).all()
    if case.instance_id is None:
        return Waits(tasks, [], [], frozenset())
    timers = session.scalars(
        select(Timer).where(Timer.instance_id == case.instance_id).order_by(Timer.due_at.asc().nulls_last(), Timer.id)
    ).all()
    heard = session.scalars(
        select(Subscription).where(Subscription.instance_id.in_([case.instance_id, *open_])).order_by(Subscription.id)
    ).all()
    return Waits(
        tasks,
        timers,
        [each for each in heard if each.instance_id == case.instance_id],
        frozenset(each.instance_id for each in heard if each.message == "withdraw"),
    )


def process_of(session: Session, instance_id: int | None) -> tuple[Release, Process] | None:
    """The diagram an instance runs, of the release it is pinned to."""
    if instance_id is None:
        return None
    row = session.execute(select(Instance.release_id, Instance.process).where(Instance.id == instance_id)).one_or_none()
    if row is None:
        return None
    release = compiled(session, row.release_id)
    return release, release.processes[row.process]


def release_of(session: Session, task: UserTask) -> Release:
    """The release that a user task's form comes from."""
    return compiled(session, session.scalars(select(Instance.release_id).where(Instance.id == task.instance_id)).one())


def orders(session: Session, case: Case) -> list[OrderRow]:
    """All known orders of the customer: those the case holds, those it held, then the others; each by due date."""
    stays = session.execute(
        select(CaseOrder.order_id, CaseOrder.left_at, CaseOrder.left_as)
        .where(CaseOrder.case_id == case.id)
        .order_by(CaseOrder.id)
    )
    ours = {row.order_id: row for row in stays}
    found = session.scalars(
        select(LoanOrder).where(LoanOrder.customer_id == case.customer_id).order_by(LoanOrder.due_on).limit(MOST_ORDERS)
    )
    rows = []
    for order in found:
        stay = ours.get(order.id)
        place = "other" if stay is None else "left" if stay.left_at is not None else "case"
        rows.append(OrderRow(order, place, stay.left_as if stay else None))
    return sorted(rows, key=lambda row: (("case", "left", "other").index(row.place), row.order.due_on, row.order.id))


def results(session: Session, customer_id: int, *, before: int | None = None, limit: int = 50) -> list[Result]:
    """Follow-ups of the customer's cases, newest first, older than `before` (an id)."""
    query = (
        select(FollowUp, Case, User.name, Contact)
        .join(Case, Case.id == FollowUp.case_id)
        .outerjoin(User, User.id == FollowUp.user_id)
        .outerjoin(Contact, Contact.id == FollowUp.contact_id)
        .where(FollowUp.customer_id == customer_id)
        .order_by(FollowUp.at.desc(), FollowUp.id.desc())
        .limit(limit)
    )
    if before is not None:
        at = select(FollowUp.at).where(FollowUp.id == before).scalar_subquery()
        query = query.where(or_(FollowUp.at < at, (FollowUp.at == at) & (FollowUp.id < before)))
    return [Result(row.FollowUp, row.Case.case_no, row.name, row.Contact) for row in session.execute(query)]


def results_count(session: Session, customer_id: int) -> int:
    """How many follow-ups the customer has had."""
    return session.scalar(select(func.count()).where(FollowUp.customer_id == customer_id)) or 0


def requests(session: Session, case: Case) -> list[OperationRequest]:
    """What was asked for on this case, newest first."""
    query = select(OperationRequest).where(OperationRequest.case_id == case.id)
    return list(session.scalars(query.order_by(OperationRequest.id.desc())))


def suspensions(session: Session, case: Case) -> list[Suspension]:
    """The case's suspensions, newest first; the one that stands is `case.suspension_id`."""
    return list(session.scalars(select(Suspension).where(Suspension.case_id == case.id).order_by(Suspension.id.desc())))


def other_cases(session: Session, user: User, case: Case) -> list[Case]:
    """The customer's other cases that this person may read, newest first."""
    query = select(Case).where(Case.customer_id == case.customer_id, Case.id != case.id, readable_cases(user))
    return list(session.scalars(query.order_by(Case.id.desc()).limit(50)))


def incidents(session: Session, case: Case) -> list[Incident]:
    """What failed on this case and stands."""
    query = select(Incident).where(Incident.business_key == case.id, Incident.resolved_at.is_(None))
    return list(session.scalars(query.order_by(Incident.id)))


def drafts(session: Session, case: Case, user: User) -> dict[str, Draft]:
    """What this person has typed for the case's user tasks and not sent, by element."""
    found = session.scalars(select(Draft).where(Draft.case_id == case.id, Draft.user_id == user.id))
    return {each.element: each for each in found}


def names(session: Session, user_ids: Iterable[int | None]) -> dict[int, str]:
    """What people are called, by id."""
    wanted = sorted({each for each in user_ids if each is not None})
    if not wanted:
        return {}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}
