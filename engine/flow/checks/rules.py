"""All rules of the checker in one table, and the making of a finding from one of them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.flow.checks.words import Rule
from engine.flow.checks.words_events import EVENTS
from engine.flow.checks.words_release import RELEASE
from engine.flow.checks.words_shape import SHAPE
from engine.flow.findings import Finding, Severity, Text

RULES: Mapping[str, Rule] = {**SHAPE, **EVENTS, **RELEASE}
_LONGEST = 400


def found(rule: str, element: str | None, severity: Severity | None = None, **params: object) -> Finding:
    """A finding of a rule; parameters may be Texts, each language then gets its own. Long values are cut."""
    told = RULES[rule]
    return Finding(
        element, rule, severity or told.severity, _filled(told.message, params), _filled(told.remedy, params)
    )


def _filled(text: Text, params: Mapping[str, object]) -> Text:
    return Text(
        text.en.format(**{name: _short(value, "en") for name, value in params.items()}),
        text.zh.format(**{name: _short(value, "zh") for name, value in params.items()}),
    )


def _short(value: object, lang: str) -> str:
    told = " ".join((value.get(lang) if isinstance(value, Text) else str(value)).split())
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "…"
