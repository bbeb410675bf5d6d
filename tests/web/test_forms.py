"""Forms of user tasks: the schema in a language, conditions, and the engine's verdict in words."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from engine import forms as engine_forms
from engine.dispatch.refusals import NobodyNamed
from engine.errors import Conflict, Invalid
from engine.forms import FormRefused
from tests.web.style_pages import SCHEMA
from web import forms
from web.conditions import read_condition
from web.forms import Option, mistakes_of, read_form, sent_answers

SHIPPED = Path(__file__).parents[2] / "bpmn" / "forms"


def test_labels_helps_and_options_are_those_of_the_language() -> None:
    form = read_form(SCHEMA, "zh")
    assert form.title == "催收反馈"
    assert form.fields[0].options[0] == Option("no_answer", "无人接听", "未联系上")
    assert form.fields[3].help == "写下对方说了什么。"
    assert read_form(SCHEMA, "en").fields[0].options[0].label == "No answer"


def test_a_field_without_a_label_in_the_language_shows_its_plain_one() -> None:
    assert (
        read_form({"components": [{"type": "textfield", "key": "x", "label": "Plain"}]}, "zh").fields[0].label
        == "Plain"
    )


def test_options_stand_under_their_heads_in_order() -> None:
    heads = [head for head, _options in read_form(SCHEMA, "en").fields[0].option_groups]
    assert heads == ["No contact", "Customer, willing", "Contact must stop"]


def test_options_may_come_from_the_case() -> None:
    schema = {"components": [{"type": "select", "key": "contact_id", "valuesKey": "contacts"}]}
    contacts = [Option("7", "138****0001")]
    assert read_form(schema, "en", {"contacts": contacts}).fields[0].options == tuple(contacts)


def test_fields_of_groups_are_inputs_too() -> None:
    schema = {"components": [{"type": "group", "components": [{"type": "textfield", "key": "inner"}]}]}
    assert [each.key for each in read_form(schema, "en").inputs()] == ["inner"]


def test_checklists_are_sent_as_lists_and_everything_else_as_text() -> None:
    sent = MultiDict([("marks", "vip"), ("marks", "sensitive"), ("note", "x"), ("unknown", "y")])
    answers = sent_answers(read_form(SCHEMA, "en"), sent)
    assert answers["marks"] == ["vip", "sensitive"]
    assert answers["note"] == "x"
    assert "unknown" not in answers


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        ("result_code in ('a', 'b')", ["in", "result_code", ["a", "b"]]),
        ("decision == 'place'", ["in", "decision", ["place"]]),
        ("days != 3", ["not", ["in", "days", ["3"]]]),
        ("a not in ['x'] or not urgent", ["or", ["not", ["in", "a", ["x"]]], ["not", ["in", "urgent", ["true"]]]]),
        ("", None),
        ("in_days(3) > today", None),
        ("len(", None),
        ("__import__('os').system('x')", None),
    ],
)
def test_conditions_are_read_where_the_browser_can_judge_them(source: str, condition: list[object] | None) -> None:
    assert read_condition(source) == condition


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda path: path.stem)
def test_every_shipped_form_can_be_read_in_both_languages_with_all_its_conditions(path: Path) -> None:
    schema = json.loads(path.read_text())
    raw = {each["key"]: each for each in engine_forms.fields(schema)}
    for language in ("zh", "en"):
        form = read_form(schema, language)
        assert form.title
        for each in form.inputs():
            assert each.label
            assert bool(each.condition) is bool(raw[each.key].get("properties", {}).get("show_if"))


def test_every_mistake_the_engine_knows_has_a_sentence() -> None:
    source = ast.parse(Path(engine_forms.__file__).read_text())
    raised = {
        node.args[0].value
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Mistake" and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    assert raised == set(forms._MISTAKES)


def test_mistakes_are_told_in_the_readers_language(app: Flask) -> None:
    refused = FormRefused({"amount": ("too_small", {"least": 5}), "note": ("required", {})})
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert mistakes_of(refused) == {"amount": "不小于 5。", "note": "此项必填。"}


def test_an_invalid_field_is_told_beside_it_and_other_errors_go_on(app: Flask) -> None:
    with app.test_request_context():
        assert mistakes_of(Invalid(field="review_on", reason="it is no date")).keys() == {"review_on"}
        with pytest.raises(Conflict):
            mistakes_of(Conflict(what="case"))


def test_an_error_with_a_sentence_of_its_own_is_told_with_it(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert mistakes_of(NobodyNamed(field="people")) == {"people": "Name the people who are to get the cases."}
