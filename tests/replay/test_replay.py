"""The engine's replay agrees, number by number, with the independent count over the same files."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.demo import accounts
from engine.models import Case, Instance, Timer, UserTask
from tests.replay.playing import comparable, counted, replayed
from tests.replay.portfolios import Files, portfolio

ZONE = "Asia/Shanghai"
ACCOUNTS = int(os.environ.get("DUNFLOW_REPLAY_ACCOUNTS", "1000"))
FIRST, LAST = dt.date(2005, 4, 30), dt.date(2005, 9, 30)
SEEDS = range(int(os.environ.get("DUNFLOW_REPLAY_SEEDS", "6")))
CUSTOMERS_PER_SEED = 40


def test_real_accounts_are_collected_as_the_data_alone_says(sessions: sessionmaker[Session], tmp_path: Path) -> None:
    files = Files(*accounts.write_csv(tmp_path, customers=ACCOUNTS))
    found = replayed(sessions, files, FIRST, LAST, ZONE)
    assert comparable(found) == counted(files, FIRST, LAST, ZONE)
    assert found["incidents"] == 0
    assert found["user_tasks_completed"] > ACCOUNTS
    assert found["state_bytes"]["max"] <= 2048
    _nothing_is_open_that_should_be_closed(sessions)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_portfolios_agree(sessions: sessionmaker[Session], tmp_path: Path, seed: int) -> None:
    made = portfolio(Random(seed), CUSTOMERS_PER_SEED)
    files = made.write(tmp_path)
    found = replayed(sessions, files, made.start, made.end, made.timezone)
    assert comparable(found) == counted(files, made.start, made.end, made.timezone)
    assert found["incidents"] == 0
    _nothing_is_open_that_should_be_closed(sessions)


def _nothing_is_open_that_should_be_closed(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        ended = select(Instance.id).where(Instance.ended_at.is_not(None))
        assert session.scalars(select(Case.id).where(Case.closed_at.is_(None), Case.order_count == 0)).all() == []
        assert session.scalars(select(Case.id).where(Case.closed_at.is_(None), Case.instance_id.in_(ended))).all() == []
        assert session.scalars(select(UserTask.id).where(UserTask.instance_id.in_(ended))).all() == []
        assert session.scalars(select(Timer.id).where(Timer.instance_id.in_(ended))).all() == []
