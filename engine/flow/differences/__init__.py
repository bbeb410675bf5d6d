"""What differs between two releases: element by element, row by row, field by field; as text where all else fails."""

from engine.flow.differences.compare import FileDifference, compare
from engine.flow.differences.parts import Change, Difference
from engine.flow.differences.sheets import Row, Sheet, SheetColumn, aligned, read_sheets

__all__ = [
    "Change",
    "Difference",
    "FileDifference",
    "Row",
    "Sheet",
    "SheetColumn",
    "aligned",
    "compare",
    "read_sheets",
]
