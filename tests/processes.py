"""Starting our own command in tests, and waiting for what it does."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0


def environment(settings: Settings | None = None, **more: str) -> dict[str, str]:
    """What a process is told: nothing of this machine's own settings, English unless `more` says otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUNFLOW_")}
    return {**kept, "DUNFLOW_LANG": "en", **(settings.environment() if settings else {}), **more}


def run(
    *arguments: str, env: Mapping[str, str], text: str = "", seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """`dunflow ARGUMENTS`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "workers", *arguments],
        env=dict(env),
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


class Running:
    """A `dunflow` that runs, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def children(self) -> list[int]:
        """The processes it has started, as `/proc` tells."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == self.process.pid and state != "Z":
                    found.append(int(entry.name))
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end; gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def started(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator[Running]:
    """`dunflow ARGUMENTS` while the block lasts."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers", *arguments],
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    running = Running(process, log)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def eventually(is_so: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until it is so; fail with `what` was waited for."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"waited {seconds:.0f} s for: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
