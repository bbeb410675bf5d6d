"""Cells into typed values: text, dates, instants, amounts; what does not fit is refused with its column and reason."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from engine import clock
from engine.importing.reasons import Refused
from engine.importing.spreadsheet import Cell, DigitsLost

DECIMALS = 2
MAX_DIGITS = 12  # before the point
FIRST_YEAR, LAST_YEAR = 1900, 2199
_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[,'，  ][0-9]{2,3})+(?:\.[0-9]+)?|-?[0-9]+,[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_LINE_BREAKS = "\t\r\n"


class Cells:
    """The cells of one row by contract column; each method raises Refused with the column's name."""

    def __init__(self, cells: Mapping[str, Cell]) -> None:
        self._cells = cells

    def given(self, column: str) -> bool:
        """Whether the file has the column and the row something in it."""
        return self._cells.get(column, "") != ""

    def plain(self, column: str) -> str | None:
        """What the cell says as text, unchecked; None when empty."""
        cell = self._cells.get(column, "")
        return (cell if isinstance(cell, str) else cell.isoformat()) or None

    def text(self, column: str, limit: int) -> str | None:
        """Text of at most so many characters; None when empty."""
        cell = self._cells.get(column, "")
        if isinstance(cell, DigitsLost):
            raise Refused(column, "digits_lost")
        text = cell if isinstance(cell, str) else cell.isoformat()
        check_text(column, text, limit)
        return text or None

    def required(self, column: str, limit: int) -> str:
        """The same, and not empty."""
        text = self.text(column, limit)
        if text is None:
            raise Refused(column, "missing")
        return text

    def date(self, column: str) -> dt.date:
        """An ISO date, or a date cell."""
        cell = self._filled(column)
        if isinstance(cell, dt.datetime) and cell.time() == dt.time():
            cell = cell.date()
        if isinstance(cell, str) and _DATE.fullmatch(cell):
            cell = _parsed(column, "bad_date", cell).date()
        if isinstance(cell, dt.datetime) or not isinstance(cell, dt.date):
            raise Refused(column, "bad_date")
        return _in_range(column, cell)

    def instant(self, column: str) -> dt.datetime:
        """An ISO date or time as UTC; without offset it is the lender's, a date alone is 00:00."""
        cell = self._filled(column)
        if isinstance(cell, str):
            if not (_DATE.fullmatch(cell) or _TIME.fullmatch(cell)):
                raise Refused(column, "bad_time")
            cell = _parsed(column, "bad_time", cell)
        elif not isinstance(cell, dt.datetime):
            cell = dt.datetime.combine(cell, dt.time())
        _in_range(column, cell.date())
        return (cell if cell.tzinfo else cell.replace(tzinfo=clock.zone())).astimezone(dt.UTC)

    def amount(self, column: str) -> Decimal:
        """A plain decimal of at most two places, not negative."""
        cell = self._filled(column)
        if not isinstance(cell, str):
            raise Refused(column, "bad_amount")
        plain = _PLAIN.fullmatch(cell)
        if not plain:
            raise Refused(column, _amount_fault(cell))
        if len(plain[2] or "") > DECIMALS:
            raise Refused(column, "too_many_decimals", limit=DECIMALS)
        if len(plain[1].lstrip("0")) > MAX_DIGITS:
            raise Refused(column, "amount_too_large")
        return Decimal(cell)

    def whole(self, column: str) -> int | None:
        """A whole number from 0 on; None when empty."""
        text = self.text(column, 9)
        if text is not None and not re.fullmatch("[0-9]+", text):
            raise Refused(column, "bad_number")
        return None if text is None else int(text)

    def currency(self, column: str) -> str:
        """Three capital letters."""
        code = self.required(column, 3)
        if not _CURRENCY.fullmatch(code):
            raise Refused(column, "bad_currency")
        return code

    def timezone(self, column: str) -> str | None:
        """A zone's name that this system knows."""
        name = self.text(column, 64)
        if name is not None and name not in _zones():
            raise Refused(column, "bad_timezone")
        return name

    def _filled(self, column: str) -> Cell:
        cell = self._cells.get(column, "")
        if cell == "":
            raise Refused(column, "missing")
        return cell


def check_text(column: str, text: str, limit: int) -> None:
    """Refuse text that is too long or holds what no text should."""
    if len(text) > limit:
        raise Refused(column, "too_long", limit=limit)
    if not text.isprintable() and any(unicodedata.category(c) == "Cc" and c not in _LINE_BREAKS for c in text):
        raise Refused(column, "control_character")


def _amount_fault(cell: str) -> str:
    if _GROUPED.fullmatch(cell):
        return "thousands_separator"
    return "negative_amount" if re.fullmatch(r"[-−][0-9]+(\.[0-9]+)?", cell) else "bad_amount"


def _parsed(column: str, code: str, text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused(column, code) from None


def _in_range(column: str, on: dt.date) -> dt.date:
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Refused(column, "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    return on


@cache
def _zones() -> frozenset[str]:
    """The names of zones on this machine, read from disk once."""
    return frozenset(available_timezones())
