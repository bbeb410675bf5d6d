"""A collector's cases with a ready follow-up, and what their order depends on: few statements, however many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.contact import UNCALLABLE
from engine.desk.order import Candidate
from engine.models import Case, Contact, Customer, Role, User, UserTask
from engine.people import visible_cases
from engine.queries.work_list import DATED, MOST, promises


def candidates(session: Session, user: User, case_id: int | None = None) -> list[Candidate]:
    """Open cases of this person whose customers are not blocked; of one case alone, where one is named."""
    found = _ready(session, user, case_id)
    promised = promises(session, [row.Case.id for row in found if row.Case.last_result_code in DATED])
    return [_candidate(row, *promised.get(row.Case.id, (None, None))) for row in found]


def _ready(session: Session, user: User, case_id: int | None) -> Sequence[Any]:
    phone = exists().where(
        Contact.customer_id == Customer.id, Contact.kind == "phone", Contact.standing.not_in(UNCALLABLE)
    )
    ready = select(UserTask.business_key).where(UserTask.assignee_id == user.id, UserTask.role == Role.COLLECTOR)
    query = (
        select(Case, Customer.name, Customer.timezone, phone.label("is_callable"))
        .join(Customer, Customer.id == Case.customer_id)
        .where(
            Case.id.in_(ready),
            Case.closed_at.is_(None),
            Customer.block_reason.is_(None),
            visible_cases(user),
        )
        .order_by(Case.id)
        .limit(MOST)
    )
    if case_id is not None:
        query = query.where(Case.id == case_id)
    return session.execute(query).all()


def _candidate(row: Any, promise_on: Any, promise_amount: Any) -> Candidate:
    case: Case = row.Case
    return Candidate(
        case_id=case.id,
        case_no=case.case_no,
        customer=row.name,
        currency=case.currency,
        past_due_amount=case.past_due_amount,
        oldest_due_on=case.oldest_due_on,
        last_result_code=case.last_result_code,
        next_action_at=case.next_action_at,
        follow_up_count=case.follow_up_count,
        timezone=row.timezone,
        is_callable=bool(row.is_callable),
        promise_on=promise_on,
        promise_amount=promise_amount,
    )
