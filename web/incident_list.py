"""Incidents: acts that failed and were rolled back, in plain words, to be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from flask import Blueprint, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import incidents
from engine.errors import DunflowError
from engine.models import Incident, Role
from engine.queries import incident_list
from web.database import db, house, reads_only
from web.i18n import _l, error_message
from web.listing import Column, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import case_url
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.ADMINISTRATOR)
COLUMNS = (
    Column("id", _l("Incident"), first=True),
    Column("act", _l("What was tried"), "wrap"),
    Column("subject", _l("Case or order")),
    Column("error", _l("Why it failed"), "wrap"),
    Column("attempts", _l("Attempts"), "number"),
    Column("first_at", _l("First"), "instant"),
    Column("last_at", _l("Last"), "instant"),
    Column("actions", ""),
)
RESOLVED = (
    *COLUMNS[:-2],
    Column("resolved_at", _l("Resolved"), "instant"),
    Column("resolved_by", _l("By")),
    Column("actions", ""),
)
NAVIGATION = (
    NavItem(
        "incidents.page",
        _l("Incidents"),
        "alert-triangle",
        frozenset(READERS),
        _l("Running the system"),
        order=70,
        count=incident_list.open_count,
        is_urgent=True,
        pages=("incidents.",),
    ),
)


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """What stands, or what was resolved."""
    resolved = request.args.get("view") == "resolved"
    listing = read_listing(RESOLVED if resolved else COLUMNS, (), sort="id")
    rows = incident_list.page(db.session(), me(), resolved=resolved, offset=listing.offset, limit=listing.size)
    return render_template(
        "incidents/page.html", listing=listing, rows=Rows(*rows), resolved=resolved, why=why, case_url=case_url
    )


@blueprint.get("/<int:incident_id>")
@needs(*READERS)
def details(incident_id: int) -> str:
    """The dialog with everything that is known."""
    row = incident_list.one(db.session(), me(), incident_id)
    return render_template("incidents/details.html", row=row, why=why, case_url=case_url)


@blueprint.post("/<int:incident_id>/retry")
@needs(*READERS)
@reads_only  # the engine tries again in transactions of its own
def retry(incident_id: int) -> Response:
    """Try the act again and say what came of it."""
    incident_list.one(db.session(), me(), incident_id)
    actor_id = me().id
    db.session.rollback()
    if incidents.retry(house().sessions, incident_id, actor_id=actor_id):
        return done(
            gettext("Incident %(number)s is resolved.", number=incident_id), incidents_changed=True, cases_changed=True
        )
    again = incident_list.one(db.session(), me(), incident_id)
    words = gettext("Incident %(number)s failed again: %(why)s", number=incident_id, why=why(again.incident))
    return done(words, kind="danger", incidents_changed=True)


def why(incident: Incident) -> str:
    """Why it failed, in the reader's language where the error is one of ours."""
    kind = _errors().get(incident.error_code)
    if kind is None:
        return str(gettext("An unforeseen error of the system (%(code)s)", code=incident.error_code))
    known = DunflowError.__new__(kind)
    known.params = incident.error_params
    return str(error_message(known))


@cache
def _errors() -> dict[str, type[DunflowError]]:
    return {each.__name__: each for each in _below(DunflowError)}


def _below(kind: type[DunflowError]) -> Iterator[type[DunflowError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
