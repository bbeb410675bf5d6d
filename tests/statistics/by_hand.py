"""The figures counted in plain Python over all rows, without a line of `engine.statistics`, to hold it against."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.models import (
    Assignment,
    Base,
    Case,
    CaseOrder,
    FollowUp,
    HistoryEntry,
    LedgerLine,
    LoanOrder,
    Repayment,
)
from engine.result_codes import ALL

GRACE = dt.timedelta(days=1)
DAY = dt.timedelta(days=1)
NOTHING = Decimal("0.00")
Found = dict[Any, Any]


class Book:
    """Every row of the tables that matter."""

    def __init__(self, session: Session, zone: dt.tzinfo, now: dt.datetime) -> None:
        def rows(kind: type[Base]) -> list[Any]:
            return list(session.scalars(select(kind).order_by(kind.__table__.c.id)))

        self.zone, self.now = zone, now
        self.cases = {each.id: each for each in rows(Case)}
        self.stays, self.assignments = rows(CaseOrder), rows(Assignment)
        self.follow_ups, self.lines = rows(FollowUp), rows(LedgerLine)
        self.orders = {each.id: each for each in rows(LoanOrder)}
        self.repayments = {each.id: each for each in rows(Repayment)}
        self.tiers = [each for each in rows(HistoryEntry) if each.kind == "tier_entered"]
        self.money = [each for each in self.lines if each.kind == "allocation"]

    def day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self.zone).date()

    def counts(self, case: Case) -> bool:
        return case.closing_reason != "late_posting"

    def place(self, line: LedgerLine) -> tuple[Case | None, Assignment | None, str | None]:
        """Case, assignment and tier of the payment's own instant."""
        at = self.repayments[line.repayment_id].paid_at
        case = None
        for stay in self.stays:
            if stay.order_id == line.order_id and stay.joined_at < at and (not stay.left_at or at <= stay.left_at):
                case = self.cases[stay.case_id] if self.counts(self.cases[stay.case_id]) else None
        if case is None:
            return None, None, None
        held = [
            each
            for each in self.assignments
            if each.case_id == case.id and each.from_at < at and (not each.to_at or at <= each.to_at)
        ]
        tier = "pre_collection" if case.stage == "pre_collection" else None
        if tier is None:
            for entry in self.tiers:
                if entry.case_id == case.id and entry.at < at:
                    tier = entry.data["tier"]
        return case, held[0] if held else None, tier


def received(book: Book, first: dt.date, last: dt.date, by: str) -> Found:
    """Key and currency -> net, taken back, the repayments and the customers."""
    found: Found = defaultdict(lambda: {"net": NOTHING, "back": NOTHING, "repayments": set(), "customers": set()})
    for line in book.money:
        if not first <= book.day(line.at) <= last:
            continue
        case, assignment, tier = book.place(line)
        repayment = book.repayments[line.repayment_id]
        key = {
            "period": (book.day(line.at) - first).days,
            "product": book.orders[line.order_id].product,
            "tier": tier,
            "group": assignment and assignment.group_id,
            "collector": assignment and assignment.collector_id,
            "case": case and case.id,
            "": "",
        }[by]
        row = found[key, book.orders[line.order_id].currency]
        row["net"] += line.amount
        row["back"] -= min(line.amount, NOTHING)
        if line.at == repayment.paid_at:
            row["repayments"].add(repayment.id)
            row["customers"].add(repayment.customer_id)
    return found


def work(book: Book, first: dt.date, last: dt.date) -> Found:
    """Collector -> what they did."""
    found: Found = defaultdict(lambda: defaultdict(int))
    cases, days = defaultdict(set), defaultdict(set)
    for each in book.follow_ups:
        if not book.counts(book.cases[each.case_id]):
            continue
        row, kind = found[each.user_id], ALL[each.result_code].result_class
        if first <= book.day(each.at) <= last:
            row["attempts"] += 1
            row["connected"] += kind not in ("no_contact", "bad_contact")
            row["rpc"] += kind in ("rpc_positive", "rpc_negative")
            row["promises"] += each.promise_on is not None
            cases[each.user_id].add(each.case_id)
            days[each.user_id].add(book.day(each.at))
        if each.promise_on and first <= each.promise_on <= last and each.promise_on + GRACE < book.day(book.now):
            row["promises_due"] += 1
            row[_kept(book, each)] += 1
    for user, row in found.items():
        row["worked"], row["days"] = len(cases[user]), len(days[user])
    return found


def _kept(book: Book, promise: FollowUp) -> str:
    came = NOTHING
    for line in book.money:
        case, _, _ = book.place(line)
        paid = book.repayments[line.repayment_id].paid_at
        is_ours = case is not None and case.id == promise.case_id
        if is_ours and book.day(promise.at) <= book.day(paid) and book.day(line.at) <= promise.promise_on + GRACE:  # type: ignore[operator]
            came += line.amount
    wanted = promise.promise_amount
    if wanted is None:
        wanted = sum((owed for owed, _ in _owed(book, promise.case_id, promise.at)), NOTHING)
    return "promises_kept" if came >= wanted else "promises_part" if came > 0 else "promises_broken"


def _owed(book: Book, case_id: int, at: dt.datetime) -> list[tuple[Decimal, dt.date]]:
    """What each order a case held at an instant owed, and when it was due."""
    found = []
    for stay in book.stays:
        if stay.case_id == case_id and stay.joined_at <= at and (stay.left_at is None or stay.left_at > at):
            lines = [each for each in book.lines if each.order_id == stay.order_id and each.at <= at]
            owed = sum((e.amount if e.kind in ("charge", "adjustment") else -e.amount for e in lines), NOTHING)
            found.append((owed, book.orders[stay.order_id].due_on))
    return found


def held(book: Book, first: dt.date, last: dt.date) -> Found:
    """Collector -> start, given, given up, end."""
    found: Found = defaultdict(lambda: defaultdict(int))
    for each in book.assignments:
        if not book.counts(book.cases[each.case_id]):
            continue
        begun, ended = book.day(each.from_at), book.day(each.to_at) if each.to_at else dt.date.max
        if begun > last or ended < first:
            continue
        row = found[each.collector_id]
        row["held_start"] += begun < first
        row["given"] += first <= begun
        row["given_up"] += ended <= last
        row["held_end"] += ended > last
    return found


def recovered(book: Book, first: dt.date, last: dt.date, by: str) -> Found:
    """Key and currency -> entries, entered, recovered."""
    found: Found = defaultdict(lambda: [0, NOTHING, NOTHING])
    for each in book.assignments:
        case = book.cases[each.case_id]
        if not first <= book.day(each.from_at) <= last or not book.counts(case):
            continue
        owed = _owed(book, case.id, each.from_at)
        days = max([0, *((book.day(each.from_at) - due).days for amount, due in owed if amount)])
        bucket = "0" if days < 1 else "1-30" if days < 31 else "31-60" if days < 61 else "61-90" if days < 91 else "91+"
        row = found[{"bucket": bucket, "collector": each.collector_id}[by], case.currency]
        row[0] += 1
        row[1] += sum((amount for amount, _ in owed), NOTHING)
        for line in book.money:
            _, holder, _ = book.place(line)
            if holder is not None and holder.id == each.id and line.at <= book.now:
                row[2] += line.amount
    return found
