"""Reads one cell of a decision table, left to right, into what it compares with; refuses what cannot work."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from engine.flow import feel
from engine.flow.arithmetic import exact
from engine.flow.comparisons import COMPARISONS, Condition, Operand, Range, Same, Test
from engine.flow.expressions import Compiled, ExpressionFailed, compile_expression, problems
from engine.flow.feel import INPUT, Token, Unreadable
from engine.flow.kinds import NAMES, ORDERED, Kind, are_comparable, fits, is_number
from engine.flow.vocabulary import Vocabulary

EQUALITIES = {"=", "==", "!="}
_OPENS = {"[": True, "(": False, "]": False}
_CLOSES = {"]": True, ")": False, "[": False}
_CONDITIONS = {"?", "and", "or", "not", "in"} | EQUALITIES | set(COMPARISONS)
_DATED = 4  # pieces of date("2026-01-31")


class CellReader:
    """Reads one cell, left to right."""

    def __init__(self, text: str, kind: Kind, vocabulary: Vocabulary, names: Collection[str] | None) -> None:
        self.text = text
        self.kind = kind
        self.vocabulary = vocabulary
        self.names = names
        self.at = 0

    def tests(self) -> tuple[tuple[Test, ...], bool]:
        """The alternatives of an input cell, none for anything, and whether the cell is within `not()`."""
        self.pieces = feel.tokens(self.text)
        if [piece.text for piece in self.pieces] in ([], ["-"]):
            return (), False
        inner = self._inside_not()
        if inner is not None:
            self.pieces = inner
        return tuple(self._tests()), inner is not None

    def output(self) -> Operand:
        """The value of an output cell; an empty cell gives None."""
        self.pieces = feel.tokens(self.text)
        if not self.pieces:
            return Operand("")
        asking = next((piece for piece in self.pieces if piece.text == "?"), None)
        if asking is not None:
            raise self._unreadable(asking)
        operand = self._settled(self._operand(self.pieces), "cell-output")
        if operand.computed is not None and operand.computed.is_fixed and self.kind != "any":
            raise self._wrong_kind("cell-output", operand)
        return operand

    def _inside_not(self) -> list[Token] | None:
        """The pieces within `not( ... )`, if that is the whole cell."""
        texts = [piece.text for piece in self.pieces]
        if texts[:2] != ["not", "("] or self._closing(1) != len(texts) - 1:
            return None
        return self.pieces[2:-1]

    def _closing(self, opening: int) -> int | None:
        depth = 0
        for place in range(opening, len(self.pieces)):
            depth += {"(": 1, ")": -1}.get(self.pieces[place].text, 0)
            if depth == 0:
                return place
        return None

    def _tests(self) -> list[Test]:
        tests = [self._test()]
        while self.at < len(self.pieces):
            self._expect_comma()
            tests.append(self._test())
        return tests

    def _expect_comma(self) -> None:
        if self.pieces[self.at].text != ",":
            raise self._unreadable(self.pieces[self.at])
        self.at += 1

    def _unreadable(self, piece: Token | None) -> Unreadable:
        start = piece.start if piece else len(self.text)
        return Unreadable("cell-syntax", at=start + 1, text=self.text[start : start + 20] or self.text[:20])

    def _test(self) -> Test:
        if self.at >= len(self.pieces):
            raise self._unreadable(None)
        interval = self._interval()
        if interval is not None:
            return interval
        sign = self.pieces[self.at].text
        if sign in COMPARISONS or sign in EQUALITIES:
            self.at += 1
            return self._comparison(sign, self._to_comma())
        return self._value_or_condition(self._to_comma())

    def _to_comma(self) -> list[Token]:
        start, depth = self.at, 0
        while self.at < len(self.pieces) and not (depth == 0 and self.pieces[self.at].text == ","):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.pieces[self.at].text, 0)
            self.at += 1
        if start == self.at:
            raise self._unreadable(self.pieces[start] if start < len(self.pieces) else None)
        return self.pieces[start : self.at]

    # -- intervals and comparisons

    def _interval(self) -> Range | None:
        opening = self.pieces[self.at].text
        ends = self._interval_ends() if opening in _OPENS else None
        if ends is None:
            return None
        dots, closing = ends
        low, high = self.pieces[self.at + 1 : dots], self.pieces[dots + 1 : closing]
        if not low or not high:
            raise self._unreadable(self.pieces[self.at])
        text = self.text[self.pieces[self.at].start : self.pieces[closing].end]
        found = Range(self._bound(low), _OPENS[opening], self._bound(high), _CLOSES[self.pieces[closing].text])
        _require_contents(found, text)
        self.at = closing + 1
        return found

    def _interval_ends(self) -> tuple[int, int] | None:
        """Places of the dots and of the closing bracket of the interval that begins here."""
        depth, dots = 0, None
        for place in range(self.at + 1, len(self.pieces)):
            text = self.pieces[place].text
            if depth == 0 and text == "..":
                dots = place
            elif depth == 0 and (text in _CLOSES or text == ","):
                return (dots, place) if dots is not None and text in _CLOSES else None
            depth += {"(": 1, ")": -1}.get(text, 0)
        return None

    def _comparison(self, sign: str, pieces: list[Token]) -> Test:
        if sign in EQUALITIES:
            return Same(self._settled(self._operand(pieces)), differs=sign == "!=")
        closed = sign.endswith("=")
        if sign.startswith("<"):
            return Range(None, False, self._bound(pieces), closed)
        return Range(self._bound(pieces), closed, None, False)

    def _bound(self, pieces: list[Token]) -> Operand:
        """An operand that values may be smaller or greater than."""
        operand = self._folded(self._operand(pieces))
        is_fixed = operand.computed is None
        if self.kind not in ORDERED or (is_fixed and not are_comparable(operand.fixed, operand.fixed)):
            raise self._wrong_kind("cell-order", operand)
        if self.kind == "integer" and is_number(operand.fixed):
            return operand
        return self._settled(operand)

    def _settled(self, operand: Operand, rule: str = "cell-kind") -> Operand:
        """The operand; a fixed one as a value of the column's kind."""
        operand = self._folded(operand)
        fixed = operand.fixed
        if self.kind == "integer" and isinstance(fixed, Decimal) and fixed == fixed.to_integral_value():
            fixed = int(fixed)
        if not fits(fixed, self.kind):
            raise self._wrong_kind(rule, operand)
        return replace(operand, fixed=fixed)

    def _folded(self, operand: Operand) -> Operand:
        """An operand that reads nothing, worked out beforehand; lists stay, for values to be found in."""
        if operand.computed is None or not operand.computed.is_fixed:
            return operand
        try:
            value = exact(operand.computed.evaluate({}, {}))
        except ExpressionFailed as error:
            raise self._wrong_kind("cell-output", operand) from error
        return operand if isinstance(value, list) else Operand(operand.text, value)

    def _wrong_kind(self, rule: str, operand: Operand) -> Unreadable:
        return Unreadable(rule, text=operand.text, kind=NAMES[self.kind].en, kind_zh=NAMES[self.kind].zh)

    # -- values and conditions

    def _value_or_condition(self, pieces: list[Token]) -> Test:
        operand = self._operand(pieces)
        if operand.computed is None or not _CONDITIONS & {piece.text for piece in pieces if piece.kind != "string"}:
            return Same(self._settled(operand))
        if operand.computed.is_fixed:
            raise self._unreadable(pieces[0])
        return self._as_range(pieces) or Condition(operand)

    def _as_range(self, pieces: list[Token]) -> Range | None:
        """`1 <= ? <= 30`, `? >= 91` and `91 <= ?` as the ranges they are, so that they can be reckoned with."""
        parts = _parted(pieces)
        values, signs = parts[::2], [part[0].text for part in parts[1::2]]
        place = _place_of_input(values)
        if place is None or len({sign[0] for sign in signs}) != 1 or (len(signs) > 1 and (place, len(signs)) != (1, 2)):
            return None
        before = (values[place - 1], signs[place - 1]) if place else None
        after = (values[place + 1], signs[place]) if place < len(signs) else None
        low, high = (before, after) if signs[0].startswith("<") else (after, before)
        found = Range(*self._end(low), *self._end(high))
        _require_contents(found, self.text[pieces[0].start : pieces[-1].end])
        return found

    def _end(self, end: tuple[list[Token], str] | None) -> tuple[Operand | None, bool]:
        return (self._bound(end[0]), end[1].endswith("=")) if end else (None, False)

    # -- operands

    def _operand(self, pieces: list[Token]) -> Operand:
        if not pieces:
            raise self._unreadable(None)
        text = self.text[pieces[0].start : pieces[-1].end]
        literal = feel.literal(pieces)
        if literal is not None:
            return Operand(text, literal.value)
        source, extras = self._as_expression(pieces)
        return Operand(text, computed=self._compiled(source, extras), extras=extras)

    def _as_expression(self, pieces: list[Token]) -> tuple[str, dict[str, object]]:
        """The same in the expression language; dates become names of `extras`."""
        parts: list[str] = []
        extras: dict[str, object] = {}
        while pieces:
            dated = feel.literal(pieces[:_DATED]) if pieces[0].kind == "name" and len(pieces) >= _DATED else None
            if dated is not None:
                extras[f"{INPUT}{len(extras)}"] = dated.value
                parts.append(list(extras)[-1])
                pieces = pieces[_DATED:]
                continue
            parts.append({"?": INPUT, "=": "=="}.get(pieces[0].text, pieces[0].text))
            pieces = pieces[1:]
        return " ".join(parts), extras

    def _compiled(self, source: str, extras: Mapping[str, object]) -> Compiled:
        known = None if self.names is None else {*self.names, INPUT, *extras}
        for problem in problems(source, self.vocabulary, known):
            if problem.rule == "expression-unknown-name" and problem.severity == "error":
                raise Unreadable("cell-name", name=_name_at(source, problem.position))
            if problem.severity == "error":
                message, remedy = problem.message, problem.remedy
                raise Unreadable(
                    "cell-expression", reason=message.en, reason_zh=message.zh, remedy=remedy.en, remedy_zh=remedy.zh
                )
        return compile_expression(source, self.vocabulary)


def _parted(pieces: list[Token]) -> list[list[Token]]:
    """The pieces, parted at the comparison signs outside brackets; the signs stay, as parts of their own."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for piece in pieces:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(piece.text, 0)
        if depth == 0 and piece.text in COMPARISONS:
            parts += [[piece], []]
        else:
            parts[-1].append(piece)
    return parts


def _place_of_input(values: list[list[Token]]) -> int | None:
    """Where `?` stands alone while all the others are fixed values."""
    places = [place for place, value in enumerate(values) if [piece.text for piece in value] == ["?"]]
    others = [value for place, value in enumerate(values) if place not in places]
    return places[0] if len(places) == 1 and all(feel.literal(value) for value in others) else None


def _require_contents(found: Range, text: str) -> None:
    low, high = found.low, found.high
    if low is None or high is None or low.computed is not None or high.computed is not None:
        return
    if not are_comparable(low.fixed, high.fixed):
        raise Unreadable("cell-empty-interval", text=text)
    is_open = not (found.low_closed and found.high_closed)
    if COMPARISONS[">="](low.fixed, high.fixed) and (low.fixed != high.fixed or is_open):
        raise Unreadable("cell-empty-interval", text=text)


def _name_at(source: str, position: int | None) -> str:
    match = re.match(r"\w+", source[position or 0 :])
    return match.group() if match else source
