"""`dunflow up` and `dunflow demo`: everything in one command, and nothing left running after it."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import clock
from engine.demo import clock as demo_clock
from engine.models import Case, Customer, DemoClock, Repayment, User, UserTask
from engine.settings import Settings
from engine.wiring import Dunflow, build
from tests.processes import Running, environment, eventually, free_port, run, started
from workers import embedded
from workers.connection import RedisUnreachable, reach


def test_up_serves_works_heals_and_ends(here: Settings, tmp_path: Path) -> None:
    port, health = free_port(), free_port()
    env = environment(here, DUNFLOW_ADMIN_LOGIN="adam", DUNFLOW_ADMIN_PASSWORD="a good long one")  # noqa: S106
    arguments = ("up", "--port", str(port), "--health-port", str(health))
    with started(*arguments, env=env, log=tmp_path / "log") as up:
        _await(up, "Dunflow runs at")
        assert _get(port) in (200, 401)
        eventually(lambda: _get(health, "/health") == 200, "the workers' health")
        assert run("health", env=env).returncode == 0
        again = run("up", "--port", str(free_port()), env=env)
        assert (again.returncode, "already" in again.stderr) == (2, True)
        children = up.children()
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: _get(port) in (200, 401) and _get(health, "/health") == 200, "everything again")
        children = up.children()
        assert up.stop(signal.SIGINT) == 0
    assert not any(_lives(pid) for pid in children)
    for each in (port, health):
        assert not _listens(each)
    with pytest.raises(RedisUnreachable):
        reach(embedded.address(here))
    house = build(here)
    with house.sessions() as session:
        assert [user.login for user in session.scalars(select(User))] == ["adam"]
    house.close()


def test_the_first_administrator_gets_a_password_of_their_own(here: Settings, tmp_path: Path) -> None:
    passwords = []
    for name in ("one", "two"):
        env = environment(here.with_data_dir(tmp_path / name))
        with started("up", "--port", str(free_port()), "--health-port", "0", env=env, log=tmp_path / "log") as up:
            _await(up, "Dunflow runs at")
            passwords += re.findall(r"first sign-in: (\S+)", up.said)
    assert len(set(passwords)) == 2


def test_a_demo_is_made_goes_on_where_it_was_left_and_jumps_a_day(here: Settings, tmp_path: Path) -> None:
    env, arguments = environment(), ("demo", "--data", str(here.data_dir), "--customers", "25")
    assert run(*arguments, "--prepare-only", env=env).returncode == 0
    house = build(Settings(**{**vars(here), "clock": "demo"}))
    _there_is_work(house)
    before = _let_business_time_stand_still(house)
    with started(*arguments, "--port", str(free_port()), env=env, log=tmp_path / "log") as demo:
        _await(demo, "Ctrl-C")
        assert "Everybody's password: demo-dunflow" in demo.said
        with house.business_time():
            assert clock.now() - before < dt.timedelta(seconds=60)  # the days it was down did not count
        assert demo.stop() == 0
    refused = run("up", "--data", str(here.data_dir), "--port", str(free_port()), env=env)
    assert (refused.returncode, "demonstration" in refused.stderr) == (2, True)
    _days_pass(house)
    house.close()


def _there_is_work(house: Dunflow) -> None:
    with house.sessions() as session:
        assert len(session.scalars(select(Customer.id)).all()) == 25
        assert session.scalars(select(Case.id).where(Case.closed_at.is_(None))).all()
        assert session.scalars(select(UserTask.id)).all()


def _let_business_time_stand_still(house: Dunflow) -> dt.datetime:
    """As if it had been down for three days."""
    with house.writing() as session:
        row = session.get_one(DemoClock, 1)
        row.real_at -= dt.timedelta(days=3)
        return row.business_at


def _days_pass(house: Dunflow) -> None:
    """Until the month's end: every repayment of the accounts has arrived, each at its own instant."""
    for _ in range(31):
        with house.business_time():
            today = clock.today()
            assert demo_clock.next_day(house.sessions) == today + dt.timedelta(days=1)
    with house.sessions() as session:
        arrived = session.scalars(select(Repayment)).all()
        assert all(each.received_at == each.paid_at for each in arrived)
        assert session.get_one(DemoClock, 1).fed_until > clock.real_now() + dt.timedelta(days=3650)  # no more will come


def _await(running: Running, text: str) -> None:
    def said() -> bool:
        assert running.process.poll() is None, running.said
        return text in running.said

    eventually(said, text, 120)


def _get(port: int, path: str = "/") -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            if path == "/health":
                assert json.load(answer)["problems"] == []
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _lives(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
