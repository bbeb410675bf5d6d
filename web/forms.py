"""Forms of user tasks: a form-js schema read for one language, and what came back from it checked and typed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from engine import clock
from web.conditions import Condition, holds, read_condition


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


@dataclass(frozen=True)
class Answers:
    """What was sent. `values` are typed: text, bool, int, Decimal, ISO dates and instants as text, lists, or None.

    `errors` has a sentence in the reader's language per field at fault; `given` is what was typed, to show again.
    """

    values: dict[str, Any]
    errors: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)


def read_form(schema: Mapping[str, Any], language: str, choices: Mapping[str, Sequence[Option]] | None = None) -> Form:
    """A form-js schema in a language. `choices` gives the options of fields that name a `valuesKey`."""
    fields = tuple(_field(each, language, choices or {}) for each in schema.get("components", ()))
    return Form(str(schema.get("id", "")), _named(schema, "label", language, ""), fields)


def check_answers(form: Form, sent: MultiDict[str, str]) -> Answers:
    """Check what came back against the form; a field that is not shown counts as not answered."""
    given = {key: sent.getlist(key) for key in sent}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for each in form.inputs():
        if each.condition and not holds(each.condition, given):
            values[each.key] = None
            continue
        try:
            values[each.key] = _typed(each, [value.strip() for value in given.get(each.key, []) if value.strip()])
        except _Wrong as wrong:
            values[each.key] = None
            errors[each.key] = str(wrong)
    shown = {each.key: given.get(each.key, []) for each in form.inputs()}
    return Answers(values, errors, {k: v if _takes_many(form, k) else (v or [""])[0] for k, v in shown.items()})


class _Wrong(Exception):
    """What is wrong with an answer, in the reader's language."""


def _takes_many(form: Form, key: str) -> bool:
    return any(each.key == key and each.kind == "checklist" for each in form.inputs())


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


def _typed(each: Field, given: list[str]) -> Any:
    if each.kind == "checkbox":
        if each.required and not given:
            raise _Wrong(gettext("This must be ticked."))
        return bool(given)
    if not given:
        if each.required:
            raise _Wrong(gettext("This is needed."))
        return [] if each.kind == "checklist" else None
    if each.kind == "checklist":
        return [_chosen(each, value) for value in given]
    return _READERS.get(each.kind, _text)(each, given[0])


def _text(each: Field, value: str) -> str:
    if each.min_length and len(value) < each.min_length:
        raise _Wrong(gettext("At least %(n)d characters.", n=each.min_length))
    if each.max_length and len(value) > each.max_length:
        raise _Wrong(gettext("At most %(n)d characters; these are %(m)d.", n=each.max_length, m=len(value)))
    if each.pattern and not re.fullmatch(each.pattern, value):
        raise _Wrong(gettext("This does not have the expected form."))
    return value


def _number(each: Field, value: str) -> int | Decimal:
    try:
        number = Decimal(value.replace(",", ""))
    except InvalidOperation:
        raise _Wrong(gettext("This is not a number.")) from None
    if not number.is_finite():
        raise _Wrong(gettext("This is not a number."))
    if each.minimum is not None and number < each.minimum:
        raise _Wrong(gettext("At least %(n)s.", n=each.minimum))
    if each.maximum is not None and number > each.maximum:
        raise _Wrong(gettext("At most %(n)s.", n=each.maximum))
    return _rounded(each, number)


def _rounded(each: Field, number: Decimal) -> int | Decimal:
    if each.decimals is None:
        return int(number) if number == number.to_integral_value() else number
    if number != round(number, each.decimals):
        raise _Wrong(
            gettext("A whole number.") if each.decimals == 0 else gettext("At most %(n)d decimals.", n=each.decimals)
        )
    return int(number) if each.decimals == 0 else number


def _chosen(each: Field, value: str) -> str:
    if value not in {option.value for option in each.options}:
        raise _Wrong(gettext("Choose one of the answers offered."))
    return value


def _when(each: Field, value: str) -> str:
    try:
        if each.subtype == "time":
            return dt.time.fromisoformat(value).isoformat("minutes")
        on = dt.date.fromisoformat(value) if each.subtype == "date" else None
        at = None if on else dt.datetime.fromisoformat(value)
    except ValueError:
        raise _Wrong(gettext("This is not a date.")) from None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=clock.zone())
    if each.not_past and ((on and on < clock.today()) or (at and at < clock.now())):
        raise _Wrong(gettext("This lies in the past."))
    return (on or at).isoformat()  # type: ignore[union-attr] # one of the two was read


_READERS = {"number": _number, "select": _chosen, "radio": _chosen, "datetime": _when}
