"""The columns of the import contract, and which column of a file is which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.importing.dates import DATED, ORDERS, iso
from engine.importing.reading import Row
from engine.importing.reasons import FileRefused
from engine.importing.spreadsheet import Cell


@dataclass(frozen=True)
class Contract:
    """Columns that a kind of import must and may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All, in order."""
        return self.required + self.optional


CONTRACTS: dict[str, Contract] = {
    "customers": Contract(
        ("customer_id", "name"),
        ("id_number", "phone", "address", "email", "language", "timezone", "jurisdiction", "emergency_contacts"),
    ),
    "orders": Contract(
        ("order_id", "customer_id", "product", "currency", "disbursed_on", "due_on", "principal", "interest", "fees"),
        ("penalty", "loan_id", "instalment_no"),
    ),
    "repayments": Contract(
        ("repayment_id", "paid_at", "amount"), ("order_id", "customer_id", "channel", "posted_at", "reverses")
    ),
}
_EITHER = ("order_id", "customer_id")  # one of them is required of repayments


def contract(kind: str) -> Contract:
    """The contract of a kind. Raises FileRefused for another."""
    if kind not in CONTRACTS:
        raise FileRefused("unknown_kind", kind=kind)
    return CONTRACTS[kind]


@dataclass(frozen=True)
class Layout:
    """Where a file has what: `known` gives the place of contract columns, `extra` of the others; how dates are
    written."""

    header: tuple[str, ...]
    known: Mapping[str, int]
    extra: Mapping[str, int]
    dates: str = "iso"

    def cells(self, row: Row) -> dict[str, Cell]:
        """The row's cells by contract column."""
        found = {name: row.cells[place] for name, place in self.known.items()}
        if self.dates != "iso":
            for name in DATED:
                cell = found.get(name)
                if type(cell) is str:
                    found[name] = iso(cell, self.dates)
        return found

    def extras(self, row: Row) -> dict[str, str]:
        """The row's other cells that hold something."""
        return {name: _text(row.cells[place]) for name, place in self.extra.items() if row.cells[place] != ""}

    def as_came(self, row: Row) -> dict[str, str]:
        """Every cell by the file's own header, cut to a size worth keeping."""
        return {name: _text(cell)[:KEPT] for name, cell in zip(self.header, row.cells, strict=False) if name}


KEPT = 2000


def lay_out(kind: str, header: Sequence[str], mapping: Mapping[str, str] | None = None, dates: str = "iso") -> Layout:
    """Find the contract's columns by name, or as `mapping` {column in the file: contract column} says.

    Names match without regard to case. Raises FileRefused for missing, double and unknown columns.
    """
    wanted = contract(kind)
    if dates not in ORDERS:
        raise FileRefused("unknown_dates", dates=dates)
    mapping = {source.strip(): target for source, target in (mapping or {}).items()}
    _check_mapping(mapping, header, wanted)
    named = [_name(each, mapping, wanted) for each in header]
    for name, count in Counter(filter(None, named)).items():
        if count > 1:
            raise FileRefused("duplicate_column", column=name)
    known = {name: place for place, name in enumerate(named) if name in wanted.columns}
    extra = {name: place for place, name in enumerate(named) if name and name not in wanted.columns}
    _check_complete(kind, header, known, wanted)
    return Layout(tuple(header), known, extra, dates)


def _check_mapping(mapping: Mapping[str, str], header: Sequence[str], wanted: Contract) -> None:
    for source, target in mapping.items():
        if source not in header:
            raise FileRefused("mapping_unknown_column", column=source)
        if target not in wanted.columns:
            raise FileRefused("mapping_unknown_target", column=target)


def _name(column: str, mapping: Mapping[str, str], wanted: Contract) -> str:
    if column in mapping:
        return mapping[column]
    plain = column.lower()
    if plain in mapping.values():
        return f"{column} (file)"  # another column was said to be this one; what the file calls so is extra
    return plain if plain in wanted.columns else column


def _check_complete(kind: str, header: Sequence[str], known: Mapping[str, int], wanted: Contract) -> None:
    missing = [name for name in wanted.required if name not in known]
    if kind == "repayments" and not any(name in known for name in _EITHER):
        missing.append(" / ".join(_EITHER))
    if not missing:
        return
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise FileRefused("wrong_separator")
    raise FileRefused("missing_columns", columns=", ".join(missing))


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat()
