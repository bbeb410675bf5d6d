"""The demo's business time, kept in SQL: it runs while the demo runs, stands while it is down, and can jump a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.db import begin_write
from engine.demo import feed
from engine.demo.feed import ROW
from engine.errors import Conflict
from engine.models import DemoClock
from engine.sweep import sweep


class NotADemo(Conflict):
    """Only the demonstration's clock can be moved."""


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


def next_day(sessions: sessionmaker[Session]) -> dt.date:
    """Jump to the next 00:00 at the lender's place: money arrives and timers fire on the way. Gives the new date.

    Opens transactions of its own, so the caller must not be in one that writes. Raises NotADemo.
    """
    with sessions() as session:
        if session.get(DemoClock, ROW) is None:
            raise NotADemo
        now = reading(session)()
    midnight = clock.midnight(clock.local_date(now) + dt.timedelta(days=1))
    for at in feed.instants(sessions, midnight):
        _pass(sessions, at)
    _pass(sessions, midnight)
    return clock.local_date(midnight)


def _pass(sessions: sessionmaker[Session], at: dt.datetime) -> None:
    """The clock comes to `at`: what is paid by then arrives, and what is due is done."""
    with sessions() as session:
        begin_write(session)
        jump(session, at)
        session.commit()
    with clock.use(at):
        feed.feed(sessions)
        sweep(sessions)


def jump(session: Session, business_at: dt.datetime) -> None:
    """Business time is `business_at` from now on; it never goes back."""
    row = session.get(DemoClock, ROW, with_for_update=True, populate_existing=True)
    if row is not None and business_at > row.business_at:
        row.business_at, row.real_at = business_at, clock.real_now()
