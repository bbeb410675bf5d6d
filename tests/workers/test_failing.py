"""A failing job is tried again after growing pauses, then becomes a dead letter that people can have tried again."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator

import pytest
from redis import Redis
from rq.job import JobStatus
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer

from engine import clock, dead_letters
from engine.models import DeadLetter, DispatchBatch, Method
from engine.settings import Settings
from engine.wiring import Dunflow
from workers import stopping, wired
from workers.connection import BULK, queue
from workers.cron import Ticks
from workers.enqueue import fetch, put, worker_name
from workers.jobs import KINDS
from workers.worker import Worker

MISSING = {"batch_id": 404}


@pytest.fixture
def house(at_work: Settings) -> Iterator[Dunflow]:
    stopping.forget()
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}  # RQ's worker sets its own
    dunflow = wired.wire(at_work)
    yield dunflow
    dunflow.close()
    for each, handler in kept.items():
        signal.signal(each, handler)


def test_it_is_tried_again_after_its_pauses_and_then_is_a_dead_letter(house: Dunflow, redis: Redis) -> None:
    ticks = Ticks(house, redis)
    put(redis, "dispatch_batch", **MISSING)
    for pause in KINDS["dispatch_batch"].pauses:
        _work(redis)
        assert not put(redis, "dispatch_batch", **MISSING)
        assert _seconds_until_next_try(redis) == pytest.approx(pause, abs=2)
        _let_the_pause_pass(redis)
        ticks.tick()
    _work(redis)
    ticks.tick()
    letter = _letters(house)[0]
    assert (letter.job, letter.args) == ("dispatch_batch", MISSING)
    assert "There is no dispatch batch 404" in letter.error_text
    assert fetch(redis, "dispatch_batch_404") is None


def test_the_same_failure_again_is_the_same_letter(house: Dunflow, redis: Redis) -> None:
    for _ in range(2):
        _fail_for_good(house, redis, MISSING)
    assert len(_letters(house)) == 1


def test_work_with_a_dead_letter_waits_for_an_answer_and_is_then_done(house: Dunflow, redis: Redis) -> None:
    with house.writing() as session:
        session.add(DispatchBatch(id=404, method=Method.EVENLY, status="planned", created_at=clock.now()))
        dead_letters.record(session, "dispatch_batch", MISSING, "it failed")
    ticks = Ticks(house, redis)
    ticks.tick()
    assert fetch(redis, "dispatch_batch_404") is None
    with house.writing() as session:
        dead_letters.retry(session, _letters(house)[0].id, by_id=None)
    ticks.tick()
    _work(redis)
    with house.sessions() as session:
        assert session.get_one(DispatchBatch, 404).status == "done"


def test_a_letter_is_retried_once(house: Dunflow, redis: Redis) -> None:
    _fail_for_good(house, redis, MISSING)
    letter = _letters(house)[0]
    with house.writing() as session:
        dead_letters.retry(session, letter.id, by_id=None)
    with house.writing() as session, pytest.raises(dead_letters.AlreadyRetried):
        dead_letters.retry(session, letter.id, by_id=None)


def test_a_later_success_answers_the_letter(house: Dunflow, redis: Redis) -> None:
    with house.writing() as session:
        dead_letters.record(session, "relay", {}, "the gateway was away")
    put(redis, "relay")
    _work(redis, "relay")
    assert _letters(house) == []


def _fail_for_good(house: Dunflow, redis: Redis, args: dict[str, int]) -> None:
    put(redis, "dispatch_batch", **args)
    job = fetch(redis, "dispatch_batch_404")
    assert job is not None
    job.retries_left = 0
    job.save()
    _work(redis)
    assert job.get_status() == JobStatus.FAILED
    Ticks(house, redis).tick()


def _work(redis: Redis, name: str = BULK) -> None:
    worker = Worker([queue(redis, name)], name=worker_name("t"), connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")


def _seconds_until_next_try(redis: Redis) -> float:
    registry = ScheduledJobRegistry(queue=queue(redis, BULK))
    at = registry.get_scheduled_time("dispatch_batch_404")
    return (at.replace(tzinfo=dt.UTC) - clock.real_now()).total_seconds()


def _let_the_pause_pass(redis: Redis) -> None:
    registry = ScheduledJobRegistry(queue=queue(redis, BULK))
    redis.zadd(registry.key, {"dispatch_batch_404": 1}, xx=True)


def _letters(house: Dunflow) -> list[DeadLetter]:
    with house.sessions() as session:
        return list(dead_letters.unanswered(session))
