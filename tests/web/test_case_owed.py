"""What is owed on another date: as it was on a day gone by, and what is said of a day to come."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import clock
from engine.models import LedgerLine, LoanOrder
from tests.web.desk import browser, make_desk, pay, within

CASE = "/cases/C00000002"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def shown(app: Flask, days: int) -> str:
    on = within(app, lambda _: clock.today()) + dt.timedelta(days=days)
    return browser(app).get(f"{CASE}/owed?on={on}").text


def test_a_day_gone_by_owes_what_was_not_yet_paid_then(app: Flask) -> None:
    def known_for_long(session: Session) -> None:
        before = clock.now() - dt.timedelta(days=10)
        session.execute(update(LoanOrder).values(known_at=before))
        session.execute(update(LedgerLine).values(at=before))

    within(app, known_for_long)
    pay(app, 2, Decimal(500))
    assert "CNY 2,000.00" in shown(app, -1)
    assert "CNY 1,500.00" in shown(app, 0)


def test_a_day_to_come_owes_what_today_does_and_says_that_nothing_accrues(app: Flask) -> None:
    pay(app, 2, Decimal(500))
    page = shown(app, 30)
    assert "CNY 1,500.00" in page
    assert "no interest or penalty accrues by itself" in page


def test_a_day_before_any_order_says_so(app: Flask) -> None:
    assert "No order of the customer was known on that date" in shown(app, -400)


@pytest.mark.parametrize("given", ["tomorrow", "2026-13-45", "9999-12-31", "0001-01-01", "%00"])
def test_nonsense_is_said_to_be_no_date(app: Flask, given: str) -> None:
    answer = browser(app).get(f"{CASE}/owed?on={given}")
    assert answer.status_code == 200
    assert "This is not a date." in answer.text


def test_who_may_not_read_the_case_is_not_told(app: Flask) -> None:
    assert browser(app, "colin").get(f"{CASE}/owed").status_code == 404
    assert browser(app, "anna").get(f"{CASE}/owed").status_code == 403
