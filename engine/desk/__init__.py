"""The collector's desk: which case comes next, and why."""

from engine.desk.hours import Hours, LocalTime, hours, local_time
from engine.desk.order import Candidate, Ranked, Why, order
from engine.desk.queue import next_case, queue, why

__all__ = [
    "Candidate",
    "Hours",
    "LocalTime",
    "Ranked",
    "Why",
    "hours",
    "local_time",
    "next_case",
    "order",
    "queue",
    "why",
]
