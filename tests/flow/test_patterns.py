"""Patterns of form fields: those in use are taken, those that could hang a page are not."""

from __future__ import annotations

import re
import time

import pytest

from engine.flow.patterns import LONGEST_VALUE, PatternRefused, check_pattern

USEFUL = [
    r"\d{4}", r"[A-Z]{2}\d{6,8}", r"1[3-9]\d{9}", r".+@.+", r"[\w.]+@[\w-]{1,60}", r"(\+|00)?\d+", r"\d+(\.\d{1,2})?",
    r"(card|cash)-\d+", r"(\d{4} ?){4}", r"\d{17}[\dXx]", r"[一-鿿]{2,20}", r"[^<>]*", r"(?i)ref-[a-z0-9]+", r"a|b|c",
    r"\d{1,3}(\.\d{1,3}){3}", r"(?!0)\d{3}", r"^\S+$", r"(?:MON|TUE) \d\d?", r"", r"x{0,500}",
]  # fmt: skip
HANGING = [
    "(a+)+$", "(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)*x", "((a+)b?)+$", "(a?){40}a{40}", "a*a*a*a*b", "(x+x+)+y",
    "([a-z]+)*[0-9]", "(a{1,30}){1,30}b", "(?=(a+)+b)a", "(?:a+?)+?b", "(a)?(?(1)b|c)",
]  # fmt: skip
BROKEN = ["(", "[", "*", "a{2,1}", "(?P<x>a)(?P<x>b)", "\\", "(?z)", "a" * 501, "x{99999999999}", "(" * 400 + ")" * 400]


@pytest.mark.parametrize("pattern", USEFUL)
def test_pattern_of_daily_use_is_taken_and_quick(pattern: str) -> None:
    check_pattern(pattern)
    for value in ("a" * LONGEST_VALUE, "1" * LONGEST_VALUE, "1." * (LONGEST_VALUE // 2), "a@" * (LONGEST_VALUE // 2)):
        began = time.monotonic()
        re.fullmatch(pattern, value)
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("pattern", [*HANGING, *BROKEN])
def test_pattern_that_may_hang_or_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        check_pattern(pattern)
