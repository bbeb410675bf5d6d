"""Reading the three files of a replay, by the import contract; any row that an import would refuse stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DunflowError
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
    files = Files(_rows("customers", customers), _rows("orders", orders), _rows("repayments", repayments))
    known = {each.customer_id for each in files.customers}
    _refuse(
        orders, {n: f"unknown customer {o.customer_id}" for n, o in _lines(files.orders) if o.customer_id not in known}
    )
    ordered = {each.order_id for each in files.orders}
    _refuse(repayments, dict(_stray(files.repayments, known, ordered)))
    return files


def _rows(kind: str, path: Path) -> list[Any]:
    try:
        opened = open_file(kind, path.read_bytes(), None)
    except OSError as error:
        raise FileNotReadable(file=path.name, reason=error.strerror or str(error)) from error
    found: list[Any] = []
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
        found.append(typed.new)
    _refuse(path, faults)
    return found


def _lines(rows: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows, start=2))


def _stray(repayments: list[NewRepayment], customers: set[str], orders: set[str]) -> list[tuple[int, str]]:
    ids = {each.repayment_id for each in repayments}
    faults = []
    for line, each in _lines(repayments):
        if each.reverses is not None:
            if each.reverses not in ids:
                faults.append((line, f"unknown repayment {each.reverses}"))
        elif each.order_id is not None:
            if each.order_id not in orders:
                faults.append((line, f"unknown order {each.order_id}"))
        elif each.customer_id not in customers:
            faults.append((line, f"unknown customer {each.customer_id}"))
    return faults


def _refuse(path: Path, faults: Mapping[int, str]) -> None:
    if faults:
        first = "; ".join(f"line {line}: {reason}" for line, reason in list(faults.items())[:_SHOWN])
        raise RowsRefused(file=path.name, count=len(faults), first=first)
