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


PUT_BACK = {
    "customers": "customer_id,name\nC,Wang\n",
    "orders": "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"
    "old,C,card,CNY,2025-12-01,2026-01-01,100,0,0\n"
    "back,C,card,CNY,2026-03-01,2026-04-12,50,0,0\n"
    "near,C,card,CNY,2026-03-01,2026-04-12,10,0,0\n",
    "repayments": "repayment_id,order_id,paid_at,amount,reverses\n"
    "r1,back,2026-04-10T10:00:00,150,\n"
    "r2,back,2026-04-11T00:01:00,150,r1\n"
    "r3,near,2026-04-12T12:00:00,10,\n",
}


def test_an_order_put_back_while_in_collection_stays_out_of_a_pre_collection_case_it_never_was_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    """The money closed the collection case, so another order entered pre-collection; then the money went back."""
    for name, text in PUT_BACK.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    files = Files(*(tmp_path / f"{name}.csv" for name in PUT_BACK))
    found = replayed(sessions, files, dt.date(2026, 4, 1), dt.date(2026, 4, 13), ZONE)
    assert found["closed"] == {"paid_in_full": 1, "rolled": 0}
    assert comparable(found) == counted(files, dt.date(2026, 4, 1), dt.date(2026, 4, 13), ZONE)


def _nothing_is_open_that_should_be_closed(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        ended = select(Instance.id).where(Instance.ended_at.is_not(None))
        assert session.scalars(select(Case.id).where(Case.closed_at.is_(None), Case.order_count == 0)).all() == []
        assert session.scalars(select(Case.id).where(Case.closed_at.is_(None), Case.instance_id.in_(ended))).all() == []
        assert session.scalars(select(UserTask.id).where(UserTask.instance_id.in_(ended))).all() == []
        assert session.scalars(select(Timer.id).where(Timer.instance_id.in_(ended))).all() == []
