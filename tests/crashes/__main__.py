"""`python -m tests.crashes --cases 1000 --kills 60 --seconds 300`: the long form, on one database or both."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from engine import schema
from engine.db import make_engine
from engine.settings import Settings
from tests.crashes.story import Plan, Story
from tests.databases import postgres

KINDS = ("sqlite", "postgresql")


def main() -> int:
    """Prints a report per database; 1 when anything is not as it must be."""
    asked = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    asked.add_argument("--cases", type=int, default=1000, help="about how many cases")
    asked.add_argument("--kills", type=int, default=60)
    asked.add_argument("--seconds", type=float, default=300, help="over about how many seconds the kills are spread")
    asked.add_argument("--days", type=int, default=4, help="at least so many days")
    asked.add_argument("--processes", type=int, default=2, help="workers per busy queue")
    asked.add_argument("--database", choices=(*KINDS, "both"), default="both")
    asked.add_argument("--patience", type=float, default=300, help="seconds for anything to come to rest")
    asked.add_argument("--seed", type=int, default=20050930)
    asked.add_argument("--json", type=Path, help="where to write the reports")
    given = asked.parse_args()
    reports = {kind: _one(kind, given) for kind in (KINDS if given.database == "both" else (given.database,))}
    if given.json:
        given.json.write_text(json.dumps(reports, indent=1))
    return int(any(report["problems"] for report in reports.values()))


def _one(kind: str, given: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="dunflow-crashes-") as name, _database(kind, Path(name)) as url:
        settings = Settings(data_dir=Path(name) / "data", database_url=url, secret_key="of the crash tests")  # noqa: S106
        settings.data_dir.mkdir()
        plan = Plan(
            customers=round(given.cases / 1.1),
            kills=given.kills,
            every=given.seconds / max(1, given.kills),
            days=given.days,
            seed=given.seed,
            processes=given.processes,
            patience=given.patience,
            say=lambda line: print(f"{kind}: {line}", file=sys.stderr, flush=True),
        )
        story = Story(settings, Path(name), plan)
        try:
            report = asdict(story.tell())
        except BaseException:
            print(story.house.log.read_text(errors="replace")[-20_000:], file=sys.stderr)
            raise
    print(json.dumps({kind: report}, indent=1), flush=True)
    return report


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{folder / 'dunflow.db'}" if kind == "sqlite" else stack.enter_context(postgres()).create()
        engine = make_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        yield url


if __name__ == "__main__":
    sys.exit(main())
