"""The benchmarks run and report in the form that is promised; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

DATABASES = ["postgresql", "sqlite"]


def reported(module: str) -> dict[str, Any]:
    """What a benchmark prints with --quick --json."""
    command = [sys.executable, "-m", f"tests.bench.{module}", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_step_reports_every_figure_and_states_stay_small() -> None:
    found = reported("step")
    assert sorted(found) == DATABASES
    for figures in found.values():
        assert list(figures["ours_ms"]) == ["0", "50", "1000"]
        assert list(figures["plain_ms"]) == ["0", "50"]
        assert figures["handwritten_ms"] > 0
        assert max(figures["state_bytes"].values()) <= 2048
        assert figures["state_bytes"]["1000"] <= 1.2 * figures["state_bytes"]["0"]


def test_sweep_fires_every_timer_on_both_databases() -> None:
    found = reported("sweep")
    assert sorted(found) == DATABASES
    for figures in found.values():
        assert figures["timers"] == 800
        assert min(figures.values()) > 0
    assert "two_workers_per_second" in found["postgresql"]
    assert "two_workers_per_second" not in found["sqlite"]
