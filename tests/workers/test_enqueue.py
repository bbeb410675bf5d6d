"""The same job waits once, is done anew when its worker was killed, and is given up when it kills every worker."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

from redis import Redis
from rq.job import JobStatus
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from engine import clock
from workers.connection import BULK, queue
from workers.enqueue import KILLS_FORGIVEN, STRAY_AFTER, bury, fetch, put, worker_name
from workers.worker import Worker

JOB = "dispatch_batch_7"


def test_the_same_job_waits_once(redis: Redis) -> None:
    assert put(redis, "dispatch_batch", batch_id=7)
    assert not put(redis, "dispatch_batch", batch_id=7)
    assert put(redis, "dispatch_batch", batch_id=8)
    assert queue(redis, BULK).job_ids == [JOB, "dispatch_batch_8"]


def test_jobs_are_json_and_carry_no_code(redis: Redis) -> None:
    put(redis, "dispatch_batch", batch_id=7)
    data = redis.hget(f"rq:job:{JOB}", "data")
    job = fetch(redis, JOB)
    assert b"cpickle" not in bytes(data).lower()  # type: ignore[arg-type]
    assert job is not None
    assert (job.func_name, job.kwargs) == ("workers.jobs.dispatch_batch", {"batch_id": 7})


def test_what_was_taken_and_never_begun_is_enqueued_again(redis: Redis) -> None:
    put(redis, "dispatch_batch", batch_id=7)
    redis.delete(queue(redis, BULK).key)  # as a worker killed between taking the job and beginning it leaves it
    assert not put(redis, "dispatch_batch", batch_id=7)
    job = fetch(redis, JOB)
    assert job is not None
    job.enqueued_at = clock.real_now() - STRAY_AFTER - dt.timedelta(seconds=1)
    job.save()
    assert put(redis, "dispatch_batch", batch_id=7)
    assert queue(redis, BULK).job_ids == [JOB]


def test_a_killed_workers_job_is_done_anew_at_once(redis: Redis) -> None:
    put(redis, "dispatch_batch", batch_id=7)
    _begun_by(redis, _dead_worker())
    assert not put(redis, "dispatch_batch", batch_id=7)
    assert bury(redis) == 1
    assert put(redis, "dispatch_batch", batch_id=7)


def test_a_living_workers_job_is_left_to_it(redis: Redis) -> None:
    put(redis, "dispatch_batch", batch_id=7)
    _begun_by(redis, worker_name("living"))
    assert bury(redis) == 0


def test_another_machines_job_is_left_to_its_lease(redis: Redis) -> None:
    put(redis, "dispatch_batch", batch_id=7)
    _begun_by(redis, f"elsewhere/{_dead_pid()}/x")
    assert bury(redis) == 0


def test_a_job_that_kills_every_worker_is_given_up(redis: Redis) -> None:
    for _ in range(KILLS_FORGIVEN + 1):
        assert put(redis, "dispatch_batch", batch_id=7)
        _begun_by(redis, _dead_worker())
        bury(redis)
    assert FailedJobRegistry(queue=queue(redis, BULK)).get_job_ids() == [JOB]
    assert StartedJobRegistry(queue=queue(redis, BULK)).get_job_ids() == []


def _begun_by(redis: Redis, name: str) -> None:
    """As a worker of that name leaves a job when it is killed at work."""
    worker = Worker([queue(redis, BULK)], name=name, connection=redis, serializer=JSONSerializer)
    job = queue(redis, BULK).fetch_job(queue(redis, BULK).pop_job_id() or "")
    assert job is not None
    worker.prepare_execution(job)
    worker.prepare_job_execution(job)
    assert job.get_status() == JobStatus.STARTED


def _dead_worker() -> str:
    host = worker_name("").split("/")[0]
    return f"{host}/{_dead_pid()}/{clock.real_now().timestamp()}"


def _dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    return ended.pid
