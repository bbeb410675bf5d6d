"""Who has which case open: a lease that is renewed while the page is open and otherwise ends by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, delete, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import clock
from engine.db import is_sqlite
from engine.models import CaseLease, Instant, User

LEASE_SECONDS = 180  # pages renew it every minute


@dataclass(frozen=True)
class Held:
    """Who has a case open, and since when (business time)."""

    user_id: int
    name: str
    since_at: dt.datetime


def take(session: Session, case_id: int, user_id: int) -> bool:
    """Take or renew the lease of a case, in one statement. False where somebody else's has not ended.

    Of two at the same moment one wins, on both databases: the row is the lock. Ends are in real time, since a
    demonstration's clock jumps.
    """
    real, insert = clock.real_now(), (sqlite.insert if is_sqlite(session) else postgresql.insert)
    until_at = real + dt.timedelta(seconds=LEASE_SECONDS)
    row = {"case_id": case_id, "user_id": user_id, "since_at": clock.now(), "until_at": until_at}
    is_mine, is_over = CaseLease.user_id == user_id, CaseLease.until_at <= real
    statement = (
        insert(CaseLease)
        .values(row)
        .on_conflict_do_update(
            index_elements=[CaseLease.case_id],
            set_={"user_id": user_id, "until_at": until_at, "since_at": _since(is_over, clock.now())},
            where=or_(is_mine, is_over),
        )
        .returning(CaseLease.case_id)
    )
    return session.scalar(statement) is not None


def _since(is_over: ColumnElement[bool], now: dt.datetime) -> ColumnElement[dt.datetime]:
    """A lease that is renewed goes on; one that had ended begins anew."""
    return case((is_over, literal(now, Instant)), else_=CaseLease.since_at)


def release(session: Session, case_id: int, user_id: int) -> None:
    """Give one's own lease back; nothing happens where it is somebody else's, or over."""
    session.execute(delete(CaseLease).where(CaseLease.case_id == case_id, CaseLease.user_id == user_id))


def held(session: Session, case_ids: Sequence[int], *, besides: int) -> dict[int, Held]:
    """Of these cases, those that somebody other than `besides` has open now."""
    query = (
        select(CaseLease.case_id, CaseLease.user_id, User.name, CaseLease.since_at)
        .join(User, User.id == CaseLease.user_id)
        .where(CaseLease.case_id.in_(case_ids), CaseLease.user_id != besides, CaseLease.until_at > clock.real_now())
    )
    return {row.case_id: Held(row.user_id, row.name, row.since_at) for row in session.execute(query)}
