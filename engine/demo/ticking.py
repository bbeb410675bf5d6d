"""The demo's business time, kept in SQL: it runs while the demo runs, and stands while it is down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from engine import clock
from engine.models import DemoClock

ROW = 1


def reading(session: Session) -> Callable[[], dt.datetime]:
    """The demo's clock as `clock.use` takes it; the machine's where there is no demo."""
    row = session.get(DemoClock, ROW)
    if row is None:
        return clock.real_now
    ahead = row.business_at - row.real_at
    return lambda: clock.real_now() + ahead


def checkpoint(session: Session) -> None:
    """Note how far business time has come, so that the next start goes on from here. Inside a writing transaction."""
    row = session.get(DemoClock, ROW, with_for_update=True, populate_existing=True)
    if row is not None:
        now = clock.real_now()
        row.business_at, row.real_at = row.business_at + (now - row.real_at), now


def go_on(session: Session) -> None:
    """At a start: business time goes on from the last checkpoint, however long the demo was down."""
    row = session.get(DemoClock, ROW, with_for_update=True, populate_existing=True)
    if row is not None:
        row.real_at = clock.real_now()


def jump(session: Session, business_at: dt.datetime) -> None:
    """Business time is `business_at` from now on; it never goes back."""
    row = session.get(DemoClock, ROW, with_for_update=True, populate_existing=True)
    if row is not None and business_at > row.business_at:
        row.business_at, row.real_at = business_at, clock.real_now()
