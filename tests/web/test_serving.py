"""`python -m web`: it serves, ends in order when told to, and says plainly why it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    surroundings = {**os.environ, "DUNFLOW_DATA_DIR": str(folder), "DUNFLOW_PORT": str(port), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "web"], cwd=folder, env=surroundings, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(url: str) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
                return int(answer.status)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_it_serves_and_ends_in_order_when_told_to(tmp_path: Path) -> None:
    port = free_port()
    with web(tmp_path, port) as process:
        assert wait_for(f"http://127.0.0.1:{port}/sign-in") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0


def test_a_port_in_use_is_said_in_one_line_with_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with web(tmp_path, taken.getsockname()[1]) as process:
            _out, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "DUNFLOW_PORT" in said
    assert "Traceback" not in said
