"""Cells of decision tables, as dmn-js writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import clock
from engine.flow.cells import CellRefused, compile_cell, compile_output
from engine.flow.expressions import ExpressionFailed
from tests.flow.words import FUNCTIONS, VOCABULARY

NAMES = ["limit", "marks"]
UTC = dt.UTC


def matching(text: str, kind: str, *values: object, **data: object) -> list[object]:
    """Those of the values that the cell lets pass."""
    cell = compile_cell(text, kind, VOCABULARY, NAMES)
    return [value for value in values if cell.matches(value, data, FUNCTIONS)]


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("-", [-6, 0, 1, 2, 5, 29, 30, 31]),
        ("", [-6, 0, 1, 2, 5, 29, 30, 31]),
        ("5", [5]),
        ("5.0", [5]),
        ("-6", [-6]),
        ("= 5", [5]),
        ("!= 5", [-6, 0, 1, 2, 29, 30, 31]),
        ("< 1", [-6, 0]),
        ("<= 1", [-6, 0, 1]),
        ("> 30", [31]),
        (">=30", [30, 31]),
        ("< 1.5", [-6, 0, 1]),
        ("[1..30]", [1, 2, 5, 29, 30]),
        ("(1..30]", [2, 5, 29, 30]),
        ("[1..30)", [1, 2, 5, 29]),
        ("]1..30[", [2, 5, 29]),
        ("[-6..0]", [-6, 0]),
        ("1, 2, [29..30]", [1, 2, 29, 30]),
        ("]29..31[, 5", [5, 30]),
        ("< 0, > 30", [-6, 31]),
        ("not(5)", [-6, 0, 1, 2, 29, 30, 31]),
        ("not(1, 2, > 5)", [-6, 0, 5]),
        ("? >= 30", [30, 31]),
        ("30 <= ?", [30, 31]),
        ("1 <= ? <= 30", [1, 2, 5, 29, 30]),
        ("30 > ? >= 2", [2, 5, 29]),
        ("? > 1 and ? < 30", [2, 5, 29]),
        ("? % 2 = 0", [-6, 0, 2, 30]),
        ("? in [1, 2]", [1, 2]),
    ],
)
def test_whole_numbers(text: str, passing: list[object]) -> None:
    assert matching(text, "integer", -6, 0, 1, 2, 5, 29, 30, 31) == passing


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ('"card"', ["card"]),
        ('"card","loan"', ["card", "loan"]),
        ('not("card","loan")', ["", "现金", None]),
        ('"现金"', ["现金"]),
        ('""', [""]),
        ("null", [None]),
        ("not(null)", ["card", "loan", "", "现金"]),
        ('"a,b"', []),
        ('!= "card"', ["loan", "", "现金", None]),
        ("tags()", []),
        ("product", ["card"]),
        ("len(?) = 4 if ? != null else false", ["card", "loan"]),
    ],
)
def test_texts(text: str, passing: list[object]) -> None:
    assert matching(text, "string", "card", "loan", "", "现金", None, product="card") == passing


def test_quotes_and_backslashes_within_texts() -> None:
    assert matching(r'"a\"b\\c"', "string", 'a"b\\c', "ab") == ['a"b\\c']
    assert matching(r'"\u5361"', "string", "卡") == ["卡"]


def test_yes_and_no() -> None:
    assert matching("true", "boolean", True, False, None) == [True]
    assert matching("not(true)", "boolean", True, False) == [False]
    assert matching("true,false", "boolean", True, False, None) == [True, False]


def test_dates() -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
    assert matching('date("2026-01-01")', "date", first, last) == [first]
    assert matching('@"2026-01-31"', "date", first, last) == [last]
    assert matching('[date("2026-01-01")..date("2026-01-31"))', "date", first, last) == [first]
    assert matching('> date("2026-01-01")', "date", first, last) == [last]
    assert matching('? > date("2026-01-01") and ? < today()', "date", first, last) == [last]
    assert matching("< today()", "date", first, dt.date(2026, 3, 2)) == [first]


def test_instants_are_compared_across_offsets() -> None:
    nine = dt.datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert matching('<= date and time("2026-01-01T17:00:00+08:00")', "dateTime", nine) == [nine]
    assert matching('< date and time("2026-01-01T17:00:00+08:00")', "dateTime", nine) == []


def test_fractions_are_exact() -> None:
    assert matching("0.3", "number", 0.3, Decimal("0.3"), 0.1 + 0.2) == [0.3, Decimal("0.3")]
    assert matching("[0.1..0.3)", "number", 0.1, 0.3) == [0.1]


def test_operands_may_be_data_facts_and_functions() -> None:
    assert matching("<= limit", "integer", 9, 10, 11, limit=10) == [9, 10]
    assert matching("[limit..limit + 5]", "integer", 9, 10, 15, 16, limit=10) == [10, 15]
    assert matching("> days_past_due", "integer", 31, 32, days_past_due=31) == [32]
    assert matching("max(limit, 3)", "integer", 3, 10, limit=10) == [10]
    assert matching("marks", "string", "vip", "x", marks=["vip"]) == ["vip"]


def test_true_is_not_one() -> None:
    assert matching("1", "any", 1, True, "1") == [1]


def test_an_operand_that_cannot_be_compared_fails_with_its_text() -> None:
    cell = compile_cell("> limit", "integer", VOCABULARY, NAMES)
    with pytest.raises(ExpressionFailed, match="limit"):
        cell.matches(3, {"limit": "ten"}, FUNCTIONS)
    assert not cell.matches(3, {"limit": None}, FUNCTIONS)


def test_a_cell_tells_what_it_depends_on() -> None:
    cell = compile_cell("> limit, 5", "integer", VOCABULARY, NAMES)
    assert (cell.names, cell.is_fixed, cell.is_any) == ({"limit"}, False, False)
    assert cell.bounds({"limit": 9}, FUNCTIONS) == [9, 5]
    assert compile_cell("? % 2 = 0", "integer", VOCABULARY, NAMES).bounds({}, {}) is None
    assert compile_cell("[1..3 * 30]", "integer", VOCABULARY, NAMES).bounds({}, {}) == [1, 90]


@pytest.mark.parametrize(
    ("text", "kind", "rule"),
    [
        ("card", "string", "cell-name"),
        ("loan", "any", "cell-name"),
        ('"5"', "integer", "cell-kind"),
        ("5", "string", "cell-kind"),
        ("5.5", "integer", "cell-kind"),
        ("1", "boolean", "cell-kind"),
        ('"2026-01-01"', "date", "cell-kind"),
        ('date and time("2026-01-01T00:00:00Z")', "date", "cell-kind"),
        ('< "m"', "string", "cell-order"),
        ("[1..2]", "boolean", "cell-order"),
        ("> null", "integer", "cell-order"),
        ("[30..1]", "integer", "cell-empty-interval"),
        ("(5..5)", "number", "cell-empty-interval"),
        ("30 <= ? <= 1", "integer", "cell-empty-interval"),
        ('date("2026-02-30")', "date", "cell-date"),
        ('date and time("2026-01-01T00:00:00")', "dateTime", "cell-date"),
        ("1000000000000000", "integer", "cell-number"),
        ("1" * 2001, "integer", "cell-too-large"),
        ('"card', "string", "cell-syntax"),
        ("“card”", "string", "cell-syntax"),
        ("1,,2", "integer", "cell-syntax"),
        (",", "integer", "cell-syntax"),
        ("not()", "integer", "cell-syntax"),
        ('not("a"), "b"', "string", "cell-syntax"),
        ('"a" or "b"', "string", "cell-syntax"),
        ("> ", "integer", "cell-syntax"),
        ("[1..]", "integer", "cell-syntax"),
        ("5 6", "integer", "cell-expression"),
        ("> 5 and < 10", "integer", "cell-expression"),
        ("[1..30", "integer", "cell-expression"),
        ("between 1 and 5", "integer", "cell-expression"),
        ("for x in [1] return x", "any", "cell-expression"),
    ],
)
def test_what_could_never_work_is_refused(text: str, kind: str, rule: str) -> None:
    with pytest.raises(CellRefused) as refusal:
        compile_cell(text, kind, VOCABULARY, NAMES)
    assert refusal.value.rule == rule
    assert refusal.value.remedy.zh


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ('"M1"', "string", "M1"),
        ("", "string", None),
        ("null", "integer", None),
        ("3", "integer", 3),
        ("3.0", "integer", 3),
        ("0.5", "number", Decimal("0.5")),
        ("-0.5", "number", Decimal("-0.5")),
        ("false", "boolean", False),
        ('date("2026-01-31")', "date", dt.date(2026, 1, 31)),
        ("in_days(3)", "date", dt.date(2026, 3, 5)),
        ("3 * 30", "integer", 90),
        ("limit * 2", "integer", 8),
        ("limit / 8", "number", Decimal("0.5")),
        ('"a" if limit > 3 else "b"', "string", "a"),
        ('product + "!"', "string", "card!"),
    ],
)
def test_outputs(text: str, kind: str, expected: object) -> None:
    cell = compile_output(text, kind, VOCABULARY, NAMES)
    assert cell.value({"limit": 4, "product": "card"}, FUNCTIONS) == expected


@pytest.mark.parametrize(
    ("text", "kind", "rule"),
    [
        ("M1", "string", "cell-name"),
        ("-", "string", "cell-expression"),
        ('"x"', "integer", "cell-output"),
        ("1", "string", "cell-output"),
        ("1.5", "integer", "cell-output"),
        ('"a","b"', "string", "cell-output"),
        ("1 / 0", "number", "cell-output"),
        ("open(1)", "string", "cell-expression"),
    ],
)
def test_outputs_that_could_never_work_are_refused(text: str, kind: str, rule: str) -> None:
    with pytest.raises(CellRefused) as refusal:
        compile_output(text, kind, VOCABULARY, NAMES)
    assert refusal.value.rule == rule


def test_an_output_of_another_kind_fails_when_it_is_met() -> None:
    with pytest.raises(ExpressionFailed, match="must be a whole number, but is a text"):
        compile_output("limit", "integer", VOCABULARY, NAMES).value({"limit": "x"}, FUNCTIONS)


def test_a_date_column_takes_the_lenders_date_of_an_instant() -> None:
    late = dt.datetime(2026, 1, 31, 20, tzinfo=UTC)
    with clock.use_zone("Asia/Shanghai"):
        assert compile_output("limit", "date", VOCABULARY, NAMES).value({"limit": late}, {}) == dt.date(2026, 2, 1)


_ends = st.integers(-20, 20)


@settings(deadline=None)
@given(_ends, _ends, st.sampled_from("[(]"), st.sampled_from("])["), _ends)
def test_intervals_mean_what_their_brackets_say(low: int, high: int, opening: str, closing: str, value: int) -> None:
    above = value >= low if opening == "[" else value > low
    below = value <= high if closing == "]" else value < high
    try:
        cell = compile_cell(f"{opening}{low}..{high}{closing}", "integer", VOCABULARY, ())
    except CellRefused:
        assert low > high or (low == high and opening + closing != "[]")
    else:
        assert cell.matches(value, {}, {}) == (above and below)


@settings(deadline=None)
@given(st.text(alphabet='-<>=!()[].,"?@ 123abnotudfe', max_size=25), st.sampled_from(["integer", "string", "date", ""]))
def test_no_cell_makes_the_reader_fail_otherwise(text: str, kind: str) -> None:
    reasons: list[str] = []
    try:
        compile_cell(text, kind, VOCABULARY, NAMES).matches(3, {"limit": 2}, FUNCTIONS)
    except (CellRefused, ExpressionFailed) as refusal:
        reasons.append(refusal.reason.zh)
    assert all(reasons)
