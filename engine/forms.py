"""Forms of user tasks: what was sent, made typed and checked against the form-js schema that the release carries."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import DunflowError
from engine.flow.expressions import ExpressionFailed, compile_expression
from engine.flow.vocabulary import Vocabulary

KEPT_TYPES = frozenset({"select", "radio", "checkbox", "number", "datetime", "textfield"})  # no long free text
_LONGEST_TEXT = 4000


class FormRefused(DunflowError):
    """The form has mistakes: {fields}."""

    status = 422

    def __init__(self, mistakes: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        self.mistakes = mistakes
        super().__init__(fields=", ".join(f"{field} ({reason})" for field, (reason, _) in mistakes.items()))


class Mistake(Exception):
    """One field's mistake: a reason code and what it is about."""

    def __init__(self, reason: str, **params: Any) -> None:
        self.reason, self.params = reason, params
        super().__init__(reason)


def fields(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The components of a form that carry a value, groups opened."""
    for component in schema.get("components", ()):
        if component.get("type") == "group":
            yield from fields(component)
        elif component.get("key"):
            yield component


def read(schema: Mapping[str, Any], sent: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The typed values of a form: text, Decimal, int, bool, date text, lists. Raises FormRefused with every mistake.

    Fields that are not shown (`show_if`) are left out; what the schema does not know is left out too.
    """
    values: dict[str, Any] = {}
    mistakes: dict[str, tuple[str, dict[str, Any]]] = {}
    for component in fields(schema):
        key = str(component["key"])
        if not _shown(component, {**dict(sent), **values}, vocabulary):
            continue
        try:
            value = _value(component, sent.get(key))
        except Mistake as mistake:
            mistakes[key] = (mistake.reason, mistake.params)
        else:
            if value is not None:
                values[key] = value
    if mistakes:
        raise FormRefused(mistakes)
    return values


def kept(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a form that the token keeps: ids, decisions, dates and short texts; what was left empty is None."""
    return {str(c["key"]): values.get(str(c["key"])) for c in fields(schema) if c["type"] in KEPT_TYPES}


def _shown(component: Mapping[str, Any], values: Mapping[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether the field's `show_if` holds; one that what was sent cannot answer (`amount > 3` of nothing) does not."""
    condition = (component.get("properties") or {}).get("show_if")
    if not condition:
        return True
    compiled = compile_expression(condition, vocabulary)
    known = {**dict.fromkeys(compiled.names), **values}
    try:
        return bool(compiled.evaluate(known, {}))
    except ExpressionFailed:
        return False


def _value(component: Mapping[str, Any], sent: Any) -> Any:
    rules = component.get("validate") or {}
    empty = sent in (None, "", [])
    if component["type"] == "checkbox":
        sent, empty = sent in (True, "true", "on", "1", 1), False
    if empty:
        if rules.get("required"):
            raise Mistake("required")
        return None
    read_as: Callable[[Mapping[str, Any], Any], Any] = _TYPED.get(component["type"], _text)
    value = read_as(component, sent)
    _check(rules, value)
    return value


def _text(_component: Mapping[str, Any], sent: Any) -> str:
    text = str(sent).strip()
    if len(text) > _LONGEST_TEXT:
        raise Mistake("too_long", most=_LONGEST_TEXT)
    return text


def _number(component: Mapping[str, Any], sent: Any) -> int | Decimal:
    try:
        number = Decimal(str(sent).strip())
    except InvalidOperation as error:
        raise Mistake("no_number") from error
    if not number.is_finite():
        raise Mistake("no_number")
    digits = component.get("decimalDigits")
    exponent = number.as_tuple().exponent
    if digits is not None and isinstance(exponent, int) and -exponent > int(digits):
        raise Mistake("too_many_decimals", most=digits)
    return int(number) if number == number.to_integral_value() and not digits else number


def _choice(component: Mapping[str, Any], sent: Any) -> Any:
    options = component.get("values")
    if options is None:  # chosen from what the case offers; the operator checks it
        return int(sent) if str(sent).isdecimal() else str(sent)
    for option in options:
        if str(option["value"]) == str(sent):
            return option["value"]
    raise Mistake("no_choice")


def _choices(component: Mapping[str, Any], sent: Any) -> list[Any]:
    return [_choice(component, each) for each in (sent if isinstance(sent, list) else [sent])]


def _moment(component: Mapping[str, Any], sent: Any) -> str:
    subtype = component.get("subtype", "date")
    try:
        if subtype == "time":
            return dt.time.fromisoformat(str(sent)).isoformat("minutes")
        if subtype == "datetime":
            return dt.datetime.fromisoformat(str(sent)).isoformat("minutes")
        return dt.date.fromisoformat(str(sent)[:10]).isoformat()
    except ValueError as error:
        raise Mistake("no_date") from error


def _tick(_component: Mapping[str, Any], sent: Any) -> bool:
    return bool(sent)


_TYPED: dict[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "number": _number,
    "select": _choice,
    "radio": _choice,
    "checklist": _choices,
    "datetime": _moment,
    "checkbox": _tick,
}


def _check(rules: Mapping[str, Any], value: Any) -> None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        if rules.get("min") not in (None, "") and value < Decimal(str(rules["min"])):
            raise Mistake("too_small", least=rules["min"])
        if rules.get("max") not in (None, "") and value > Decimal(str(rules["max"])):
            raise Mistake("too_large", most=rules["max"])
    if isinstance(value, str):
        _check_text(rules, value)


def _check_text(rules: Mapping[str, Any], value: str) -> None:
    if rules.get("minLength") and len(value) < int(rules["minLength"]):
        raise Mistake("too_short", least=rules["minLength"])
    if rules.get("maxLength") and len(value) > int(rules["maxLength"]):
        raise Mistake("too_long", most=rules["maxLength"])
    if rules.get("pattern") and not re.fullmatch(str(rules["pattern"]), value[:500]):
        raise Mistake("pattern")
