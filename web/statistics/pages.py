"""The reports as pages and as files."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine import clock, exporting, history, statistics
from engine.errors import NotFound
from engine.statistics import Wanted
from web.database import db
from web.listing import Rows
from web.session import me, needs
from web.statistics import asking, tables
from web.statistics.blueprint import READERS, blueprint
from web.statistics.reports import BY_LABELS, REPAYMENTS, REPORTS, Report
from web.statistics.tables import Place

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@blueprint.get("")
@needs(*READERS)
def start() -> AnyResponse:
    """The first report."""
    return redirect(url_for("statistics.page", report=REPAYMENTS.key))


@blueprint.get("/<report>")
@needs(*READERS)
def page(report: str) -> str:
    """One report: charts, table, what its figures mean, and as of when."""
    shown, session = report_of(report), db.session()
    reach = statistics.reach(me())
    wanted = asking.wanted(shown, reach)
    table = tables.table_of(session, reach, shown, wanted)
    places = tables.places(shown, table)
    listing, chosen = asking.read(session, reach, shown, tables.columns(wanted, places), _sort(wanted, places))
    found = tables.rows(session, wanted, table, places, listing.sort)
    return render_template(
        "statistics/page.html",
        report=shown,
        reports=REPORTS.values(),
        kept=asking.query(),
        wanted=wanted,
        splits=[
            (BY_LABELS[by], listing.url(by=by, sort=None), by == wanted.by, None) for by in asking.splits(shown, reach)
        ],
        listing=listing,
        chosen=chosen,
        rows=Rows(found[listing.offset : listing.offset + listing.size], len(found)),
        table=table,
        places={place.key: place for place in places},
        link=tables.links(shown, reach, wanted),
        charts=list(tables.charts(shown, table, found, places)),
        unapplied=statistics.unapplied(session, reach, wanted) if shown is REPAYMENTS else {},
    )


@blueprint.post("/<report>/export")
@needs(*READERS)
def export(report: str) -> Response:
    """The report as a file; who took what is recorded."""
    shown, session = report_of(report), db.session()
    reach = statistics.reach(me())
    wanted = asking.wanted(shown, reach)
    table = tables.table_of(session, reach, shown, wanted)
    places = tables.places(shown, table)
    found = tables.rows(session, wanted, table, places, request.args.get("sort", _sort(wanted, places)))
    record(shown, len(found))
    header = [str(BY_LABELS[wanted.by]), *(_heading(place) for place in places)]
    lines = [[row.name, *(tables.cell(place, row.figures) for place in places)] for row in found]
    lines.append([gettext("Total"), *(tables.cell(place, table.whole) for place in places)])
    return file(shown.key, header, lines)


def report_of(key: str) -> Report:
    """The report of that name."""
    if key not in REPORTS:
        raise NotFound(what="page", key=key)
    return REPORTS[key]


def record(report: Report, rows: int, figure: str = "") -> None:
    """Who took which figures out of the house."""
    filters = asking.query()
    history.record(
        db.session(),
        "statistics_exported",
        actor_id=me().id,
        report=report.key,
        rows=rows,
        format=kind(),
        filters=filters,
        figure=figure,
    )


def kind() -> str:
    """The format the request asks for."""
    return "xlsx" if request.form.get("format") == "xlsx" else "csv"


def file(name: str, header: Sequence[str], lines: Sequence[Sequence[exporting.Cell]]) -> Response:
    """A table to be saved."""
    if len(lines) > exporting.MOST_ROWS:
        raise exporting.TooManyRows(rows=f"{len(lines):,}", most=f"{exporting.MOST_ROWS:,}")
    body = exporting.as_xlsx(header, lines) if kind() == "xlsx" else exporting.as_csv(header, lines)
    named = f'attachment; filename="{name}-{clock.today():%Y%m%d}.{kind()}"'
    return Response(body, content_type=MIME[kind()], headers={"Content-Disposition": named})


def _sort(wanted: Wanted, places: Sequence[Place]) -> str:
    """Time and tiers in their own order, everything else by its greatest figure."""
    return "name" if wanted.by in ("period", "tier", "bucket") or not places else f"-{_main(places)}"


def _main(places: Sequence[Place]) -> str:
    return next((place.key for place in places if place.figure.key in ("received", "entered")), places[0].key)


def _heading(place: Place) -> str:
    return f"{place.label} %" if place.figure.kind in tables.SHARES else place.label
