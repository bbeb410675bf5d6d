"""The outbox relay: messages written by acts are sent afterwards, each once, after a last look at whether they may be.

1. Claim: lock the customers, then their messages that wait (skipping what somebody else has); look again at the
   customer's block and the case's suspension; count the try, lease the rest to ourselves for a minute; commit.
2. Send, outside any transaction. A process killed here leaves the lease to run out; the next try carries the same key.
3. Note what came of each: sent, to be tried again later, or dead after the last try; commit.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Update, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, dead_letters, history
from engine.db import begin_write
from engine.flow import kernel as kernels
from engine.gateways import Gateway, Outgoing
from engine.models import Case, Customer, OutboxMessage

TEXT = "text"
LEASE = dt.timedelta(seconds=60)
FIRST_PAUSE = dt.timedelta(seconds=10)
LONGEST_PAUSE = dt.timedelta(hours=1)
MOST_ATTEMPTS = 8
BATCH = 50
_log = logging.getLogger(__name__)


@dataclass
class Relayed:
    """What came of the messages that were looked at."""

    sent: int = 0
    blocked: int = 0
    held: int = 0
    failed: int = 0
    dead: int = 0


def relay(
    sessions: sessionmaker[Session],
    gateway: Gateway,
    *,
    batch: int = BATCH,
    should_stop: Callable[[], bool] = lambda: False,
) -> Relayed:
    """Send all that is due by now (real time); stops between batches when asked to."""
    done = Relayed()
    while not should_stop():
        before = vars(done).copy()
        claimed = _claim(sessions, batch, done)
        for message, attempts in claimed:
            _send(sessions, gateway, message, attempts, done)
        if vars(done) == before:
            break  # nothing waits, or somebody else has it
    return done


def is_due(session: Session) -> bool:
    """Whether any message waits to be sent by now."""
    return session.execute(_waiting(1)).first() is not None


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed tries: ten seconds, then four times as long each time, at most an hour."""
    return min(FIRST_PAUSE * float(4 ** (attempts - 1)), LONGEST_PAUSE)


def _waiting(size: int) -> Select[int, int | None]:
    return (
        select(OutboxMessage.id, OutboxMessage.customer_id)
        .where(OutboxMessage.status == "waiting", OutboxMessage.next_try_at <= clock.real_now())
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
        .limit(size)
    )


def _claim(sessions: sessionmaker[Session], size: int, done: Relayed) -> list[tuple[Outgoing, int]]:
    """Messages that are ours to send now, each with the number of this try. One transaction."""
    with sessions() as session:
        begin_write(session)
        claimed = [(_outgoing(row), row.attempts) for row in _locked(session, size) if _may_go(session, row, done)]
        session.commit()
    return claimed


def _locked(session: Session, size: int) -> Sequence[OutboxMessage]:
    """Due messages, their customers locked first as every act does, so that no block can slip in between."""
    wanted = session.execute(_waiting(size)).all()
    customers = {row.customer_id for row in wanted if row.customer_id is not None}
    ours = kernels.of(session).domain.lock(session, customers, skip_locked=True) if customers else set()
    ids = [row.id for row in wanted if row.customer_id is None or row.customer_id in ours]
    return session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.id.in_(ids),
            OutboxMessage.status == "waiting",
            OutboxMessage.next_try_at <= clock.real_now(),
        )
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _may_go(session: Session, row: OutboxMessage, done: Relayed) -> bool:
    """The last look: a text to a blocked customer is blocked, one of a suspended case held. Else it is leased to us."""
    if row.kind == TEXT and (rule := _blocking_rule(session, row)):
        row.status, row.last_error = "blocked", rule
        case = session.get(Case, row.case_id) if row.case_id else None
        history.record(
            session, "text_blocked", case=case, customer_id=row.customer_id, rule=rule, key=row.key, message_id=row.id
        )
        done.blocked += 1
        return False
    if row.kind == TEXT and _is_suspended(session, row):
        row.status = "held"
        done.held += 1
        return False
    row.attempts += 1
    row.next_try_at = clock.real_now() + LEASE
    return True


def _blocking_rule(session: Session, row: OutboxMessage) -> str | None:
    customer = session.get(Customer, row.customer_id, populate_existing=True) if row.customer_id else None
    return f"customer_blocked:{customer.block_reason}" if customer is not None and customer.block_reason else None


def _is_suspended(session: Session, row: OutboxMessage) -> bool:
    if row.case_id is None:
        return False
    return session.scalar(select(Case.suspension_id).where(Case.id == row.case_id)) is not None


def _outgoing(row: OutboxMessage) -> Outgoing:
    return Outgoing(
        id=row.id,
        key=row.key,
        kind=row.kind,
        customer_id=row.customer_id,
        case_id=row.case_id,
        payload=row.payload,
        created_at=row.created_at,
    )


def _send(sessions: sessionmaker[Session], gateway: Gateway, message: Outgoing, attempts: int, done: Relayed) -> None:
    """Hand one message over and note what came of it."""
    try:
        gateway.send(message)
    except Exception as error:
        _log.warning("message %s: try %s failed: %s", message.key, attempts, error)
        _note_failure(sessions, message, attempts, f"{type(error).__name__}: {error}"[:4000], done)
        return
    # It may have been held or closed while it was on its way: it has gone all the same.
    _note(sessions, message, status="sent", sent_at=clock.real_now(), last_error=None)
    done.sent += 1


def _note_failure(sessions: sessionmaker[Session], message: Outgoing, attempts: int, error: str, done: Relayed) -> None:
    if attempts < MOST_ATTEMPTS:
        _note(sessions, message, next_try_at=clock.real_now() + pause_after(attempts), last_error=error)
        done.failed += 1
        return
    with sessions() as session:
        begin_write(session)
        session.execute(_update(message, status="dead", last_error=error))
        dead_letters.record(session, dead_letters.MESSAGE, {"message_id": message.id}, error)
        session.commit()
    done.dead += 1


def _note(sessions: sessionmaker[Session], message: Outgoing, **values: object) -> None:
    with sessions() as session:
        begin_write(session)
        session.execute(_update(message, **values))
        session.commit()


def _update(message: Outgoing, **values: object) -> Update:
    return update(OutboxMessage).where(OutboxMessage.id == message.id, OutboxMessage.status != "sent").values(**values)
