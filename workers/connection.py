"""Reaching Redis or Valkey, and the queues kept there. Nothing that matters lives only there."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut
from rq import Queue
from rq.serializers import JSONSerializer

from engine.errors import DunflowError

SWEEP, BULK, IMPORTS, RELAY, STANDING = QUEUES = ("sweep", "bulk", "imports", "relay", "standing")
CONNECT_SECONDS = 5
LONGEST_PAUSE = 30.0
LOST = (Unreachable, TimedOut, OSError)


class RedisUnreachable(DunflowError):
    """Redis at {url} does not answer ({reason}): start it, or set DUNFLOW_REDIS_URL (unset: Dunflow brings its own)."""


class RedisRefuses(RedisUnreachable):
    """Redis at {url} refuses ({reason}): name its password in DUNFLOW_REDIS_URL, as redis://:password@host:6379/0."""


class RedisAddressWrong(DunflowError):
    """DUNFLOW_REDIS_URL is {url!r}: write redis://host:6379/0, rediss://…, or unix:///path/to/socket."""


def connect(url: str) -> Redis:
    """A client; nothing is sent yet. Raises RedisAddressWrong."""
    try:
        return Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS)
    except ValueError as error:
        raise RedisAddressWrong(url=_public(url)) from error


def reach(url: str) -> Redis:
    """A client that has been answered. Raises RedisUnreachable, RedisAddressWrong."""
    connection = connect(url)
    try:
        connection.ping()
    except (AuthenticationError, ResponseError) as error:
        raise RedisRefuses(url=_public(url), reason=_refusal(str(error))) from error
    except (RedisError, OSError) as error:
        raise RedisUnreachable(url=_public(url), reason=str(error) or type(error).__name__) from error
    return connection


def _refusal(said: str) -> str:
    if "HELLO" in said or "NOAUTH" in said or "Authentication required" in said:
        return "it wants a password"
    return "the password is wrong" if "invalid username-password" in said or "WRONGPASS" in said else said


def wait_for(url: str, should_stop: Callable[[float], bool], say: Callable[[str], object]) -> Redis | None:
    """A client as soon as Redis answers; says so meanwhile, with growing pauses. None when asked to stop."""
    pause = 0.5
    while True:
        try:
            return reach(url)
        except RedisUnreachable as error:
            say(f"{error}; next try in {pause:.0f} s")
            if should_stop(pause):
                return None
            pause = min(pause * 2, LONGEST_PAUSE)


def queue(connection: Redis, name: str) -> Queue:
    """One of our queues. Jobs are JSON: whoever can write to Redis still cannot run code of their own here."""
    return Queue(name, connection=connection, serializer=JSONSerializer)


def await_socket(url: str, seconds: float) -> bool:
    """Whether Redis answers within that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            reach(url).close()
        except RedisUnreachable:
            time.sleep(0.02)
        else:
            return True
    return False


def _public(url: str) -> str:
    """An address without its password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
