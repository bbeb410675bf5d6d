"""Playing files through the engine, to hold its report against the independent count's."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from engine import clock, installing
from engine.db import begin_write
from engine.replay import Span, play, report
from engine.replay.reading import read_files
from tests.replay import independent
from tests.replay.files import Span as Window
from tests.replay.portfolios import Files

FOLLOWS_FROM_THE_WORK = {"user_tasks_completed", "timers_fired", "engine_steps", "seconds", "state_bytes"}


def replayed(sessions: sessionmaker[Session], files: Files, start: dt.date, end: dt.date, zone: str) -> dict[str, Any]:
    """The engine's report of a portfolio, played into an empty database."""
    span = Span(start, end, ZoneInfo(zone))
    with clock.use_zone(span.zone), clock.use(span.begins):
        with sessions() as session:
            begin_write(session)
            installing.publish_packaged(session)
            session.commit()
        read = read_files(*files)
    played = play(sessions, read.customers, read.orders, read.repayments, span)
    with sessions() as session:
        return report(session, played, span)


def counted(files: Files, start: dt.date, end: dt.date, zone: str) -> dict[str, Any]:
    """The independent report of the same files."""
    return independent.count(files.customers, files.orders, files.repayments, Window(start, end, ZoneInfo(zone)))


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """What must agree, number by number."""
    return {name: value for name, value in found.items() if name not in FOLLOWS_FROM_THE_WORK}
