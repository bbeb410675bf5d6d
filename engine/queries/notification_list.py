"""What a person is told, newest first; what was told as one is one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case as choose
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from engine.models import Case, Customer, Notification, User

MOST = 50


@dataclass(frozen=True)
class Told:
    """What one is told: the latest of `many`, with its case, whose case it is, and who did it."""

    notification: Notification
    many: int
    at: dt.datetime
    case: Case | None
    customer: str | None
    by: str | None

    @property
    def is_read(self) -> bool:
        """Whether it was read."""
        return self.notification.read_at is not None


def unread_count(session: Session, user: User) -> int:
    """How many things this person has not read."""
    unread = (Notification.user_id == user.id, Notification.read_at.is_(None))
    return session.scalar(select(func.count(Notification.told_as.distinct())).where(*unread)) or 0


def latest(session: Session, user: User, *, before: int | None = None, limit: int = MOST) -> Sequence[Told]:
    """The latest, those before a notification of that id."""
    is_read = choose((Notification.read_at.is_(None), 0), else_=1)
    newest = func.max(Notification.id).label("newest")
    groups = (
        select(newest, func.count().label("many"))
        .where(Notification.user_id == user.id)
        .group_by(Notification.told_as, is_read)
        .order_by(newest.desc())
        .limit(limit)
    )
    grouped = (groups if before is None else groups.having(newest < before)).subquery()
    by = aliased(User)
    query = (
        select(Notification, grouped.c.many, Case, Customer.name.label("customer"), by.name.label("by"))
        .join(grouped, grouped.c.newest == Notification.id)
        .outerjoin(Case, Case.id == Notification.case_id)
        .outerjoin(Customer, Customer.id == Case.customer_id)
        .outerjoin(by, by.id == Notification.by_id)
        .order_by(Notification.id.desc())
    )
    return [
        Told(row.Notification, row.many, row.Notification.at, row.Case, row.customer, row.by)
        for row in session.execute(query)
    ]
