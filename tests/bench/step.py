"""`python -m tests.bench.step [--json] [--quick] [--rounds N]`: what it costs to complete one user task.

Measured is one follow-up of a collection case, from the opening of the session to the end of the commit: read, checked,
completed, the diagram run until it waits again, every row written. Three ways, on SQLite and on PostgreSQL:

- ours: `engine.acts.complete_task` on `bpmn/collection.bpmn`, on cases that have had 0, 50 and 1000 follow-ups;
- plain: SpiffWorkflow as it comes, the whole instance as JSON in one row, after 0 and 50 follow-ups (`plain.py` says
  what of the diagram it cannot run, and what it is spared);
- handwritten: a state machine without any engine that writes the same rows straight through the driver
  (`handwritten.py`).

All in one process and one run. A round measures everything in blocks of five, in an order that is drawn anew, so that
whatever else the machine does falls on all alike; a figure is the median over all rounds. Between two follow-ups of a
case the wait is ended outside the measured time. Both databases lie in a temporary folder: SQLite in WAL mode with
`synchronous=NORMAL`, as the product runs it; PostgreSQL the tests' own server, which does not wait for the disk. What
is measured is the program, not the disk.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock
from engine.db import begin_write
from engine.models import Case, Instance
from tests.bench import lender
from tests.bench.handwritten import Handwritten
from tests.bench.plain import Plain
from tests.databases import postgres

OURS, PLAIN = (0, 50, 1000), (0, 50)
BLOCK = 5
Figures = dict[str, Any]


class Ours:
    """Cases that have had so many follow-ups, one of which waits for the next."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def task(self, case_id: int) -> int:
        """The user task that waits in a case."""
        with self._sessions() as session:
            return lender.task_of(session, case_id)

    def complete(self, user_task_id: int) -> None:
        """What is measured."""
        with self._sessions() as session:
            begin_write(session)
            acts.complete_task(session, user_task_id, lender.NO_ANSWER, actor_id=1)
            session.commit()

    def take_up(self, case_id: int) -> None:
        """Ends the wait: the next follow-up is due."""
        with self._sessions() as session:
            begin_write(session)
            acts.take_up(session, acts.lock_case(session, case_id), actor_id=1)
            session.commit()

    def age(self, case_id: int, follow_ups: int) -> None:
        """Completes so many follow-ups of a case."""
        for _ in range(follow_ups):
            self.complete(self.task(case_id))
            self.take_up(case_id)

    def state_bytes(self, case_id: int) -> int:
        """How large the state of a case's instance is."""
        with self._sessions() as session:
            size = select(func.length(Instance.state)).join(Case, Case.instance_id == Instance.id)
            return int(session.execute(size.where(Case.id == case_id)).scalar_one())


class Bench:
    """Everything prepared on one database: five cases, instances or states for each figure, used in turn."""

    def __init__(self, url: str, rounds: int) -> None:
        self.engine, sessions = lender.prepared(url)
        self.ours, self.plain, self.byhand = Ours(sessions), Plain(self.engine), Handwritten(url)
        fresh = rounds * BLOCK
        made = lender.copies(self.engine, lender.a_case(sessions), 2 * fresh + BLOCK + 1)
        self.fresh, self.handwritten = iter(made[:fresh]), iter(made[fresh : 2 * fresh])
        self.aged = {50: made[2 * fresh : -1], 1000: made[-1:]}
        self.byhand.adopt(made[fresh : 2 * fresh])
        for follow_ups, cases in self.aged.items():
            for case_id in cases:
                self.ours.age(case_id, follow_ups)
        started = self.plain.started()
        self.states = {each: self.plain.after(started, each) for each in PLAIN}
        self.times: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.bytes: dict[int, int] = {}

    def blocks(self) -> list[Callable[[], None]]:
        """What a round measures, each five times in a row."""
        return [
            self._ours_first,
            *(partial(self._ours_aged, each) for each in self.aged),
            *(partial(self._plain, each) for each in self.states),
            self._handwritten,
        ]

    def _ours_first(self) -> None:
        for case_id in islice(self.fresh, BLOCK):
            task = self.ours.task(case_id)
            self._timed("ours", 0, partial(self.ours.complete, task))
            self.bytes[0] = self.ours.state_bytes(case_id)

    def _ours_aged(self, follow_ups: int) -> None:
        for case_id in islice(cycle(self.aged[follow_ups]), BLOCK):
            task = self.ours.task(case_id)
            self._timed("ours", follow_ups, partial(self.ours.complete, task))
            self.bytes[follow_ups] = self.ours.state_bytes(case_id)
            self.ours.take_up(case_id)

    def _plain(self, follow_ups: int) -> None:
        for number in range(BLOCK):
            self.plain.put(number, self.states[follow_ups])
            self._timed("plain", follow_ups, partial(self.plain.complete, number, lender.NO_ANSWER))

    def _handwritten(self) -> None:
        for case_id in islice(self.handwritten, BLOCK):
            task = self.ours.task(case_id)
            self._timed("handwritten", 0, partial(self.byhand.complete, task, lender.NO_ANSWER, 1))

    def _timed(self, who: str, follow_ups: int, step: Callable[[], None]) -> None:
        began = time.perf_counter()
        step()
        self.times[who, follow_ups].append((time.perf_counter() - began) * 1000)

    def figures(self) -> Figures:
        """The medians, in the form of the report."""
        median = {key: round(statistics.median(times), 4) for key, times in self.times.items()}
        return {
            "ours_ms": {str(each): median["ours", each] for each in OURS},
            "plain_ms": {str(each): median["plain", each] for each in PLAIN},
            "handwritten_ms": median["handwritten", 0],
            "state_bytes": {str(each): self.bytes[each] for each in OURS},
        }

    def close(self) -> None:
        """Gives the connections back."""
        self.byhand.connection.close()
        self.engine.dispose()


def measure(rounds: int) -> dict[str, Figures]:
    """Both databases; in each round all blocks of both, shuffled."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, postgres() as server, clock.use(lender.TEN):
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'bench.db'}", "postgresql": server.create()}
        benches = {name: Bench(url, rounds) for name, url in urls.items()}
        blocks = [block for bench in benches.values() for block in bench.blocks()]
        for _ in range(rounds):
            chance.shuffle(blocks)
            for block in blocks:
                gc.collect()  # what one leaves behind is not swept up in the other's time
                block()
        figures = {name: bench.figures() for name, bench in benches.items()}
        for bench in benches.values():
            bench.close()
    return figures


def told(figures: dict[str, Figures]) -> str:
    """The figures as a table, with the ratios that have a target."""
    lines = []
    for name, found in figures.items():
        ours, plain, byhand = found["ours_ms"], found["plain_ms"], found["handwritten_ms"]
        lines += [
            f"{name}, ms for one follow-up",
            f"  ours         after 0 / 50 / 1000: {ours['0']:.2f} / {ours['50']:.2f} / {ours['1000']:.2f}",
            f"  plain        after 0 / 50:        {plain['0']:.2f} / {plain['50']:.2f}",
            f"  handwritten                       {byhand:.2f}",
            f"  state, bytes after 0 / 50 / 1000: {' / '.join(map(str, found['state_bytes'].values()))}",
            f"  1000th against first: {ours['1000'] / ours['0']:.2f}   plain against ours after 50: "
            f"{plain['50'] / ours['50']:.1f}   ours against handwritten: {ours['0'] / byhand:.1f}",
        ]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.step", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    parser.add_argument("--rounds", type=int, default=40, help="how often everything is measured (default 40)")
    parser.add_argument("--quick", action="store_true", help="two rounds: to see that it works, not to measure")
    given = parser.parse_args()
    gc.freeze()
    figures = measure(2 if given.quick else given.rounds)
    print(json.dumps(figures) if given.json else f"{__doc__}\n{told(figures)}")


if __name__ == "__main__":
    main()
