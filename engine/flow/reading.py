"""Reads an expression against the allow-list: what it names and calls, what is wrong, and a tree safe to compile."""

from __future__ import annotations

import ast
import builtins
import difflib
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from engine.flow import refusals
from engine.flow.findings import Severity, Text
from engine.flow.vocabulary import Function, Vocabulary

MAX_LENGTH = 2_000
MAX_PARTS = 300
MAX_DEPTH = 30
MAX_INTEGER = 10**15

BUILTINS = frozenset(dir(builtins)) | {"self", "cls"}
CONSTANTS = {"true": True, "false": False, "null": None}
OPERATIONS: dict[type[ast.operator] | type[ast.unaryop], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "divide_down",
    ast.Mod: "remainder",
    ast.USub: "negative",
    ast.UAdd: "positive",
}
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)
DATA, FUNCTIONS = "data", "functions"
_parsing = threading.Lock()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an expression; `position` counts characters from 0."""

    rule: str
    severity: Severity
    message: Text
    remedy: Text
    position: int | None


class Reader:
    """Reads one expression once: `problems`, `names`, `calls`, and `tree`, a lambda over data and functions.

    The tree it makes reads every name from the data, calls only listed functions, and does every reckoning through
    `engine.flow.arithmetic`; nothing of the source reaches the compiler that is not rebuilt here.
    """

    def __init__(self, source: str, vocabulary: Vocabulary, case_data: Collection[str] | None) -> None:
        self.source = source
        self.functions = vocabulary.functions
        self.facts = vocabulary.facts
        self.case_data = case_data
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        self.calls: set[str] = set()
        self.decimals: list[Decimal] = []
        self.parts = 0
        self.body = self._whole()

    def tree(self) -> ast.Expression:
        """The expression as `lambda data, functions: ...`, ready to compile if there is no error."""
        arguments = ast.arguments(
            posonlyargs=[], args=[ast.arg(DATA), ast.arg(FUNCTIONS)], kwonlyargs=[], kw_defaults=[], defaults=[]
        )
        return ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, self.body)))

    def refuse(self, rule: str, node: ast.AST | int | None, severity: Severity = "error", **params: object) -> ast.expr:
        """Notes a problem, and puts an empty value in the place of what was refused."""
        message, remedy = refusals.EXPRESSIONS[rule]
        position = self._position(node) if isinstance(node, ast.AST) else node
        self.problems.append(Problem(rule, severity, message.format(**params), remedy.format(**params), position))
        return ast.Constant(None)

    # -- the source as a whole

    def _whole(self) -> ast.expr:
        if not self.source.strip():
            return self.refuse("expression-empty", None)
        if len(self.source) > MAX_LENGTH:
            return self._too_large(Text(f"more than {MAX_LENGTH} characters", f"超过 {MAX_LENGTH} 个字符"), None)
        self.text = re.sub(r"[\r\n\t]", " ", self.source)
        parsed = self._parsed()
        return self._read(parsed, 0) if parsed is not None else ast.Constant(None)

    def _parsed(self) -> ast.expr | None:
        stray = re.search(r"\\(?![\\'\"n])", self.text)
        if stray:
            self._unreadable(stray.start())
            return None
        if "#" in self.text and self._has_comment():
            self._not_part("Comment", self.text.index("#"))
            return None
        try:
            with _parsing, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.text.lstrip(), mode="eval").body
        except SyntaxError as error:
            self._unreadable((error.offset or 1) - 1 + self._indent())
        except (ValueError, RecursionError, MemoryError):
            self._unreadable(None)
        return None

    def _has_comment(self) -> bool:
        try:
            tokens = tokenize.generate_tokens(io.StringIO(self.text.strip()).readline)
            return any(token.type == tokenize.COMMENT for token in tokens)
        except (tokenize.TokenError, SyntaxError):
            return False

    def _unreadable(self, at: int | None) -> None:
        hint = next((text for rule, text in refusals.SYNTAX_HINTS if re.search(rule, self.text)), None)
        hint = hint or refusals.SYNTAX_GENERAL
        self.refuse("expression-syntax", at, at=1 if at is None else at + 1, hint=hint.en, hint_zh=hint.zh)

    def _too_large(self, what: Text, node: ast.AST | None) -> ast.expr:
        if any(problem.rule == "expression-too-large" for problem in self.problems):
            return ast.Constant(None)
        return self.refuse("expression-too-large", node, what=what.en, what_zh=what.zh)

    def _indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())

    def _position(self, node: ast.AST) -> int | None:
        offset = getattr(node, "col_offset", None)
        if offset is None:
            return None
        return len(self.text.lstrip().encode()[:offset].decode(errors="ignore")) + self._indent()

    # -- its parts

    def _read(self, node: ast.AST, depth: int) -> ast.expr:
        self.parts += 1
        if depth > MAX_DEPTH:
            return self._too_large(Text("too many brackets within brackets", "括号嵌套过多"), node)
        if self.parts > MAX_PARTS:
            return self._too_large(Text(f"more than {MAX_PARTS} parts", f"超过 {MAX_PARTS} 个部分"), node)
        reader = READERS.get(type(node))
        if reader is None:
            return self._not_part(type(node).__name__, node)
        return reader(self, node, depth + 1)

    def _not_part(self, construct: str, node: ast.AST | int) -> ast.expr:
        what = refusals.CONSTRUCTS.get(construct, Text(construct, construct))
        return self.refuse("expression-construct", node, what=what.en, what_zh=what.zh)

    def _constant(self, node: ast.Constant, _depth: int) -> ast.expr:
        value = node.value
        if isinstance(value, float) and abs(value) < MAX_INTEGER:
            self.decimals.append(Decimal(repr(value)))
            return ast.Name(f"decimal_{len(self.decimals) - 1}", ast.Load())
        if value is None or isinstance(value, bool | str) or (isinstance(value, int) and abs(value) < MAX_INTEGER):
            return ast.Constant(value)
        return self.refuse("expression-constant", node, value=ast.get_source_segment(self.text.lstrip(), node) or "")

    def _name(self, node: ast.Name, _depth: int) -> ast.expr:
        if node.id in CONSTANTS:
            return ast.Constant(CONSTANTS[node.id])
        if node.id in self.functions:
            return self.refuse("expression-function-not-called", node, name=node.id)
        if node.id.startswith("_") or node.id in BUILTINS:
            return self.refuse("expression-forbidden-name", node, name=node.id)
        self._note_unknown(node)
        self.names.add(node.id)
        return _entry(DATA, node.id)

    def _note_unknown(self, node: ast.Name) -> None:
        if node.id in self.facts or (self.case_data is not None and node.id in self.case_data):
            return
        known = sorted({*self.facts, *(self.case_data or ())})
        near = difflib.get_close_matches(node.id, known, n=1)
        hint = Text(f"Did you mean {near[0]}? ", f"是否想写 {near[0]}？") if near else Text("", "")
        severity: Severity = "warning" if self.case_data is None else "error"
        self.refuse("expression-unknown-name", node, severity, name=node.id, hint=hint.en, hint_zh=hint.zh)

    def _call(self, node: ast.Call, depth: int) -> ast.expr:
        if not isinstance(node.func, ast.Name) or node.func.id not in self.functions:
            name = ast.unparse(node.func)[:80] if isinstance(node.func, ast.Name | ast.Attribute) else "(...)"
            return self.refuse("expression-call", node, name=name, listed=", ".join(sorted(self.functions)) or "-")
        function = self.functions[node.func.id]
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if starred or node.keywords or not function.min_args <= len(node.args) <= function.max_args:
            given = len(node.args) + len(node.keywords)
            return self.refuse("expression-arguments", node, name=function.name, wanted=_wanted(function), given=given)
        self.calls.add(node.func.id)
        arguments = [self._read(argument, depth) for argument in node.args]
        return ast.Call(_entry(FUNCTIONS, node.func.id), arguments, [])

    def _boolean(self, node: ast.BoolOp, depth: int) -> ast.expr:
        return ast.BoolOp(node.op, [self._read(value, depth) for value in node.values])

    def _unary(self, node: ast.UnaryOp, depth: int) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self._read(node.operand, depth))
        if type(node.op) not in OPERATIONS:
            return self._not_part(type(node.op).__name__, node)
        if isinstance(node.op, ast.USub) and _is_whole(node.operand):
            return ast.UnaryOp(node.op, self._read(node.operand, depth))
        return _operation(OPERATIONS[type(node.op)], self._read(node.operand, depth))

    def _binary(self, node: ast.BinOp, depth: int) -> ast.expr:
        if type(node.op) not in OPERATIONS:
            return self._not_part(type(node.op).__name__, node)
        if isinstance(node.op, ast.Mult | ast.Mod) and (_is_run(node.left) or _is_run(node.right)):
            what = Text("*", "乘号 *") if isinstance(node.op, ast.Mult) else Text("%", "求余 %")
            return self.refuse("expression-repetition", node, what=what.en, what_zh=what.zh)
        left, right = self._read(node.left, depth), self._read(node.right, depth)
        return _operation(OPERATIONS[type(node.op)], left, right)

    def _compare(self, node: ast.Compare, depth: int) -> ast.expr:
        sides = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(op, ast.Is | ast.IsNot):
                if isinstance(left, ast.Constant) or not _is_single(right):
                    return self._not_part("Is", node)
            elif not isinstance(op, COMPARISONS):
                return self._not_part(type(op).__name__, node)
        read = [self._side(sides, place, depth) for place in range(len(sides))]
        return ast.Compare(read[0], node.ops, read[1:])

    def _side(self, sides: list[ast.expr], place: int, depth: int) -> ast.expr:
        """One side of a comparison; made exact unless what it is compared with is fixed and no fraction."""
        read = self._read(sides[place], depth)
        neighbours = sides[max(0, place - 1) : place] + sides[place + 1 : place + 2]
        if _is_plain(sides[place]) or all(_is_plain(side) for side in neighbours):
            return read
        return _operation("exact", read)

    def _choice(self, node: ast.IfExp, depth: int) -> ast.expr:
        return ast.IfExp(*(self._read(part, depth) for part in (node.test, node.body, node.orelse)))

    def _list(self, node: ast.List | ast.Tuple, depth: int) -> ast.expr:
        return ast.List([self._read(element, depth) for element in node.elts], ast.Load())

    def _subscript(self, node: ast.Subscript, depth: int) -> ast.expr:
        key = _fixed(node.slice)
        if key is None or not isinstance(node.value, ast.Name | ast.Subscript | ast.Call):
            return self.refuse("expression-subscript", node)
        if isinstance(key, str) and key.startswith("_"):
            return self.refuse("expression-forbidden-name", node, name=key)
        return _operation("item", self._read(node.value, depth), ast.Constant(key))

    def _attribute(self, node: ast.Attribute, _depth: int) -> ast.expr:
        return self.refuse("expression-attribute", node, name=node.attr)


READERS: dict[type[ast.AST], Callable[..., ast.expr]] = {
    ast.Constant: Reader._constant,
    ast.Name: Reader._name,
    ast.Call: Reader._call,
    ast.BoolOp: Reader._boolean,
    ast.UnaryOp: Reader._unary,
    ast.BinOp: Reader._binary,
    ast.Compare: Reader._compare,
    ast.IfExp: Reader._choice,
    ast.List: Reader._list,
    ast.Tuple: Reader._list,
    ast.Subscript: Reader._subscript,
    ast.Attribute: Reader._attribute,
}


def _entry(mapping: str, name: str) -> ast.expr:
    return ast.Subscript(ast.Name(mapping, ast.Load()), ast.Constant(name), ast.Load())


def _operation(name: str, *values: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(values), [])


def _wanted(function: Function) -> str:
    low, high = function.min_args, function.max_args
    return str(low) if low == high else f"{low}-{high}"


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_run(node: ast.expr) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_text or isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)


def _is_single(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))) or (
        isinstance(node, ast.Name) and node.id in CONSTANTS
    )


def _is_plain(node: ast.expr) -> bool:
    """A fixed value that floats compare with as they are written: anything but a fraction."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_plain(element) for element in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _is_whole(node.operand)
    return isinstance(node, ast.Constant) and not isinstance(node.value, float)


def _fixed(node: ast.expr) -> int | str | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _fixed(node.operand)
        return -inner if isinstance(inner, int) else None
    value = node.value if isinstance(node, ast.Constant) else None
    return value if type(value) is str or (type(value) is int and value < MAX_INTEGER) else None
