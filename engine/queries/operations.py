"""What keeps the system running: processes, work that waits in SQL, jobs and messages that failed for good."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.dispatch.batches import OPEN
from engine.models import DeadLetter, DispatchBatch, Heartbeat, ImportRun, LoanOrder, OutboxMessage, Timer, User


@dataclass(frozen=True)
class Waiting:
    """Work that waits in SQL, by kind: how much of it."""

    timers: int
    orders: int
    batches: int
    imports: int
    messages: int
    held: int


def unanswered_count(session: Session, _user: User) -> int:
    """How many dead letters nobody has tried again."""
    return session.scalar(select(func.count(DeadLetter.id)).where(DeadLetter.retried_at.is_(None))) or 0


def heartbeats(session: Session) -> list[Heartbeat]:
    """Signs of life, by name."""
    return list(session.scalars(select(Heartbeat).order_by(Heartbeat.name)))


def waiting(session: Session) -> Waiting:
    """How much of each kind, in one statement."""
    now = clock.now()
    counts = (
        select(func.count(Timer.id)).where(Timer.due_at <= now),
        select(func.count(LoanOrder.id)).where(LoanOrder.next_step_at <= now),
        select(func.count(DispatchBatch.id)).where(DispatchBatch.status.in_(OPEN)),
        select(func.count(ImportRun.id)).where(ImportRun.status.in_(("waiting", "running"))),
        select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "waiting"),
        select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "held"),
    )
    return Waiting(*session.execute(select(*(each.scalar_subquery() for each in counts))).one())


def answered(session: Session, *, limit: int = 50) -> list[tuple[DeadLetter, str | None]]:
    """Dead letters that were tried again or settled, newest first, with who did it; None: a later run did."""
    query = select(DeadLetter, User.name).outerjoin(User, User.id == DeadLetter.retried_by_id)
    query = query.where(DeadLetter.retried_at.is_not(None)).order_by(DeadLetter.id.desc())
    return [(letter, name) for letter, name in session.execute(query.limit(limit))]
