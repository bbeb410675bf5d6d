"""Redis emptied while a job runs: what was done is done, and nobody is called to look at it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from redis import Redis
from sqlalchemy import select

from engine import clock
from engine.db import begin_write
from engine.models import DeadLetter, Heartbeat
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.processes import environment, eventually, started
from workers.connection import connect
from workers.cron import Ticks
from workers.enqueue import failed, put

NAME = "worker:sweep"


def test_a_job_that_outlived_its_record_is_no_dead_letter(
    at_work: Settings, dunflow: Dunflow, redis: Redis, tmp_path: Path
) -> None:
    with started("work", "--queue", "sweep", "--no-cron", env=environment(at_work), log=tmp_path / "log") as worker:
        eventually(lambda: redis.smembers("rq:workers") or worker.process.poll() is not None, "the worker")
        with dunflow.sessions() as session:  # the job must wait for this transaction
            begin_write(session)
            session.add(Heartbeat(name=NAME, at=clock.real_now(), detail={}))
            session.flush()
            put(redis, "beat", queue="sweep")
            eventually(lambda: any(b"beat" in each for each in redis.zrange("rq:wip:sweep", 0, -1)), "the job's start")
            redis.flushall()
            session.rollback()
        eventually(lambda: failed(redis), "RQ's surprise", 20)
        with closing(connect(at_work.redis_url)) as connection:
            Ticks(dunflow, connection).tick()
        assert not failed(redis)
    with dunflow.sessions() as session:
        assert session.scalars(select(DeadLetter)).all() == []
        assert session.get(Heartbeat, NAME) is not None
