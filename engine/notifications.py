"""Telling people what concerns them, in the transaction of the act that does; never of what they did themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.flow.act import room
from engine.models import Case, Membership, Notification

KEPT_DAYS = 90


class Kind(StrEnum):
    """What one is told."""

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
