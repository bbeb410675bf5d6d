"""Dead letters: jobs and messages that failed for good; seen by people, tried again when they say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.errors import Conflict, NotFound
from engine.models import DeadLetter, OutboxMessage

MESSAGE = "send"  # the "job" of an outbox message whose last try failed


class AlreadyRetried(Conflict):
    """Dead letter {id} has been tried again already."""


def record(
    session: Session, job: str, args: Mapping[str, Any], error: str, failed_at: dt.datetime | None = None
) -> DeadLetter:
    """Write down that a job failed for good. While the same one is still unanswered, it is only brought up to date."""
    letter = find(session, job, args)
    if letter is None:
        letter = DeadLetter(job=job, args=dict(args), error_text="", failed_at=clock.real_now())
        session.add(letter)
    letter.error_text = error[-4000:]
    letter.failed_at = failed_at or clock.real_now()
    session.flush()
    return letter


def find(session: Session, job: str, args: Mapping[str, Any]) -> DeadLetter | None:
    """The unanswered letter of a job with these arguments."""
    letters = session.scalars(select(DeadLetter).where(DeadLetter.job == job, DeadLetter.retried_at.is_(None)))
    return next((letter for letter in letters if letter.args == dict(args)), None)


def unanswered(session: Session, limit: int = 500) -> Sequence[DeadLetter]:
    """Those that nobody has tried again, newest first."""
    query = select(DeadLetter).where(DeadLetter.retried_at.is_(None)).order_by(DeadLetter.id.desc())
    return session.scalars(query.limit(limit)).all()


def retry(session: Session, letter_id: int, *, by_id: int | None) -> DeadLetter:
    """Have it tried again: the message, or what the job was to do, is waiting work once more and is found as such.

    Raises NotFound, AlreadyRetried.
    """
    letter = session.get(DeadLetter, letter_id, with_for_update=True, populate_existing=True)
    if letter is None:
        raise NotFound(what="dead letter", key=letter_id)
    if letter.retried_at is not None:
        raise AlreadyRetried(id=letter_id)
    letter.retried_at, letter.retried_by_id = clock.real_now(), by_id
    if letter.job == MESSAGE:
        _revive(session, int(letter.args["message_id"]))
    history.record(session, "dead_letter_retried", actor_id=by_id, letter_id=letter.id, job=letter.job)
    session.flush()
    return letter


def settle(session: Session, job: str, args: Mapping[str, Any]) -> bool:
    """A later run of the job did what this one could not: its letter needs no answer any more."""
    letter = find(session, job, args)
    if letter is not None:
        letter.retried_at = clock.real_now()
        session.flush()
    return letter is not None


def _revive(session: Session, message_id: int) -> None:
    """A dead message is tried anew, from its first try on."""
    row = session.get(OutboxMessage, message_id, with_for_update=True)
    if row is not None and row.status == "dead":
        row.status, row.attempts, row.next_try_at = "waiting", 0, clock.real_now()
