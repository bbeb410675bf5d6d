"""The sweep: whatever is due by now is done, customer by customer, each batch in one transaction.

1. Find customers with timers or orders that are due (`ix_timers_due_at`, `ix_loan_orders_next_step_at`).
2. Claim them: lock their rows, skipping those somebody else has; two sweeps at once are harmless.
3. For each customer do what is due in the order of instants, and at one instant: orders that become overdue, tiers
   that end, orders that come near, everything else (`Timer.priority`).
4. Commit claim and effect together. If anything fails, roll back and do each customer of the batch alone; what fails
   alone becomes an incident and steps aside.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import batches, cases, clock, incidents, intake
from engine.db import begin_write
from engine.flow import inbox
from engine.flow import instance as flow
from engine.flow import kernel as kernels
from engine.models import Customer, LoanOrder, Timer

OVERDUE, NEAR = 10, 30
_MOST_EVENTS = 200  # of one customer in one sweep; more is a diagram that never rests


@dataclass
class Swept:
    """What a sweep did."""

    customers: int = 0
    timers: int = 0
    orders: int = 0
    incidents: int = 0
    batches: int = 0


@dataclass(order=True)
class _Due:
    """One thing that is due: sorted by instant, priority, and the order's due date and number."""

    key: tuple[Any, ...]
    order: LoanOrder | None = field(default=None, compare=False)
    instance_id: int = field(default=0, compare=False)
    token: str = field(default="", compare=False)
    element: str = field(default="", compare=False)


def sweep(
    sessions: sessionmaker[Session],
    *,
    batch: int = 200,
    limit: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Swept:
    """Does all that is due by `clock.now()`, at most `limit` customers; stops between batches when asked to."""
    done = Swept()
    passed_over: set[int] = set()
    _close_what_never_listened(sessions)
    while not should_stop() and (limit is None or done.customers < limit):
        size = batch if limit is None else min(batch, limit - done.customers)
        claimed = _batch(sessions, size, done, passed_over)
        if not claimed:
            break
        done.batches += 1
    return done


def _close_what_never_listened(sessions: sessionmaker[Session]) -> None:
    """Settlement is a guardrail: a case whose diagram did not take the message in time is closed all the same."""
    with sessions() as session:
        if not inbox.expired(session, limit=1):
            return
    with sessions() as session:
        begin_write(session)
        for message in inbox.expired(session, limit=_MOST_EVENTS):
            message.consumed_at = clock.now()
            cases.close_without_diagram(session, message.instance_id)
        session.commit()


def _batch(sessions: sessionmaker[Session], size: int, done: Swept, passed_over: set[int]) -> int:
    """One transaction; gives how many customers were claimed."""
    before = Swept(**vars(done))
    claimed: list[int] = []
    try:
        with sessions() as session:
            begin_write(session)
            claimed = _claim(session, size, passed_over)
            if claimed:
                with flow.batching(session):
                    _do(session, claimed, done)
            session.commit()
    except Exception:
        vars(done).update(vars(before))
        _alone(sessions, claimed, done, passed_over)
    done.customers += len(claimed)
    return len(claimed)


def _claim(session: Session, size: int, passed_over: set[int]) -> list[int]:
    """Customers with something due, locked; somebody else's are left to them.

    Found and locked in one statement: found first, two sweeps would find the same ones, and one get none of them.
    """
    now = clock.now()
    timers = (
        select(Customer.id)
        .join(Timer, Timer.lock_key == Customer.id)
        .where(Timer.due_at <= now, Timer.lock_key.not_in(passed_over))
        .order_by(Timer.due_at, Timer.priority, Timer.id)
    )
    orders = (
        select(Customer.id)
        .join(LoanOrder, LoanOrder.customer_id == Customer.id)
        .where(LoanOrder.next_step_at <= now, LoanOrder.customer_id.not_in(passed_over))
        .order_by(LoanOrder.next_step_at, LoanOrder.id)
    )
    claimed: set[int] = set()
    for statement in (timers, orders):
        if len(claimed) < size:
            unclaimed = statement.limit(size - len(claimed)).with_for_update(of=Customer, skip_locked=True)
            claimed.update(session.scalars(unclaimed))
    return sorted(claimed)


def _do(session: Session, customers: list[int], done: Swept) -> None:
    """Everything due of these customers, one customer after the other."""
    due = _due(session, customers)
    batches.prefetch(session, [each.instance_id for each in due if each.order is None], customers)
    by_customer: dict[int, list[_Due]] = {}
    for each in due:
        by_customer.setdefault(each.key[-1], []).append(each)
    for customer in customers:
        _customer(session, by_customer.get(customer, []), done)


def _due(session: Session, customers: Iterable[int]) -> list[_Due]:
    """What SQL says is due of locked customers, read after the lock so that nothing is done twice."""
    now, keys = clock.now(), list(customers)
    timers = session.execute(
        select(
            Timer.id, Timer.instance_id, Timer.lock_key, Timer.token, Timer.element, Timer.due_at, Timer.priority
        ).where(Timer.lock_key.in_(keys), Timer.due_at <= now)
    )
    found = [
        _Due(
            (row.due_at, row.priority, _day_before(row.due_at), "", row.lock_key),
            instance_id=row.instance_id,
            token=row.token,
            element=row.element,
        )
        for row in timers
    ]
    orders = session.scalars(
        select(LoanOrder)
        .where(LoanOrder.customer_id.in_(keys), LoanOrder.next_step_at <= now)
        .execution_options(populate_existing=True)
    )
    return found + [_due_order(order) for order in orders]


def _day_before(at: dt.datetime) -> str:
    """The due date of an order that becomes overdue at `at`: what places its timer among the orders of that instant."""
    return (clock.local_date(at) - dt.timedelta(days=1)).isoformat()


def _due_order(order: LoanOrder) -> _Due:
    priority = OVERDUE if intake.is_overdue(order) else NEAR
    return _Due(
        (order.next_step_at, priority, order.due_on.isoformat(), order.order_no, order.customer_id), order=order
    )


def _customer(session: Session, due: list[_Due], done: Swept) -> None:
    """What is due of one customer, and what becomes due by doing it."""
    heap = list(due)
    heapq.heapify(heap)
    seen = {(each.instance_id, each.token, each.element) for each in heap if each.order is None}
    events = 0
    while heap:
        events += 1
        if events > _MOST_EVENTS:
            raise RuntimeError("a customer's timers never come to rest")
        each = heapq.heappop(heap)
        try:
            _one(session, each, done)
        except Exception as error:
            where = {"instance_id": each.instance_id, "token": each.token, "element": each.element}
            incidents.mark(error, **(where if each.order is None else {"order_id": each.order.id}))
            raise
        _add_new(session, each.key[-1], heap, seen)


def _one(session: Session, each: _Due, done: Swept) -> None:
    if each.order is None:
        done.timers += _fire(session, each)
    elif each.order.next_step_at is not None and each.order.next_step_at <= clock.now():
        intake.step(session, each.order)
        done.orders += 1


def _fire(session: Session, each: _Due) -> bool:
    """Fires a timer that still waits and is still due; earlier events may have ended or moved it."""
    live = flow.room(session).live.get(each.instance_id) or flow.load(session, each.instance_id)
    for wait in live.expected.timers:
        if (wait.token, wait.element) == (each.token, each.element):
            if wait.due_at is None or wait.due_at > clock.now():
                return False
            flow.fire(session, each.instance_id, each.token, each.element)
            return True
    return False


def _add_new(session: Session, customer: int, heap: list[_Due], seen: set[tuple[int, str, str]]) -> None:
    """Timers of the customer's instances in memory that are due already: a tier skipped, a date that has passed."""
    now = clock.now()
    for live in flow.room(session).live.values():
        if live.lock_key != customer or live.ended_at is not None:
            continue
        for wait in live.expected.timers:
            key = (live.id, wait.token, wait.element)
            if key not in seen and wait.due_at is not None and wait.due_at <= now:
                seen.add(key)
                priority = int(live.release.elements[wait.element].properties.get("priority") or 50)
                due = _Due(
                    (wait.due_at, priority, _day_before(wait.due_at), "", customer),
                    instance_id=live.id,
                    token=wait.token,
                    element=wait.element,
                )
                heapq.heappush(heap, due)


def _alone(sessions: sessionmaker[Session], customers: list[int], done: Swept, passed_over: set[int]) -> None:
    """Each customer of a failed batch in a transaction of its own; who fails alone gets an incident."""
    for customer in customers:
        before = Swept(**vars(done))
        try:
            with sessions() as session:
                begin_write(session)
                if kernels.of(session).domain.lock(session, [customer], skip_locked=True):
                    with flow.batching(session):
                        _do(session, [customer], done)
                session.commit()
        except Exception as error:
            vars(done).update(vars(before))
            done.incidents += 1
            passed_over.add(customer)
            incidents.after_sweep(sessions, customer, error)
