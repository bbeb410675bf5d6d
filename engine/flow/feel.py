"""Tokens and literals of FEEL, the language of decision cells, as far as dmn-js writes it."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal

from engine.flow.findings import Text
from engine.flow.kinds import is_instant
from engine.flow.reading import MAX_INTEGER
from engine.flow.refusals import CELLS

MAX_LENGTH = 2_000
#: stands for `?` in an expression: a letter that looks like it, which nobody writes
INPUT = "ʔ"

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>date\s+and\s+time\b|[^\W\d]\w*)
      | (?P<sign>\.\.|<=|>=|!=|==|\*\*|//|[-+*/%<>=()\[\],?@.])""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}


class Unreadable(Exception):
    """Something in a cell that cannot be used: a rule of `refusals.CELLS`, and where. Never leaves `engine.flow`."""

    def __init__(self, rule: str, **params: object) -> None:
        message, remedy = CELLS[rule]
        self.rule = rule
        self.message: Text = message.format(**params)
        self.remedy: Text = remedy.format(**params)
        super().__init__(self.message.en)


@dataclass(frozen=True)
class Token:
    """A piece of a cell: `kind` is string, number, name or sign."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Literal:
    """A fixed value, told apart from no literal at all."""

    value: object


def tokens(text: str) -> list[Token]:
    """The pieces of a cell, without the spaces; raises Unreadable."""
    if len(text) > MAX_LENGTH:
        raise Unreadable("cell-too-large", limit=MAX_LENGTH)
    pieces, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (match.lastgroup == "name" and INPUT in match.group()):
            raise Unreadable("cell-syntax", at=at + 1, text=text[at : at + 20])
        if match.lastgroup != "space":
            pieces.append(Token(match.lastgroup or "", match.group(), at, match.end()))
        at = match.end()
    return pieces


def literal(pieces: list[Token]) -> Literal | None:
    """The fixed value that these pieces write, or None if they write something else; raises Unreadable."""
    shape = "".join(piece.text if piece.kind == "sign" else piece.kind[0] for piece in pieces)
    if shape in {"n", "-n", "+n"}:
        return _number_or_name(shape, pieces[-1])
    if shape == "s":
        return Literal(string(pieces[0]))
    if shape == "@s":
        return Literal(_dated("@", string(pieces[1])))
    if shape == "n(s)" and pieces[0].kind == "name" and _function(pieces[0]) in _DATED:
        return Literal(_dated(_function(pieces[0]), string(pieces[2])))
    return None


def string(piece: Token) -> str:
    """The text within the quotes."""
    try:
        return str(json.loads(piece.text, strict=False))
    except ValueError:
        raise Unreadable("cell-syntax", at=piece.start + 1, text=piece.text[:20]) from None


def _number_or_name(shape: str, piece: Token) -> Literal | None:
    if piece.kind == "name":
        return Literal(_CONSTANTS[piece.text]) if shape == "n" and piece.text in _CONSTANTS else None
    value: int | Decimal
    value = int(piece.text) if piece.text.isdigit() and piece.text.isascii() else Decimal(piece.text)
    if not -MAX_INTEGER < value < MAX_INTEGER:
        raise Unreadable("cell-number", text=piece.text[:40])
    return Literal(-value if shape == "-n" else value)


def _function(piece: Token) -> str:
    return " ".join(piece.text.split())


def _dated(function: str, text: str) -> dt.date | dt.datetime:
    readers = _DATED.get(function, tuple(_DATED.values()))
    for read in readers if isinstance(readers, tuple) else (readers,):
        try:
            value: dt.date | dt.datetime = read.fromisoformat(text)
        except ValueError:
            continue
        if read is dt.date or is_instant(value):
            return value
    raise Unreadable("cell-date", text=text[:40])


_DATED: dict[str, type[dt.date] | type[dt.datetime]] = {"date": dt.date, "date and time": dt.datetime}
