"""An installation in the test's own folder, and the command on it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import schema
from engine.settings import Settings
from engine.wiring import Dunflow, build
from tests.processes import environment, run

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Settings of an installation that is not there yet."""
    folder = tmp_path / "data"
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'dunflow.db'}")


@pytest.fixture
def dunflow(here: Settings) -> Command:
    """`dunflow …` on that installation; `env` says more, `text` is typed."""

    def command(*arguments: str, text: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        done = run(*arguments, env=environment(here, **env), text=text)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return command


@pytest.fixture
def house(here: Settings) -> Dunflow:
    """That installation with tables, for tests to put something in."""
    here.data_dir.mkdir(parents=True)
    made = build(here)
    schema.upgrade(made.engine)
    made.close()
    return made
