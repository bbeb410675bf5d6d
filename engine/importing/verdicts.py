"""What becomes of a good row: it is new, it changes something known, or it says nothing new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.importing.reasons import Refused
from engine.intake import NewCustomer, NewOrder, NewRepayment

New = NewCustomer | NewOrder | NewRepayment


@dataclass(frozen=True)
class Create:
    """Nothing of that id is known."""

    new: New


@dataclass(frozen=True)
class Change:
    """It is known, and the row says more or other of it that may change."""

    new: New
    amounts: Mapping[str, Decimal]  # of an order: the components that change


@dataclass(frozen=True)
class Unchanged:
    """It is known as the row says."""

    new: New


Verdict = Create | Change | Unchanged


def same(id_: str, column: str, known: object, new: object) -> None:
    """Refuse the row if what may not change has changed."""
    if known != new:
        raise Refused(column, "changed", id=id_, known="-" if known is None else str(known))
