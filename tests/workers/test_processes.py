"""The processes: they find work by themselves, end cleanly when told, and lose nothing when killed."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from redis import Redis
from sqlalchemy import func, select

from engine import clock, dispatch
from engine.models import Assignment, Case, DispatchBatch, Heartbeat, Incident, Method, OutboxMessage, Status, User
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.cast import Cast
from tests.dispatch.world import a_lender, overdue
from tests.processes import Running, environment, eventually, started

MANY = 240


def test_they_find_what_a_page_wrote_within_two_seconds(at_work: Settings, dunflow: Dunflow, tmp_path: Path) -> None:
    cast = a_lender(dunflow.sessions)
    cases = overdue(dunflow.sessions, ["100"] * 3)
    with started("work", env=environment(at_work), log=tmp_path / "log") as workers:
        _await_life(workers, dunflow)
        batch_id = _batch(dunflow, cast, cases)
        began = time.monotonic()
        eventually(lambda: _status(dunflow, batch_id) == "done", "the batch")
        assert time.monotonic() - began < 4  # two seconds where nothing else runs


def test_told_to_end_they_end_and_say_nothing_of_trouble(at_work: Settings, dunflow: Dunflow, tmp_path: Path) -> None:
    a_lender(dunflow.sessions)
    with started("work", env=environment(at_work), log=tmp_path / "log") as workers:
        _await_life(workers, dunflow)
        children = workers.children()
        assert len(children) == 6
        assert workers.stop(signal.SIGTERM) == 0
        assert "Traceback" not in workers.said
        assert not any(_lives(pid) for pid in children)


def test_a_batch_survives_workers_killed_at_random(at_work: Settings, dunflow: Dunflow, tmp_path: Path) -> None:
    cast = a_lender(dunflow.sessions)
    cases = overdue(dunflow.sessions, ["100"] * MANY)
    pick = random.Random(20050930)
    with started("work", env=environment(at_work), log=tmp_path / "log") as workers:
        _await_life(workers, dunflow)
        batch_id = _batch(dunflow, cast, cases)
        for _ in range(4):
            time.sleep(pick.uniform(0.1, 0.6))
            for pid in workers.children():
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: _status(dunflow, batch_id) == "done", "the batch, after the kills")
    _each_once(dunflow, batch_id, MANY)


def test_a_batch_survives_redis_emptied_midway(
    at_work: Settings, dunflow: Dunflow, redis: Redis, tmp_path: Path
) -> None:
    cast = a_lender(dunflow.sessions)
    cases = overdue(dunflow.sessions, ["100"] * MANY)
    with started("work", env=environment(at_work), log=tmp_path / "log") as workers:
        _await_life(workers, dunflow)
        batch_id = _batch(dunflow, cast, cases)
        for _ in range(4):
            time.sleep(0.2)
            redis.flushall()
        eventually(lambda: _status(dunflow, batch_id) == "done", "the batch, after the emptying")
    _each_once(dunflow, batch_id, MANY)


def test_two_of_everything_do_nothing_twice(at_work: Settings, dunflow: Dunflow, tmp_path: Path) -> None:
    cast = a_lender(dunflow.sessions)
    cases = overdue(dunflow.sessions, ["100"] * 60)
    env = environment(at_work)
    with (
        started("work", env=env, log=tmp_path / "one") as workers,
        started("work", "--processes", "2", env=env, log=tmp_path / "two"),
    ):
        _await_life(workers, dunflow)
        batch_id = _batch(dunflow, cast, cases)
        with dunflow.writing() as session:
            now = clock.real_now()
            session.add_all(
                OutboxMessage(key=f"m{n}", kind="event", payload={}, status="waiting", next_try_at=now, created_at=now)
                for n in range(60)
            )
        eventually(lambda: _status(dunflow, batch_id) == "done", "the batch")
        eventually(lambda: _unsent(dunflow) == 0, "the messages")
    _each_once(dunflow, batch_id, 60)
    assert len(list((at_work.outbox_dir / "event").glob("*.json"))) == 60


def test_killed_as_a_whole_they_take_their_children_along(at_work: Settings, dunflow: Dunflow, tmp_path: Path) -> None:
    a_lender(dunflow.sessions)
    with started("work", env=environment(at_work), log=tmp_path / "log") as workers:
        _await_life(workers, dunflow)
        children = workers.children()
        workers.stop(signal.SIGKILL)
        eventually(lambda: not any(_lives(pid) for pid in children), "the children's end")


def _batch(dunflow: Dunflow, cast: Cast, cases: list[int]) -> int:
    with dunflow.writing() as session:
        actor = session.get_one(User, cast.supervisor.id)
        request = dispatch.Request(method=Method.EVENLY, case_ids=tuple(cases))
        return dispatch.create(session, actor, request).id


def _status(dunflow: Dunflow, batch_id: int) -> str:
    with dunflow.sessions() as session:
        return session.get_one(DispatchBatch, batch_id).status


def _await_life(workers: Running, dunflow: Dunflow) -> None:
    def is_so() -> bool:
        assert workers.process.poll() is None, workers.said
        return _alive(dunflow)

    eventually(is_so, "signs of life")


def _alive(dunflow: Dunflow) -> bool:
    with dunflow.sessions() as session:
        return (session.scalar(select(func.count(Heartbeat.name))) or 0) == 6


def _unsent(dunflow: Dunflow) -> int:
    with dunflow.sessions() as session:
        return session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.status != "sent")) or 0


def _each_once(dunflow: Dunflow, batch_id: int, count: int) -> None:
    with dunflow.sessions() as session:
        batch = session.get_one(DispatchBatch, batch_id)
        assert (batch.dispatched, batch.skipped) == (count, 0)
        assert session.scalar(select(func.count(Assignment.id)).where(Assignment.batch_id == batch_id)) == count
        assert session.scalar(select(func.count(Case.id)).where(Case.status == Status.IN_WORK)) == count
        assert session.scalar(select(func.count(Incident.id))) == 0


def _lives(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
