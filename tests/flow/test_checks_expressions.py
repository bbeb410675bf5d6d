"""Expressions in diagrams: what is neither listed nor case data is refused, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flow.checking import FORM, PERSON, TABLE, check, check_all, errors, line, person, warnings
from tests.flow.drawing import (
    catch,
    decision,
    document,
    end,
    exclusive,
    flow,
    loop,
    operator,
    path,
    process,
    repeated,
    start,
    subprocess,
    timer,
    user_task,
)  # fmt: skip


def _condition(source: str) -> bytes:
    gateway = exclusive("which", default="which_to_end")
    ways = path("start", "which", "end") + flow("which", "work", source) + path("work", "end")
    return document(process(start(), gateway, operator("work", "note"), end(), ways))


def _date(source: str) -> bytes:
    return line(catch("work", timer(source)), ids=("work",))


def _parameter(source: str) -> bytes:
    return line(operator("work", "note", {"what": source}), ids=("work",))


def _assignee(source: str) -> bytes:
    return line(user_task("work", properties={**PERSON, "assignee": source}, name="Work"), ids=("work",))


def _due(source: str) -> bytes:
    return line(user_task("work", properties={**PERSON, "due": source}, name="Work"), ids=("work",))


def _cardinality(source: str) -> bytes:
    return line(person("work", repeated(source)), ids=("work",))


def _completion(source: str) -> bytes:
    return line(person("work", repeated("2", until=source)), ids=("work",))


def _loop(source: str) -> bytes:
    return line(person("work", loop(3, source)), ids=("work",))


PLACES: dict[str, Callable[[str], bytes]] = {
    "condition": _condition,
    "date": _date,
    "parameter": _parameter,
    "assignee": _assignee,
    "due": _due,
    "cardinality": _cardinality,
    "completion": _completion,
    "loop": _loop,
}
ESCAPES = [
    "__import__('os').system('id')",
    "open('/etc/passwd')",
    "eval('1')",
    "().__class__.__bases__",
    "days_past_due.real",
    "[x for x in (1, 2)]",
    "(lambda: 1)()",
    "f'{days_past_due}'",
    "sorted",
    "__builtins__",
    "days",
    "due(*[1])",
    "9 ** 9 ** 9",
    "exec",
    "unlisted()",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("source", ESCAPES)
def test_escape_is_refused_wherever_an_expression_stands(place: str, source: str) -> None:
    report = check(PLACES[place](source))
    assert not report.runs
    assert any(
        rule.startswith("expression-") and element in ("work", "which_to_work") for rule, element in errors(report)
    )


@pytest.mark.parametrize("place", [place for place in PLACES if place != "date"])
@pytest.mark.parametrize("source", ["days_past_due > 3", "is_late()", "3 if is_late() else 4", "product == 'card'"])
def test_harmless_expression_passes_wherever_it_stands(place: str, source: str) -> None:
    assert check(PLACES[place](source)).runs


def test_name_that_nothing_fills_in_is_refused() -> None:
    assert ("expression-unknown-name", "which_to_work") in errors(check(_condition("amount > 3")))


def test_name_may_come_from_a_form_that_lies_in_another_file() -> None:
    source = document(
        process(start(), person("ask"), exclusive("which", default="which_to_end"), operator("work", "note"), end(),
                path("start", "ask", "which", "end"), flow("which", "work", "amount > 3"), path("work", "end"))
    )  # fmt: skip
    report = check(source)
    assert ("expression-unknown-name", "which_to_work") in warnings(report)
    assert report.runs
    together = check_all(main_bpmn=source, forms__follow_up_json=FORM)
    assert together["main.bpmn"].runs
    alone = check_all(main_bpmn=source, forms__follow_up_json=FORM.replace(b'"amount"', b'"sum_paid"'))
    assert ("expression-unknown-name", "which_to_work") in errors(alone["main.bpmn"])


def test_names_come_from_results_and_decisions_too() -> None:
    elements = decision("rule", "tier") + operator("note", "note", {"what": "tier_name"}, result="answer")
    gateway = exclusive("which", default="which_to_end") + operator("again", "note", {"what": 'answer["noted"]'})
    ways = path("start", "rule", "note", "which", "end") + flow("which", "again", "tier_name == 'M1'")
    source = document(process(start(), elements, gateway, end(), ways, path("again", "end")))
    assert check_all(main_bpmn=source, tier_dmn=TABLE)["main.bpmn"].runs


def test_message_content_is_held_to_the_language() -> None:
    thrown = (
        '<bpmn:intermediateThrowEvent id="tell" name="Tell"><bpmn:messageEventDefinition messageRef="m_settled">'
        "<bpmn:extensionElements><spiffworkflow:messagePayload>open('x')</spiffworkflow:messagePayload>"
        "</bpmn:extensionElements></bpmn:messageEventDefinition></bpmn:intermediateThrowEvent>"
    )
    source = document(
        process(start(), thrown, end(), path("start", "tell", "end")), '<bpmn:message id="m_settled" name="settled"/>'
    )
    assert any(rule.startswith("expression-") and element == "tell" for rule, element in errors(check(source)))


STATUS = "case_status"


@pytest.mark.parametrize("name", ["assignee", "group", "due", STATUS])
def test_property_reads_facts_and_not_what_a_form_before_it_left(name: str) -> None:
    def drawn(source: str) -> bytes:
        written = f"={source}" if name == STATUS else source
        then = user_task("then", properties={**PERSON, name: written}, name="Then")
        return line(person("work"), then, ids=("work", "then"))

    for source, rule in (("amount", "expression-unknown-name"), ("eval('1')", "expression-call")):
        assert (rule, "then") in errors(check(drawn(source)))
        assert (rule, "then") in errors(check_all(main_bpmn=drawn(source), forms__follow_up_json=FORM)["main.bpmn"])
    assert check(drawn("product")).runs


def test_status_of_a_subprocess_that_reaches_for_python_is_refused() -> None:
    inner = start("s") + person("work") + end("e") + path("s", "work", "e")
    boxed = document(
        process(
            start(),
            subprocess("box", inner, properties={STATUS: "=product.__class__"}),
            end(),
            path("start", "box", "end"),
        )
    )
    assert ("expression-attribute", "box") in errors(check(boxed))


def test_status_that_is_a_word_is_no_expression() -> None:
    assert check(line(user_task("work", properties={**PERSON, STATUS: "in work"}, name="W"), ids=("work",))).runs
