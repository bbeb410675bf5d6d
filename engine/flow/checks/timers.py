"""Checks on timers: a date with an offset, given by an expression, and nothing that counts from the moment of entry."""

from __future__ import annotations

import ast
import datetime as dt
import re

from engine.flow.checks.context import Context, Findings
from engine.flow.checks.model import B, Node, local
from engine.flow.durations import duration_of
from engine.flow.findings import Text
from engine.flow.parser import allows_relative
from engine.flow.vocabulary import Vocabulary

_FORMS = {"timeDuration": Text("duration", "时长"), "timeCycle": Text("cycle", "周期")}
_WRITTEN_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_NEVER = "never"
_RESULTS = {"number": "number", "boolean": "boolean", "date": "date"}


def timers(context: Context) -> Findings:
    """Every timer event has a date that can be a date."""
    for node in context.diagram.nodes():
        for trigger in node.triggers:
            if local(trigger) == "timerEventDefinition":
                yield from _timer(context, node, trigger)


def _timer(context: Context, node: Node, trigger: object) -> Findings:
    relative = [form for form in _FORMS if _found(trigger, form) is not None]
    if relative == ["timeDuration"] and allows_relative(node.xml) and _found(trigger, "timeDate") is None:
        written = trigger.findtext(B + "timeDuration") or ""  # type: ignore[attr-defined]
        if duration_of(written) is None:
            yield context.at(node, "timer-duration", value=written.strip() or "-")
        return
    if relative:
        yield context.at(node, "relative-timer", form=_FORMS[relative[0]])
        return
    source = date_of(node)
    if not source:
        yield context.at(node, "timer-empty")
    elif source != _NEVER:
        yield from _value(context, node, source)


def _found(trigger: object, form: str) -> object:
    return trigger.find(B + form)  # type: ignore[attr-defined]


def date_of(node: Node) -> str:
    """The expression of a node's first timer, empty if there is none."""
    for trigger in node.triggers:
        if local(trigger) == "timerEventDefinition":
            return str(trigger.findtext(f"{B}timeDate") or "").strip()
    return ""


def is_plain_date(source: str) -> bool:
    """Whether a timer holds a date without the quotes that would make it an expression."""
    return bool(_WRITTEN_DATE.match(source))


def _value(context: Context, node: Node, source: str) -> Findings:
    if is_plain_date(source):
        yield context.at(node, "timer-not-a-date", value=source)
        return
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the expression check says what is wrong with it
    for value in _values(tree):
        yield from _one(context, node, value)


def _values(tree: ast.expr) -> list[ast.expr]:
    """The values an expression may give: both sides of a choice."""
    if isinstance(tree, ast.IfExp):
        return [*_values(tree.body), *_values(tree.orelse)]
    if isinstance(tree, ast.BoolOp):
        return [value for side in tree.values for value in _values(side)]
    return [tree]


def _one(context: Context, node: Node, value: ast.expr) -> Findings:
    if isinstance(value, ast.Constant):
        yield from _constant(context, node, value.value)
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        given = _returned(context.vocabulary, value.func.id)
        if given == "date":
            yield context.at(node, "timer-without-offset", value=f"{value.func.id}()")
        elif given:
            yield context.at(node, "timer-not-a-date", value=f"{value.func.id}()")
    elif _is_no_date(context.vocabulary, value):
        yield context.at(node, "timer-not-a-date", value=ast.unparse(value))


def _is_no_date(vocabulary: Vocabulary, value: ast.expr) -> bool:
    """Facts are texts, numbers and truths; `not` gives a truth, a sign a number, and a number moves no date."""
    if isinstance(value, ast.Name):
        return value.id in vocabulary.facts
    if isinstance(value, ast.BinOp):
        sides = (value.left, value.right)
        fixed = any(isinstance(side, ast.Constant) or _is_no_date(vocabulary, side) for side in sides)
        return fixed or not isinstance(value.op, ast.Add | ast.Sub)
    return isinstance(value, ast.Compare | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.UnaryOp)


def _returned(vocabulary: Vocabulary, name: str) -> str:
    function = vocabulary.functions.get(name)
    return _RESULTS.get(function.returns, "") if function else ""


def _constant(context: Context, node: Node, value: object) -> Findings:
    if value is None or value == _NEVER:
        return
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        yield context.at(node, "timer-not-a-date", value=repr(value))
    elif moment.tzinfo is None:
        yield context.at(node, "timer-without-offset", value=repr(value))
