"""Many acts in one transaction: what they will need is read with few statements before they begin.

Inside `flow.batching`. If one of them fails the whole transaction is rolled back, and the caller does each alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts, assignments, cases
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import Customer, Draft, Instance, UserTask


def prefetch(session: Session, instance_ids: Collection[int] = (), customer_ids: Collection[int] = ()) -> None:
    """Reads instances and customers, and the customers' open cases and who has them; kept to the batch's end."""
    flow.load_many(session, list(instance_ids))
    live = flow.room(session).live
    keys = {live[each].lock_key for each in instance_ids if each in live}.union(customer_ids)
    opened = cases.read_ahead(session, keys)
    assignments.read_ahead(session, opened)
    flow.known(session, "customers", session.scalars(select(Customer).where(Customer.id.in_(keys))).all())


def complete(
    session: Session, tasks: Sequence[UserTask], form_of: Callable[[UserTask], tuple[Mapping[str, Any], int | None]]
) -> None:
    """Completes user tasks that still wait, customers locked; `form_of` gives the form and who completes it."""
    with flow.batching(session):
        prefetch(session, [task.instance_id for task in tasks])
        drafted = _drafted(session, {task.business_key for task in tasks})
        for task in tasks:
            form, actor_id = form_of(task)
            live = flow.load(session, task.instance_id)
            acts.complete_locked(session, live, task, form, actor_id=actor_id, has_draft=task.business_key in drafted)


def waiting(session: Session, task_ids: Collection[int]) -> list[UserTask]:
    """Locks the customers behind user tasks and gives those tasks that still wait, in order of customer."""
    keys = select(Instance.lock_key).join(UserTask, UserTask.instance_id == Instance.id)
    kernels.of(session).domain.lock(session, set(session.scalars(keys.where(UserTask.id.in_(task_ids)))))
    found = session.scalars(
        select(UserTask).where(UserTask.id.in_(task_ids)).execution_options(populate_existing=True)
    ).all()
    order = {each: place for place, each in enumerate(task_ids)}
    return sorted(found, key=lambda task: order[task.id])


def _drafted(session: Session, case_ids: Iterable[int]) -> set[int]:
    return set(session.scalars(select(Draft.case_id).where(Draft.case_id.in_(set(case_ids)))))
