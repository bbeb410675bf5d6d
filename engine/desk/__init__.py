"""The collector's desk: which case comes next and why, and who has it open now."""

from engine.desk.day import Day, day
from engine.desk.hours import Hours, LocalTime, hours, local_time
from engine.desk.leases import LEASE_SECONDS, Held, held, release, take
from engine.desk.order import Candidate, Ranked, Why, order
from engine.desk.queue import next_case, queue, why

__all__ = [
    "LEASE_SECONDS",
    "Candidate",
    "Day",
    "Held",
    "Hours",
    "LocalTime",
    "Ranked",
    "Why",
    "day",
    "held",
    "hours",
    "local_time",
    "next_case",
    "order",
    "queue",
    "release",
    "take",
    "why",
]
