"""Figures of one row of a table: counts, and money by currency, which is never added across currencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from engine.statistics.wanted import WHOLE, Wanted

ZERO = Decimal("0.00")
Key = int | str | None


@dataclass
class Figures:
    """`counts` by name, `money` by name and currency; what was never counted is nothing."""

    counts: Counter[str] = field(default_factory=Counter)
    money: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def pay(self, name: str, currency: str, amount: Decimal) -> None:
        """Add an amount."""
        self.money[name, currency] = self.money.get((name, currency), ZERO) + amount

    def amount(self, name: str, currency: str) -> Decimal:
        """An amount in one currency."""
        return self.money.get((name, currency), ZERO)

    def share(self, part: str, whole: str, currency: str = "") -> Decimal | None:
        """One count, or amount where a currency is given, as a share of another; None of nothing."""
        of = self.amount(whole, currency) if currency else Decimal(self.counts[whole])
        took = self.amount(part, currency) if currency else Decimal(self.counts[part])
        return took / of if of else None

    def merge(self, other: Figures) -> None:
        """Take in the figures of another measure of the same row."""
        self.counts.update(other.counts)
        for (name, currency), amount in other.money.items():
            self.pay(name, currency, amount)


Rows = dict[Key, Figures]


@dataclass(frozen=True)
class Table:
    """Rows by what they are split by, and the whole: counted by itself, for a case in two rows is still one case."""

    rows: Mapping[Key, Figures]
    whole: Figures

    @property
    def currencies(self) -> list[str]:
        """Those that occur."""
        return sorted({currency for figures in (*self.rows.values(), self.whole) for _, currency in figures.money})


def at(rows: Rows, key: Key) -> Figures:
    """The figures of a row, begun if need be."""
    return rows.setdefault(key, Figures())


def merged(parts: Iterable[Mapping[Key, Figures]]) -> Rows:
    """Several measures, row by row."""
    found: Rows = {}
    for part in parts:
        for key, figures in part.items():
            at(found, key).merge(figures)
    return found


def totalled(measure: Callable[[Wanted], Rows], wanted: Wanted) -> Table:
    """A measure split as wanted, and as a whole."""
    whole = measure(replace(wanted, by=WHOLE)).get(WHOLE) or Figures()
    return Table({WHOLE: whole} if wanted.by == WHOLE else measure(wanted), whole)
