"""A worker: listens to one queue, does its jobs in its own process, stops after the present batch when told to."""

from __future__ import annotations

import logging
import secrets
import signal
from types import FrameType

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from engine.flow.kernel import Kernel
from engine.settings import Settings
from workers import stopping, wired
from workers.connection import SWEEP, connect, queue, wait_for
from workers.enqueue import put, worker_name

_log = logging.getLogger(__name__)
IDLE_SECONDS = 45  # how long it waits for a job before it looks whether Redis is still there


class Worker(SimpleWorker):
    """RQ's worker without forking: our jobs are batches, and compiled releases stay in memory from job to job.

    One queue each: only then does RQ take jobs in a way that survives a kill (`spiffworkflow.md`).
    """

    log_result_lifespan = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Long work looks at `stopping` between its batches."""
        stopping.ask()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run(settings: Settings, queue_name: str, kernel: Kernel | None = None) -> int:
    """Work one queue until told to stop; waits for Redis when it is away. Gives the exit code."""
    stopping.forget()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.ask())
    dunflow = wired.wire(settings, kernel)
    try:
        while not stopping.asked():
            if wait_for(settings.redis_url, stopping.wait, _log.warning) is None:
                break
            _work(settings, queue_name)
    finally:
        dunflow.close()
    return 0


def _work(settings: Settings, queue_name: str) -> None:
    """Until told to stop, or until RQ gives up because Redis went away."""
    connection = connect(settings.redis_url)
    try:
        if queue_name == SWEEP:
            put(connection, "sweep")
        worker = Worker(
            [queue(connection, queue_name)],
            name=worker_name(secrets.token_hex(2)),
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=IDLE_SECONDS + 15,
        )
        worker.work(logging_level="WARNING")
        if not stopping.asked():
            stopping.wait(1)
    except Exception as error:  # whatever it was, Redis or ourselves: begin anew, work is in SQL
        _log.warning("worker of %s begins anew: %s", queue_name, error)
        stopping.wait(1)
    finally:
        connection.close()
