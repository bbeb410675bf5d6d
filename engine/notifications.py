"""Telling people what concerns them, in the transaction of the act that does; never of what they did themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.flow.act import room
from engine.models import Case, FollowUp, Membership, Notification, Role, Status, User, UserRole
from engine.result_codes import ALL

KEPT_DAYS = 90
REMINDED_FROM = dt.timedelta(hours=6)
DATED = tuple(code for code, each in ALL.items() if each.promises)  # results that name a date


class Kind(StrEnum):
    """What one is told."""

    ASSIGNED = "assigned"  # a case is one's own now
    TAKEN = "taken"  # it no longer is
    APPROVED = "approved"  # what one asked for
    REFUSED = "refused"
    PROMISE_DUE = "promise_due"  # a customer of one's promised to pay today
    INCIDENT = "incident"  # something failed and waits for somebody to try it again
    PHONED_IN = "phoned_in"  # somebody noted that a customer of one's phoned in


def tell(
    session: Session,
    user_ids: Iterable[int | None],
    kind: Kind,
    *,
    told_as: str,
    case: Case | None = None,
    by_id: int | None = None,
    **data: Any,
) -> None:
    """Tell these people but for `by_id`, who did it. What is `told_as` one and unread is shown as one, with a number.

    Within an act or a batch the rows are written with the act's other rows, otherwise at once.
    """
    rows = [
        {
            "user_id": user_id,
            "kind": str(kind),
            "told_as": f"{kind}:{told_as}",
            "case_id": case.id if case else None,
            "by_id": by_id,
            "data": data,
            "at": clock.now(),
        }
        for user_id in sorted({each for each in user_ids if each is not None} - {by_id})
    ]
    shared = room(session)
    if shared.acting or shared.batching:
        for row in rows:
            shared.writes.add(Notification, row)
    elif rows:
        session.execute(insert(Notification), rows)


def who_answers_for(session: Session, case: Case) -> list[int]:
    """The case's collector; where nobody has it, the supervisors of its group."""
    if case.collector_id is not None:
        return [case.collector_id]
    supervise = (Membership.group_id == case.group_id, Membership.is_supervisor)
    return list(session.scalars(select(Membership.user_id).where(*supervise)))


def with_roles(session: Session, *roles: Role) -> list[int]:
    """Everybody who has one of the roles and has not left."""
    query = select(User.id).join(UserRole, UserRole.user_id == User.id).where(UserRole.role.in_(roles), User.active)
    return list(session.scalars(query.distinct()))


def promises_due(session: Session) -> int:
    """From `REMINDED_FROM` o'clock on, once a day: tells collectors of the promises due today in their cases."""
    today = clock.today()
    told_as = str(today)
    told = select(Notification.id).where(
        Notification.at >= clock.midnight(today),
        Notification.kind == Kind.PROMISE_DUE,
        Notification.told_as == f"{Kind.PROMISE_DUE}:{told_as}",
    )
    if clock.now() < clock.midnight(today) + REMINDED_FROM or session.scalar(told.limit(1)) is not None:
        return 0
    due = _promised_for(session, today)
    for case in due:
        tell(session, [case.collector_id], Kind.PROMISE_DUE, told_as=told_as, case=case)
    return len(due)


def _promised_for(session: Session, day: dt.date) -> Sequence[Case]:
    """Cases in work whose last result is a promise for that day."""
    latest = select(func.max(FollowUp.id)).where(FollowUp.case_id == Case.id).correlate(Case).scalar_subquery()
    query = (
        select(Case)
        .join(FollowUp, FollowUp.id == latest)
        .where(Case.last_result_code.in_(DATED), Case.status == Status.IN_WORK, FollowUp.promise_on == day)
    )
    return session.scalars(query.order_by(Case.id)).all()


def read(session: Session, user_id: int, told_as: str | None = None) -> None:
    """This person has read what was told as one; without it, everything."""
    which = [Notification.user_id == user_id, Notification.read_at.is_(None)]
    if told_as is not None:
        which.append(Notification.told_as == told_as)
    session.execute(update(Notification).where(*which).values(read_at=clock.now()))


def forget_old(session: Session) -> int:
    """What is older than `KEPT_DAYS` goes, read or not; how many."""
    before = clock.now() - dt.timedelta(days=KEPT_DAYS)
    gone = session.execute(delete(Notification).where(Notification.at < before).returning(Notification.id))
    return len(gone.all())
