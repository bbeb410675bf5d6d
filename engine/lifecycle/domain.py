"""The domain's side of every act: locking customers, keeping the case's status, noticing the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import assignments
from engine.db import is_sqlite
from engine.flow.instance import Act
from engine.lifecycle import closing
from engine.lifecycle.subject import case_of
from engine.models import Customer, Status

# Where tokens stand at several elements, what keeps people from working the case says its status.
_STRONGEST = [
    Status.SUSPENDED,
    Status.TO_DECIDE,
    Status.PLACED,
    Status.LEGAL,
    Status.WRITTEN_OFF,
    Status.TO_DISPATCH,
    Status.IN_WORK,
    Status.CLOSED,
]


class CaseDomain:
    """Cases as the kernel's domain; `lock_key` is the customer's id, `business_key` the case's."""

    def lock(self, session: Session, keys: Collection[int], *, skip_locked: bool = False) -> set[int]:
        """Locks customers in order of id. SQLite has one writer, who has locked everything already."""
        if is_sqlite(session):
            return set(keys)
        statement = (
            select(Customer.id)
            .where(Customer.id.in_(sorted(keys)))
            .order_by(Customer.id)
            .with_for_update(skip_locked=skip_locked)
        )
        return set(session.scalars(statement))

    def positioned(self, act: Act, statuses: Sequence[str]) -> None:
        """The case's status is what the diagram says at the element where it waits."""
        case = case_of(act)
        if act.live.id != case.instance_id:
            return  # a request about the case, not the case's own life
        case.revision += 1
        if statuses and case.status != Status.CLOSED:
            case.status = min((Status(each) for each in statuses), key=_STRONGEST.index)
        if case.status == Status.TO_DISPATCH and case.collector_id is not None:
            assignments.end(act.session, case, "absent", by_id=act.actor_id)

    def ended(self, act: Act) -> None:
        """A case's diagram that ends without closing it would leave money without anybody: it is closed as `other`."""
        case = case_of(act)
        if act.live.id == case.instance_id and case.closed_at is None:
            closing.close(act, case)
