"""What waits for supervisors and managers beside dispatch: requests to decide, and user tasks of cases themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true, union_all
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.flow.catalogue import compiled
from engine.lifecycle.subject import days_past_due
from engine.models import Case, Customer, Instance, OperationRequest, Role, User, UserTask
from engine.people.responsibility import CASE_PROCESSES
from engine.people.scope import SEES_ALL, visible_parts

OPEN = "open"
PROCESS = "operation_request"
DISPATCH = "dispatch"  # the form of the task that has a page of its own
MOST = 500
_Requester, _Decider, _Collector = aliased(User), aliased(User), aliased(User)


@dataclass(frozen=True)
class RequestRow:
    """A request with its case; `task` is the review that waits for somebody, `requester` is empty for the diagram."""

    request: OperationRequest
    case: Case
    customer: str
    requester: str | None
    decided_by: str | None
    collector: str | None
    task: UserTask | None

    @property
    def days_past_due(self) -> int:
        """Of the case, as of today."""
        return days_past_due(self.case)

    def is_for(self, user: User) -> bool:
        """Whether this person may decide it: by role, not their own, and not twice."""
        return (
            self.task is not None
            and (not self.task.role or user.has_role(self.task.role))
            and user.id not in (self.request.requester_id, self.request.decided_by_id)
        )


@dataclass(frozen=True)
class TaskRow:
    """A user task of a case, for instance the review of its suspension, and what its diagram calls it by language."""

    task: UserTask
    case: Case
    customer: str
    names: dict[str, str]

    @property
    def days_past_due(self) -> int:
        """Of the case, as of today."""
        return days_past_due(self.case)


def count(session: Session, user: User) -> int:
    """How many requests and user tasks wait for this person."""
    return waiting_count(session, user) + tasks_count(session, user)


def tasks_count(session: Session, user: User) -> int:
    """How many user tasks of cases wait for this person's roles, dispatch apart."""
    query = select(func.count(UserTask.id))
    return session.scalar(query.where(*_of_cases(user), _in_scope(user, UserTask.business_key, is_open=True))) or 0


def tasks(session: Session, user: User, *, offset: int = 0, limit: int = 50) -> list[TaskRow]:
    """These user tasks, the longest waiting first."""
    query = (
        select(UserTask, Case, Customer.name, Instance.release_id)
        .join(Case, Case.id == UserTask.business_key)
        .join(Customer, Customer.id == Case.customer_id)
        .join(Instance, Instance.id == UserTask.instance_id)
        .where(*_of_cases(user), _in_scope(user, UserTask.business_key, is_open=True))
        .order_by(UserTask.since_at, UserTask.id)
    )
    rows = session.execute(query.offset(offset).limit(limit)).all()
    return [TaskRow(task, case, name, _names(session, release_id, task)) for task, case, name, release_id in rows]


def waiting_count(session: Session, user: User) -> int:
    """How many requests wait for this person's decision."""
    query = (
        select(func.count(UserTask.id))
        .join(OperationRequest, OperationRequest.instance_id == UserTask.instance_id)
        .where(UserTask.process == PROCESS, UserTask.form != DISPATCH, *_decidable(user))
        .where(_in_scope(user, OperationRequest.case_id, is_open=True))
    )
    return session.scalar(query) or 0


def opened(session: Session, user: User) -> list[RequestRow]:
    """The open requests in scope, oldest first."""
    return _rows(session, _query(user).where(OperationRequest.status == OPEN).order_by(OperationRequest.id).limit(MOST))


def decided(session: Session, user: User, *, offset: int = 0, limit: int = 50) -> tuple[list[RequestRow], int]:
    """Those that are over, newest first, and how many there are."""
    over = OperationRequest.status != OPEN
    count = select(func.count(OperationRequest.id)).where(over, _in_scope(user, OperationRequest.case_id))
    rows = _query(user).where(over).order_by(OperationRequest.decided_at.desc(), OperationRequest.id.desc())
    total = session.scalar(count) or 0
    return _rows(session, rows.offset(offset).limit(limit)), total


def one(session: Session, user: User, request_id: int) -> RequestRow:
    """A request in scope. Raises NotFound."""
    found = _rows(session, _query(user).where(OperationRequest.id == request_id))
    if not found:
        raise NotFound(what="request", key=request_id)
    return found[0]


def _in_scope(user: User, case_id: Any, *, is_open: bool = False) -> ColumnElement[bool]:
    """SQL: the case is one this person sees; found among their cases by index, without reading these.

    What waits for somebody belongs to an open case, of which there are fewer.
    """
    if user.active and user.has_role(*SEES_ALL):
        return true()
    ids = [select(Case.id).where(each) for each in visible_parts(user) or [false()]]
    seen: ColumnElement[bool] = case_id.in_(
        union_all(*(each.where(Case.closed_at.is_(None)) if is_open else each for each in ids))
    )
    return seen


def _of_cases(user: User) -> Sequence[ColumnElement[bool]]:
    roles = [held.role for held in user.roles if held.role in (Role.SUPERVISOR, Role.MANAGER)]
    return UserTask.role.in_(roles), UserTask.process.in_(CASE_PROCESSES), UserTask.form != DISPATCH


def _names(session: Session, release_id: int, task: UserTask) -> dict[str, str]:
    element = compiled(session, release_id).processes[task.process].elements[task.element]
    return {lang: element.label(lang) for lang in ("zh", "en")}


def _decidable(user: User) -> Sequence[ColumnElement[bool]]:
    roles = [held.role for held in user.roles if held.role in (Role.SUPERVISOR, Role.MANAGER)]
    return (
        UserTask.role.in_(roles),
        OperationRequest.requester_id.is_distinct_from(user.id),
        OperationRequest.decided_by_id.is_distinct_from(user.id),
    )


def _query(user: User) -> Select[OperationRequest, Case, str, str, str, str, UserTask]:
    return (
        select(OperationRequest, Case, Customer.name, _Requester.name, _Decider.name, _Collector.name, UserTask)
        .join(Case, Case.id == OperationRequest.case_id)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(_Requester, _Requester.id == OperationRequest.requester_id)
        .outerjoin(_Decider, _Decider.id == OperationRequest.decided_by_id)
        .outerjoin(_Collector, _Collector.id == Case.collector_id)
        .outerjoin(UserTask, and_(UserTask.instance_id == OperationRequest.instance_id, UserTask.process == PROCESS))
        .where(_in_scope(user, OperationRequest.case_id))
    )


def _rows(session: Session, query: Select[OperationRequest, Case, str, str, str, str, UserTask]) -> list[RequestRow]:
    return [RequestRow(*row) for row in session.execute(query)]
