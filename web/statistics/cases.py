"""The cases behind one figure, as a list and as a file: numbers and codes only, no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext

from engine import exporting, statistics
from engine.errors import NotFound, NotPermitted
from engine.models import Case
from engine.statistics import Reach, Wanted, choices
from web.database import db
from web.filters import product
from web.i18n import _l
from web.labels import label
from web.listing import Column, Rows, read_listing
from web.session import me, needs
from web.statistics import asking, tables
from web.statistics.blueprint import READERS, blueprint
from web.statistics.pages import file, record, report_of
from web.statistics.reports import Figure, Report
from web.statistics.tables import Place

COLUMNS = (
    Column("case_no", _l("Case"), first=True),
    Column("status", _l("Status"), "status"),
    Column("product", _l("Product")),
    Column("tier", _l("Tier")),
)


@dataclass(frozen=True)
class Behind:
    """A case behind a figure, None for money that no case held; `may_open` whether the reader may look at it."""

    case: Case | None
    may_open: bool
    value: int | Decimal | None
    shown: str


@blueprint.get("/<report>/cases")
@needs(*READERS)
def cases(report: str) -> str:
    """The cases of one cell, the greatest first."""
    shown, reach, wanted, place = _asked(report)
    found = _counted(reach, wanted, place)
    columns = (*COLUMNS, Column("value", place.label, "number"))
    listing = read_listing(columns, (), sort="value")
    kept = {
        name: request.args.getlist(name) for name in (*asking.ADDRESS, "figure", "currency") if name in request.args
    }
    listing = replace(listing, values=kept)
    page = found[listing.offset : listing.offset + listing.size]
    return render_template(
        "statistics/cases.html",
        report=shown,
        place=place,
        wanted=wanted,
        listing=listing,
        rows=Rows(_behind(reach, place, page), len(found)),
        said=_said(wanted),
        kept=asking.query(),
    )


@blueprint.post("/<report>/cases/export")
@needs(*READERS)
def export_cases(report: str) -> Response:
    """The same as a file, recorded."""
    shown, reach, wanted, place = _asked(report)
    found = _counted(reach, wanted, place)
    if len(found) > exporting.MOST_ROWS:
        raise exporting.TooManyRows(rows=f"{len(found):,}", most=f"{exporting.MOST_ROWS:,}")
    record(shown, len(found), figure=place.key)
    header = [str(column.label) for column in COLUMNS] + [place.label]
    return file(f"{shown.key}-cases", header, [_line(each) for each in _behind(reach, place, found)])


def _asked(key: str) -> tuple[Report, Reach, Wanted, Place]:
    """The report, whose figures are seen, what is asked, and the figure."""
    report, reach = report_of(key), statistics.reach(me())
    if not reach.names:
        raise NotPermitted(act="see the cases behind a figure", reason="it is for other roles")
    figure: Figure | None = report.figure(request.args.get("figure", ""))
    if figure is None:
        raise NotFound(what="figure", key=request.args.get("figure", ""))
    currency = request.args.get("currency", "") if figure.is_money else ""
    return report, reach, asking.wanted(report, reach), Place(figure, currency)


def _counted(reach: Reach, wanted: Wanted, place: Place) -> list[tuple[Any, statistics.Figures]]:
    """Cases for which the figure is not nothing."""
    table = place.figure.measure(db.session(), reach, replace(wanted, by="case"))
    found = [(key, figures) for key, figures in table.items() if place.value(figures)]
    return sorted(found, key=lambda each: (-(place.value(each[1]) or 0), each[0] or 0))


def _behind(reach: Reach, place: Place, found: Sequence[tuple[Any, statistics.Figures]]) -> list[Behind]:
    known = choices.cases(db.session(), reach, [key for key, _ in found if key is not None])
    rows = []
    for key, figures in found:
        case, may_open = known.get(key) or (None, False)
        rows.append(Behind(case, may_open, place.value(figures), place.shown(figures)))
    return rows


def _line(each: Behind) -> list[exporting.Cell]:
    case = each.case
    if case is None:
        return [gettext("Not in a case"), None, None, None, each.value]
    return [case.case_no, label(case.status), product(case.product), case.tier, each.value]


def _said(wanted: Wanted) -> list[str]:
    """What the cell was narrowed to, in words."""
    session, span = db.session(), wanted.span
    said = [f"{span.start.isoformat()} – {span.end.isoformat()}" if span.start != span.end else span.start.isoformat()]
    said += [tables.code_name("product", each) for each in wanted.products]
    said += [tables.code_name("tier", None if each == statistics.NONE else each) for each in wanted.tiers]
    said += [*wanted.channels, *wanted.buckets]
    for by, given in (("group", wanted.groups), ("collector", wanted.collectors)):
        keys = [int(each) if each.isdecimal() else None for each in given]
        name = tables.namer(session, replace(wanted, by=by), dict.fromkeys(keys, statistics.Figures()))
        said += [name(each) for each in keys]
    return said
