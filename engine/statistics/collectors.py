"""Collectors' work: cases held, follow-ups, promises and money of a period, and what came back of what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.models import Assignment, Case, FollowUp
from engine.result_codes import ALL, ResultClass
from engine.statistics.columns import group_of_follow_up, of_assignment, of_follow_up
from engine.statistics.figures import Rows, at, merged
from engine.statistics.promises import kept
from engine.statistics.recovery import recovered
from engine.statistics.repayments import counted_case, received
from engine.statistics.scope import Reach
from engine.statistics.wanted import WHOLE, Wanted, narrowed

WORK = (
    *("held_start", "given", "given_up", "held_end", "worked", "attempts", "connected", "rpc", "days"),
    *("promises", "promises_due", "promises_kept", "promises_part", "promises_broken", "repayments"),
)
RECOVERY = ("entries",)
UNANSWERED = (ResultClass.NO_CONTACT, ResultClass.BAD_CONTACT)
RIGHT_PARTY = (ResultClass.RPC_POSITIVE, ResultClass.RPC_NEGATIVE)


def worked(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """Everything about collectors' work, row by row; figures of `WORK`, money `promised`, `received`, `entered`,
    `recovered`. Money counts where a collector had the case."""
    measures: tuple[Callable[[Session, Reach, Wanted], Rows], ...] = (held, followed_up, kept, earned, recovered)
    return merged(measure(session, reach, wanted) for measure in measures)


def held(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """Assignments: `held_start`, `given`, `given_up`, `held_end`; start + given - given up = end.

    A case that comes back to a collector is given twice. At one instant what ends has ended and what begins is held.
    """
    span, parts = wanted.span, len(wanted.span.parts)
    key, columns = of_assignment(wanted, literal(WHOLE))
    by_time = wanted.by == "period"
    begun = span.part_around(Assignment.from_at) if by_time else _coarse(wanted, Assignment.from_at)
    ended = span.part_around(Assignment.to_at) if by_time else _coarse(wanted, Assignment.to_at)
    facts = (
        select(key.label("key"), begun.label("begun"), ended.label("ended"))
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Assignment.from_at < span.ends,
            or_(Assignment.to_at.is_(None), Assignment.to_at >= span.begins),
            counted_case(),
            reach.held(Assignment.collector_id, Assignment.group_id),
            *narrowed(wanted, columns),
        )
        .subquery()
    )
    c = facts.c
    query = select(c.key, c.begun, c.ended, func.count()).group_by(c.key, c.begun, c.ended)
    return _stood(session.execute(query), parts if by_time else 1, by_time=by_time)


def _stood(rows: Iterable[Any], parts: int, *, by_time: bool) -> Rows:
    found: Rows = {}
    for key, begun, ended, count in rows:
        for part in range(max(begun, 0), min(ended, parts - 1) + 1):
            counts = at(found, part if by_time else key).counts
            counts["held_start"] += count * (begun < part)
            counts["given"] += count * (begun == part)
            counts["given_up"] += count * (ended == part)
            counts["held_end"] += count * (ended > part)
    return found


def _coarse(wanted: Wanted, column: Any) -> ColumnElement[int]:
    """Before, in (0) or after (1) the period as a whole."""
    return case((column.is_(None), 1), (column < wanted.span.begins, -1), (column < wanted.span.ends, 0), else_=1)


def followed_up(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """Follow-ups: `attempts`, `connected`, `rpc`, `worked` cases, `days` on which each person made any; `promises`
    given, with the amount `promised` where one was named."""
    key, columns = of_follow_up(wanted, wanted.span.part(FollowUp.at))
    day = wanted.span.day(FollowUp.at)
    facts = (
        select(
            key.label("key"),
            FollowUp.case_id,
            FollowUp.result_code,
            FollowUp.promise_on,
            FollowUp.promise_amount,
            Case.currency,
            (FollowUp.user_id * 1000 + day).label("day"),
        )
        .join(Case, Case.id == FollowUp.case_id)
        .where(
            FollowUp.at >= wanted.span.begins,
            FollowUp.at < wanted.span.ends,
            counted_case(),
            reach.held(FollowUp.user_id, group_of_follow_up()),
            *narrowed(wanted, columns),
        )
        .subquery()
    )
    c = facts.c
    found = _counted(session, c)
    promises = select(c.key, c.currency, func.count(), func.sum(c.promise_amount)).where(c.promise_on.is_not(None))
    for key_, currency, count, amount in session.execute(promises.group_by(c.key, c.currency)):
        figures = at(found, key_)
        figures.counts["promises"] += count
        if amount:
            figures.pay("promised", currency, amount)
    return found


def _counted(session: Session, c: Any) -> Rows:
    query = select(
        c.key,
        func.count(),
        func.count().filter(c.result_code.not_in(codes(UNANSWERED))),
        func.count().filter(c.result_code.in_(codes(RIGHT_PARTY))),
        func.count(c.case_id.distinct()),
        func.count(c.day.distinct()),
    ).group_by(c.key)
    names = ("attempts", "connected", "rpc", "worked", "days")
    found: Rows = {}
    for key, *figures in session.execute(query):
        at(found, key).counts.update(dict(zip(names, figures, strict=True)))
    return found


def codes(classes: Iterable[ResultClass]) -> list[str]:
    """The result codes of these classes."""
    wanted = set(classes)
    return [code for code, each in ALL.items() if each.result_class in wanted]


def earned(session: Session, reach: Reach, wanted: Wanted) -> Rows:
    """Money of cases that a collector had when it came."""
    return received(session, reach, replace(wanted, with_holder=True))
