"""Deciding what becomes of each row, the same way in a trial run and in earnest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from engine.importing import customers, orders, repayments
from engine.importing.cells import Cells, check_text
from engine.importing.columns import Layout, contract, lay_out
from engine.importing.facts import Known, load
from engine.importing.reading import Row, read
from engine.importing.reasons import Refusal, Refused
from engine.importing.verdicts import New, Verdict

EXTRA_LENGTH = 2000


class Kind(NamedTuple):
    """How rows of a kind are typed and held against what is known."""

    id_column: str
    typed: Callable[[Cells, dict[str, str]], Any]
    judge: Callable[[Any, Cells, Known], Verdict]


KINDS: Mapping[str, Kind] = {
    "customers": Kind("customer_id", customers.typed, customers.judge),
    "orders": Kind("order_id", orders.typed, orders.judge),
    "repayments": Kind("repayment_id", repayments.typed, repayments.judge),
}


@dataclass
class Typed:
    """A row of the file: typed, or refused by itself."""

    row: Row
    cells: Cells
    new: New | None = None
    fault: Refused | None = None


@dataclass
class File:
    """A file opened: its rows, and which ids came in which line so far."""

    kind: str
    layout: Layout
    rows: list[Row]
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def id_column(self) -> str:
        """The column that names a row."""
        return KINDS[self.kind].id_column

    def typed(self, row: Row) -> Typed:
        """The row typed, whatever is wrong with it noted."""
        if row.fault:
            return Typed(row, Cells({}), fault=Refused(None, row.fault[0], **row.fault[1]))
        cells = Cells(self.layout.cells(row))
        try:
            extra = self.layout.extras(row)
            for column, text in extra.items():
                check_text(column, text, EXTRA_LENGTH)
            return Typed(row, cells, KINDS[self.kind].typed(cells, extra))
        except Refused as fault:
            return Typed(row, cells, fault=fault)

    def judge(self, each: Typed, known: Known) -> Verdict:
        """What becomes of a typed row. Raises Refused."""
        if each.new is None:
            raise each.fault or Refused(None, "unreadable_row", problem="")
        named = str(getattr(each.new, self.id_column))
        if named in self.seen:
            raise Refused(self.id_column, "duplicate", id=named, first=self.seen[named])
        verdict = KINDS[self.kind].judge(each.new, each.cells, known)
        self.seen[named] = each.row.line
        return verdict

    def refusal(self, row: Row, fault: Refused) -> Refusal:
        """The refusal of a row, with the row as it came."""
        return Refusal(row.line, fault.column, fault.code, fault.params, self.layout.as_came(row))

    def remember(self, position: int, refused_lines: set[int]) -> None:
        """After an interruption: the ids of rows dealt with before it."""
        self.seen.clear()
        for row in self.rows[:position]:
            if row.line not in refused_lines:
                self.seen[str(Cells(self.layout.cells(row)).plain(self.id_column))] = row.line


def open_file(kind: str, source: bytes, mapping: Mapping[str, str] | None, dates: str = "iso") -> File:
    """Read a file as a kind of import. Raises FileRefused."""
    contract(kind)
    sheet = read(source)
    return File(kind, lay_out(kind, sheet.header, mapping, dates), sheet.rows)


def load_known(session: Session, kind: str, rows: Sequence[Typed], known: Known) -> None:
    """What the database knows of what these rows name."""
    load(session, kind, [each.cells for each in rows if each.new is not None], known)
