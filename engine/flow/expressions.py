"""The closed expression language of diagrams, tables and forms: check, compile once, evaluate fast, within bounds.

Names read case data and facts, listed functions may be called, and there are `and or not`, comparison chains, `in`,
`+ - * / // %`, `a if c else b`, lists, entries by a fixed name or place, and the values None, True and False (or null,
true and false). Nothing else exists: no attributes, loops, scripts or Python builtins. Numbers are exact: a fraction
is a Decimal, and a float met in the data counts as the decimal that it is written as.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine.errors import DunflowError
from engine.flow import arithmetic
from engine.flow.findings import Text
from engine.flow.reading import Problem, Reader
from engine.flow.vocabulary import Vocabulary

__all__ = ["Compiled", "ExpressionFailed", "ExpressionRefused", "Problem", "compile_expression", "problems"]

Functions = Mapping[str, Callable[..., object]]

_OPERATIONS: dict[str, object] = {
    name: getattr(arithmetic, name)
    for name in ("add", "subtract", "multiply", "divide", "divide_down", "remainder", "negative", "positive")
} | {"exact": arithmetic.exact, "item": arithmetic.item}
_UNWORKABLE = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError, MemoryError)


class ExpressionRefused(DunflowError):
    """The expression "{source}" is not allowed: {reason}"""

    status = 422

    def __init__(self, source: str, found: tuple[Problem, ...]) -> None:
        self.problems = found
        self.position = found[0].position
        self.reason = found[0].message
        super().__init__(source=source[:200], reason=self.reason.en, reason_zh=self.reason.zh, position=self.position)


class ExpressionFailed(DunflowError):
    """The expression "{source}" could not be worked out: {reason}"""

    status = 422

    def __init__(self, source: str, reason: Text) -> None:
        self.reason = reason
        super().__init__(source=source[:200], reason=reason.en, reason_zh=reason.zh)


@dataclass(frozen=True)
class Compiled:
    """An expression ready to run, shared by threads.

    `names` are the data and facts it may read, `calls` the functions it may call.
    """

    source: str
    names: frozenset[str]
    calls: frozenset[str]
    _run: Callable[[Mapping[str, object], Functions], object] = field(repr=False, compare=False)

    @property
    def is_fixed(self) -> bool:
        """Whether it reads nothing, so that its value never changes."""
        return not self.names and not self.calls

    def evaluate(self, data: Mapping[str, object], functions: Functions) -> object:
        """Its value. Reads from `data` only the names it comes to; raises ExpressionFailed."""
        try:
            return self._run(data, functions)
        except _UNWORKABLE as error:
            raise ExpressionFailed(self.source, self._reason(error, data, functions)) from error
        except arithmetic.NotWorkable as error:
            raise ExpressionFailed(self.source, error.reason) from error

    def _reason(self, error: Exception, data: Mapping[str, object], functions: Functions) -> Text:
        missing = error.args[0] if isinstance(error, KeyError) and error.args else None
        if missing in self.calls and missing not in functions:
            return Text(f"{missing}() is not available here.", f"此处没有函数 {missing}()。")
        if missing in self.names and missing not in data:
            return Text(f"nothing is known under the name {missing}.", f"没有名为 {missing} 的数据。")
        if isinstance(error, ZeroDivisionError):
            return Text("it divides by zero.", "除数为零。")
        met = [(name, arithmetic.kind(data[name])) for name in sorted(self.names) if name in data]
        english = ", ".join(f"{name} is {what.en}" for name, what in met) or "no data is read"
        chinese = "，".join(f"{name} 是{what.zh}" for name, what in met) or "没有读取数据"
        return Text(f"the values do not fit together ({english}).", f"各值类型不匹配（{chinese}）。")


def compile_expression(source: str, vocabulary: Vocabulary) -> Compiled:
    """The expression, compiled once per vocabulary; raises ExpressionRefused with every error found."""
    return _compiled(source, _Same(vocabulary))


def problems(source: str, vocabulary: Vocabulary, case_data: Collection[str] | None) -> list[Problem]:
    """All that is wrong with an expression, in the order of its text.

    `case_data` are the names known to be in the case data (facts are always known); None means that more may be
    known than this file shows: an unknown plain name is then a warning rather than an error.
    """
    found = Reader(source, vocabulary, case_data).problems
    return sorted(found, key=lambda problem: -1 if problem.position is None else problem.position)


class _Same:
    """A vocabulary as a key: itself and no other, kept alive as long as what was compiled for it."""

    __slots__ = ("vocabulary",)

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __hash__(self) -> int:
        return id(self.vocabulary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.vocabulary is self.vocabulary


@lru_cache(maxsize=8192)
def _compiled(source: str, key: _Same) -> Compiled:
    reader = Reader(source, key.vocabulary, None)
    errors = tuple(problem for problem in reader.problems if problem.severity == "error")
    if errors:
        raise ExpressionRefused(source, errors)
    known = {"__builtins__": {}, **_OPERATIONS}
    known |= {f"decimal_{number}": value for number, value in enumerate(reader.decimals)}
    code = compile(reader.tree(), "<expression>", "eval")
    run = eval(code, known)  # noqa: S307 - the tree was rebuilt by the reader from the allow-list alone
    return Compiled(source, frozenset(reader.names), frozenset(reader.calls), run)
