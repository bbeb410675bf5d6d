"""Statistics: repayments, collectors' work and recovery, counted from the rows of a period; what each figure means."""

from engine.statistics.collectors import RECOVERY, WORK, earned, followed_up, held, worked
from engine.statistics.figures import Figures, Key, Table, totalled
from engine.statistics.promises import kept
from engine.statistics.recovery import BUCKETS, NOT_DUE, recovered
from engine.statistics.repayments import RECEIVED, received, unapplied
from engine.statistics.scope import Reach, reach
from engine.statistics.spans import MOST_DAYS, Grain, PeriodTooLong, Span
from engine.statistics.wanted import BY, NONE, PRE_COLLECTION, Wanted

__all__ = [
    "BUCKETS",
    "BY",
    "MOST_DAYS",
    "NONE",
    "NOT_DUE",
    "PRE_COLLECTION",
    "RECEIVED",
    "RECOVERY",
    "WORK",
    "Figures",
    "Grain",
    "Key",
    "PeriodTooLong",
    "Reach",
    "Span",
    "Table",
    "Wanted",
    "earned",
    "followed_up",
    "held",
    "kept",
    "reach",
    "received",
    "recovered",
    "totalled",
    "unapplied",
    "worked",
]
