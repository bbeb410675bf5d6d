"""Every figure of a played portfolio, against a count in plain Python over the same rows, on both databases."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, installing, statistics
from engine.db import begin_write
from engine.models import Case, Role, User, UserRole, UserTask
from engine.replay import Span as Played
from engine.replay import play
from engine.replay.reading import read_files
from engine.replay.staff import Form, Staff
from engine.statistics import Figures, Span, Wanted
from tests.replay.portfolios import portfolio
from tests.statistics import by_hand
from tests.statistics.by_hand import Book

SEEDS = int(os.environ.get("DUNFLOW_STATISTICS_SEEDS", "1"))  # more for the long form
CODES = (
    "no_answer",
    "busy",
    "message_taken",
    "promise_full",
    "promise_part",
    "promise_part",
    "refuses",
    "wrong_number",
)


class Talkative(Staff):
    """They meet with every kind of answer."""

    def __init__(self, sessions: sessionmaker[Session], random: Random) -> None:
        super().__init__(sessions)
        self._random = random

    def _follow_up(self, task: UserTask) -> Form:
        code = self._random.choice(CODES)
        form: dict[str, Any] = {"result_code": code, "next_action_on": str(clock.today() + dt.timedelta(days=3))}
        if code.startswith("promise"):
            form["promise_on"] = str(clock.today() + dt.timedelta(days=self._random.randrange(9)))
        if code == "promise_part":
            form["promise_amount"] = self._random.choice(("1.00", "50.00", "100.00"))
        return form, task.assignee_id


@pytest.fixture(params=range(23, 23 + SEEDS))
def period(request: pytest.FixtureRequest, sessions: sessionmaker[Session], tmp_path: Path) -> Played:
    """A portfolio with reversals, part payments and credit, played to its end; two cases should not have been."""
    random = Random(request.param)
    made = portfolio(random, 9)
    files, zone = made.write(tmp_path), ZoneInfo(made.timezone)
    span = Played(made.start, made.end, zone)
    with clock.use_zone(zone), clock.use(span.begins):
        with sessions() as session:
            begin_write(session)
            installing.publish_packaged(session)
            session.commit()
        read = read_files(*files)
        staff = Talkative(sessions, random)
    play(sessions, read.customers, read.orders, read.repayments, span, staff=staff)
    with sessions() as session:
        begin_write(session)
        closed = session.scalars(select(Case).where(Case.closed_at.is_not(None)).order_by(Case.id)).all()
        for case in closed[:2]:
            case.closing_reason = "late_posting"
        boss = User(login="boss", name="Boss", password_hash="!", created_at=clock.now())  # noqa: S106 - no sign-in
        boss.roles = [UserRole(role=Role.MANAGER)]
        session.add(boss)
        session.commit()
    return span


def test_figures_agree_with_a_plain_count(sessions: sessionmaker[Session], period: Played) -> None:
    now = period.instant(period.end, dt.time(18))
    length = (period.end - period.start).days
    windows = (
        (period.start, period.end),
        (period.start + dt.timedelta(days=length // 3), period.end - dt.timedelta(5)),
    )
    with clock.use_zone(period.zone), clock.use(now), sessions() as session:
        book = Book(session, period.zone, now)
        reach = statistics.reach(session.scalars(select(User).where(User.login == "boss")).one())
        assert len(book.money) > 5
        for first, last in windows:
            for by in ("", "period", "product", "tier", "group", "collector", "case"):
                found = statistics.received(session, reach, Wanted(Span(first, last), by))
                assert _money(found) == _plain_money(by_hand.received(book, first, last, by)), by
            work = statistics.worked(session, reach, Wanted(Span(first, last), "collector"))
            plain: by_hand.Found = by_hand.work(book, first, last)
            for key, row in by_hand.held(book, first, last).items():
                plain[key].update(row)
            for key, row in plain.items():
                assert {name: work[key].counts[name] for name in row} == dict(row)
            for by in ("bucket", "collector"):
                cohort = statistics.recovered(session, reach, Wanted(Span(first, last), by))
                assert _cohort(cohort) == _plain_cohort(by_hand.recovered(book, first, last, by))


def _money(found: dict[Any, Figures]) -> dict[Any, Any]:
    return {
        (key, currency): (row.amount("received", currency), row.amount("reversed", currency))
        for key, row in found.items()
        for name, currency in row.money
        if name == "received"
    } | {("count", key): (row.counts["repayments"], row.counts["customers"]) for key, row in found.items()}


def _plain_money(found: by_hand.Found) -> dict[Any, Any]:
    """Repayments are of one currency; a customer with two counts once in each."""
    counts: dict[Any, tuple[int, int]] = {}
    for (key, _), row in found.items():
        had = counts.get(("count", key), (0, 0))
        counts["count", key] = (had[0] + len(row["repayments"]), had[1] + len(row["customers"]))
    return {key: (row["net"], row["back"]) for key, row in found.items()} | counts


def _cohort(found: dict[Any, Figures]) -> dict[Any, Any]:
    """Entries by key, amounts by key and currency."""
    rows: dict[Any, Any] = {key: row.counts["entries"] for key, row in found.items()}
    for key, row in found.items():
        for currency in {currency for _, currency in row.money}:
            rows[key, currency] = (row.amount("entered", currency), row.amount("recovered", currency))
    return rows


def _plain_cohort(found: by_hand.Found) -> dict[Any, Any]:
    rows: dict[Any, Any] = {}
    for (key, currency), (entries, entered, came) in found.items():
        rows[key] = rows.get(key, 0) + entries
        rows[key, currency] = (entered, came)
    return rows
