"""The one way to enqueue: a job's id says what it is for, so that it waits at most once."""

from __future__ import annotations

import datetime as dt
import os
import socket
from typing import Any

from redis import Redis
from rq import Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from engine import clock
from workers.connection import QUEUES, queue
from workers.jobs import KINDS, Kind

FAILED_KEPT = 86_400  # seconds; `workers.cron` has moved it to SQL long before
STRAY_AFTER = dt.timedelta(seconds=5)
KILLS_FORGIVEN = 20  # a machine that dies is not the job's fault
KILLS_REMEMBERED = 3600  # seconds
BUSY = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED}


def put(connection: Redis, name: str, *, slot: int = 0, **args: Any) -> bool:
    """Have a job done, unless the same one waits, runs or is to be tried again already. Whether it was enqueued.

    `slot` lets several run side by side where that helps.
    """
    kind = KINDS[name]
    job_id = _id(kind, args, slot)
    if _is_busy(connection, kind, job_id):
        return False
    queue(connection, kind.queue).enqueue(
        kind.function,
        kwargs=args,
        job_id=job_id,
        job_timeout=kind.timeout,
        result_ttl=0,
        failure_ttl=FAILED_KEPT,
        retry=Retry(max=len(kind.pauses), interval=list(kind.pauses)) if kind.pauses else None,
        meta={"kind": name, "args": args},
    )
    return True


def _id(kind: Kind, args: dict[str, Any], slot: int) -> str:
    return "_".join((kind.name, *(str(value) for value in args.values()), *([f"slot{slot}"] if slot else [])))


def _is_busy(connection: Redis, kind: Kind, job_id: str) -> bool:
    job = fetch(connection, job_id)
    if job is None or job.get_status(refresh=False) not in BUSY:
        return False
    if job.get_status(refresh=False) == JobStatus.QUEUED and _is_stray(connection, kind, job):
        drop(job)
        return False
    return True


def _is_stray(connection: Redis, kind: Kind, job: Job) -> bool:
    """Called queued, but in no queue: its worker was killed between taking it and beginning it."""
    if queue(connection, kind.queue).get_job_position(job) is not None:
        return False
    return job.enqueued_at is None or clock.real_now() - job.enqueued_at > STRAY_AFTER


def fetch(connection: Redis, job_id: str) -> Job | None:
    """A job, if Redis still knows it."""
    try:
        return Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
    except NoSuchJobError:
        return None


def drop(job: Job) -> None:
    """Delete a job's record, or what is left of one: Redis may have been emptied while it ran."""
    try:
        job.delete()
    except InvalidJobOperation:
        job.connection.delete(job.key)


def failed(connection: Redis) -> list[Job]:
    """Jobs that failed for good and are not yet in SQL."""
    found = []
    for name in QUEUES:
        registry = FailedJobRegistry(queue=queue(connection, name))
        for job_id in registry.get_job_ids():
            job = fetch(connection, job_id)
            if job is not None and job.get_status(refresh=False) == JobStatus.FAILED:
                found.append(job)
            else:  # gone, or put anew under the same id
                connection.zrem(registry.key, job_id)
    return found


def worker_name(token: str) -> str:
    """The name a worker goes by: from it one can tell whether its process still lives."""
    return f"{socket.gethostname()}/{os.getpid()}/{token}"


def bury(connection: Redis) -> int:
    """Jobs whose worker was killed on this machine are done anew at once; on others, when their lease has run out."""
    buried = 0
    for name in QUEUES:
        registry = StartedJobRegistry(queue=queue(connection, name))
        for job_id, execution_id in registry.get_job_and_execution_ids(cleanup=False):
            job = fetch(connection, job_id)
            if job is not None and _worker_is_dead(_worker_of(connection, job_id, execution_id)):
                _bury(connection, registry, job, f"{job_id}:{execution_id}")
                buried += 1
    return buried


def _worker_of(connection: Redis, job_id: str, execution_id: str) -> str:
    try:
        return Execution.fetch(execution_id, job_id, connection).worker_name
    except ValueError:
        return ""  # its lease has run out: RQ looks after it


def _bury(connection: Redis, registry: StartedJobRegistry, job: Job, execution: str) -> None:
    """SQL still says that the work is to be done: who looks next enqueues it. What kills every worker is given up."""
    kills = f"dunflow:killed:{job.id}"
    if int(connection.incr(kills)) <= KILLS_FORGIVEN:
        connection.expire(kills, KILLS_REMEMBERED)
        connection.zrem(registry.key, execution)
        drop(job)
        return
    connection.delete(kills)
    job.retries_left = 0
    job.save()
    connection.zadd(registry.key, {execution: 0}, xx=True)
    registry.cleanup()  # to the failed ones


def _worker_is_dead(name: str) -> bool:
    host, _, rest = name.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
