"""Reading the three files of a replay, by the import contract; any row that an import would refuse stops it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DunflowError
from engine.importing.cells import Cells
from engine.importing.facts import Known, KnownOrder, known_order
from engine.importing.reasons import Refused, sentence
from engine.importing.repayments import judge
from engine.importing.rows import KINDS, open_file
from engine.intake import NewCustomer, NewOrder, NewRepayment

_SHOWN = 10


class FileNotReadable(DunflowError):
    """{file} cannot be read: {reason}."""


class RowsRefused(DunflowError):
    """{file}: {count} rows cannot be replayed. {first}"""

    status = 422


@dataclass(frozen=True)
class Files:
    """A portfolio, typed; repayments in file order."""

    customers: list[NewCustomer]
    orders: list[NewOrder]
    repayments: list[NewRepayment]


def read_files(customers: Path, orders: Path, repayments: Path) -> Files:
    """The three files, typed, times without offset taken in `clock.zone()`.

    Raises FileNotReadable, FileRefused for a file that is no import, RowsRefused for rows with mistakes.
    """
    borrowers = _rows("customers", customers)
    known = {each.customer_id for each in borrowers.values()}
    owed = _rows("orders", orders)
    _refuse(orders, {n: f"unknown customer {o.customer_id}" for n, o in owed.items() if o.customer_id not in known})
    received = _rows("repayments", repayments)
    _refuse(repayments, _stray(received, Known(dict.fromkeys(known), _known_orders(owed.values()))))
    return Files(list(borrowers.values()), list(owed.values()), list(received.values()))


def _rows(kind: str, path: Path) -> dict[int, Any]:
    """The rows of a file by line, typed."""
    try:
        opened = open_file(kind, path.read_bytes(), None)
    except OSError as error:
        raise FileNotReadable(file=path.name, reason=error.strerror or str(error)) from error
    found: dict[int, Any] = {}
    faults: dict[int, str] = {}
    seen: set[str] = set()
    for row in opened.rows:
        typed = opened.typed(row)
        if typed.new is None:
            faults[row.line] = opened.refusal(row, typed.fault).text() if typed.fault else "unreadable"
            continue
        named = str(getattr(typed.new, KINDS[kind].id_column))
        if named in seen:
            faults[row.line] = f"{named} comes twice"
        seen.add(named)
        found[row.line] = typed.new
    _refuse(path, faults)
    return found


def _known_orders(orders: Iterable[NewOrder]) -> dict[str, KnownOrder]:
    return {each.order_id: known_order(each.customer_id, each) for each in orders}


def _stray(rows: Mapping[int, NewRepayment], known: Known) -> dict[int, str]:
    """What an import would refuse beside the other rows. A reversal may stand above the repayment that it names."""
    faults: dict[int, str] = {}
    for line, each in sorted(rows.items(), key=lambda row: row[1].reverses is not None):
        if not each.reverses and each.order_id and each.order_id not in known.orders:
            faults[line] = f"unknown order {each.order_id}"
            continue
        try:
            judge(each, Cells({}), known)
        except Refused as fault:
            faults[line] = sentence(fault.code, fault.params)
    return dict(sorted(faults.items()))


def _refuse(path: Path, faults: Mapping[int, str]) -> None:
    if faults:
        first = "; ".join(f"line {line}: {reason}" for line, reason in list(faults.items())[:_SHOWN])
        raise RowsRefused(file=path.name, count=len(faults), first=first)
