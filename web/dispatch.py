"""Dispatch: what waits, whom it can go to, a preview, the batch, what became of each case, and undoing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import acts, dispatch
from engine.assignments.refusals import CannotTake
from engine.dispatch.running import FORM
from engine.errors import DunflowError, NotFound
from engine.forms import FormRefused
from engine.models import Case, DispatchBatch, Method, Role, Status, User, UserTask
from engine.people import responsible_group_id, supervised_groups, visible_cases
from engine.people.responsibility import CASE_PROCESSES
from engine.queries import case_list, dispatching
from engine.queries.case_page import names
from web.case_list import COLUMNS, filters, read_wanted
from web.completing import complete
from web.database import db, house, reads_only
from web.forms import mistakes_of
from web.i18n import _l, error_message
from web.listing import Column, Listing, Rows, read_listing
from web.navigation import NavItem, Notice
from web.neighbours import case_url
from web.replies import done, is_htmx
from web.session import me, needs
from web.several import chosen_ids

blueprint = Blueprint("dispatch", __name__, url_prefix="/dispatch")

READERS = (Role.SUPERVISOR, Role.MANAGER)
MOST = 20_000  # cases in one batch
AT_ONCE = 50  # up to so many are dispatched within the request
SHOWN = 12  # case numbers under a reason of the preview
WORKING = ("planned", "running", "undoing")
KEYS = ("case_no", "customer", "product", "tier", "days_past_due", "past_due_amount", "total_outstanding", "group")
WAITING = (
    *(column for column in COLUMNS if column.key in KEYS),
    Column("opened_at", _l("Opened"), "instant", sortable=True),
    Column("actions", ""),
)
ITEMS = (
    Column("case_no", _l("Case"), first=True),
    Column("collector", _l("Collector")),
    Column("amount", _l("Past due"), "money"),
    Column("outcome", _l("Outcome"), "status", label_kind="item_outcome"),
    Column("reason", _l("Reason"), "wrap"),
)
BATCHES = (
    Column("id", _l("Batch"), first=True),
    Column("created_at", _l("Asked for"), "instant"),
    Column("by", _l("By")),
    Column("method", _l("Method")),
    Column("planned", _l("Planned"), "number"),
    Column("dispatched", _l("Dispatched"), "number"),
    Column("skipped", _l("Skipped"), "number"),
    Column("status", _l("Status"), "status", label_kind="batch_status"),
)


def _waiting(session: Session, user: User) -> int:
    query = select(func.count()).select_from(Case).where(Case.status == Status.TO_DISPATCH, visible_cases(user))
    return session.scalar(query) or 0


def _unserved(session: Session, user: User) -> list[Notice]:
    """Whoever can mend it is told when cases wait that no group looks after."""
    if not user.has_role(Role.ADMINISTRATOR, Role.MANAGER):
        return []
    count = sum(kind.cases for kind in dispatch.unserved_kinds(session))
    if not count:
        return []
    words = ngettext("%(num)s case waits that no group takes.", "%(num)s cases wait that no group takes.", count)
    if user.has_role(Role.ADMINISTRATOR):
        return [Notice(words, "warning", url_for("groups.page"), gettext("Groups"))]
    return [Notice(words, "warning", url_for("dispatch.page", group=case_list.NOBODY), gettext("Show them"))]


NAVIGATION = (
    NavItem(
        "dispatch.page",
        _l("Dispatch"),
        "arrows-split",
        frozenset(READERS),
        _l("Collection"),
        order=30,
        count=_waiting,
        pages=("dispatch.", "standing."),
    ),
)
NOTICES = (_unserved,)


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """What waits: by product and tier, and case by case."""
    session, user = db.session(), me()
    listing = _listing(session, user)
    wanted = read_wanted(listing)
    figures = case_list.figures(session, user, wanted)[Status.TO_DISPATCH]
    found = case_list.rows(session, user, wanted, offset=listing.offset, limit=listing.size)
    only = next(iter(figures.totals.values())) if len(figures.totals) == 1 and figures.is_exact else None
    totals = {"past_due_amount": only[0], "total_outstanding": only[1]} if only else {}
    kinds = dispatch.waiting_kinds(session, user)
    return render_template(
        "dispatch/page.html",
        listing=listing,
        rows=Rows(found, figures.cases, totals),
        figures=figures,
        kinds=kinds,
        teams={team.group.id: team for team in dispatching.teams(session, _group_ids(kinds))},
        mine=set(supervised_groups(user)),
        link=lambda case_no: case_url(case_no, "cases", sort=listing.sort, **listing.query),
    )


@blueprint.get("/new")
@needs(Role.SUPERVISOR)
def choose() -> str | Response:
    """Method and people for the chosen cases, with a preview that follows."""
    if is_htmx():
        return done(to=request.full_path)
    session, user = db.session(), me()
    ids = chosen_ids(session, user, MOST)
    parts = dispatching.parts(session, user, ids)
    groups = {part.group_id for part in parts if part.group_id is not None} & set(supervised_groups(user))
    return render_template(
        "dispatch/choose.html",
        chosen=parts,
        count=sum(part.cases for part in parts),
        totals=_sums(parts),
        teams=dispatching.teams(session, groups),
        selection=_selection(),
    )


@blueprint.get("/preview")
@needs(Role.SUPERVISOR)
def preview() -> str | Response:
    """Who would get how many and how much, and what would be skipped and why."""
    session, user = db.session(), me()
    try:
        plan = dispatch.preview(session, user, _asked(chosen_ids(session, user, MOST)))
    except DunflowError as refused:
        return render_template("dispatch/preview.html", plan=None, error=next(iter(mistakes_of(refused).values())))
    return render_template("dispatch/preview.html", plan=plan, skipped=_skipped(session, plan.skipped), at_once=AT_ONCE)


@blueprint.post("/batches")
@needs(Role.SUPERVISOR)
@reads_only  # it writes in transactions of its own, so that a small batch can be carried out at once
def create() -> Response:
    """Plan the batch; a small one is carried out now, a worker does the others."""
    user_id = me().id
    ids = chosen_ids(db.session(), me(), MOST)
    db.session.rollback()
    with house().writing() as session:
        batch = dispatch.create(session, session.get_one(User, user_id), _asked(ids))
        batch_id, planned = batch.id, batch.planned
    if planned <= AT_ONCE:
        dispatch.run_batch(house().sessions, batch_id)
        return done(_told(batch_id), to=url_for("dispatch.batch", batch_id=batch_id))
    words = gettext("The batch is planned; it is carried out in the background.")
    return done(words, kind="info", to=url_for("dispatch.batch", batch_id=batch_id))


@blueprint.get("/batches")
@needs(*READERS)
def batches() -> str:
    """Every batch this person may look up, newest first."""
    session = db.session()
    before = request.args.get("before", type=int)
    found = dispatch.list_batches(session, me(), limit=51, before_id=before)
    rows = dispatching.with_names(session, found[:50])
    older = found[49].id if len(found) > 50 else None  # noqa: PLR2004 - one more than is shown
    return render_template("dispatch/batches.html", columns=BATCHES, rows=rows, older=older, newer=before is not None)


@blueprint.get("/batches/<int:batch_id>")
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


@blueprint.get("/batches/<int:batch_id>/progress")
@needs(*READERS)
def progress(batch_id: int) -> str | Response:
    """Polled while a worker is at it; when it is over the page is fetched anew."""
    session = db.session()
    found = dispatch.get_batch(session, batch_id, me())
    if found.status not in WORKING:
        return done(to=url_for("dispatch.batch", batch_id=batch_id))
    return render_template("dispatch/progress.html", **_state(session, found))


@blueprint.post("/batches/<int:batch_id>/undo")
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
    return done(gettext("The batch is being undone."), kind="info", to=url_for("dispatch.batch", batch_id=batch_id))


@blueprint.get("/assign/<int:case_id>")
@needs(Role.SUPERVISOR)
def assign(case_id: int) -> str:
    """The dialog that gives one case to one person."""
    return _assigning(_waiting_case(db.session(), case_id))


@blueprint.post("/assign/<int:case_id>")
@needs(Role.SUPERVISOR)
def do_assign(case_id: int) -> Response | str:
    """Give it: the case's dispatch task is completed."""
    session, user = db.session(), me()
    case = _waiting_case(session, case_id)
    task = _dispatch_task(session, case_id)
    form = {"collector_id": request.form.get("collector_id", "")}
    try:
        complete(task, form, actor=user)
    except (FormRefused, CannotTake) as refused:
        db.session.rollback()
        words = mistakes_of(refused)["collector_id"] if isinstance(refused, FormRefused) else error_message(refused)
        return make_response(_assigning(_waiting_case(session, case_id), words, form["collector_id"]), 422)
    return done(gettext("%(case)s is assigned.", case=case.case_no), cases_changed=True)


def _assigning(case: Case, error: str = "", chosen: str = "") -> str:
    session = db.session()
    group_id = responsible_group_id(session, case.product, case.stage, case.tier)
    teams = dispatching.teams(session, [group_id] if group_id is not None else [])
    members = [member for team in teams for member in team.members]
    return render_template("dispatch/assign.html", case=case, members=members, error=error, chosen=chosen)


def _waiting_case(session: Session, case_id: int) -> Case:
    case = session.scalar(select(Case).where(Case.id == case_id, visible_cases(me())))
    if case is None:
        raise NotFound(what="case", key=case_id)
    return case


def _dispatch_task(session: Session, case_id: int) -> UserTask:
    query = select(UserTask).where(UserTask.business_key == case_id, UserTask.form == FORM)
    task = session.scalar(query.where(UserTask.process.in_(CASE_PROCESSES)))
    if task is None:
        raise acts.TaskGone
    return task


def _listing(session: Session, user: User) -> Listing:
    """The case list's, of what waits for dispatch."""
    dropped = ("status", "collector", "result", "next")
    wanted = [each for each in filters(session, user) if each.key not in dropped]
    listing = read_listing(WAITING, wanted, sort="-days_past_due")
    return Listing(
        listing.columns,
        listing.filters,
        {**listing.values, "status": [str(Status.TO_DISPATCH)]},
        listing.sort,
        listing.page,
        listing.size,
    )


def _asked(ids: Sequence[int]) -> dispatch.Request:
    people = tuple(int(each) for each in request.values.getlist("collectors") if each.isdecimal())
    return dispatch.Request(request.values.get("method", Method.EVENLY), tuple(ids), collector_ids=people)


def _selection() -> dict[str, list[str]]:
    """What was chosen, as parameters for the addresses of preview and batch."""
    return {name: values for name, values in request.args.to_dict(flat=False).items() if name not in ("page", "size")}


def _sums(parts: Sequence[dispatching.Part]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part in parts:
        found[part.currency] = found.get(part.currency, Decimal(0)) + part.amount
    return found


def _group_ids(kinds: Sequence[dispatch.Kind]) -> set[int]:
    return {kind.group_id for kind in kinds if kind.group_id is not None}


def _skipped(session: Session, skipped: Sequence[dispatch.Skipped]) -> list[tuple[Any, int, list[str]]]:
    """By reason: how often, and the first case numbers."""
    found: dict[str, list[int]] = {}
    for each in skipped:
        found.setdefault(each.reason, []).append(each.case_id)
    shown = [case_id for ids in found.values() for case_id in ids[:SHOWN]]
    numbers = {case.id: case.case_no for case in session.scalars(select(Case).where(Case.id.in_(shown)))}
    return [
        (dispatch.text_of(reason), len(ids), [numbers[each] for each in ids[:SHOWN] if each in numbers])
        for reason, ids in found.items()
    ]


def _told(batch_id: int) -> str:
    with house().sessions() as session:
        count: int = session.get_one(DispatchBatch, batch_id).dispatched
    return str(ngettext("%(num)s case dispatched", "%(num)s cases dispatched", count))


def _state(session: Session, batch: DispatchBatch) -> Mapping[str, Any]:
    """How far a batch is: figures, people, reasons."""
    report = dispatch.report(session, batch.id)
    people = names(session, [batch.by_id, batch.undone_by_id, *report.cases])
    left = report.outcomes.get("planned", 0)
    return {
        "batch": batch,
        "report": report,
        "people": people,
        "done": batch.planned - left if batch.status != "undoing" else report.outcomes.get("undone", 0),
        "is_working": batch.status in WORKING,
        "may_undo": batch.status == "done" and batch.dispatched and me().has_role(Role.SUPERVISOR),
        "reasons": [(code, dispatch.text_of(code), count) for code, count in sorted(report.reasons.items())],
    }
