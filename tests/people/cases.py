"""Cases as bare rows, where a test is about who has them and not about the diagram."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from engine import clock, search
from engine.models import Assignment, Case, Customer, Instance, Release, Stage, Status, User, UserTask

_numbers = count(1)


def a_customer(session: Session) -> Customer:
    """A customer of whom nothing else is known."""
    number = next(_numbers)
    customer = Customer(customer_no=f"C{number}", name=f"Customer {number}", created_at=clock.now())
    session.add(customer)
    session.flush()
    search.index_new(session, [(customer.id, customer.name, None, ())])
    return customer


def a_case(
    session: Session,
    *,
    customer: Customer | None = None,
    product: str = "card",
    stage: str = Stage.COLLECTION,
    tier: str | None = "M1",
    group_id: int | None = None,
    amount: str = "100.00",
    status: str = Status.TO_DISPATCH,
) -> Case:
    """An open case that waits for dispatch."""
    case = Case(
        customer_id=(customer or a_customer(session)).id,
        product=product,
        currency="CNY",
        stage=stage,
        tier=tier,
        status=status,
        group_id=group_id,
        past_due_amount=Decimal(amount),
        total_outstanding=Decimal(amount),
        order_count=1,
        opened_at=clock.now(),
    )
    session.add(case)
    session.flush()
    return case


def held_by(session: Session, case: Case, collector: User) -> Assignment:
    """Let a collector have the case, as rows."""
    case.collector_id, case.assigned_at, case.status = collector.id, clock.now(), Status.IN_WORK
    assignment = Assignment(
        case_id=case.id, collector_id=collector.id, group_id=case.group_id, tier=case.tier, from_at=clock.now()
    )
    session.add(assignment)
    session.flush()
    return assignment


def a_user_task(
    session: Session, case: Case, element: str, *, assignee_id: int | None = None, process: str = "collection"
) -> UserTask:
    """A user task that waits for the case, with an instance and a release of no content."""
    release = Release(status="published", created_at=clock.now())
    session.add(release)
    session.flush()
    instance = Instance(
        release_id=release.id,
        process=process,
        business_key=case.id,
        lock_key=case.customer_id,
        state=b"",
        started_at=clock.now(),
    )
    session.add(instance)
    session.flush()
    case.instance_id = instance.id
    task = UserTask(
        instance_id=instance.id,
        token=f"{next(_numbers):032x}",
        process=process,
        element=element,
        business_key=case.id,
        role="supervisor" if element == "dispatch" else "collector",
        group_id=case.group_id,
        assignee_id=assignee_id,
        form=element,
        since_at=clock.now(),
    )
    session.add(task)
    session.flush()
    return task
