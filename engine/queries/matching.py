"""Finding by what people type: case and order numbers, names, phones, identity numbers; and ranges."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, union

from engine import clock, search
from engine.models import Case, CaseOrder, LoanOrder, Stage

_NUMBER = re.compile(r"([CPcp])?0*([1-9][0-9]{0,17})")
LETTERS = {"C": Stage.COLLECTION, "P": Stage.PRE_COLLECTION}


def case_id_of(number: str) -> int | None:
    """The id in a case number as people type it: C00000042, c42, 42; None where it is none."""
    found = _NUMBER.fullmatch(number.strip())
    return int(found[2]) if found else None


def containing(column: Any, words: str) -> ColumnElement[bool]:
    """The column has these words somewhere; `%` and `_` stand for themselves. For short tables: no index serves it."""
    matches: ColumnElement[bool] = column.icontains(words.strip(), autoescape=True)
    return matches


def numbered(number: str) -> ColumnElement[bool]:
    """SQL over `Case`: this is its number, or that of an order it holds or held."""
    return Case.id.in_(union(*_numbered(number)))


def of_customers(words: str, *fields: search.Field) -> ColumnElement[bool]:
    """SQL over `Case`: its customer has these words in a name, phone or identity number."""
    return Case.customer_id.in_(search.customers(words, *fields))


def said(words: str) -> ColumnElement[bool]:
    """SQL over `Case`: the words are its number or an order's, or part of what its customer is found by.

    One set of case ids, so that each of its parts is served by an index of its own.
    """
    found = select(Case.id).where(of_customers(words))
    return Case.id.in_(union(*_numbered(words), found))


def days_between(column: Any, least: int | None, most: int | None) -> list[ColumnElement[bool]]:
    """So many days ago, both ends included; a date still to come, or none at all, is no day ago."""
    where: list[ColumnElement[bool]] = []
    if least:
        where.append(column <= _days_ago(least))
    if most is not None:
        where.append(or_(column.is_(None), column >= _days_ago(most)))
    return where


def on_days(column: Any, first: dt.date | None, last: dt.date | None) -> list[ColumnElement[bool]]:
    """An instant within these days at the lender's place, both included."""
    where = between(column, first and clock.midnight(first), None)
    if last is not None:
        where.append(column < clock.midnight(last + dt.timedelta(days=1)))
    return where


def between(column: Any, low: Any, high: Any) -> list[ColumnElement[bool]]:
    """Both ends included; None is open."""
    where: list[ColumnElement[bool]] = [] if low is None else [column >= low]
    return where if high is None else [*where, column <= high]


def _numbered(number: str) -> list[Select[int]]:
    held = select(CaseOrder.case_id).join(LoanOrder, LoanOrder.id == CaseOrder.order_id)
    found, case_id = [held.where(LoanOrder.order_no == number.strip())], case_id_of(number)
    return found if case_id is None else [*found, select(Case.id).where(Case.id == case_id)]


def _days_ago(days: int) -> dt.date:
    """A date so many days ago; further back than dates go, the first there is."""
    return dt.date.fromordinal(max(1, clock.today().toordinal() - days))
