"""The jobs, by kind: tiny, told only which row to look at, harmless when they run twice or never; SQL is the truth.

A job works for a slice of time and ends; what it leaves is found in SQL and enqueued again by `workers.cron`. So no job
holds a worker for long, a stopping worker finishes its present batch only, and one that is killed loses that batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine import clock, dead_letters, dispatch, gateways, health, importing, lookups, notifications, presence
from engine import relay as outbox
from engine import sweep as sweeping
from engine.demo import ticking
from engine.models import DispatchBatch
from engine.wiring import Dunflow
from workers import stopping, wired
from workers.connection import BULK, IMPORTS, RELAY, STANDING, SWEEP

SLICE_SECONDS = 20.0


@dataclass(frozen=True)
class Kind:
    """How jobs of a kind run: where, for how long at most, and after which pauses they are tried again."""

    name: str
    queue: str
    timeout: int  # seconds; far beyond a slice: one customer's act or one batch may be slow
    pauses: tuple[int, ...]

    @property
    def function(self) -> str:
        """What RQ calls."""
        return f"workers.jobs.{self.name}"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("sweep", SWEEP, 300, (5, 30)),
        Kind("dispatch_batch", BULK, 300, (5, 30, 120)),
        Kind("import_file", IMPORTS, 3600, (5, 30, 120)),
        Kind("relay", RELAY, 300, (5, 30)),
        Kind("standing", STANDING, 300, (5, 30)),
        Kind("remind", STANDING, 300, (5, 30)),
        Kind("beat", SWEEP, 30, ()),
    )
}


class SliceOver(Exception):
    """The slice of time is over: the work goes on in another job."""


def sweep() -> None:
    """Do what is due."""
    with _running("sweep") as dunflow:
        _keep_demo(dunflow)
        sweeping.sweep(dunflow.sessions, should_stop=stopping.after(SLICE_SECONDS))


def relay() -> None:
    """Send what waits in the outbox."""
    with _running("relay") as dunflow:
        gateway = gateways.FileGateway(dunflow.settings.outbox_dir)
        outbox.relay(dunflow.sessions, gateway, should_stop=stopping.after(SLICE_SECONDS))


def standing() -> None:
    """Plan a batch for each standing rule whose hour has come; the batches are found and run by themselves."""
    with _running("standing") as dunflow:
        with dunflow.sessions() as session:
            rules = dispatch.due_rules(session, clock.now())
        for rule in rules:
            with dunflow.writing() as session:
                dispatch.run_rule(session, rule, clock.now())


def remind() -> None:
    """Remind of promises due today; forget what nobody needs to be told any more, and lookups that no limit counts."""
    with _running("remind") as dunflow, dunflow.writing() as session:
        notifications.promises_due(session)
        notifications.forget_old(session)
        lookups.forget_old(session)
        presence.forget_old(session)


def dispatch_batch(batch_id: int) -> None:
    """Carry out or undo a dispatch batch, as far as a slice of time goes."""
    with _running("dispatch_batch", batch_id=batch_id) as dunflow:
        with dunflow.sessions() as session:
            batch = session.get(DispatchBatch, batch_id)
            undoing = batch is not None and batch.status == "undoing"
        act = dispatch.undo_batch if undoing else dispatch.run_batch
        act(dunflow.sessions, batch_id, _in_slices())


def import_file(run_id: int) -> None:
    """Go on with an import where it stands."""
    with _running("import_file", run_id=run_id) as dunflow:
        importing.resume(dunflow.sessions, run_id, progress=_in_slices())


def beat(queue: str) -> None:
    """A sign of life of whoever works a queue."""
    with wired.here().writing() as session:
        health.beat(session, f"worker:{queue}")


@contextmanager
def _running(job: str, **args: Any) -> Iterator[Dunflow]:
    """Business time around a job; when it succeeds, what an earlier one of the same kind left as dead is answered."""
    dunflow = wired.here()
    with dunflow.business_time():
        try:
            yield dunflow
        except SliceOver:
            return
        with dunflow.sessions() as session:
            answered = dead_letters.find(session, job, args) is None
        if not answered:
            with dunflow.writing() as session:
                dead_letters.settle(session, job, args)


def _in_slices() -> Callable[[int, int], None]:
    """A progress callback, called between transactions, that ends the job when its slice is over."""
    is_over = stopping.after(SLICE_SECONDS)

    def progress(_done: int, _total: int) -> None:
        if is_over():
            raise SliceOver

    return progress


def _keep_demo(dunflow: Dunflow) -> None:
    """A demo's clock is noted, and money that has come by now arrives."""
    if dunflow.settings.is_demo:
        with dunflow.writing() as session:
            ticking.checkpoint(session)
        from engine.demo import feed  # noqa: PLC0415 - it brings along what invents people

        feed.feed(dunflow.sessions)
