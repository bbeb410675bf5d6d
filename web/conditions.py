"""A form field's `show_if`, as JSON by which the page's script shows and hides it; the engine judges what was sent.

`["in", field, [values]]`, `["not", condition]`, `["and" | "or", condition, ...]`; values are compared as text.
"""

from __future__ import annotations

import ast
from typing import Any

Condition = list[Any]


def read_condition(source: str) -> Condition | None:
    """The condition of `result_code in ('a', 'b')`, `decision == 'place'`, `not …`, `… and …`.

    None where an expression says more than that: such a field is always shown, and the engine leaves it out if need be.
    """
    if not source.strip():
        return None
    try:
        return _read(ast.parse(source.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _read(node: ast.expr) -> Condition:
    if isinstance(node, ast.BoolOp):
        return ["and" if isinstance(node.op, ast.And) else "or", *(_read(value) for value in node.values)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ["not", _read(node.operand)]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        return _read_comparison(node.left.id, node.ops[0], node.comparators[0])
    if isinstance(node, ast.Name):
        return ["in", node.id, ["true"]]
    raise ValueError(ast.dump(node))


def _read_comparison(name: str, operator: ast.cmpop, right: ast.expr) -> Condition:
    value = ast.literal_eval(right)
    values = [_text(each) for each in (value if isinstance(value, (tuple, list)) else (value,))]
    if isinstance(operator, (ast.Eq, ast.In)):
        return ["in", name, values]
    if isinstance(operator, (ast.NotEq, ast.NotIn)):
        return ["not", ["in", name, values]]
    raise ValueError(type(operator).__name__)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
