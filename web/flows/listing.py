"""The list of releases."""

from __future__ import annotations

from flask import render_template

from engine import releases as engine_releases
from engine.models import Role
from engine.queries import release_list
from web.database import db
from web.flows.blueprint import READERS, blueprint
from web.i18n import _l
from web.listing import Column, Rows, read_listing
from web.session import me, needs

COLUMNS = (
    Column("number", _l("Release"), first=True),
    Column("status", _l("State"), "status", label_kind="release_status"),
    Column("note", _l("What changes and why"), "wrap"),
    Column("files", _l("Files"), "number"),
    Column("cases", _l("Open cases"), "number"),
    Column("made", _l("Begun by")),
    Column("created_at", _l("Begun"), "instant"),
    Column("decided", _l("Decided by")),
    Column("decided_at", _l("Decided"), "instant"),
    Column("published", _l("Published by")),
    Column("published_at", _l("Published"), "instant"),
)


@blueprint.get("/releases")
@needs(*READERS)
def releases() -> str:
    """Every release, newest first."""
    session = db.session()
    listing = read_listing(COLUMNS, (), sort="-number")
    found = release_list.all_releases(session)
    rows = Rows(found[listing.offset : listing.offset + listing.size], len(found))
    present = engine_releases.present_id(session)
    may_begin = present is not None and me().has_role(Role.ANALYST)
    return render_template("flows/releases.html", listing=listing, rows=rows, present=present, may_begin=may_begin)
