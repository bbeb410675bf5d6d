"""The short form of `python -m tests.crashes`: days at a lender whose processes, and whose Redis, are killed."""

from __future__ import annotations

from pathlib import Path

from engine.settings import Settings
from tests.crashes.killing import ROUND
from tests.crashes.story import Plan, Story

KILLS = len(ROUND)  # everybody at least once


def test_whatever_is_killed_every_effect_is_there_once(settings: Settings, tmp_path: Path) -> None:
    settings.data_dir.mkdir()
    report = Story(settings, tmp_path, Plan(customers=45, kills=KILLS, every=0.4, days=2)).tell()
    assert report.problems == []
    assert sum(report.kills.values()) == KILLS
    assert report.kills.keys() == set(ROUND)
    assert report.counts["follow_ups"] > 20
