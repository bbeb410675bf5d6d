"""A form taken apart: every field with its labels, rules, condition and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.flow.differences.parts import Part
from engine.flow.findings import Text

_DEEPEST = 20
_LABELS = ("label", "dateLabel", "timeLabel", "text")
_UNSAID = frozenset({"id", "key", "type", "components", "properties", "validate", "values", "layout"})


class FormUnreadable(ValueError):
    """The file is no JSON object."""


def read_schema(source: bytes) -> dict[str, Any]:
    """The schema of a form. Raises FormUnreadable."""
    try:
        schema = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise FormUnreadable(str(error)) from error
    if not isinstance(schema, dict):
        raise FormUnreadable("it is no JSON object")
    return schema


def form_parts(source: bytes) -> dict[str, Part]:
    """The fields of a form by key, its own labels first. Raises FormUnreadable."""
    schema = read_schema(source)
    itself = Part("", "form", _label(schema), _properties(schema))
    return {"": itself} | {part.key: part for part in _fields(schema, _label(schema), 0)}


def _fields(holder: Mapping[str, Any], within: Text, depth: int) -> Iterator[Part]:
    components = holder.get("components")
    for place, raw in enumerate(components if isinstance(components, list) else (), 1):
        if not isinstance(raw, dict):
            continue
        key = str(raw.get("key") or raw.get("id") or f"#{place}")
        facts = {**({"within": within.en} if depth else {}), **dict(_facts(raw))}
        yield Part(key, str(raw.get("type", "?")), _label(raw), facts)
        if depth < _DEEPEST:
            yield from _fields(raw, _label(raw), depth + 1)


def _facts(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in raw.items():
        if name not in _UNSAID:
            yield name, _shown(value)
    yield from _properties(raw).items()
    rules = raw.get("validate")
    for name, value in rules.items() if isinstance(rules, dict) else ():
        yield f"rule:{name}", _shown(value)
    options = raw.get("values")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict):
            yield f"option:{option.get('value')}", " / ".join(_names(option))


def _names(option: Mapping[str, Any]) -> list[str]:
    said = [option.get(name) for name in ("label", "label_en", "label_zh", "group_en", "group_zh")]
    return list(dict.fromkeys(str(each) for each in said if each))


def _properties(raw: Mapping[str, Any]) -> dict[str, str]:
    properties = raw.get("properties")
    return (
        {f"property:{name}": _shown(value) for name, value in properties.items()}
        if isinstance(properties, dict)
        else {}
    )


def _label(raw: Mapping[str, Any]) -> Text:
    properties = raw.get("properties")
    said = properties if isinstance(properties, dict) else {}
    plain = next((str(raw[name]) for name in _LABELS if raw.get(name)), "")
    return Text(str(said.get("label_en") or plain), str(said.get("label_zh") or plain))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)[:2000]
