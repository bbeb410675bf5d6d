"""Forms: what can be shown passes, what would be lost, shadow something or be evaluated is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.flow.checks import FileReport, check_file
from tests.flow.checking import FORM, VOCABULARY, check_all, errors, warnings


def _form(*components: Any, **more: Any) -> FileReport:
    schema = {"type": "default", "components": list(components), **more}
    return check_file("forms/follow_up.json", json.dumps(schema).encode(), VOCABULARY)


def _field(kind: str = "textfield", key: str = "note_left", **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "label": "Note", **more}


CHOICES = [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}]
GOOD: dict[str, Any] = {
    "text": {"type": "text", "text": "# Ask first"},
    "textfield": _field(),
    "textarea": _field("textarea"),
    "number": _field("number", decimalDigits=2, validate={"min": 0}),
    "checkbox": _field("checkbox"),
    "radio": _field("radio", values=CHOICES),
    "select": _field("select", valuesKey="collectors"),
    "datetime": _field("datetime", subtype="date"),
    "checklist": _field("checklist", values=CHOICES),
    "group": {"type": "group", "label": "More", "components": [_field()]},
    "condition": _field(properties={"show_if": "note_left == 'x' or note_left in ('y', 'z')"}),
}


@pytest.mark.parametrize("name", GOOD)
def test_component_that_can_be_shown_passes(name: str) -> None:
    report = _form(GOOD[name])
    assert report.runs
    assert not errors(report)


BAD: dict[str, tuple[Any, str, str]] = {
    "unknown type": (_field("script"), "form-component", "note_left"),
    "type that is no text": (_field(kind=["x"]), "form-component", "note_left"),  # type: ignore[arg-type]
    "html": (_field("html"), "form-component", "note_left"),
    "no key": ({"type": "textfield", "id": "f1"}, "form-key-missing", "f1"),
    "key with a space": (_field(key="my note"), "form-key-invalid", "my note"),
    "key of the language": (_field(key="if"), "form-key-invalid", "if"),
    "key of the machine": (_field(key="__class__"), "form-key-invalid", "__class__"),
    "builtin": (_field(key="open"), "form-key-invalid", "open"),
    "function": (_field(key="due"), "form-key-function", "due"),
    "no options": (_field("select"), "form-options", "note_left"),
    "empty options": (_field("radio", values=[]), "form-options", "note_left"),
    "option without a value": (_field("radio", values=[{"label": "x"}]), "form-options", "note_left"),
    "the same option twice": (_field("radio", values=[CHOICES[0], CHOICES[0]]), "form-options", "note_left"),
    "options by expression": (_field("select", valuesExpression="=x", valuesKey="x"), "form-expression", "note_left"),
    "hidden by expression": (_field(conditional={"hide": "=a"}), "form-expression", "note_left"),
    "label that is an expression": (_field(label='=get value(context, "x")'), "form-expression", "note_left"),
    "template": ({"type": "text", "id": "t", "text": "{{ config }}"}, "form-expression", "t"),
    "default that is an expression": (_field(defaultValue=" = secret"), "form-expression", "note_left"),
    "condition that reaches out": (
        _field(properties={"show_if": "note_left.__class__"}),
        "expression-attribute",
        "note_left",
    ),
    "condition that calls": (_field(properties={"show_if": "open('x')"}), "expression-call", "note_left"),
    "condition on nothing": (_field(properties={"show_if": "gone == 1"}), "expression-unknown-name", "note_left"),
    "nested data": ({"type": "group", "id": "g", "path": "a.b", "components": []}, "form-nested-data", "g"),
}


@pytest.mark.parametrize("name", BAD)
def test_component_that_cannot_be_shown_is_refused_by_its_key(name: str) -> None:
    component, rule, element = BAD[name]
    report = _form(component)
    assert (rule, element) in errors(report)
    assert not report.runs


def test_key_may_be_used_once_only_groups_included() -> None:
    assert ("form-key-twice", "note_left") in errors(_form(_field(), GOOD["group"]))


@pytest.mark.parametrize(
    "source",
    [b"", b"[]", b"3", b"{", b'{"components": 3}', b'{"components": [1]}', b'{"type": "email", "components": []}',
     b'{"components": [{"type": "group", "components": "x"}]}', b"\xff\xfe\x00", b"[" * 100_000,
     b'{"a":' * 50_000, "表单".encode("gb18030"), b'{"components": ' + b"9" * 10_000 + b"}", b"x" * 300_000,
     b'{"components": [{"type": "number", "key": "\\ud800", "label": "x"}]}'],
)  # fmt: skip
def test_file_that_is_no_form_is_refused(source: bytes) -> None:
    report = check_file("forms/x.json", source, VOCABULARY)
    assert not report.runs
    assert errors(report)
    assert "check-failed" not in {finding.rule for finding in report.findings}


def test_groups_may_not_nest_for_ever() -> None:
    component: dict[str, Any] = _field()
    for _ in range(20):
        component = {"type": "group", "components": [component]}
    assert ("form-too-large", None) in errors(_form(component))


def test_fact_of_the_same_name_is_pointed_out() -> None:
    assert ("form-key-fact", "product") in warnings(_form(_field(key="product")))


def test_submit_button_of_the_editor_is_only_mentioned() -> None:
    report = _form(_field(), {"type": "button", "key": "b", "action": "submit"})
    assert report.runs
    assert ("form-button", "b") in warnings(report)


def test_release_wants_labels_in_both_languages() -> None:
    report = check_all(forms__a_json=FORM.replace(b"label_zh", b"label_fr"))["forms/a.json"]
    assert ("form-label", "amount") in warnings(report)
    assert ("form-label", "amount") not in warnings(check_all(forms__a_json=FORM)["forms/a.json"])


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"validate": {"pattern": "(a+)+$"}}, "form-pattern"),
        ({"validate": {"pattern": "("}}, "form-pattern"),
        ({"validate": {"min": "many"}}, "form-limit"),
        ({"validate": {"max": [1]}}, "form-limit"),
        ({"validate": {"max": "NaN"}}, "form-limit"),
        ({"validate": {"minLength": "1.5"}}, "form-limit"),
        ({"validate": {"maxLength": -1}}, "form-limit"),
        ({"validate": "required"}, "form-limit"),
        ({"decimalDigits": "two"}, "form-limit"),
        ({"properties": {"show_if": "days_past_due > 3"}}, "expression-unknown-name"),
        ({"properties": {"show_if": "is_late()"}}, "expression-call"),
    ],
)
def test_what_would_fail_or_hang_when_the_form_is_sent_is_refused(more: dict[str, Any], rule: str) -> None:
    assert (rule, "amount") in errors(_form(_field(key="amount", **more)))


def test_limits_of_daily_use_are_taken() -> None:
    limits = {
        "pattern": "[A-Z]{2}[0-9]{6,8}",
        "min": 0,
        "max": "99.5",
        "minLength": 0,
        "maxLength": "20",
        "required": True,
    }
    assert not errors(_form(_field(key="amount", validate=limits, decimalDigits=2)))
    assert not errors(_form(_field(key="amount"), _field(key="other", properties={"show_if": "amount == 3"})))
