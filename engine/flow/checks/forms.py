"""Checks on forms: form-js schemas of components that can be shown, with keys that expressions can read and no code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any

from engine.flow import expressions
from engine.flow.checks.context import Findings, listed
from engine.flow.checks.identity import CHINESE, ENGLISH
from engine.flow.checks.references import is_usable_name
from engine.flow.checks.rules import found
from engine.flow.findings import Finding, Text
from engine.flow.patterns import PatternRefused, check_pattern
from engine.flow.vocabulary import Vocabulary

FIELDS = frozenset({"textfield", "textarea", "number", "checkbox", "radio", "select", "datetime", "checklist"})
TYPES = FIELDS | {"text", "group"}
_NO_WORDS = Vocabulary()
_DIGITS_OF_A_COUNT = 9
_CHOICES = frozenset({"radio", "select", "checklist"})
MOST_BYTES, MOST_COMPONENTS, MOST_OPTIONS, MOST_DEPTH, LONGEST = 200_000, 200, 500, 6, 4_000


@dataclass(frozen=True)
class Form:
    """A form that was read: its key, its schema, the keys of its fields."""

    key: str
    schema: Mapping[str, Any]
    keys: tuple[str, ...]


def read_form(name: str, source: bytes) -> tuple[Form | None, list[Finding]]:
    """The form of a file, or what keeps it from being read; never raises."""
    if len(source) > MOST_BYTES:
        return None, [_too_large(f"{len(source)} bytes", f"{len(source)} 字节")]
    try:
        schema = json.loads(source)
        json.dumps(schema, ensure_ascii=False).encode()  # half a character can be written in JSON, and kept nowhere
    except (ValueError, RecursionError, MemoryError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        return None, [found("form-unreadable", None, what=what)]
    if not isinstance(schema, dict):
        return None, [found("form-structure", None, what=Text("it is no object", "不是对象"))]
    keys = tuple(component["key"] for component in _all(schema) if isinstance(component.get("key"), str))
    return Form(PurePosixPath(name).stem, schema, keys), []


def _too_large(en: str, zh: str) -> Finding:
    return found("form-too-large", None, what=Text(en, zh))


def _all(holder: Mapping[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """All components, those inside groups too, as deep as is allowed."""
    held = holder.get("components")
    for component in held if isinstance(held, list) and depth < MOST_DEPTH else []:
        if isinstance(component, dict):
            yield component
            yield from _all(component, depth + 1)


def check_form(form: Form, vocabulary: Vocabulary, *, is_whole: bool) -> list[Finding]:
    """All that is wrong with a form; `is_whole` when it is checked as part of a release."""
    structure = list(_structure(form))
    components = list(_all(form.schema))
    if len(components) > MOST_COMPONENTS:
        return [*structure, _too_large(f"{len(components)} components", f"{len(components)} 个组件")]
    checked = [finding for component in components for finding in _component(form, component, vocabulary)]
    labels = [finding for component in components for finding in _labels(component)] if is_whole else []
    return [*structure, *checked, *labels, *_twice(form)]


def _structure(form: Form) -> Findings:
    schema = form.schema
    if schema.get("type", "default") != "default":
        yield found("form-structure", None, what=Text("its type is not “default”", "type 不是“default”"))
    if not isinstance(schema.get("components"), list):
        yield found("form-structure", None, what=Text("it has no list of components", "没有 components 列表"))
    elif not schema["components"]:
        yield found("form-empty", None)
    if any(not _is_list_of_objects(holder.get("components", [])) for holder in (schema, *_all(schema))):
        yield found("form-structure", None, what=Text("a component is no object", "有组件不是对象"))
    if _depth(schema) > MOST_DEPTH:
        yield _too_large(f"groups more than {MOST_DEPTH} deep", f"分组嵌套超过 {MOST_DEPTH} 层")
    if isinstance(schema.get("id"), str) and schema["id"] != form.key:
        yield found("form-id", form.key, it=form.key, other=schema["id"])


def _is_list_of_objects(held: object) -> bool:
    return isinstance(held, list) and all(isinstance(component, dict) for component in held)


def _depth(holder: Mapping[str, Any], depth: int = 0) -> int:
    held = holder.get("components")
    if not isinstance(held, list) or depth > MOST_DEPTH:
        return depth
    return max((_depth(component, depth + 1) for component in held if isinstance(component, dict)), default=depth)


def _name(component: Mapping[str, Any]) -> str:
    return str(component.get("key") or component.get("id") or component.get("label") or component.get("type") or "?")


def _component(form: Form, component: Mapping[str, Any], vocabulary: Vocabulary) -> Findings:
    it, kind = _name(component), component.get("type")
    if kind == "button":
        yield found("form-button", it, it=it)
        return
    if not isinstance(kind, str) or kind not in TYPES:
        yield found("form-component", it, it=it, other=kind, known=listed(TYPES))
        return
    if kind in FIELDS:
        yield from _key(component, vocabulary)
    if kind in _CHOICES:
        yield from _options(component)
    if kind == "group" and component.get("path"):
        yield found("form-nested-data", it, it=it, other=component["path"])
    yield from _code(component)
    yield from _limits(component)
    yield from _shown_if(form, component)


def _key(component: Mapping[str, Any], vocabulary: Vocabulary) -> Findings:
    key, it = component.get("key"), _name(component)
    if not isinstance(key, str) or not key:
        yield found("form-key-missing", it, it=it)
    elif key in vocabulary.functions:
        yield found("form-key-function", it, it=it)
    elif key in vocabulary.facts:
        yield found("form-key-fact", it, it=it)
    elif not is_usable_name(key, vocabulary):
        yield found("form-key-invalid", it, it=it)


def _twice(form: Form) -> Findings:
    for key, count in Counter(form.keys).items():
        if count > 1:
            yield found("form-key-twice", key, it=key, count=count)


def _options(component: Mapping[str, Any]) -> Findings:
    it, values, source = _name(component), component.get("values"), component.get("valuesKey")
    if values is None and isinstance(source, str) and source.isidentifier():
        return
    if not isinstance(values, list) or not values:
        yield found("form-options", it, it=it, what=Text("there are none", "没有选项"))
        return
    if len(values) > MOST_OPTIONS:
        yield found("form-options", it, it=it, what=Text(f"more than {MOST_OPTIONS}", f"超过 {MOST_OPTIONS} 个"))
    given = [value.get("value") if isinstance(value, dict) else None for value in values]
    if not all(isinstance(value, str | int | float) and value != "" for value in given):
        yield found("form-options", it, it=it, what=Text("one has no value", "有选项缺少 value"))
    elif len({str(value) for value in given}) < len(given):
        yield found("form-options", it, it=it, what=Text("two have the same value", "有选项的 value 重复"))


def _code(component: Mapping[str, Any]) -> Findings:
    """FEEL expressions, templates and the properties made for them: nothing of the kind is evaluated."""
    it = _name(component)
    places = [name for name in ("conditional", "valuesExpression", "expression", "computed") if component.get(name)]
    own = {name: value for name, value in component.items() if name not in ("components", "properties")}
    places += [place for place, text in _texts(own) if text.lstrip().startswith("=") or "{{" in text]
    for place in dict.fromkeys(places):
        yield found("form-expression", it, it=it, where=place)
    if any(len(text) > LONGEST for _, text in _texts(component)):
        yield _too_large(f"a text in {it} is longer than {LONGEST}", f"{it} 中的文本超过 {LONGEST} 个字符")


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, held in value.items():
            yield from _texts(held, place or str(name))
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held, place)


def _properties(component: Mapping[str, Any]) -> Mapping[str, Any]:
    held = component.get("properties")
    return held if isinstance(held, dict) else {}


def _limits(component: Mapping[str, Any]) -> Findings:
    """What a field may hold is said so that it can be held against a value, whatever is typed."""
    it, rules = _name(component), component.get("validate") or {}
    if not isinstance(rules, dict):
        yield found("form-limit", it, it=it, name="validate", value=rules)
        return
    held = {**rules, "decimalDigits": component.get("decimalDigits")}
    for name, is_sound in _LIMITS.items():
        value = held.get(name)
        if value not in (None, "") and not is_sound(str(value)):
            yield found("form-limit", it, it=it, name=name, value=value)
    try:
        check_pattern(str(held.get("pattern") or ""))
    except PatternRefused as refused:
        yield found("form-pattern", it, it=it, value=held["pattern"], what=refused)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS_OF_A_COUNT


_LIMITS: Mapping[str, Callable[[str], bool]] = {
    "min": _is_number,
    "max": _is_number,
    "minLength": _is_count,
    "maxLength": _is_count,
    "decimalDigits": _is_count,
}


def _shown_if(form: Form, component: Mapping[str, Any]) -> Findings:
    """It is asked while the form is filled in, and knows what is in the form and nothing else."""
    condition, it = _properties(component).get("show_if"), _name(component)
    if not isinstance(condition, str):
        return
    for problem in expressions.problems(condition, _NO_WORDS, form.keys):
        message = Text(f"show_if of {it}: {problem.message.en}", f"{it} 的 show_if：{problem.message.zh}")
        yield Finding(it, problem.rule, problem.severity, message, problem.remedy)


def _labels(component: Mapping[str, Any]) -> Findings:
    it, told = _name(component), _properties(component)
    fallback = component.get("text") if component.get("type") == "text" else component.get("label")
    for code, language, other in (("en", ENGLISH, fallback), ("zh", CHINESE, None)):
        if not str(told.get(f"label_{code}") or other or "").strip():
            yield found("form-label", it, it=it, language=language, property=f"label_{code}")
