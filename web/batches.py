"""Batches: carried out at once or by a worker, looked up, what became of each case, and undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import dispatch, exporting, history
from engine.models import BatchKind, DispatchBatch, Role, User
from engine.queries import dispatching
from engine.queries.case_page import names
from web import exports
from web.database import db, house, reads_only
from web.dispatch import AT_ONCE, READERS, asked, mark_of, previewed
from web.i18n import _l, language
from web.labels import label
from web.listing import Column, Rows, read_listing
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("batches", __name__, url_prefix="/dispatch/batches")

WORKING = ("planned", "running", "undoing")
PAGE = 50
ITEMS = (
    Column("case_no", _l("Case"), first=True),
    Column("had", _l("From")),
    Column("collector", _l("To")),
    Column("amount", _l("Past due"), "money"),
    Column("outcome", _l("Outcome"), "status", label_kind="item_outcome"),
    Column("reason", _l("Reason"), "wrap"),
)
BATCHES = (
    Column("id", _l("Batch"), first=True),
    Column("created_at", _l("Asked for"), "instant"),
    Column("by", _l("By")),
    Column("kind", _l("Act")),
    Column("method", _l("Method")),
    Column("planned", _l("Planned"), "number"),
    Column("dispatched", _l("Done"), "number"),
    Column("skipped", _l("Skipped"), "number"),
    Column("status", _l("Status"), "status", label_kind="batch_status"),
)


@blueprint.post("")
@needs(Role.SUPERVISOR)
@reads_only  # it writes in transactions of its own, so that a small batch can be carried out at once
def create() -> Response:
    """Plan the batch; a small one is carried out now, a worker does the others.

    It must be what the preview showed; otherwise nothing is done and the preview of what was sent is shown.
    """
    user_id = me().id
    wanted = asked(db.session(), me())
    if request.form.get("shown") != mark_of(wanted):
        return make_response(previewed(db.session(), me(), wanted, differs=True), 422)
    db.session.rollback()
    with house().writing() as session:
        batch = dispatch.create(session, session.get_one(User, user_id), wanted)
        batch_id, planned = batch.id, batch.planned
    if planned <= AT_ONCE:
        dispatch.run_batch(house().sessions, batch_id)
        return done(_told(batch_id), to=url_for("batches.batch", batch_id=batch_id))
    words = gettext("The batch is planned; it is carried out in the background.")
    return done(words, kind="info", to=url_for("batches.batch", batch_id=batch_id))


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """Every batch this person may look up, newest first."""
    session = db.session()
    before = request.args.get("before", type=int)
    found = dispatch.list_batches(session, me(), limit=PAGE + 1, before_id=before)
    rows = dispatching.with_names(session, found[:PAGE])
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template("dispatch/batches.html", columns=BATCHES, rows=rows, older=older, newer=before is not None)


@blueprint.get("/<int:batch_id>")
@needs(*READERS)
def batch(batch_id: int) -> str:
    """What was asked for, how far it is, and what became of each case."""
    session = db.session()
    found = dispatch.get_batch(session, batch_id, me())
    listing = read_listing(ITEMS, (), sort="case_no")
    outcome, reason = request.args.get("outcome", ""), request.args.get("reason", "")
    rows, count = dispatching.items(
        session, batch_id, outcome=outcome, reason=reason, offset=listing.offset, limit=listing.size
    )
    return render_template(
        "dispatch/batch.html",
        listing=listing,
        rows=Rows(rows, count),
        outcome=outcome,
        reason=reason,
        reason_of=dispatch.text_of,
        **_state(session, found),
    )


@blueprint.post("/<int:batch_id>/file")
@needs(*READERS)
def export(batch_id: int) -> Response:
    """What became of each case, or of those of one outcome or reason, as a file; who took it is recorded."""
    session, user = db.session(), me()
    dispatch.get_batch(session, batch_id, user)
    outcome, reason = request.args.get("outcome", ""), request.args.get("reason", "")
    rows, count = dispatching.items(session, batch_id, outcome=outcome, reason=reason, limit=exporting.MOST_ROWS)
    history.record(
        session,
        "batch_exported",
        actor_id=user.id,
        batch_id=batch_id,
        outcome=outcome,
        reason=reason,
        rows=count,
        format=exports.kind(),
    )
    write = exporting.as_xlsx if exports.kind() == "xlsx" else exporting.as_csv
    body = write([str(column.label) for column in ITEMS], [_cells(row) for row in rows])
    return exports.attachment(body, f"batch-{batch_id}.{exports.kind()}")


def _cells(row: dispatching.ItemRow) -> list[exporting.Cell]:
    item = row.item
    why = str(getattr(dispatch.text_of(item.reason), language())) if item.reason else ""
    return [row.case_no, row.had or "", row.collector or "", item.amount, label(item.outcome, "item_outcome"), why]


@blueprint.get("/<int:batch_id>/progress")
@needs(*READERS)
def progress(batch_id: int) -> str | Response:
    """Polled while a worker is at it; when it is over the page is fetched anew."""
    session = db.session()
    found = dispatch.get_batch(session, batch_id, me())
    if found.status not in WORKING:
        return done(to=url_for("batches.batch", batch_id=batch_id))
    return render_template("dispatch/progress.html", **_state(session, found))


@blueprint.post("/<int:batch_id>/undo")
@needs(Role.SUPERVISOR)
@reads_only  # as `create`
def undo(batch_id: int) -> Response:
    """Take back what nobody has worked yet; what must stay is listed with the reason."""
    user_id = me().id
    dispatch.get_batch(db.session(), batch_id, me())
    db.session.rollback()
    with house().writing() as session:
        found = dispatch.ask_undo(session, batch_id, session.get_one(User, user_id))
        small = found.planned <= AT_ONCE
    if small:
        dispatch.undo_batch(house().sessions, batch_id)
    return done(gettext("The batch is being undone."), kind="info", to=url_for("batches.batch", batch_id=batch_id))


def _told(batch_id: int) -> str:
    with house().sessions() as session:
        batch = session.get_one(DispatchBatch, batch_id)
        count, kind = batch.dispatched, batch.kind
    if kind == BatchKind.DISPATCH:
        return str(ngettext("%(num)s case dispatched", "%(num)s cases dispatched", count))
    if kind == BatchKind.RECALL:
        return str(ngettext("%(num)s case recalled", "%(num)s cases recalled", count))
    return str(ngettext("%(num)s case reassigned", "%(num)s cases reassigned", count))


def _state(session: Session, batch: DispatchBatch) -> Mapping[str, Any]:
    """How far a batch is: figures, people, reasons."""
    report = dispatch.report(session, batch.id)
    handed = batch.criteria.get("from_id") if batch.kind == BatchKind.HAND_OVER else None
    people = names(session, [batch.by_id, batch.undone_by_id, handed, *report.cases, *report.taken])
    left = report.outcomes.get("planned", 0)
    return {
        "batch": batch,
        "report": report,
        "people": people,
        "done": batch.planned - left if batch.status != "undoing" else report.outcomes.get("undone", 0),
        "is_working": batch.status in WORKING,
        "whose": people.get(handed) if handed else None,
        "may_give_back": bool(handed)
        and batch.status == "done"
        and batch.dispatched
        and me().has_role(Role.SUPERVISOR),
        "may_undo": batch.status == "done" and batch.dispatched and me().has_role(Role.SUPERVISOR),
        "reasons": [(code, dispatch.text_of(code), count) for code, count in sorted(report.reasons.items())],
    }
