"""The clock of the workers. SQL is the truth: it is read once a second, and what it says is to be done is enqueued.

Every second:
1. Jobs that failed for good move from Redis to `dead_letters`.
2. RQ's cron: each minute a sweep, the relay, standing rules and a sign of life per queue, whatever SQL says.
3. Jobs whose pause before another try is over go back to their queue.
4. Jobs of workers that were killed on this machine are forgotten, so that step 5 finds their work again.
5. Look: due timers and orders, dispatch batches, imports and messages that wait. Pages write rows and never enqueue.

Two of these side by side are harmless: jobs wait at most once by their id, and do nothing the second time.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from typing import Any

from redis import Redis
from rq import SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import clock, dead_letters, dispatch, health
from engine import relay as outbox
from engine.demo import ticking
from engine.flow.kernel import Kernel
from engine.models import ImportRun, LoanOrder, Timer
from engine.settings import Settings
from engine.wiring import Dunflow
from workers import stopping, wired
from workers.connection import LOST, QUEUES, SWEEP, connect, queue, wait_for
from workers.enqueue import bury, drop, failed, put
from workers.health import Endpoint

NAME = "cron"
EVERY_MINUTE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sweep", {}),
    ("relay", {}),
    ("standing", {}),
    ("remind", {}),
    *(("beat", {"queue": name}) for name in QUEUES),
)
_log = logging.getLogger(__name__)


class Cron(CronScheduler):
    """RQ's cron with our one way to enqueue."""

    def every_minute(self, name: str, args: dict[str, Any]) -> None:
        """Register a job of one of our kinds."""
        self._cron_jobs.append(_Put(name, args))


class _Put(CronJob):
    def __init__(self, kind: str, args: dict[str, Any]) -> None:
        super().__init__(queue_name="", func_name=f"workers.jobs.{kind}", interval=60, kwargs=args)
        self.kind = kind

    def enqueue(self, connection: Redis) -> Job:
        put(connection, self.kind, **self.kwargs)
        return None  # type: ignore[return-value]  # nothing waits for it


def run(settings: Settings, kernel: Kernel | None = None) -> int:
    """Tick once a second until told to stop. Gives the exit code."""
    stopping.forget()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.ask())
    dunflow = wired.wire(settings, kernel)
    with Endpoint(dunflow, settings.health_port):
        while not stopping.asked():
            if wait_for(settings.redis_url, stopping.wait, _log.warning) is not None:
                _tick_until_lost(dunflow, settings.redis_url)
    _stop(dunflow)
    return 0


def _stop(dunflow: Dunflow) -> None:
    """The demo's clock stands still from here on."""
    try:
        with dunflow.writing() as session:
            ticking.checkpoint(session)
            health.gone(session, NAME)
    except DBAPIError as error:
        _log.warning("the database is away: %s", error.orig)
    dunflow.close()


def _tick_until_lost(dunflow: Dunflow, url: str) -> None:
    connection = connect(url)
    ticks = Ticks(dunflow, connection)
    try:
        while not stopping.asked():
            ticks.tick()
            stopping.wait(1)
    except LOST as error:
        _log.warning("Redis went away: %s", error)
    finally:
        connection.close()


class Ticks:
    """What is done each second, with one connection to Redis."""

    def __init__(self, dunflow: Dunflow, connection: Redis) -> None:
        self.dunflow, self.connection = dunflow, connection
        self._cron = Cron(connection)
        for name, args in EVERY_MINUTE:
            self._cron.every_minute(name, args)
        self._later = RQScheduler(
            [queue(connection, name) for name in QUEUES], connection, serializer=JSONSerializer, logging_level="WARNING"
        )
        self._beats = 0

    def tick(self) -> None:
        """Everything once. A database that is away is waited for; Redis that is away ends this connection."""
        try:
            self._bury_failures()  # first: what is put anew takes the record of what failed
        except DBAPIError as error:
            _log.warning("the database is away: %s", error.orig)
        self._cron.enqueue_jobs()
        self._again()
        bury(self.connection)
        try:
            with self.dunflow.business_time():
                for name, args in list(self._look()):
                    for slot in range(self._side_by_side() if name == "sweep" else 1):
                        put(self.connection, name, slot=slot, **args)
            self._beat()
        except DBAPIError as error:
            _log.warning("the database is away: %s", error.orig)

    def _again(self) -> None:
        """Our locks are renewed each time: whoever cannot have them leaves the pauses to whoever holds them."""
        if self._later.acquire_locks():  # type: ignore[no-untyped-call]
            self._later.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]

    def _look(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What SQL says is to be done now, but for what waits for somebody to answer a dead letter."""
        with self.dunflow.sessions() as session:
            dead = {(letter.job, str(letter.args)) for letter in dead_letters.unanswered(session)}
            for name, args in _waiting(session):
                if (name, str(args)) not in dead:
                    yield name, args

    def _side_by_side(self) -> int:
        """Sweeps skip what others have locked; SQLite has one writer, more would only wait for it."""
        if self.dunflow.engine.dialect.name == "sqlite":
            return 1
        return max(1, SimpleWorker.count(queue=queue(self.connection, SWEEP)))

    def _bury_failures(self) -> None:
        for job in failed(self.connection):
            if kind := job.meta.get("kind"):
                with self.dunflow.writing() as session:
                    dead_letters.record(session, kind, dict(job.meta.get("args") or {}), _why(job), job.ended_at)
            # else Redis was emptied while it ran, and RQ missed its record: what is still to be done stands in SQL
            self.connection.zrem(FailedJobRegistry(queue=queue(self.connection, job.origin)).key, job.id)
            drop(job)

    def _beat(self) -> None:
        self._beats += 1
        if self._beats % 30 == 1:
            with self.dunflow.writing() as session:
                health.beat(session, NAME)
                ticking.checkpoint(session)


def _waiting(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    if _is_due(session):
        yield "sweep", {}
    for batch_id in dispatch.open_batches(session):
        yield "dispatch_batch", {"batch_id": batch_id}
    for run_id in session.scalars(select(ImportRun.id).where(ImportRun.status.in_(("waiting", "running")))):
        yield "import_file", {"run_id": run_id}
    if outbox.is_due(session):
        yield "relay", {}


def _is_due(session: Session) -> bool:
    now = clock.now()
    timer = select(Timer.id).where(Timer.due_at <= now).limit(1)
    order = select(LoanOrder.id).where(LoanOrder.next_step_at <= now).limit(1)
    return session.scalar(timer) is not None or session.scalar(order) is not None


def _why(job: Job) -> str:
    latest = job.latest_result()
    return str(latest.exc_string) if latest is not None and latest.exc_string else "it ended without saying why"
