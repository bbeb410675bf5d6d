"""What time it is where the customer is, and whether that is a time for calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from engine import clock, parameters


@dataclass(frozen=True)
class Hours:
    """The hours of the customer's day in which they are called: from `first`:00 until `last`:00, 24 for midnight."""

    first: int
    last: int


@dataclass(frozen=True)
class LocalTime:
    """`at` at the customer's place. `opens_at` says when calls may be made again; None: they may be made now."""

    at: dt.datetime
    place: str  # of the zone's name, the last part: Taipei
    is_assumed: bool  # the customer's zone is not known: the lender's
    opens: str  # the hour at which calls begin: 08:00
    until: str  # and end: 22:00
    opens_at: dt.datetime | None


def hours(session: Session) -> Hours:
    """The calling hours that stand now (parameters)."""
    return Hours(int(parameters.value(session, "calls_from_hour")), int(parameters.value(session, "calls_until_hour")))


def local_time(timezone: str | None, at: dt.datetime, between: Hours) -> LocalTime:
    """The customer's time at an instant. An unknown zone is taken to be the lender's, and says so."""
    zone, is_assumed = _zone(timezone)
    local = at.astimezone(zone)
    return LocalTime(
        local,
        zone.key.rpartition("/")[2].replace("_", " "),
        is_assumed,
        f"{between.first:02}:00",
        f"{between.last:02}:00",
        None if between.first <= local.hour < between.last else _opens(local, between),
    )


def _zone(name: str | None) -> tuple[ZoneInfo, bool]:
    if not name:
        return clock.zone(), True
    try:
        return ZoneInfo(name), False
    except (ZoneInfoNotFoundError, ValueError):
        return clock.zone(), True


def _opens(local: dt.datetime, between: Hours) -> dt.datetime:
    on = local.date() + dt.timedelta(days=1 if local.hour >= between.last else 0)
    return dt.datetime.combine(on, dt.time(between.first), local.tzinfo).astimezone(dt.UTC)
