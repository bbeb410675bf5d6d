"""CSV and XLSX files into a header and rows, each with its line in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.importing.reasons import FileRefused
from engine.importing.spreadsheet import Cell, read_sheet

MAX_BYTES = 100 * 2**20
MAX_COLUMNS = 200
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ADDED = ("line", "column", "reason")  # what `refused_file` adds, and reading drops again


@dataclass(frozen=True)
class Row:
    """One row: its line, its cells, and what is wrong with it as a row, if anything."""

    line: int
    cells: Sequence[Cell]
    fault: tuple[str, dict[str, object]] | None = None


@dataclass(frozen=True)
class Sheet:
    """A file as read."""

    header: list[str]
    rows: list[Row]


def read(source: bytes) -> Sheet:
    """Header and rows of a CSV (UTF-8, GB18030) or XLSX file; empty rows are left out. Raises FileRefused."""
    if len(source) > MAX_BYTES:
        raise FileRefused("file_too_large", limit=MAX_BYTES // 2**20)
    if source.startswith(_OLE):
        raise FileRefused("old_excel")
    found = _sheet_rows(source) if source.startswith(_ZIP) else _csv_rows(_decode(source))
    rows = [row for row in found if row.fault or any(cell != "" for cell in row.cells)]
    if not rows:
        raise FileRefused("empty_file")
    if rows[0].fault:
        raise FileRefused("not_text")
    header = _header(rows[0].cells)
    return Sheet(header, [_fitted(row, len(header)) for row in rows[1:]])


def _decode(source: bytes) -> str:
    if b"\0" in source:
        raise FileRefused("not_text")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return source.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("unknown_encoding")


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        line = reader.line_num + 1
        try:
            yield Row(line, [_unquoted(cell.strip()) for cell in next(reader)])
        except StopIteration:
            return
        except csv.Error as fault:
            yield Row(line, [], ("unreadable_row", {"problem": str(fault)}))


def _sheet_rows(source: bytes) -> Iterator[Row]:
    for number, cells in enumerate(read_sheet(source), start=1):
        yield Row(number, [_stripped(cell) for cell in cells])


def _stripped(cell: Cell) -> Cell:
    """Spaces at the ends go; other kinds of cell, and marked ones, stay what they are."""
    return _unquoted(cell.strip()) if type(cell) is str else cell


def _unquoted(cell: str) -> str:
    """The apostrophe that `refused_file` puts before what a spreadsheet would run goes again."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _RUNS else cell


_RUNS = ("=", "+", "-", "@")


def _header(cells: Sequence[Cell]) -> list[str]:
    header = [str(cell).strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", limit=MAX_COLUMNS)
    if tuple(header[-len(ADDED) :]) == ADDED:
        header[-len(ADDED) :] = ["", "", ""]
    return header


def _fitted(row: Row, width: int) -> Row:
    """A cell per column: short rows are filled up, long ones are at fault unless the rest is empty."""
    if row.fault:
        return row
    fault: tuple[str, dict[str, object]] | None = (
        ("too_many_cells", {}) if any(cell != "" for cell in row.cells[width:]) else None
    )
    return Row(row.line, [*row.cells[:width], *[""] * (width - len(row.cells))], fault)
