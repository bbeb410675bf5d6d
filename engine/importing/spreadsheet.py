"""XLSX files into rows of cells, after making sure that they unpack to something of reasonable size."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

from python_calamine import CalamineWorkbook

from engine.importing.reasons import FileRefused

MAX_UNPACKED = 200 * 2**20  # bytes of all members
MAX_CELLS = 5_000_000  # of the rectangle from A1 to the last cell: the reader allocates all of it
MAX_TEXT = 2 * 2**30  # bytes, should every text cell hold the longest text: the reader copies it for each
_PLACE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)([0-9]+)""")
_DIGITS_KEPT = 15

Cell = str | dt.date | dt.datetime


class DigitsLost(str):
    """A number with more digits than Excel keeps."""

    __slots__ = ()


def read_sheet(source: bytes) -> list[list[Cell]]:
    """The rows of the first sheet from its first line on, empty ones included. Raises FileRefused."""
    _measure(source)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(source)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # a panic of the reader is no Exception
        raise FileRefused("broken_xlsx") from fault
    return [[_cell(value) for value in row] for row in rows]


def _measure(source: bytes) -> None:
    """Refuse archives whose contents are too much to read. Reading them whole also checks that their sizes are true."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            members = archive.infolist()
            if sum(each.file_size for each in members) > MAX_UNPACKED:
                raise FileRefused("xlsx_too_large")
            contents = [archive.read(each) for each in members]
    except FileRefused:
        raise
    except Exception as fault:  # zipfile, zlib and friends raise half a dozen kinds
        raise FileRefused("broken_xlsx") from fault
    if max(map(_area, contents), default=0) > MAX_CELLS or _text(contents) > MAX_TEXT:
        raise FileRefused("xlsx_too_large")


def _area(content: bytes) -> int:
    """Cells of the rectangle that a sheet spans, by the places it names and by how many rows and cells it has."""
    width, height = 1, content.count(b"<row")
    for letters, digits in set(_PLACE.findall(content)):
        height = max(height, int(digits[:12]))
        width = max(width, _column(letters))
    return height * max(width, _widest_row(content))


def _widest_row(content: bytes) -> int:
    """How many cells the fullest row holds, whatever places they name."""
    return max((part.count(b"<c") for part in content.split(b"</row>")), default=0) if b"<row" in content else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:6].upper():
        number = number * 26 + letter - 64
    return number


def _text(contents: list[bytes]) -> int:
    longest = max((len(part) for each in contents if b"<si" in each for part in each.split(b"</si>")), default=0)
    shared = sum(each.count(b't="s"') + each.count(b"t='s'") for each in contents)
    return longest * shared


def _cell(value: object) -> Cell:
    """Text as people see it; dates stay dates, and numbers lose no digit that Excel had."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, dt.datetime | dt.date):
        return value
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= 10**_DIGITS_KEPT:
        return DigitsLost(f"{value:.0f}")
    text = f"{value:.{_DIGITS_KEPT}g}"
    return f"{value:.{_DIGITS_KEPT}f}".rstrip("0") if "e" in text else text
