"""Finding by what people type: case numbers, and parts of names."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement

from engine.models import Stage

_NUMBER = re.compile(r"([CPcp])?0*([1-9][0-9]{0,17})")
LETTERS = {"C": Stage.COLLECTION, "P": Stage.PRE_COLLECTION}


def case_id_of(number: str) -> int | None:
    """The id in a case number as people type it: C00000042, c42, 42; None where it is none."""
    found = _NUMBER.fullmatch(number.strip())
    return int(found[2]) if found else None


def containing(column: Any, words: str) -> ColumnElement[bool]:
    """The column has these words somewhere; `%` and `_` stand for themselves."""
    matches: ColumnElement[bool] = column.icontains(words.strip(), autoescape=True)
    return matches
