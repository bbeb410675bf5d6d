"""Days at a lender's whose processes are killed all the while, and what is found when all is quiet again.

A day: the clock jumps to 00:00, timers and orders are due, money arrives as a file (sometimes twice). At 10:00 what
waits is dispatched, in part by a worker's batch and in part within a request; people follow up, two windows each, until
nothing is left; supervisors review and suspend. After the last day nobody is killed any more; what is due is done; then
the house is stopped and everything is looked at.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import clock, dispatch, gateways, importing, relay
from engine.models import (
    Assignment,
    Case,
    DispatchBatch,
    FollowUp,
    HistoryEntry,
    ImportRun,
    LoanOrder,
    Method,
    OutboxMessage,
    Repayment,
    Status,
    Suspension,
    Timer,
    User,
    UserTask,
)
from engine.settings import Settings
from engine.wiring import build
from tests.crashes import lender
from tests.crashes.invariants import broken
from tests.crashes.killing import House, Killer
from tests.crashes.people import Browser, Collector, Journal, Person, Supervisor, contradictions, is_up
from tests.processes import free_port
from web.dispatch import mark_of
from workers import embedded

FEWEST_DAYS = 3


@dataclass(frozen=True)
class Plan:
    """How many customers, at least how many days and kills, and how long a kill comes after the other on average."""

    customers: int
    kills: int
    every: float
    days: int = FEWEST_DAYS
    seed: int = 20050930
    processes: int = 1
    patience: float = 90  # seconds for anything to come to rest
    say: Callable[[str], object] = lambda _: None


@dataclass
class Report:
    """What happened, and every problem; none is a pass."""

    days: int = 0
    seconds: float = 0
    kills: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    logged: dict[str, int] = field(default_factory=dict)  # errors the processes met on the way, by name
    problems: list[str] = field(default_factory=list)


class Story:
    """One lender, one house, one killer."""

    def __init__(self, settings: Settings, folder: Path, plan: Plan) -> None:
        port = free_port()
        self.settings = replace(settings, clock="demo", port=port, redis_url=embedded.address(settings))
        self.plan, self.report, self.journal = plan, Report(), Journal()
        self.dunflow = build(self.settings)
        self.house = House(self.settings, folder, plan.processes)
        self.killer = Killer(self.house, plan.kills, plan.every, plan.seed, self._is_busy)
        self.random = Random(plan.seed)
        self.portfolio = lender.Portfolio(plan.customers, self.random)
        self.browsers = {
            login: Browser(port, login) for login in (*sum(lender.COLLECTORS.values(), ()), *lender.SUPERVISORS)
        }
        self._working = threading.Event()  # people are at it

    def tell(self) -> Report:
        """All of it."""
        began = time.monotonic()
        try:
            self._days()
        finally:
            self.report.seconds = time.monotonic() - began
            self.dunflow.close()
        return self.report

    def _days(self) -> None:
        lender.settle_in(self.dunflow)
        self.house.start()
        try:
            self._until(lambda: is_up(self.settings.port), "the web")
            for browser in self.browsers.values():
                assert browser.is_signed_in(self.plan.patience), f"{browser.login} cannot sign in"
            self.killer.start()
            self._send("customers", self.portfolio.customers_file())
            self._send("orders", self.portfolio.orders_file())
            self._until(lambda: not self._is_due(), "the first sweep")
            while self.report.days < self.plan.days or self.killer.left > 0:
                self._day()
            self.killer.stop()
            lender.jump(self.dunflow, 0)
            self._until(lambda: not self._is_due(), "the last sweep")
        finally:
            self.house.stop()
        self._a_minute_later()
        self._look()

    def _day(self) -> None:
        """From 00:00 to the evening."""
        self.report.days += 1
        lender.jump(self.dunflow, 0)
        money = self.portfolio.money_file(lender.today(self.dunflow))
        for _ in range(1 + (self.random.random() < 0.5)):
            self._send("repayments", money, wait=False)
        self._until(lambda: not self._is_due(), "the night's work")
        lender.jump(self.dunflow, 10)
        with self._people():
            self._dispatch()
            self._until(lambda: not self._is_due(), "the day's batches")
        self.plan.say(
            f"day {self.report.days}: killed {self.killer.done.total()}, told {dict(self.journal.statuses())}"
        )

    @contextmanager
    def _people(self) -> Iterator[None]:
        """Everybody is at work within the block, and until nothing is left."""
        over, failures = threading.Event(), []

        def work(person: Person) -> None:
            try:
                person.work(over)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in self._everybody()]
        self._working.set()
        for each in threads:
            each.start()
        try:
            yield
        finally:
            over.set()
            for each in threads:
                each.join(self.plan.patience)
            self._working.clear()
        assert not any(each.is_alive() for each in threads), "the people never come to an end"
        if failures:
            raise failures[0]

    def _everybody(self) -> Iterator[Person]:
        for login, browser in self.browsers.items():
            kind = Supervisor if login in lender.SUPERVISORS else Collector
            for window, each in enumerate((browser, browser.twin())):
                name = f"{login}{window}d{self.report.days}"
                yield kind(self.dunflow, each, self.journal, name, f"{self.plan.seed} {name}")

    def _dispatch(self) -> None:
        """What waits now: half by a worker, the rest by requests in portions small enough to be done at once."""
        with self.dunflow.sessions() as session:
            ids = list(session.scalars(select(Case.id).where(Case.status == Status.TO_DISPATCH).order_by(Case.id)))
        cut = len(ids) // 2
        if ids[cut:]:
            with self.dunflow.business_time(), self.dunflow.writing() as session:
                actor = session.scalars(select(User).where(User.login == lender.SUPERVISORS[0])).one()
                dispatch.create(session, actor, dispatch.Request(Method.EVENLY, tuple(ids[cut:])))
        for start in range(0, cut, 40):
            part = ids[start : min(cut, start + 40)]
            wanted, shown = (
                "&".join(f"ids={each}" for each in part),
                mark_of(dispatch.Request(Method.EVENLY, tuple(part))),
            )
            form = {"method": "evenly", "shown": shown}
            self.browsers[lender.SUPERVISORS[1]].post(f"/dispatch/batches?{wanted}", form)

    def _send(self, kind: str, text: str, *, wait: bool = True) -> None:
        lender.send(self.dunflow, kind, text)
        if wait:
            self._until(lambda: not self._count(ImportRun.id, ImportRun.status != "done"), f"the import of {kind}")

    def _is_busy(self) -> bool:
        """Whether there is anything to disturb."""
        return self._working.is_set() or self._is_due()

    def _is_due(self) -> bool:
        """Whether SQL says that anything is to be done by the workers."""
        with self.dunflow.business_time():
            now = clock.now()
        return any(
            self._count(column, *where)
            for column, where in (
                (ImportRun.id, (ImportRun.status != "done",)),
                (Timer.id, (Timer.due_at <= now,)),
                (LoanOrder.id, (LoanOrder.next_step_at <= now,)),
                (DispatchBatch.id, (DispatchBatch.status.in_(("planned", "running", "undoing")),)),
                (OutboxMessage.id, (OutboxMessage.status == "waiting", OutboxMessage.next_try_at <= clock.real_now())),
            )
        )

    def _count(self, column: object, *where: object) -> int:
        with self.dunflow.sessions() as session:
            return session.scalar(select(func.count(column)).where(*where)) or 0  # type: ignore[arg-type]

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + self.plan.patience
        while not is_so():
            assert time.monotonic() < until, f"waited {self.plan.patience:.0f} s for {what}; see {self.house.log}"
            time.sleep(0.05)

    def _a_minute_later(self) -> None:
        """Nobody lives who could hold a lease on a message: the leases of the killed run out, and the rest is sent."""
        with self.dunflow.writing() as session:
            waiting = update(OutboxMessage).where(OutboxMessage.status == "waiting")
            session.execute(waiting.values(next_try_at=clock.real_now()))
        with self.dunflow.business_time():
            relay.relay(self.dunflow.sessions, gateways.FileGateway(self.settings.outbox_dir))

    def _look(self) -> None:
        """Counts, and everything that is not as it must be."""
        with self.dunflow.business_time(), self.dunflow.sessions() as session:
            self.report.problems = [
                *broken(session, self.settings.outbox_dir),
                *contradictions(session, self.journal),
                *self._money(session),
            ]
            self.report.counts = _counts(session)
        self.report.kills = dict(self.killer.done)
        self.report.logged = _errors(self.house.log.read_text(encoding="utf-8", errors="replace"))
        self.report.told = dict(self.journal.statuses())

    def _money(self, session: Session) -> Iterator[str]:
        """Every row that was sent is there once."""
        found = Counter(session.scalars(select(Repayment.repayment_no)))
        if found != Counter(self.portfolio.sent):
            yield f"repayments: {len(found)} of {len(self.portfolio.sent)}"
        for row in session.scalars(select(ImportRun)):
            if row.refused or row.created + row.changed + row.unchanged != row.rows:
                yield f"import {row.id} ({row.kind}): {row.rows} rows, {row.created} created, {_refusals(session, row)}"


def _refusals(session: Session, run: ImportRun) -> list[str]:
    return [f"{each.line}: {each.text('en')}" for each in importing.refusals_of(session, run.id, limit=5)]


def _errors(log: str) -> dict[str, int]:
    """How often which exception ended a trace in the log."""
    return dict(Counter(re.findall(r"^(?:[a-z_0-9]+\.)*([A-Z][A-Za-z]+(?:Error|Exception|Gone))(?::|$)", log, re.M)))


def _counts(session: Session) -> dict[str, int]:
    kinds = Counter(session.scalars(select(HistoryEntry.kind)))
    models = (Case, Assignment, FollowUp, Suspension, Repayment, UserTask, Timer, OutboxMessage, DispatchBatch)
    counted = {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}
    told = ("timer", "message", "tier_entered", "recalled", "case_closed", "case_reopened")
    return counted | {f"history.{kind}": kinds[kind] for kind in told}
