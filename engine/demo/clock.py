"""The demo's clock jumps to the next day: money arrives and timers fire on the way."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.db import begin_write
from engine.demo import feed
from engine.demo.ticking import ROW, jump, reading
from engine.errors import Conflict
from engine.models import DemoClock
from engine.sweep import sweep


class NotADemo(Conflict):
    """Only the demonstration's clock can be moved."""


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
