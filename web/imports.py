"""Importing customers, orders and repayments: a trial run, the import, its progress, and the refused rows."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine import importing
from engine.errors import NotFound
from engine.importing import CONTRACTS, FileRefused
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
COLUMNS = (
    Column("id", _l("Import"), first=True),
    Column("kind", _l("What")),
    Column("filename", _l("File")),
    Column("rows", _l("Rows"), "number"),
    Column("created", _l("New"), "number"),
    Column("changed", _l("Changed"), "number"),
    Column("unchanged", _l("Unchanged"), "number"),
    Column("refused", _l("Refused"), "number"),
    Column("started_at", _l("Begun"), "instant"),
    Column("by", _l("By")),
    Column("status", _l("Status"), "status", label_kind="import_status"),
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
    return render_template("imports/page.html", listing=listing, rows=rows, kinds=tuple(CONTRACTS))


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
@reads_only  # a trial run writes nothing, an import writes in transactions of its own
def upload() -> AnyResponse | str:
    """Try the file out, or load it: a small one at once, others by a worker."""
    kind, sent = request.form.get("kind", ""), request.files.get("file")
    if kind not in CONTRACTS:
        raise NotFound(what="import", key=kind)
    if sent is None or not sent.filename:
        return make_response(render_template("imports/result.html", error=gettext("Choose a file."), outcome=None), 422)
    source, strict = sent.read(), bool(request.form.get("strict"))
    try:
        if request.form.get("act") == "load":
            return _load(kind, source, sent.filename, strict=strict)
        outcome = importing.import_file(
            house().sessions, kind, source, sent.filename, mapping=_mapping(), strict=strict, dry_run=True
        )
    except FileRefused as refused:
        words = refused.text(language())
        return make_response(render_template("imports/result.html", error=words, outcome=None), 422)
    return render_template("imports/result.html", error="", outcome=outcome, refusals=outcome.refusals[:SHOWN])


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


@blueprint.get("/<int:run_id>/refused.csv")
@needs(Role.ADMINISTRATOR)
def refused(run_id: int) -> Response:
    """The refused rows with what to mend, to be mended and sent again."""
    import_list.one(db.session(), run_id)
    refusals = importing.refusals_of(db.session(), run_id)
    return attachment(importing.refused_file(refusals, language()), f"refused-{run_id}.csv")


@blueprint.get("/templates/<any(customers, orders, repayments):kind>.csv")
@needs(Role.ADMINISTRATOR)
def template(kind: str) -> Response:
    """An empty file with the columns of a kind."""
    return attachment(importing.template(kind), f"{kind}.csv")


def _load(kind: str, source: bytes, filename: str, *, strict: bool) -> AnyResponse:
    user_id = me().id
    db.session.rollback()
    with house().writing() as session:
        begun = importing.begin(session, kind, source, filename, by_id=user_id, mapping=_mapping(), strict=strict)
        run_id, rows = begun.id, begun.rows
    if rows <= AT_ONCE:
        importing.resume(house().sessions, run_id)
        return done(to=url_for("imports.run", run_id=run_id))
    words = gettext("The file is stored; it is loaded in the background.")
    return done(words, kind="info", to=url_for("imports.run", run_id=run_id))


def _mapping() -> dict[str, str]:
    """Lines `column of the file = column of the contract`."""
    pairs = (line.partition("=") for line in request.form.get("mapping", "").splitlines())
    return {theirs.strip(): ours.strip() for theirs, sign, ours in pairs if sign and theirs.strip() and ours.strip()}
