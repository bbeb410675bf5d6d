"""`python -m tests.bench.sweep [--json] [--quick] [--timers N]`: how many timers a second a sweep fires.

So many cases (default 20,000) have had their first follow-up; all their next actions are due at one midnight. Measured
is `engine.sweep.sweep`, from the claim to the commit of the last batch, on SQLite and on PostgreSQL:

- `per_second`: follow-ups that return at their next action, one process;
- `escalations_per_second`: the same cases' tiers end, at a later midnight: recalled, a tier up, to be dispatched
  again. A quarter as many, one process;
- `plain_per_second`: plain SpiffWorkflow does the same returns, a twentieth as many: the whole instance read as JSON
  from its row, timers refreshed, the engine run, the row written, in batches of the same size; nothing else is
  written (`plain.py`);
- `two_workers_per_second` (PostgreSQL): as `per_second`, by two processes at once on a copy of the same database.

One run: the returns are measured in four parts, one worker and two in turn, and a figure is the median over the parts.
Both databases lie in a temporary folder; SQLite as the product runs it, PostgreSQL the tests' own server, which does
not wait for the disk. The cases are copies, row by row, of one that the engine brought there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.db import make_engine
from engine.sweep import sweep
from tests.bench import lender
from tests.bench.plain import Plain
from tests.databases import Postgres, postgres

BATCH, PARTS = 200, 4
RETURNS = lender.local(dt.date.fromisoformat(lender.NO_ANSWER["next_action_on"]))
TIER_ENDS = lender.local(lender.DUE_ON + dt.timedelta(days=31))
PLAIN_SHARE = 20  # of so many timers one is given to plain SpiffWorkflow; the whole lot would take minutes
Figures = dict[str, Any]


def fire(sessions: sessionmaker[Session], at: dt.datetime, timers: int) -> float:
    """Fires so many of the timers that are due at an instant; gives how many a second."""
    with clock.use(at):
        began = time.perf_counter()
        done = sweep(sessions, batch=BATCH, limit=timers)
        seconds = time.perf_counter() - began
    if done.timers < timers or done.incidents:
        raise RuntimeError(f"of {timers} timers: {done}")
    return done.timers / seconds


class Workers:
    """Processes that sweep one database at once, started before anything is measured."""

    def __init__(self, url: str, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_worker, args=(url, theirs), daemon=True)
            process.start()
            self._ends.append(ours)
            self._processes.append(process)
        for end in self._ends:
            end.recv()  # it is ready

    def fire(self, timers: int) -> float:
        """Together so many returns; gives how many a second, by the clock on the wall."""
        began = time.perf_counter()
        for end in self._ends:
            end.send(timers // len(self._ends))
        for end in self._ends:
            end.recv()
        return timers / (time.perf_counter() - began)

    def stop(self) -> None:
        """Ends the processes."""
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join()


def _worker(url: str, end: Connection) -> None:
    engine = make_engine(url)
    sessions = lender.connected(engine)
    fire(sessions, RETURNS, BATCH)  # diagrams compiled, statements prepared
    end.send("ready")
    while (timers := end.recv()) is not None:
        fire(sessions, RETURNS, timers)
        end.send("done")
    engine.dispose()


@contextmanager
def portfolio(url: str, timers: int) -> Iterator[tuple[sessionmaker[Session], Plain]]:
    """So many cases that wait for their next action, and some more for warm starts."""
    engine, sessions = lender.prepared(url)
    case_id = lender.a_case(sessions)
    with clock.use(lender.TEN), sessions() as session:
        lender.follow_up(session, case_id)
    lender.copies(engine, case_id, timers + 3 * BATCH)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")  # as it would have been long ago
    yield sessions, Plain(engine)
    engine.dispose()


def measured(
    sessions: sessionmaker[Session], plain: Plain, timers: int, aside: Callable[[int], float] | None
) -> Figures:
    """The figures of one database; `aside` fires the same part by other means, in turn with one worker."""
    fire(sessions, RETURNS, BATCH)  # diagrams compiled, statements prepared
    part = timers // PARTS
    alone, together = [], []
    for _ in range(PARTS):
        alone.append(fire(sessions, RETURNS, part))
        if aside is not None:
            together.append(aside(part))
    fire(sessions, TIER_ENDS, 2 * BATCH)  # the returns that are left over, and the first escalations
    figures: Figures = {
        "timers": timers,
        "per_second": _median(alone),
        "escalations_per_second": _median([fire(sessions, TIER_ENDS, timers // 16) for _ in range(PARTS)]),
        "plain_per_second": _plain(plain, timers // PLAIN_SHARE),
    }
    return figures | ({"two_workers_per_second": _median(together)} if together else {})


def _median(rates: list[float]) -> float:
    return round(statistics.median(rates), 1)


def _plain(plain: Plain, timers: int) -> float:
    state = plain.waiting(plain.started())
    for number in range(timers):
        plain.put(number, state)
    began = time.perf_counter()
    returned = plain.sweep(range(timers), BATCH)
    rate = timers / (time.perf_counter() - began)
    if returned != timers:
        raise RuntimeError(f"of {timers} timers {returned} fired")
    return round(rate, 1)


def measure(timers: int) -> dict[str, Figures]:
    """SQLite, then PostgreSQL with one worker and two in turn."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        with portfolio(f"sqlite:///{Path(folder) / 'bench.db'}", timers) as (sessions, plain):
            sqlite = measured(sessions, plain, timers, None)
        server: Postgres = stack.enter_context(postgres())
        return {"sqlite": sqlite, "postgresql": _on_postgresql(server, timers)}


def _on_postgresql(server: Postgres, timers: int) -> Figures:
    url = server.create()
    with portfolio(url, timers):
        pass
    workers = Workers(server.create(str(make_url(url).database)), 2)
    engine = make_engine(url)
    try:
        return measured(lender.connected(engine), Plain(engine), timers, workers.fire)
    finally:
        workers.stop()
        engine.dispose()


def told(figures: dict[str, Figures]) -> str:
    """The figures as a table, with the ratios."""
    lines = []
    for name, found in figures.items():
        lines.append(f"{name}, {found['timers']} timers")
        lines += [f"  {label.replace('_', ' '):24}{rate:8.0f}" for label, rate in found.items() if label != "timers"]
        lines.append(f"  ours against plain: {found['per_second'] / found['plain_per_second']:.1f}")
        if "two_workers_per_second" in found:
            lines.append(f"  two workers against one: {found['two_workers_per_second'] / found['per_second']:.2f}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sweep", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    parser.add_argument("--timers", type=int, default=20_000, help="how many are due (default 20000)")
    parser.add_argument("--quick", action="store_true", help="800 timers: to see that it works, not to measure")
    given = parser.parse_args()
    figures = measure(PARTS * BATCH if given.quick else given.timers)
    print(json.dumps(figures) if given.json else f"{__doc__}\n{told(figures)}")


if __name__ == "__main__":
    main()
