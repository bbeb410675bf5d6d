"""The inbox: requests to suspend, approved or refused by a second person; and cases that wait for a supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.acts import TaskGone, may_complete
from engine.flow.catalogue import compiled
from engine.forms import FormRefused
from engine.models import Instance, Role
from engine.queries import request_list
from engine.queries.request_list import RequestRow
from web.completing import complete
from web.database import db
from web.forms import Form, mistakes_of, read_form, sent_answers
from web.i18n import _l, language
from web.listing import Column, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import case_url
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("requests", __name__, url_prefix="/requests")

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)
ABOUT = (
    Column("case_no", _l("Case"), first=True),
    Column("customer", _l("Customer")),
    Column("reason", _l("Reason"), "tag", label_kind="suspension_reason"),
    Column("note", _l("Note"), "wrap"),
    Column("requester", _l("Asked by")),
    Column("requested_at", _l("Asked"), "instant"),
)
OPENED = (
    *ABOUT,
    Column("tier", _l("Tier")),
    Column("days_past_due", _l("Days past due"), "number"),
    Column("past_due_amount", _l("Past due"), "money"),
    Column("status", _l("Status"), "status"),
    Column("waits_for", _l("Waits for")),
    Column("actions", ""),
)
TASKS = (
    Column("case_no", _l("Case"), first=True),
    Column("customer", _l("Customer")),
    Column("task", _l("To do")),
    Column("since_at", _l("Waits since"), "instant"),
    Column("tier", _l("Tier")),
    Column("days_past_due", _l("Days past due"), "number"),
    Column("past_due_amount", _l("Past due"), "money"),
    Column("status", _l("Status"), "status"),
)
DECIDED = (
    *ABOUT,
    Column("decision", _l("Decision"), "tag", label_kind="request_status"),
    Column("decided_by", _l("Decided by")),
    Column("decided_at", _l("Decided at"), "instant"),
    Column("decision_note", _l("Its note"), "wrap"),
)
VIEWS = {"open": OPENED, "tasks": TASKS, "decided": DECIDED}
NAVIGATION = (
    NavItem(
        "requests.page",
        _l("Requests"),
        "list-check",
        frozenset(READERS),
        _l("Collection"),
        order=40,
        count=request_list.count,
        pages=("requests.",),
    ),
)


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """What is open, what waits on cases themselves, or what was decided."""
    session, user = db.session(), me()
    view = request.args.get("view", "")
    view = view if view in VIEWS else "open"
    listing = read_listing(VIEWS[view], (), sort="case_no")
    if view == "open":
        found = request_list.opened(session, user)
        rows = Rows(found[listing.offset : listing.offset + listing.size], len(found))
    elif view == "tasks":
        tasks = request_list.tasks(session, user, offset=listing.offset, limit=listing.size)
        rows = Rows(tasks, request_list.tasks_count(session, user))
    else:
        rows = Rows(*request_list.decided(session, user, offset=listing.offset, limit=listing.size))
    return render_template("requests/page.html", listing=listing, rows=rows, view=view, me=user, case_url=case_url)


@blueprint.get("/<int:request_id>/review")
@needs(Role.SUPERVISOR, Role.MANAGER)
def review(request_id: int) -> str:
    """The dialog with the request's facts and the form of its review."""
    row = _mine(request_id)
    return _dialog(row, _form(row))


@blueprint.post("/<int:request_id>/review")
@needs(Role.SUPERVISOR, Role.MANAGER)
def decide(request_id: int) -> Response | str:
    """Approve or refuse: the review task is completed."""
    row = _mine(request_id)
    form = _form(row)
    given = sent_answers(form, request.form)
    assert row.task is not None  # noqa: S101 - `_mine` has seen to it
    try:
        complete(row.task, given, actor=me())
    except FormRefused as refused:
        db.session.rollback()
        return make_response(_dialog(_mine(request_id), form, given, mistakes_of(refused)), 422)
    words = {"approve": gettext("The request is approved."), "refuse": gettext("The request is refused.")}
    return done(words.get(given.get("decision", ""), gettext("Saved")), cases_changed=True)


def _mine(request_id: int) -> RequestRow:
    """A request that waits for this person. Raises NotFound, TaskGone, NotPermitted."""
    row = request_list.one(db.session(), me(), request_id)
    if row.task is None:
        raise TaskGone
    may_complete(db.session(), me(), row.task)
    return row


def _form(row: RequestRow) -> Form:
    """The form that the request's own release gives its review."""
    session = db.session()
    instance = session.get_one(Instance, row.request.instance_id)
    schema = compiled(session, instance.release_id).forms[str(row.task.form if row.task else "")]
    return read_form(schema, language())


def _dialog(
    row: RequestRow, form: Form, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    return render_template("requests/review.html", row=row, form=form, values=values or {}, errors=errors or {})
