"""Forms of user tasks: a form-js schema in one language, what was sent, and the engine's verdict on it in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from engine.errors import DunflowError, Invalid
from engine.forms import FormRefused
from web.conditions import Condition, read_condition
from web.i18n import _n, bilingual, error_message

ID_DIGITS = 18


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen; `group` heads those that belong together."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Field:
    """A field as the page shows it. `kind` is form-js' type; for datetime `subtype` is date, time or datetime."""

    key: str
    kind: str
    label: str
    help: str = ""
    text: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    condition: Condition | None = None
    subtype: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    not_past: bool = False
    fields: tuple[Field, ...] = ()

    @property
    def condition_json(self) -> str:
        """For `data-show-if`."""
        return json.dumps(self.condition) if self.condition else ""

    @property
    def step(self) -> str:
        """The step of a number input: whole numbers unless decimals are allowed."""
        if self.decimals is None:
            return "any"
        return str(Decimal(1).scaleb(-self.decimals))

    @property
    def option_groups(self) -> list[tuple[str, list[Option]]]:
        """The options under their heads, in the order of the schema."""
        grouped: dict[str, list[Option]] = {}
        for option in self.options:
            grouped.setdefault(option.group, []).append(option)
        return list(grouped.items())


@dataclass(frozen=True)
class Form:
    """A form in one language."""

    key: str
    title: str
    fields: tuple[Field, ...]

    def inputs(self) -> Iterator[Field]:
        """Every field that takes an answer, those in groups included."""
        yield from _inputs(self.fields)

    @property
    def is_conditional(self) -> bool:
        """Whether some field shows only for some answers."""
        return any(each.condition for each in self.inputs())


def read_form(schema: Mapping[str, Any], language: str, choices: Mapping[str, Sequence[Option]] | None = None) -> Form:
    """A form-js schema in a language. `choices` gives the options of fields that name a `valuesKey`."""
    fields = tuple(_field(each, language, choices or {}) for each in schema.get("components", ()))
    return Form(str(schema.get("id", "")), _named(schema, "label", language, ""), fields)


def sent_answers(form: Form, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What was sent, by field: text, lists for checklists. What `engine.forms.read` takes, and what is shown again."""
    many = {each.key: each.kind == "checklist" for each in form.inputs()}
    return {key: sent.getlist(key) if is_many else sent.get(key, "") for key, is_many in many.items()}


def require_ids(form: Form, given: Mapping[str, Any]) -> None:
    """Refuse, where one of the case's people or contacts is chosen, what cannot be an id. Raises FormRefused.

    An id that is no longer offered is the engine's to refuse, which knows why.
    """
    asked = [each.key for each in form.inputs() if each.kind == "select" and is_by_id(each)]
    if wrong := [key for key in asked if given.get(key) and not is_id(str(given[key]))]:
        raise FormRefused({key: ("no_choice", {}) for key in wrong})


def is_by_id(field: Field) -> bool:
    """Whether all that a field offers are rows by their ids."""
    return bool(field.options) and all(is_id(each.value) for each in field.options)


def is_id(text: str) -> bool:
    """Whether this can be the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS


def mistakes_of(refused: DunflowError) -> dict[str, str]:
    """What was wrong with which field, in the reader's language; raises the error again if it is about no field."""
    if isinstance(refused, FormRefused):
        return {key: str(gettext(_MISTAKES[code], **params)) for key, (code, params) in refused.mistakes.items()}
    if isinstance(refused, Invalid) and "field" in refused.params:
        said = bilingual(refused.params["reason"]) if "reason" in refused.params else error_message(refused)
        return {str(refused.params["field"]): said}
    raise refused


def _inputs(fields: Sequence[Field]) -> Iterator[Field]:
    for each in fields:
        if each.kind == "group":
            yield from _inputs(each.fields)
        elif each.key:
            yield each


def _field(raw: Mapping[str, Any], language: str, choices: Mapping[str, Sequence[Option]]) -> Field:
    rules, properties = raw.get("validate", {}), raw.get("properties", {})
    return Field(
        key=str(raw.get("key", "")),
        kind=str(raw["type"]),
        label=_named(raw, "label", language, str(raw.get("label", raw.get("dateLabel", "")))),
        help=_named(raw, "help", language, str(raw.get("description", ""))),
        text=_named(raw, "text", language, str(raw.get("text", ""))),
        required=bool(rules.get("required")),
        options=tuple(choices.get(raw.get("valuesKey", ""), ())) or _options(raw, language),
        condition=read_condition(str(properties.get("show_if", ""))),
        subtype=str(raw.get("subtype", "date")) if raw["type"] == "datetime" else "",
        minimum=_decimal(rules.get("min")),
        maximum=_decimal(rules.get("max")),
        decimals=raw.get("decimalDigits"),
        min_length=rules.get("minLength"),
        max_length=rules.get("maxLength"),
        pattern=str(rules.get("pattern", "")),
        not_past=bool(raw.get("disallowPassedDates")),
        fields=tuple(_field(each, language, choices) for each in raw.get("components", ())),
    )


def _named(raw: Mapping[str, Any], name: str, language: str, otherwise: str) -> str:
    return str(raw.get("properties", {}).get(f"{name}_{language}") or otherwise)


def _options(raw: Mapping[str, Any], language: str) -> tuple[Option, ...]:
    return tuple(
        Option(
            str(each["value"]),
            str(each.get(f"label_{language}") or each.get("label", each["value"])),
            str(each.get(f"group_{language}", "")),
        )
        for each in raw.get("values", ())
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


_MISTAKES = {
    "required": _n("This is needed."),
    "no_number": _n("This is not a number."),
    "too_many_decimals": _n("At most %(most)s decimals."),
    "no_choice": _n("Choose one of the answers offered."),
    "no_date": _n("This is not a date."),
    "too_small": _n("At least %(least)s."),
    "too_large": _n("At most %(most)s."),
    "too_short": _n("At least %(least)s characters."),
    "too_long": _n("At most %(most)s characters."),
    "pattern": _n("This does not have the expected form."),
}
"""Reason codes of `engine.forms.Mistake`; a test holds that none is missing."""
