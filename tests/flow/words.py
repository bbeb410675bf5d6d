"""A small vocabulary for the tests of the kernel, and a builder of decision tables as DMN."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.flow.vocabulary import Function, Vocabulary

FUNCTIONS: dict[str, Callable[..., object]] = {
    "today": lambda: dt.date(2026, 3, 2),
    "in_days": lambda days: dt.date(2026, 3, 2) + dt.timedelta(days=days),
    "max": max,
    "len": len,
    "tags": lambda: ["vip", "legal"],
}
VOCABULARY = Vocabulary(
    functions={
        "today": Function("today", FUNCTIONS["today"], returns="date", zh="今天", en="today"),
        "in_days": Function("in_days", FUNCTIONS["in_days"], 1, 1, "date", "若干天后", "in so many days"),
        "max": Function("max", max, 1, 5, "number", "最大值", "the greatest"),
        "len": Function("len", len, 1, 1, "number", "长度", "length"),
        "tags": Function("tags", FUNCTIONS["tags"], returns="any", zh="标签", en="tags"),
    },
    facts={"days_past_due": lambda _act: 31, "product": lambda _act: "card"},
)

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="definitions" name="rules" namespace="http://camunda.org/schema/1.0/dmn">'
)


def properties(values: Mapping[str, str]) -> str:
    """Extension properties as a modeller keeps them."""
    inner = "".join(f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in values.items())
    found = f"<extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties></extensionElements>"
    return found if values else ""


def column(source: str, kind: str = "integer", values: str = "", number: int = 1, **extra: str) -> str:
    """An input column; `extra` are extension properties."""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return (
        f'<input id="input_{number}">{properties(extra)}<inputExpression typeRef="{kind}">'
        f"<text>{escape(source)}</text></inputExpression>{allowed}</input>"
    )


def rule(number: int, conditions: Sequence[str], outputs: Sequence[str]) -> str:
    """A row of cells."""
    cells = "".join(f"<inputEntry><text>{escape(text)}</text></inputEntry>" for text in conditions)
    results = "".join(f"<outputEntry><text>{escape(text)}</text></outputEntry>" for text in outputs)
    return f'<rule id="rule_{number}"><description>row {number}</description>{cells}{results}</rule>'


def table(
    columns: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    outputs: Sequence[tuple[str, str]] = (("tier", "string"),),
    policy: str = "UNIQUE",
    name: str = "case_tier",
) -> bytes:
    """A DMN file with one table."""
    results = "".join(
        f'<output id="output_{n}" name="{key}" typeRef="{kind}"/>' for n, (key, kind) in enumerate(outputs)
    )
    rules = "".join(rule(number, *row) for number, row in enumerate(rows, 1))
    drawn = f'<decisionTable id="{name}_table" hitPolicy="{policy}">{"".join(columns)}{results}{rules}</decisionTable>'
    return f'{HEAD}<decision id="{name}" name="Tiers">{drawn}</decision></definitions>'.encode()
