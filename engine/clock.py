"""The only reader of time: business time, which replays, tests and demos may set, and real time for everything else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


def real_now() -> dt.datetime:
    """The machine's time, aware, UTC: sign-in, leases, rate limits, retries."""
    return dt.datetime.now(dt.UTC)


_source: ContextVar[Callable[[], dt.datetime]] = ContextVar("dunflow_clock", default=real_now)
_zone: ContextVar[ZoneInfo] = ContextVar("dunflow_zone", default=DEFAULT_ZONE)


def now() -> dt.datetime:
    """Business time, aware, UTC."""
    return _source.get()()


def zone() -> ZoneInfo:
    """The lender's time zone."""
    return _zone.get()


def today() -> dt.date:
    """The business date where the lender is."""
    return local_date(now())


def local_date(at: dt.datetime) -> dt.date:
    """The lender's calendar date of an aware instant."""
    return at.astimezone(zone()).date()


def midnight(on: dt.date) -> dt.datetime:
    """00:00 of a date at the lender's place, as UTC."""
    return dt.datetime.combine(on, dt.time(), zone()).astimezone(dt.UTC)


@contextmanager
def use(source: dt.datetime | Callable[[], dt.datetime]) -> Iterator[None]:
    """Within the block business time is `source`: a fixed aware instant, or a function that gives one."""
    fixed = source
    token = _source.set(fixed if callable(fixed) else lambda: fixed)
    try:
        yield
    finally:
        _source.reset(token)


@contextmanager
def use_zone(name: str | ZoneInfo) -> Iterator[None]:
    """Within the block the lender's time zone is `name`."""
    token = _zone.set(ZoneInfo(name) if isinstance(name, str) else name)
    try:
        yield
    finally:
        _zone.reset(token)
