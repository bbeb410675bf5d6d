"""A report's figures as rows and columns for the page, its charts and its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from engine import statistics
from engine.models import Group, User
from engine.statistics import NONE, PRE_COLLECTION, Figures, Reach, Table, Wanted, choices
from web.filters import money, number, percent, product
from web.listing import Column
from web.statistics.asking import query
from web.statistics.reports import BY_LABELS, PERCENT, Figure, Report

Key = int | str | None
SHARES = ("share", "money_share")


@dataclass(frozen=True)
class Place:
    """One column of the page: a figure, in a currency where it is money."""

    figure: Figure
    currency: str

    @property
    def key(self) -> str:
        """In the address: `received:TWD`."""
        return f"{self.figure.key}:{self.currency}" if self.currency else self.figure.key

    @property
    def label(self) -> str:
        """With the unit of money."""
        return f"{self.figure.label} ({self.currency})" if self.figure.kind == "money" else str(self.figure.label)

    def value(self, figures: Figures) -> int | Decimal | None:
        """Of one row."""
        return self.figure.value(figures, self.currency)

    def shown(self, figures: Figures) -> str:
        """As the page writes it."""
        value = self.value(figures)
        if self.figure.kind in SHARES:
            return percent(value)
        if self.figure.kind == "ratio":
            return percent(None) if value is None else f"{value:.1f}"
        return money(Decimal(value)) if self.figure.kind == "money" and value is not None else number(int(value or 0))


@dataclass(frozen=True)
class Row:
    """A row: its key, its name, its figures."""

    key: Key
    name: str
    figures: Figures


def table_of(session: Session, reach: Reach, report: Report, wanted: Wanted) -> Table:
    """The figures."""
    return statistics.totalled(lambda asked: report.measure(session, reach, asked), wanted)


def places(report: Report, table: Table) -> list[Place]:
    """The columns: money once a currency."""
    currencies = table.currencies or [""]
    return [
        Place(figure, currency) for figure in report.figures for currency in (currencies if figure.is_money else [""])
    ]


def columns(wanted: Wanted, shown: Sequence[Place]) -> list[Column]:
    """As the table macro takes them."""
    first = Column("name", BY_LABELS[wanted.by], sortable=True, first=True)
    return [first, *(Column(place.key, place.label, "number", sortable=True) for place in shown)]


def rows(session: Session, wanted: Wanted, table: Table, shown: Sequence[Place], sort: str) -> list[Row]:
    """The rows in order."""
    known = dict(table.rows)
    if wanted.by == "period" and known:  # a day without money is a figure too, and time has no gaps
        known = {part: known.get(part, Figures()) for part in range(len(wanted.span.parts))}
    names = namer(session, wanted, known)
    found = [Row(key, names(key), figures) for key, figures in known.items()]
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    found.sort(key=lambda row: (row.key is None, row.key if isinstance(row.key, int) else 0, row.name))
    if key == "name":
        return found[::-1] if backwards else found
    place = next((each for each in shown if each.key == key), None)
    if place is not None:
        found.sort(key=lambda row: value if (value := place.value(row.figures)) is not None else -1, reverse=backwards)
    return found


def namer(session: Session, wanted: Wanted, keys: Mapping[Key, Figures]) -> Any:
    """What gives a key its name."""
    ids = [key for key in keys if isinstance(key, int)]
    if wanted.by in ("group", "collector"):
        known = choices.names(session, Group if wanted.by == "group" else User, ids)
        return lambda key: known.get(key, nobody(wanted.by))
    if wanted.by == "period":
        return lambda key: period_name(wanted, int(key))
    return lambda key: code_name(wanted.by, key)


def code_name(by: str, key: Key) -> str:
    """A product, tier, channel or bucket in words."""
    if key is None or key == "":
        return nobody(by)
    if by == "product":
        return product(str(key))
    return gettext("Pre-collection") if key == PRE_COLLECTION else str(key)


def nobody(by: str) -> str:
    """What the row without one is called."""
    names: dict[str, str] = {
        "collector": gettext("Nobody"),
        "group": gettext("No group"),
        "tier": gettext("No tier"),
    }
    return names.get(by) or str(gettext("Not stated"))


def period_name(wanted: Wanted, part: int) -> str:
    """`2026-11-23`, or first and last day."""
    first, last = wanted.span.parts[part]
    return first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"


def narrowed_query(wanted: Wanted, key: Key) -> dict[str, Any]:
    """The address's filters with those of one row added: behind it stand exactly the row's cases."""
    found: dict[str, Any] = {**query()}
    found["period_from"], found["period_to"] = [wanted.span.start.isoformat()], [wanted.span.end.isoformat()]
    if wanted.by == "period":
        first, last = wanted.span.parts[int(key or 0)]
        found["period_from"], found["period_to"] = [first.isoformat()], [last.isoformat()]
    else:
        found[wanted.by] = [NONE if key is None or key == "" else str(key)]
    return {**found, "by": wanted.by}


def links(report: Report, reach: Reach, wanted: Wanted) -> Any:
    """What gives a cell the address of its cases; '' where there are none or the reader may not see them."""

    def link(row: Row | None, place: Place, figures: Figures) -> str:
        behind = place.figure.leads_to
        if not reach.names or not place.value(figures) or behind == "days":
            return ""
        kept = narrowed_query(wanted, row.key) if row else {**query(), "by": wanted.by}
        return url_for(
            "statistics.cases",
            report=report.key if report.figure(behind) else "recovery",
            figure=behind,
            currency=place.currency or None,
            **kept,
        )

    return link


def charts(report: Report, table: Table, found: Sequence[Row], shown: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """What each chart draws: one a currency, for amounts in different ones have no common axis."""
    for title, keys in report.charts:
        mine = [place for place in shown if place.figure.key in keys]
        for currency in sorted({place.currency for place in mine}):
            drawn = [place for place in mine if place.currency == currency]
            yield {
                "title": f"{title} ({currency})" if currency else str(title),
                "unit": currency,
                "names": [row.name for row in found],
                "series": [
                    {"name": str(each.figure.label), "values": [_plotted(each, row) for row in found]} for each in drawn
                ],
            }


def _plotted(place: Place, row: Row) -> float:
    return float(place.value(row.figures) or 0)


def cell(place: Place, figures: Figures) -> int | Decimal | None:
    """As a file has it: shares in percent."""
    value = place.value(figures)
    if value is None or place.figure.kind in ("count", "money"):
        return value
    return round(Decimal(value) * (PERCENT if place.figure.kind in SHARES else 1), 2)
