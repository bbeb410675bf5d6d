"""A collector's day in numbers, beside the average of the last days they worked: three statements, however long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Assignment, Case, CaseOrder, FollowUp, LedgerLine, LineKind, LoanOrder, User
from engine.result_codes import ALL, ResultClass

WORKED_DAYS, LOOKED_BACK = 10, 28
_RPC_CLASSES = {ResultClass.RPC_POSITIVE, ResultClass.RPC_NEGATIVE, ResultClass.HOLD}
RPC = tuple(code for code, each in ALL.items() if each.result_class in _RPC_CLASSES)
CONNECTED = (*RPC, *(code for code, each in ALL.items() if each.result_class is ResultClass.THIRD_PARTY))
PROMISES = tuple(code for code, each in ALL.items() if each.promises)
FIGURES = ("follow_ups", "connected", "rpc", "promises")


@dataclass(frozen=True)
class Day:
    """`done` and `usual` by figure of `FIGURES`; amounts by currency. `usual` is empty without earlier days."""

    done: Mapping[str, int]
    usual: Mapping[str, Decimal]
    promised: Mapping[str, Decimal]
    received: Mapping[str, Decimal]


def day(session: Session, user: User) -> Day:
    """What this person did today, and what came in today on the cases they had when it did.

    Connected: somebody answered; right party: the customer. A promise in full counts with what is past due.
    """
    by_day = _done(session, user)
    earlier = [by_day[back] for back in sorted(by_day) if back > 0][:WORKED_DAYS]
    usual = {
        name: (Decimal(sum(figures[at] for figures in earlier)) / len(earlier)).quantize(Decimal("0.1"))
        for at, name in enumerate(FIGURES)
        if earlier
    }
    done = dict(zip(FIGURES, by_day.get(0, (0, 0, 0, 0)), strict=True))
    return Day(done, usual, _promised(session, user), _received(session, user))


def _done(session: Session, user: User) -> dict[int, Sequence[int]]:
    """By days back from today, of those on which something was done: the figures."""
    begins = [clock.midnight(clock.today() - dt.timedelta(days=back)) for back in range(LOOKED_BACK + 1)]
    back = case(*((FollowUp.at >= begin, at) for at, begin in enumerate(begins)), else_=len(begins))
    query = (
        select(back, func.count(), _many(CONNECTED), _many(RPC), _many(PROMISES))
        .where(FollowUp.user_id == user.id, FollowUp.at >= begins[-1])
        .group_by(back)
    )
    return {int(row[0]): [int(each) for each in row[1:]] for row in session.execute(query)}


def _many(codes: Sequence[str]) -> ColumnElement[int]:
    return func.sum(case((FollowUp.result_code.in_(codes), 1), else_=0))


def _promised(session: Session, user: User) -> dict[str, Decimal]:
    amount = func.sum(func.coalesce(FollowUp.promise_amount, Case.past_due_amount))
    query = (
        select(Case.currency, amount)
        .join(Case, Case.id == FollowUp.case_id)
        .where(
            FollowUp.user_id == user.id,
            FollowUp.at >= clock.midnight(clock.today()),
            FollowUp.result_code.in_(PROMISES),
        )
        .group_by(Case.currency)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _received(session: Session, user: User) -> dict[str, Decimal]:
    """Cash of today, net of reversals, on orders that were in a case of theirs when it was recorded."""
    begins, at = clock.midnight(clock.today()), LedgerLine.recorded_at
    query = (
        select(LoanOrder.currency, func.sum(LedgerLine.amount))
        .select_from(Assignment)
        .join(CaseOrder, CaseOrder.case_id == Assignment.case_id)
        .join(LedgerLine, LedgerLine.order_id == CaseOrder.order_id)
        .join(LoanOrder, LoanOrder.id == LedgerLine.order_id)
        .where(
            Assignment.collector_id == user.id,
            or_(Assignment.to_at.is_(None), Assignment.to_at >= begins),
            LedgerLine.kind == LineKind.ALLOCATION,
            at >= begins,
            Assignment.from_at <= at,
            or_(Assignment.to_at.is_(None), Assignment.to_at >= at),
            CaseOrder.joined_at <= at,
            or_(CaseOrder.left_at.is_(None), CaseOrder.left_at >= at),
        )
        .group_by(LoanOrder.currency)
    )
    return {row[0]: row[1] for row in session.execute(query)}
