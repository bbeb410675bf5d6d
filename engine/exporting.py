"""Tables as files for spreadsheets: CSV that Excel reads as UTF-8 and runs nothing of, and XLSX."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from engine.errors import DunflowError

MOST_ROWS = 20_000  # what one request makes in a few seconds
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet may take for a formula (OWASP, CSV injection)
WIDTHS = (8, 40)
Cell = str | int | Decimal | dt.date | dt.datetime | None


class TooManyRows(DunflowError):
    """{rows} rows match; at most {most} fit into one file."""

    status = 422
    remedy = "Narrow the filters, for example to one product or tier, and export the parts."


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark; text that a spreadsheet would run gets an apostrophe, which importing takes away again."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_safe(name) for name in header])
    for row in rows:
        writer.writerow([_safe(cell) if isinstance(cell, str) else _written(cell) for cell in row])
    return ("\ufeff" + text.getvalue()).encode()


def as_xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "Cases") -> bytes:
    """A workbook with one sheet: amounts and dates are numbers, text is never a formula or a link."""
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(sheet)
        formats = _formats(book)
        page.freeze_panes(1, 1)
        for place, name in enumerate(header):
            page.set_column(place, place, min(max(WIDTHS[0], len(name) * 2), WIDTHS[1]))
        page.write_row(0, 0, header, formats["head"])
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _put(page, number, place, cell, formats)
    return target.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(RUNS) else text


def _written(cell: int | Decimal | dt.date | dt.datetime | None) -> str:
    if cell is None:
        return ""
    return cell.isoformat(sep=" ", timespec="minutes") if isinstance(cell, dt.datetime) else str(cell)


def _formats(book: Any) -> dict[str, Any]:
    return {
        "head": book.add_format({"bold": True, "bg_color": "#F3F5F8"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }


def _put(page: Any, row: int, place: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None:
        return
    if isinstance(cell, dt.datetime):
        page.write_datetime(row, place, cell.replace(tzinfo=None), formats["instant"])
    elif isinstance(cell, dt.date):
        page.write_datetime(row, place, cell, formats["date"])
    elif isinstance(cell, Decimal):
        page.write_number(row, place, cell, formats["money"])
    elif isinstance(cell, int):
        page.write_number(row, place, cell)
    else:
        page.write_string(row, place, cell)
