"""How values are written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask

from engine import clock, result_codes
from engine.models import ClosingReason, ReleaseStatus, Role, Stage, Status
from web import filters, labels

NOW = dt.datetime(2026, 11, 23, 6, 5, tzinfo=dt.UTC)  # 14:05 in Shanghai


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("13800135678", "phone", "138****5678"),
        ("310101199001011234", "id_number", "3101********1234"),
        ("zhou.ming@example.com", "email", "zh***@example.com"),
        ("12345", "phone", "*****"),
        ("", "phone", "—"),
        (None, "phone", "—"),
        ("6222020000001234", "account", "********1234"),
    ],
)
def test_what_tells_too_much_is_masked(value: str | None, kind: str, shown: str) -> None:
    assert filters.masked(value, kind) == shown


def test_a_short_value_is_masked_whole() -> None:
    assert filters.masked("1234", "account") == "****"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(Decimal("1234567.5"), "1,234,567.50"), (Decimal(0), "0.00"), (Decimal("-3.1"), "-3.10"), (None, "—")],
)
def test_money_has_two_decimals_and_thousands(amount: Decimal | None, shown: str) -> None:
    assert filters.money(amount) == shown


def test_money_may_name_its_currency() -> None:
    assert filters.money(Decimal(5), "TWD") == "TWD 5.00"


@pytest.mark.parametrize(("value", "shown"), [(9_999, "9,999"), (10_000, "10,000"), (10_001, "10,000+")])
def test_counts_are_exact_to_ten_thousand(value: int, shown: str) -> None:
    assert filters.count(value) == shown


def test_instants_are_shown_in_the_lenders_time() -> None:
    assert filters.instant(NOW) == "2026-11-23 14:05"
    assert filters.date(dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)) == "2026-11-23"


def test_short_leaves_out_this_year_and_midnight() -> None:
    with clock.use(NOW):
        assert filters.short(NOW) == "11-23 14:05"
        assert filters.short(dt.date(2026, 11, 23)) == "11-23"
        assert filters.short(clock.midnight(dt.date(2026, 11, 30))) == "11-30"
        assert filters.short(dt.date(2025, 1, 2)) == "2025-01-02"


@pytest.mark.parametrize(
    ("days", "zh", "en"), [(0, "今天", "today"), (1, "1 天后", "in 1 day"), (-2, "2 天前", "2 days ago")]
)
def test_relative_counts_calendar_days(app: Flask, days: int, zh: str, en: str) -> None:
    with clock.use(NOW):
        at = NOW + dt.timedelta(days=days)
        for language, shown in (("zh", zh), ("en", en)):
            with app.test_request_context(headers={"Accept-Language": language}):
                assert filters.relative(at) == shown


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("status", Status),
        ("stage", Stage),
        ("closing_reason", ClosingReason),
        ("role", Role),
        ("release_status", ReleaseStatus),
    ],
)
def test_every_code_of_the_engine_has_a_label(kind: str, codes: type[str]) -> None:
    assert set(labels.KINDS[kind]) == {str(code) for code in codes}  # type: ignore[attr-defined] # an enum


def test_result_codes_are_called_what_the_engine_calls_them(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        for code, known in result_codes.ALL.items():
            assert labels.label(code, "result_code") == known.zh


def test_an_unknown_code_shows_as_itself(app: Flask) -> None:
    with app.test_request_context():
        assert labels.label("brand_new", "status") == "brand_new"
        assert labels.tone("brand_new", "status") == "grey"
