"""Whether the system is well: who gave a sign of life when, what fails, what piles up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import DeadLetter, Heartbeat, Incident, OutboxMessage, Timer

SILENT_AFTER = dt.timedelta(seconds=150)  # two and a half beats
FORGOTTEN_AFTER = dt.timedelta(days=1)
LATE_AFTER = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Health:
    """How things stand; `problems` are codes, none when all is well."""

    alive: dict[str, float]  # process name: seconds since its last sign of life
    silent: list[str]
    incidents: int
    dead_letters: int
    late_timers: int
    unsent: int
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def beat(session: Session, name: str, detail: Mapping[str, Any] | None = None) -> None:
    """A sign of life of a process."""
    row = session.get(Heartbeat, name)
    if row is None:
        row = Heartbeat(name=name, at=clock.real_now(), detail={})
        session.add(row)
    row.at, row.detail = clock.real_now(), dict(detail or {})
    session.flush()


def gone(session: Session, name: str) -> None:
    """A process ended as it should: nobody waits for its signs of life."""
    row = session.get(Heartbeat, name)
    if row is not None:
        session.delete(row)
        session.flush()


def report(session: Session) -> Health:
    """How things stand now; business time must be set."""
    now = clock.real_now()
    ages = {
        beat.name: (now - beat.at).total_seconds()
        for beat in session.scalars(select(Heartbeat).order_by(Heartbeat.name))
        if now - beat.at < FORGOTTEN_AFTER
    }
    silent = [name for name, age in ages.items() if age > SILENT_AFTER.total_seconds()]
    late = _count(session, Timer.id, Timer.due_at <= clock.now() - LATE_AFTER)
    incidents = _count(session, Incident.id, Incident.resolved_at.is_(None))
    letters = _count(session, DeadLetter.id, DeadLetter.retried_at.is_(None))
    unsent = _count(session, OutboxMessage.id, OutboxMessage.status == "waiting")
    found = {"no_workers": not ages, "silent": silent, "late_timers": late, "dead_letters": letters}
    alive = {name: round(age, 1) for name, age in ages.items() if name not in silent}
    return Health(alive, silent, incidents, letters, late, unsent, [code for code, bad in found.items() if bad])


def _count(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0
