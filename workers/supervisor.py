"""Keeps processes running: starts them, starts again what dies with growing pauses, stops them all on exit.

Children are forked from a process that has imported everything and holds no connection: they start at once and share
that memory. Each is in a session of its own, so that Ctrl-C reaches only the supervisor, which stops them in order; and
on Linux each is told to end when the supervisor is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from workers import stopping

_log = logging.getLogger(__name__)
PDEATHSIG = 1  # prctl(2): the signal a process gets when its parent dies
FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.25, 10.0, 10.0
GRACE_SECONDS = 30.0
LOOK_SECONDS = 0.1


@dataclass
class Child:
    """A process to keep running: `run` is called in it and gives its exit code."""

    name: str
    run: Callable[[], int]
    pid: int = 0
    since: float = 0.0
    pause: float = FIRST_PAUSE
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Fork; never returns in the child."""
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        self.since = time.monotonic()
        if self.pid == 0:
            _become(self, parent)

    def has_ended(self) -> bool:
        """Whether it has ended, and if so why, in the log."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        lived = time.monotonic() - self.since
        self.pause = FIRST_PAUSE if lived > STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.pid, self.not_before = 0, time.monotonic() + self.pause
        _log.warning("%s ended (%s) after %.0f s", self.name, _told(status), lived)
        return True


def _become(child: Child, parent: int) -> None:
    """The rest of the child's life."""
    code = 1
    try:
        os.setsid()
        _end_with(parent)
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)
        stopping.forget()
        code = child.run()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        _log.exception("%s failed", child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """A supervisor that is killed takes its children along: SIGTERM, so that they finish what they are at."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _told(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit {code}"


class Supervisor:
    """Runs children until this process is told to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = list(children)

    def run(
        self, is_ready: Callable[[], bool] = lambda: True, started: Callable[[Child], None] = lambda _: None
    ) -> None:
        """Start all in order, calling `started` after each, then `is_ready` until it says yes.

        Returns when all have been stopped.
        """
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, self._asked)
        try:
            for child in self.children:
                child.start()
                started(child)
            ready = False
            while not stopping.wait(LOOK_SECONDS):
                self._look()
                ready = ready or is_ready()
        finally:
            self._stop()

    def _asked(self, *_: object) -> None:
        stopping.ask()

    def _look(self) -> None:
        for child in self.children:
            if (child.pid == 0 or child.has_ended()) and time.monotonic() >= child.not_before:
                child.start()

    def _stop(self) -> None:
        """First those that use others, last the first started: nobody loses what they still need (Redis)."""
        first, others = self.children[:1], self.children[1:]
        for children in (others, first):
            _tell(children, signal.SIGTERM)
            _await(children, GRACE_SECONDS)
            _tell(children, signal.SIGKILL)
            _await(children, GRACE_SECONDS)


def _await(children: Sequence[Child], seconds: float) -> None:
    until = time.monotonic() + seconds
    while any(child.pid for child in children) and time.monotonic() < until:
        for child in children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0]:
                child.pid = 0
        time.sleep(LOOK_SECONDS / 10)


def _tell(children: Sequence[Child], number: int) -> None:
    for child in children:
        if child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)
