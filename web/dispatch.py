"""Dispatch: what waits, whom it can go to, a preview of sharing out or taking back; or one case to one person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import acts, dispatch
from engine.assignments.refusals import CannotTake
from engine.dispatch.refusals import NothingToMove
from engine.dispatch.running import FORM
from engine.errors import DunflowError, NotFound
from engine.forms import FormRefused
from engine.models import BatchKind, Case, Method, Role, Status, User, UserTask
from engine.people import responsible_group_id, supervised_groups, visible_cases
from engine.people.responsibility import CASE_PROCESSES
from engine.queries import case_list, dispatching
from engine.several import TooMany
from web.case_filters import filters, read_wanted
from web.case_list import COLUMNS
from web.completing import complete
from web.database import db
from web.forms import is_id, mistakes_of
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
KEYS = ("case_no", "customer", "product", "tier", "days_past_due", "past_due_amount", "total_outstanding", "group")
WAITING = (
    *(column for column in COLUMNS if column.key in KEYS),
    Column("opened_at", _l("Opened"), "instant", sortable=True),
    Column("actions", ""),
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
        pages=("dispatch.", "batches.", "standing."),
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
    """Method and people for the chosen cases, or why they are recalled, with a preview that follows."""
    if is_htmx():
        return done(to=request.full_path)
    session, user = db.session(), me()
    wanted = asked(session, user)
    parts = dispatching.parts(session, user, wanted.case_ids or ())
    groups = {part.group_id for part in parts if part.group_id is not None} & set(supervised_groups(user))
    return render_template(
        "dispatch/choose.html",
        kind=wanted.kind,
        chosen=parts,
        count=sum(part.cases for part in parts),
        totals=_sums(parts),
        whose=_whose(session, wanted),
        teams=dispatching.teams(session, groups),
        selection=_selection(),
    )


@blueprint.get("/preview")
@needs(Role.SUPERVISOR)
def preview() -> str | Response:
    """Who would get and give how many and how much, and what would be skipped and why."""
    session, user = db.session(), me()
    return previewed(session, user, asked(session, user))


def previewed(session: Session, user: User, request_: dispatch.Request, *, differs: bool = False) -> str:
    """The preview of a request; `differs` tells that it is not the one that was to be confirmed."""
    try:
        plan = dispatch.preview(session, user, request_)
    except DunflowError as refused:
        return render_template("dispatch/preview.html", plan=None, error=next(iter(mistakes_of(refused).values())))
    return render_template(
        "dispatch/preview.html",
        plan=plan,
        kind=request_.kind,
        most=max((max(share.held.cases, share.after) for share in plan.shares), default=0),
        skipped=_skipped(session, plan.skipped),
        at_once=AT_ONCE,
        shown=mark_of(request_),
        differs=differs,
    )


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
    given = request.form.get("collector_id", "")
    form = {"collector_id": given if is_id(given) else ""}
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


def asked(session: Session, user: User) -> dispatch.Request:
    """What is to be done to which cases, as address and form say. Raises Invalid, TooMany, NotGivenBack, NothingToMove.

    A hand-over names the person and a giving back the batch; whose cases these are is found here, so that they are
    part of what is confirmed.
    """
    kind = request.args.get("act") or BatchKind.DISPATCH
    people = tuple(int(each) for each in request.values.getlist("collectors") if is_id(each))
    found = dispatch.Request(
        request.values.get("method", Method.EVENLY),
        (),
        collector_ids=people,
        kind=kind if kind in set(BatchKind) else BatchKind.DISPATCH,
        note=request.values.get("note", ""),
        from_id=_number("person"),
        source_id=_number("batch"),
    )
    if found.kind not in (BatchKind.HAND_OVER, BatchKind.GIVE_BACK):
        return replace(found, case_ids=tuple(chosen_ids(session, user, MOST)))
    ids = dispatch.concerned(session, user, replace(found, case_ids=None))
    if not ids:
        raise NothingToMove
    if len(ids) > MOST:
        raise TooMany(field="ids", most=MOST, chosen=len(ids))
    return replace(found, case_ids=tuple(ids))


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    return int(given) if is_id(given) else None


def _whose(session: Session, wanted: dispatch.Request) -> str:
    """The name of the colleague whose cases are handed over."""
    person = session.get(User, wanted.from_id) if wanted.kind == BatchKind.HAND_OVER and wanted.from_id else None
    return person.name if person else ""


def mark_of(asked_for: dispatch.Request) -> str:
    """A mark of cases, act, method and people: what is confirmed must carry the mark of what was shown."""
    act = (str(asked_for.kind), str(asked_for.method), asked_for.from_id, asked_for.source_id)
    parts = (sorted(asked_for.case_ids or ()), act, sorted(asked_for.collector_ids))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


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
