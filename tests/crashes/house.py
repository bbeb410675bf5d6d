"""`python -m tests.crashes.house`: all that `dunflow up` starts, each in a process of its own, started again at once.

The product's supervisor lets pauses grow when a child dies again and again; here children are killed again and again,
so only that pause is another. Settings come from the environment; each child's name and process id stand in `pids`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine import settings as from_environment
from engine import wiring
from engine.settings import Settings
from web.serving import THREADS, serve
from workers import cron, embedded, stopping, worker
from workers.command import here
from workers.command.up import _warm
from workers.connection import QUEUES, await_socket
from workers.supervisor import Child, Supervisor

PAUSE = 0.02
REDIS_SECONDS = 10


@dataclass
class Mortal(Child):
    """A child that is started again at once, and says who it is now."""

    pids: Path = Path()

    def start(self) -> None:
        super().start()
        note = self.pids / f".{self.name}"
        note.write_text(str(self.pid))
        note.rename(self.pids / self.name)

    def has_ended(self) -> bool:
        ended = super().has_ended()
        if ended:
            self.pause, self.not_before = PAUSE, time.monotonic() + PAUSE
        return ended


def main() -> int:
    """Until told to stop. The first argument names the folder for `pids`, the second how many workers per queue."""
    pids, processes = Path(sys.argv[1]), int(sys.argv[2])
    here.set_up_logs()
    settings = here.with_redis(from_environment.read())
    kernel = _warm(wiring.build(settings))
    told: dict[str, Callable[[], int]] = {
        "redis": lambda: embedded.run(settings),
        "web": lambda: _web(settings),
        "cron": lambda: cron.run(settings, kernel),
    }
    for queue in QUEUES:
        for number in range(processes if queue in ("sweep", "bulk", "imports") else 1):
            told[f"{queue}{number}"] = lambda queue=queue: worker.run(settings, queue, kernel)  # type: ignore[misc]
    children = [Mortal(name, each, pids=pids) for name, each in told.items()]

    def started(child: Child) -> None:
        if child.name == "redis":
            await_socket(settings.redis_url, REDIS_SECONDS)

    parent = os.getppid()
    Supervisor(children).run(is_ready=lambda: _leave_with(parent), started=started)
    return 0


def _leave_with(parent: int) -> bool:
    """Looked at all the time: a test run that is killed leaves nobody behind."""
    if os.getppid() != parent:
        stopping.ask()
    return False


def _web(settings: Settings) -> int:
    # as `dunflow up` has it: one web process counts attempts by itself
    serve(wiring.build(replace(settings, redis_url=""), pool_size=THREADS))
    return 0


def standing(pids: Path) -> dict[str, int]:
    """Who lives now, by name."""
    return {each.name: int(each.read_text()) for each in pids.iterdir() if not each.name.startswith(".")}


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
