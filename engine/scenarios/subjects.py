"""Whom a step is about: the customer, the case, its request, user tasks, orders."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.flow.findings import Text
from engine.models import Case, Customer, LoanOrder, OperationRequest, User, UserTask
from engine.scenarios.reading import Step
from engine.scenarios.world import CUSTOMER


class Otherwise(Exception):
    """The story goes otherwise than told: what was looked at, what was expected, what was got."""

    def __init__(self, what: Text, expected: object, got: object, line: int | None = None) -> None:
        self.what, self.expected, self.got, self.line = what, str(expected), str(got), line
        super().__init__(f"{what.en}: expected {expected}, got {got}")


def customer(session: Session) -> Customer:
    """The story's customer."""
    return session.scalars(select(Customer).where(Customer.customer_no == CUSTOMER)).one()


def find_case(session: Session, step: Step) -> Case | None:
    """The customer's newest case of the step's stage and product."""
    return session.scalar(
        select(Case)
        .where(Case.stage == step.stage, Case.product == step.product, Case.customer_id == customer(session).id)
        .order_by(Case.id.desc())
        .limit(1)
    )


def case(session: Session, step: Step) -> Case:
    """The same; raises Otherwise where there is none."""
    found = find_case(session, step)
    if found is None:
        raise Otherwise(Text("cases", "案件"), f"a {step.stage} case of {step.product}", "none")
    return found


def request(session: Session, step: Step) -> OperationRequest | None:
    """The newest request for the case."""
    found = find_case(session, step)
    if found is None:
        return None
    return session.scalar(
        select(OperationRequest)
        .where(OperationRequest.case_id == found.id)
        .order_by(OperationRequest.id.desc())
        .limit(1)
    )


def user_tasks(session: Session, step: Step) -> list[UserTask]:
    """What people can do about the case now, its requests' tasks too."""
    found = find_case(session, step)
    if found is None:
        return []
    return list(session.scalars(select(UserTask).where(UserTask.business_key == found.id).order_by(UserTask.id)))


def orders(session: Session) -> dict[str, LoanOrder]:
    """The customer's orders by number."""
    return {each.order_no: each for each in session.scalars(select(LoanOrder))}


def user(session: Session, login: str) -> User:
    """Somebody of the cast."""
    return session.scalars(select(User).where(User.login == login)).one()
