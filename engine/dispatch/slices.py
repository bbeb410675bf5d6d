"""Working off a batch in short transactions, each case by itself, going on where a killed job stopped.

One slice of a batch:

1. Read the next items that are still to be done; lock their customers in order of id.
2. Read the items again, locked: what another worker did meanwhile has fallen away.
3. All of them at once, with few statements, where the work knows how. If one fails the transaction is rolled back.
4. Then, or where it does not know, each case in a savepoint: it succeeds, or is rolled back and noted with its reason,
   and the next one goes on.
5. Item, case, diagram, counts: all in this transaction. On SQLite it is over after about a tenth of a second and lets
   other writers in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from engine.db import begin_write, is_sqlite
from engine.dispatch.reasons import Reason
from engine.errors import DunflowError
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import Case, DispatchBatch, DispatchItem

Progress = Callable[[int, int], None]  # done, of how many
SLICE_ITEMS = 200
SQLITE_SLICE_ITEMS = 30  # about a tenth of a second when all goes well
SLICE_SECONDS = 0.1
PAUSE_SECONDS = 0.02
SERVER_ERROR = 500
_log = logging.getLogger(__name__)
_REFUSED = {
    "IsAbsent": Reason.ABSENT,
    "IsFull": Reason.FULL,
    "NotInGroup": Reason.NOT_IN_GROUP,
    "NoGroup": Reason.NO_GROUP,
    "AlreadyAssigned": Reason.ASSIGNED,
    "TaskGone": Reason.NOT_WAITING,
    "NotWaiting": Reason.NOT_WAITING,
    "NothingToReassign": Reason.MOVED,
    "SamePerson": Reason.MOVED,
    "WithSomebodyElse": Reason.MOVED,
    "OutOfScope": Reason.OUT_OF_SCOPE,
}


@dataclass
class Slice:
    """What one transaction works on, and what writes the incidents of diagrams that failed in it, once it is over."""

    session: Session
    batch: DispatchBatch
    items: Sequence[DispatchItem]
    failures: list[Callable[[sessionmaker[Session]], object]] = field(default_factory=list)


One = Callable[[DispatchItem], bool]  # deals with an item; whether it succeeded


@dataclass(frozen=True)
class Work:
    """Which items of a batch are to be done, and how those of a slice are."""

    to_do: tuple[ColumnElement[bool], ...]
    how: Callable[[Slice], One]
    counted: bool  # in the batch's `dispatched` and `skipped`
    at_once: Callable[[Slice], int] | None = None  # all items of a slice; how many succeeded; raises if one fails


def work_off(sessions: sessionmaker[Session], batch_id: int, work: Work, progress: Progress | None) -> None:
    """Slice after slice, until nothing is left to do; `progress` hears of the items left when it began."""
    done, total = 0, _left(sessions, batch_id, work)
    while (count := _one_slice(sessions, batch_id, work)) is not None:
        done += count
        if progress is not None:
            progress(min(done, total), total)


def alone(part: Slice, item: DispatchItem, act: Callable[[], None]) -> str | None:
    """Does the act in a savepoint. None when it succeeded, otherwise why it did not; a lost database stops the job."""
    try:
        with part.session.begin_nested():
            act()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        flow.discard(part.session)
        if not is_failure(error):
            code = type(error).__name__
            return _REFUSED.get(code, code)
        _log.exception("case %s of dispatch batch %s failed", item.case_id, item.batch_id)
        return Reason.FAILED
    return None


def is_failure(error: BaseException) -> bool:
    """Whether it is an error of a diagram or of ours, rather than a refusal of what was asked."""
    if not isinstance(error, DunflowError) or error.status >= SERVER_ERROR:
        return True
    return type(error).__module__.startswith("engine.flow.")  # an expression or a table that could not be worked out


def note(item: DispatchItem, outcome: str, reason: str | None) -> bool:
    """Writes what came of an item; whether it succeeded."""
    item.outcome, item.reason = outcome, None if reason is None else str(reason)
    return reason is None


def _left(sessions: sessionmaker[Session], batch_id: int, work: Work) -> int:
    with sessions() as session:
        query = select(func.count()).select_from(DispatchItem).where(DispatchItem.batch_id == batch_id, *work.to_do)
        return session.scalar(query) or 0


def _one_slice(sessions: sessionmaker[Session], batch_id: int, work: Work) -> int | None:
    """One transaction; how many items it dealt with, None when nothing is left."""
    if work.at_once is None:
        return _transaction(sessions, batch_id, work, _each)
    try:
        return _transaction(sessions, batch_id, work, partial(_all, at_once=work.at_once))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return _transaction(sessions, batch_id, work, _each)


def _transaction(
    sessions: sessionmaker[Session], batch_id: int, work: Work, way: Callable[[Slice, Work], int]
) -> int | None:
    with sessions() as session:
        begin_write(session)
        conditions = (DispatchItem.batch_id == batch_id, *work.to_do)
        customers = _next_customers(session, conditions)
        if not customers:
            return None
        part = Slice(session, session.get_one(DispatchBatch, batch_id), _claim(session, conditions, customers))
        done = way(part, work)
        session.commit()
        sqlite = is_sqlite(session)
    for write_incident in part.failures:
        write_incident(sessions)
    if sqlite:
        time.sleep(PAUSE_SECONDS)  # SQLite's lock is not fair: whoever waits for it gets a chance
    return done


def _next_customers(session: Session, conditions: Sequence[ColumnElement[bool]]) -> dict[int, int]:
    """The customers of the next items, by item id."""
    most = min(SLICE_ITEMS, SQLITE_SLICE_ITEMS) if is_sqlite(session) else SLICE_ITEMS
    query = select(DispatchItem.id, Case.customer_id).join(Case, Case.id == DispatchItem.case_id)
    rows = session.execute(query.where(*conditions).order_by(DispatchItem.id).limit(most))
    return {row.id: row.customer_id for row in rows}


def _claim(
    session: Session, conditions: Sequence[ColumnElement[bool]], customers: Mapping[int, int]
) -> Sequence[DispatchItem]:
    """The items that are still to be done once their customers are locked."""
    kernels.of(session).domain.lock(session, sorted(set(customers.values())))
    query = select(DispatchItem).where(DispatchItem.id.in_(customers), *conditions).order_by(DispatchItem.id)
    return session.scalars(query.with_for_update()).all()


def _each(part: Slice, work: Work) -> int:
    """Deals with items until the slice's time is up (SQLite), and counts them in the batch."""
    one = work.how(part)
    until = time.monotonic() + SLICE_SECONDS
    done = succeeded = 0
    for item in part.items:
        succeeded += one(item)
        done += 1
        if is_sqlite(part.session) and time.monotonic() > until:
            break
    _count(part, work, done, succeeded)
    return done


def _all(part: Slice, work: Work, at_once: Callable[[Slice], int]) -> int:
    """Deals with all items or raises."""
    _count(part, work, len(part.items), at_once(part))
    return len(part.items)


def _count(part: Slice, work: Work, done: int, succeeded: int) -> None:
    """In SQL, so that two workers' counts add up."""
    if work.counted:
        part.batch.dispatched = DispatchBatch.dispatched + succeeded
        part.batch.skipped = DispatchBatch.skipped + (done - succeeded)
