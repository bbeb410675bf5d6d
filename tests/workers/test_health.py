"""The workers' health endpoint: what it says of workers, database and Redis."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from dataclasses import replace

from redis import Redis

from engine import health
from engine.settings import Settings
from engine.wiring import build
from workers.health import Endpoint, answer


def alive(settings: Settings) -> None:
    house = build(settings)
    with house.writing() as session:
        health.beat(session, "cron")
    house.close()


def asked(settings: Settings) -> tuple[int, list[str]]:
    house = build(settings)
    status, body = answer(house)
    house.close()
    return status, body["problems"]


def test_with_everything_there_it_is_well(at_work: Settings) -> None:
    alive(at_work)
    assert asked(at_work) == (200, [])


def test_without_redis_it_is_unwell(at_work: Settings) -> None:
    alive(at_work)
    assert asked(replace(at_work, redis_url="redis://127.0.0.1:1/0")) == (503, ["redis"])


def test_without_a_database_it_is_unwell(at_work: Settings) -> None:
    gone = f"sqlite:///{at_work.data_dir}/nowhere/at/all.db"
    assert asked(replace(at_work, database_url=gone)) == (503, ["database"])


def test_it_answers_on_its_port(at_work: Settings, redis: Redis) -> None:
    alive(at_work)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    house = build(replace(at_work, health_port=port))
    with Endpoint(house, port), urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as found:
        assert (found.status, json.load(found)["problems"]) == (200, [])
    house.close()
