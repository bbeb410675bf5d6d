"""The README tells every setting the code reads, and no others."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"DUNFLOW_[A-Z_]+[A-Z]")


def read_by_the_code() -> set[str]:
    sources = (path for part in ("engine", "web", "workers") for path in (ROOT / part).rglob("*.py"))
    return {name for path in sources for name in NAME.findall(path.read_text(encoding="utf-8"))}


def told_by_the_readme() -> set[str]:
    rows = (
        line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `DUNFLOW_")
    )
    return {name for row in rows for name in NAME.findall(row.split("|")[1])}


def test_every_setting_is_told() -> None:
    assert read_by_the_code() - told_by_the_readme() == set()


def test_no_setting_is_told_that_nothing_reads() -> None:
    assert told_by_the_readme() - read_by_the_code() == set()
