"""Importing customers, orders and repayments: a trial run, the import, its progress, and the refused rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine import importing
from engine.errors import NotFound
from engine.importing import CONTRACTS, NAMES, FileRefused, Sheet
from engine.models import Role
from engine.queries import import_list
from web.database import db, house, reads_only
from web.exports import attachment
from web.i18n import _l, language
from web.listing import Column, Rows, read_listing
from web.navigation import NavItem
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

AT_ONCE = 500  # rows up to which a file is loaded within the request
SHOWN = 100  # refused rows on a page; the file has all
WORKING = ("waiting", "running")
DATES = {
    "iso": _l("2026-03-31"),
    "ymd": _l("2026/3/31, 20260331 or 2026年3月31日"),
    "dmy": _l("31/3/2026"),
    "mdy": _l("3/31/2026"),
}
COLUMNS = (
    Column("id", _l("Import"), first=True),
    Column("kind", _l("Kind of data")),
    Column("filename", _l("File")),
    Column("rows", _l("Rows"), "number"),
    Column("created", _l("Rows created"), "number"),
    Column("changed", _l("Changed"), "number"),
    Column("unchanged", _l("Unchanged"), "number"),
    Column("refused", _l("Refused"), "number"),
    Column("started_at", _l("Begun"), "instant"),
    Column("by", _l("By")),
    Column("status", _l("Import status"), "status", label_kind="import_status"),
)
NAVIGATION = (
    NavItem(
        "imports.page",
        _l("Imports"),
        "database-import",
        frozenset({Role.ADMINISTRATOR}),
        _l("Running the system"),
        order=72,
        pages=("imports.",),
    ),
)


@blueprint.get("")
@needs(Role.ADMINISTRATOR)
def page() -> str:
    """The form, and what was imported so far."""
    listing = read_listing(COLUMNS, (), sort="id")
    rows = Rows(*import_list.page(db.session(), offset=listing.offset, limit=listing.size))
    return render_template(
        "imports/page.html", listing=listing, rows=rows, kinds=tuple(CONTRACTS), dates=[*DATES.items()]
    )


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
@reads_only  # a trial run writes nothing, an import writes in transactions of its own
def upload() -> AnyResponse | str:
    """Try the file out, or load it: a small one at once, others by a worker."""
    kind, sent = request.form.get("kind", ""), request.files.get("file")
    if kind not in CONTRACTS:
        raise NotFound(what="import", key=kind)
    if sent is None or not sent.filename:
        return _told(kind, gettext("Choose a file."))
    source, strict, sheet = sent.read(), bool(request.form.get("strict")), None
    dates = request.form.get("dates", "iso")
    try:
        sheet = importing.read(source)
        mapping = _mapping(kind, sheet)
        if request.form.get("act") == "load":
            return _load(kind, source, sent.filename, mapping=mapping, dates=dates, strict=strict)
        outcome = importing.import_file(
            house().sessions, kind, source, sent.filename, mapping=mapping, dates=dates, strict=strict, dry_run=True
        )
    except FileRefused as refused:
        return _told(kind, refused.text(language()), sheet)
    columns = _columns(kind, sheet, mapping)
    shown = outcome.refusals[:SHOWN]
    return render_template("imports/result.html", error="", outcome=outcome, refusals=shown, **columns)


def _told(kind: str, error: str, sheet: Sheet | None = None) -> Response:
    """What is wrong with the file, and its columns where these can be read: another mapping may be all it needs."""
    columns = _columns(kind, sheet, _mapping(kind, sheet)) if sheet else {"columns": ()}
    return make_response(render_template("imports/result.html", error=error, outcome=None, **columns), 422)


def _columns(kind: str, sheet: Sheet, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Each column of the file with its first value and what it is taken for, and what it may be taken for."""
    ours = CONTRACTS[kind].columns
    first = next((row.cells for row in sheet.rows if not row.fault), ["" for _ in sheet.header])
    taken = [mapping.get(name) or (name.lower() if name.lower() in ours else "") for name in sheet.header]
    columns = [each for each in zip(sheet.header, first, taken, strict=False) if each[0]]
    return {"columns": columns, "ours": [(each, f"{NAMES[each].get(language())} · {each}") for each in ours]}


@blueprint.get("/<int:run_id>")
@needs(Role.ADMINISTRATOR)
def run(run_id: int) -> str:
    """One import: how far it is, and what was refused."""
    row = import_list.one(db.session(), run_id)
    refusals = importing.refusals_of(db.session(), run_id, limit=SHOWN)
    return render_template("imports/run.html", row=row, refusals=refusals, is_working=row.run.status in WORKING)


@blueprint.get("/<int:run_id>/progress")
@needs(Role.ADMINISTRATOR)
def progress(run_id: int) -> str | AnyResponse:
    """Polled while a worker is at it; when it is over the page is fetched anew."""
    row = import_list.one(db.session(), run_id)
    if row.run.status not in WORKING:
        return done(to=url_for("imports.run", run_id=run_id))
    return render_template("imports/progress.html", row=row)


@blueprint.post("/<int:run_id>/cancel")
@needs(Role.ADMINISTRATOR)
def cancel(run_id: int) -> AnyResponse:
    """No further row is loaded."""
    if importing.cancel(db.session(), run_id, by_id=me().id):
        return done(gettext("The import is cancelled; what was loaded before stays."), to=_at(run_id))
    return done(gettext("The import was over already."), kind="info", to=_at(run_id))


@blueprint.get("/<int:run_id>/refused.<any(csv, xlsx):form>")
@needs(Role.ADMINISTRATOR)
def refused(run_id: int, form: str) -> Response:
    """The refused rows with what to mend, to be mended and sent again."""
    import_list.one(db.session(), run_id)
    refusals = importing.refusals_of(db.session(), run_id)
    return attachment(importing.refused_file(refusals, language(), form), f"refused-{run_id}.{form}")


@blueprint.get("/templates/<any(customers, orders, repayments):kind>.<any(csv, xlsx):form>")
@needs(Role.ADMINISTRATOR)
def template(kind: str, form: str) -> Response:
    """A file to fill in, with the columns of a kind; as a workbook it tells what they are."""
    body = importing.csv_template(kind) if form == "csv" else importing.xlsx_template(kind, language())
    return attachment(body, f"{kind}.{form}")


def _at(run_id: int) -> str:
    return url_for("imports.run", run_id=run_id)


def _load(
    kind: str, source: bytes, filename: str, *, mapping: Mapping[str, str], dates: str, strict: bool
) -> AnyResponse:
    user_id = me().id
    db.session.rollback()
    with house().writing() as session:
        begun = importing.begin(
            session, kind, source, filename, by_id=user_id, mapping=mapping, dates=dates, strict=strict
        )
        run_id, rows = begun.id, begun.rows
    if rows <= AT_ONCE:
        importing.resume(house().sessions, run_id)
        return done(to=_at(run_id))
    return done(gettext("The file is stored; it is loaded in the background."), kind="info", to=_at(run_id))


def _mapping(kind: str, sheet: Sheet) -> dict[str, str]:
    """As was chosen for the columns of this very file; else as this person last did, else by usual names."""
    theirs, ours = request.form.getlist("theirs"), request.form.getlist("ours")
    if theirs == [name for name in sheet.header if name] and len(theirs) == len(ours):
        return {name: column for name, column in zip(theirs, ours, strict=True) if column and column != name.lower()}
    return importing.guess(kind, sheet.header, importing.earlier_mapping(db.session(), kind, me().id))
