"""Expressions: what they mean, what is wrong with them, and that they stay small, exact and fast."""

from __future__ import annotations

import datetime as dt
import re
import threading
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DunflowError
from engine.flow import refusals
from engine.flow.expressions import ExpressionFailed, ExpressionRefused, compile_expression, problems
from engine.flow.findings import Text
from engine.flow.vocabulary import Vocabulary
from tests.flow.words import FUNCTIONS, VOCABULARY


def value(source: str, **data: object) -> object:
    return compile_expression(source, VOCABULARY).evaluate(data, FUNCTIONS)


def found(source: str, *case_data: str) -> list[tuple[str, str]]:
    return [(problem.rule, problem.severity) for problem in problems(source, VOCABULARY, case_data)]


@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ("share <= 0.3", {"share": 0.3}, True),
        ("share <= 0.3", {"share": Decimal("0.3")}, True),
        ("a == b", {"a": 0.3, "b": Decimal("0.3")}, True),
        ("0.1 + 0.2 == 0.3", {}, True),
        ("amount * 0.7", {"amount": Decimal("100.10")}, Decimal("70.070")),
        ("7 / 2", {}, Decimal("3.5")),
        ("7 // 2 + 7 % 2", {}, 4),
        ("-days", {"days": 3}, -3),
        ("rate in [0.1, 0.3]", {"rate": 0.3}, True),
    ],
)
def test_numbers_are_exact_wherever_they_come_from(source: str, data: dict[str, object], expected: object) -> None:
    assert value(source, **data) == expected


def test_a_chain_mixing_whole_and_fractional_bounds_is_exact() -> None:
    assert value("0 <= share <= limit", share=0.3, limit=Decimal("0.3")) is True


def test_only_names_that_are_reached_are_read() -> None:
    class Facts(dict[str, object]):
        read: list[str]

        def __getitem__(self, key: str) -> object:
            self.read.append(key)
            return super().__getitem__(key)

    facts = Facts(a=False, b=1)
    facts.read = []
    assert compile_expression("a and b > c", VOCABULARY).evaluate(facts, FUNCTIONS) is False
    assert facts.read == ["a"]


def test_names_and_calls_are_told() -> None:
    compiled = compile_expression("max(a, in_days(b)) > c if product else None", VOCABULARY)
    assert (compiled.names, compiled.calls) == ({"a", "b", "c", "product"}, {"max", "in_days"})
    assert not compiled.is_fixed
    assert compile_expression("1 + 2", VOCABULARY).is_fixed


def test_an_expression_is_compiled_once_per_vocabulary() -> None:
    other = Vocabulary(functions=VOCABULARY.functions)
    assert compile_expression("a > 1", VOCABULARY) is compile_expression("a > 1", VOCABULARY)
    assert compile_expression("a > 1", VOCABULARY) is not compile_expression("a > 1", other)


def test_a_form_key_cannot_shadow_a_function() -> None:
    assert value("today()", today="yesterday") == dt.date(2026, 3, 2)


def test_a_missing_name_is_told_by_its_name() -> None:
    with pytest.raises(ExpressionFailed, match="nothing is known under the name result"):
        value('result == "promise"')


@pytest.mark.parametrize(
    ("source", "data", "words"),
    [
        ("days > 30", {"days": None}, "days is empty"),
        ("days > 30", {"days": "31"}, "days is a text"),
        ("1 / days", {"days": 0}, "divides by zero"),
        ("days + name", {"days": 1, "name": "x"}, "a number [+] a text"),
        ("in_days(name)", {"name": "x"}, "name is a text"),
        ("order[0]", {"order": 5}, "has no entry 0"),
        ('order["x"]', {"order": {}}, "there is no entry 'x'"),
        ("True + 1", {}, "a yes/no value [+] a number"),
        ("1 in days", {"days": 5}, "days is a number"),
    ],
)
def test_values_that_do_not_fit_fail_with_a_reason(source: str, data: dict[str, object], words: str) -> None:
    with pytest.raises(ExpressionFailed, match=words) as failure:
        value(source, **data)
    assert re.search(r"[\u4e00-\u9fff]", str(failure.value.params["reason_zh"]))


def test_a_function_that_is_not_bound_fails_by_name() -> None:
    with pytest.raises(ExpressionFailed, match=r"today\(\) is not available"):
        compile_expression("today()", VOCABULARY).evaluate({}, {})


def test_an_error_of_the_domain_passes_through_as_it_is() -> None:
    class Closed(DunflowError):
        """The book is closed."""

    def closed() -> object:
        raise Closed

    with pytest.raises(Closed):
        compile_expression("today()", VOCABULARY).evaluate({}, {"today": closed})


@pytest.mark.parametrize(
    ("source", "rule", "position"),
    [
        ("", "expression-empty", None),
        ("   ", "expression-empty", None),
        ("a > ", "expression-syntax", None),
        ("a = 3", "expression-syntax", 2),
        ("金额 > a.b", "expression-attribute", 5),
        ("  a > open('x')", "expression-call", 6),
        ("a > today", "expression-function-not-called", 4),
        ("a and eval", "expression-forbidden-name", 6),
        ("a + in_days()", "expression-arguments", 4),
        ("[b for b in a]", "expression-construct", 0),
        ("a[a]", "expression-subscript", 0),
        ('"x" * 5', "expression-repetition", 0),
        ("1000000000000000", "expression-constant", 0),
        ("not " * 40 + "a", "expression-too-large", 124),
        ("a" + " or a" * 350, "expression-too-large", None),
        ("a" * 2001, "expression-too-large", None),
    ],
)
def test_each_fault_has_its_rule_and_place(source: str, rule: str, position: int | None) -> None:
    first = problems(source, VOCABULARY, ["a", "金额", "b", "a" * 2001])[0]
    assert (first.rule, first.severity) == (rule, "error")
    assert position is None or first.position == position


def test_all_faults_are_told_at_once() -> None:
    assert found("open(1) and b.c and eval", "b") == [
        ("expression-call", "error"),
        ("expression-attribute", "error"),
        ("expression-forbidden-name", "error"),
    ]


def test_an_unknown_name_is_an_error_only_where_all_names_are_known() -> None:
    assert found("amuont > 3", "amount") == [("expression-unknown-name", "error")]
    assert found("days_past_due > amount", "amount") == []
    open_world = problems("amuont > 3", VOCABULARY, None)
    assert [(problem.rule, problem.severity) for problem in open_world] == [("expression-unknown-name", "warning")]


def test_a_likely_name_is_offered() -> None:
    assert "Did you mean amount?" in problems("amuont > 3", VOCABULARY, ["amount"])[0].remedy.en


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("a = 3", "Write =="),
        ("a && b", "Write and"),
        ("a || b", "Write or"),
        ("!a", "Write not"),
        ("a <> b", "Write !="),
        ("${a > 3}", "Leave out ${"),
        ("= a", "Leave out the ="),
        ("if a then b else c", "a if condition else b"),
        ("a > 3，b", "half-width"),
        ("a in [1..30]", "1 <= x <= 30"),
    ],
)
def test_habits_from_other_languages_get_the_right_way_to_write_it(source: str, remedy: str) -> None:
    assert remedy in problems(source, VOCABULARY, None)[0].remedy.en


def test_the_error_carries_both_languages() -> None:
    with pytest.raises(ExpressionRefused, match=r'"a\.b" is not allowed') as refusal:
        compile_expression("a.b", VOCABULARY)
    assert refusal.value.position == 0
    assert "不允许" in str(refusal.value.params["reason_zh"])


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("a * a", {"a": 10**30}),
        ("a * a", {"a": 10**4000}),
        ("a + a", {"a": "x" * 9_000}),
        ("a + a", {"a": [0] * 900}),
        ("a // 1", {"a": Decimal("1e500")}),
        ("a % 7", {"a": Decimal("1e500")}),
        ("a + b", {"a": dt.date.max, "b": dt.timedelta(days=1)}),
    ],
)
def test_results_stay_small(source: str, data: dict[str, object]) -> None:
    with pytest.raises(ExpressionFailed):
        value(source, **data)


def test_threads_may_compile_and_run_the_same_expressions() -> None:
    answers: list[object] = []

    def work() -> None:
        answers.extend(value(f"a + {number}", a=1) for number in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == sorted([*range(1, 201)] * 8, key=str)


def test_every_refusal_is_in_both_languages_with_the_same_facts() -> None:
    def places(text: str) -> set[str]:
        return {name.removesuffix("_zh").removesuffix("!r") for name in re.findall(r"{([^}]*)}", text)}

    for rules in (refusals.EXPRESSIONS, refusals.CELLS, refusals.TABLES):
        for name, texts in rules.items():
            assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
            for text in texts:
                assert places(text.en) == places(text.zh), name
                assert re.search(r"[\u4e00-\u9fff]|^{\w+_zh}$", text.zh), name


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_check_raise(source: str) -> None:
    assert all(problem.message.en and problem.remedy.zh for problem in problems(source, VOCABULARY, None))


_atoms = st.sampled_from(["a", "b", "1", "0.5", '"x"', "None", "today()", "max(a, b)", "[1, a]", "in_days(2)"])


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "==", "in", "and", "or", "if a else"])
    return st.builds(lambda left, sign, right: f"({left} {sign} {right})", parts, signs, parts)


@settings(deadline=None)
@given(st.recursive(_atoms, _joined, max_leaves=8), st.integers() | st.floats() | st.text() | st.none())
def test_whatever_is_allowed_gives_a_value_or_a_clear_failure(source: str, given_value: object) -> None:
    reasons: list[Text] = []
    try:
        compile_expression(source, VOCABULARY).evaluate({"a": given_value, "b": 2}, FUNCTIONS)
    except (ExpressionRefused, ExpressionFailed) as refusal:
        reasons.append(refusal.reason)
    assert all(reason.en and reason.zh for reason in reasons)
