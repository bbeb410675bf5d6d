"""My work list: what a collector can follow up now, and what waits for its next action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.models import Role, Status, User
from engine.queries import case_columns, work_list
from engine.queries.work_list import MINE, READY, VIEWS, Wanted
from web import columns, desk
from web.columns import Offer
from web.database import db
from web.filters import product
from web.i18n import _l
from web.labels import STATUS
from web.listing import Column, Filter, Listing, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import WITHIN, CaseList, case_url
from web.session import me, needs
from web.views import Viewed

blueprint = Blueprint("work", __name__, url_prefix="/work")

VIEW_NAMES = {
    "ready": _l("To follow up"),
    "waiting": _l("Waiting"),
    "suspended": _l("Suspended"),
    "mine": _l("All my cases"),
}
SORTS = {"ready": "urgency", "waiting": "next_action_at", "suspended": "-past_due_amount", "mine": "urgency"}
COLUMNS: tuple[Column, ...] = (
    Column("case_no", _l("Case"), sortable=True, first=True, fixed=True),
    Column("customer", _l("Customer"), sortable=True),
    Column("urgency", _l("Why"), sortable=True),
    Column("next_action_at", _l("Next action"), "instant", sortable=True),
    Column("tier", _l("Tier"), sortable=True),
    Column("days_past_due", _l("Days past due"), "number", sortable=True),
    Column("past_due_amount", _l("Past due"), "money", sortable=True),
    Column("total_outstanding", _l("Outstanding"), "money", sortable=True),
    Column("last_result_code", _l("Last result"), "tag", label_kind="result_code"),
    Column("last_contact_at", _l("Last contact"), "instant", sortable=True),
    Column("promise", _l("Promise")),
    Column("follow_up_count", _l("Follow-ups"), "number", sortable=True),
    Column("product", _l("Product"), "product"),
)
USUAL = tuple(each.key for each in COLUMNS)
ACT_COLUMN = Column("act", "", "actions", fixed=True)
COLUMNS += (
    Column("status", _l("Status"), "status"),
    Column("phone", _l("Phone"), "phone"),
    Column("id_number", _l("Id number"), "id_number"),
    Column("stage", _l("Stage"), "tag", label_kind="stage"),
    Column("currency", _l("Currency")),
    Column("order_count", _l("Unpaid orders"), "number"),
    Column("oldest_due_on", _l("Oldest due date"), "date"),
    Column("next_due_on", _l("Next due date"), "date"),
    Column("opened_at", _l("Opened"), "instant"),
    Column("assigned_at", _l("Assigned since"), "instant"),
    Column("suspension_reason", _l("Reason of suspension"), "tag", label_kind="suspension_reason"),
    Column("suspension_review_at", _l("Review of suspension"), "instant"),
)
OFFER = Offer("work", _l("My work list"), COLUMNS, USUAL, (Role.COLLECTOR,))
OFFERS = (OFFER,)
ACTS = {"waiting": (ACT_COLUMN,)}
ALSO = {MINE: ("status",)}  # the other views say the status themselves
NAVIGATION = (
    NavItem(
        "work.work_list_page",
        _l("My work list"),
        "list-check",
        frozenset({Role.COLLECTOR}),
        _l("Collection"),
        order=10,
        count=work_list.ready_count,
        pages=("work.",),
    ),
)


@blueprint.get("")
@needs(Role.COLLECTOR)
def work_list_page() -> str:
    """My cases, in one of four views."""
    session, user = db.session(), me()
    view = _view()
    listing = _listing(
        view,
        work_list.products(session, user),
        work_list.tiers(session, user),
        shown=(*columns.chosen(session, user, OFFER, also=ALSO.get(view, ())), *ACTS.get(view, ())),
    )
    page = work_list.page(session, user, _wanted(listing, view), offset=listing.offset, limit=listing.size)
    lines = case_columns.with_more(session, page.rows, [column.key for column in listing.columns])
    only = next(iter(page.totals.values())) if len(page.totals) == 1 else None
    totals = {"past_due_amount": only[0], "total_outstanding": only[1]} if only else {}
    return render_template(
        "work/list.html",
        listing=listing,
        view=view,
        views=_views(session, user, view),
        rows=Rows(lines, page.matching, totals),
        totals=page.totals,
        **desk.strip(session, user),
        link=lambda case_no: case_url(case_no, "work", sort=listing.sort, **listing.query),
    )


def _view(args: MultiDict[str, str] | None = None) -> str:
    view = (request.args if args is None else args).get("view", READY)
    return view if view in VIEWS else READY


def _views(session: Session, user: User, view: str) -> list[tuple[str, str, bool, int]]:
    counts = work_list.counts(session, user)
    return [
        (str(VIEW_NAMES[each]), url_for("work.work_list_page", view=each), each == view, counts[each]) for each in VIEWS
    ]


def _listing(
    view: str,
    products: Sequence[str] = (),
    tiers: Sequence[str] = (),
    *,
    shown: Sequence[Column] | None = None,
    args: MultiDict[str, str] | None = None,
) -> Listing:
    fields = _filters(view, products, tiers)
    return read_listing(COLUMNS, fields, sort=SORTS[view], name=OFFER.name, shown=shown, args=args)


def _filters(view: str, products: Sequence[str] = (), tiers: Sequence[str] = ()) -> list[Filter]:
    found = [
        Filter("view", "", "hidden"),
        Filter("number", _l("Number"), "search", placeholder=_l("Case or order number")),
        Filter("customer", _l("Customer"), "text", placeholder=_l("Part of the name")),
        Filter("tier", _l("Tier"), "many", [(each, each) for each in tiers]),
        Filter("product", _l("Product"), "select", [(each, product(each)) for each in products]),
        Filter("days", _l("Days past due"), "number_range"),
        Filter("amount", _l("Past due"), "number_range"),
    ]
    if view == MINE:
        kept = [each for each in Status if each != Status.CLOSED]
        found.append(Filter("status", _l("Status"), "many", [(each, STATUS[each].text) for each in kept]))
    return found


def _wanted(listing: Listing, view: str) -> Wanted:
    return Wanted(
        view=view,
        number=listing.get("number"),
        customer=listing.get("customer"),
        product=listing.get("product"),
        tiers=listing.get_all("tier"),
        statuses=listing.get_all("status"),
        days=listing.numbers("days"),
        amount=listing.amounts("amount"),
        sort=listing.sort,
    )


def _ids(session: Session, user: User) -> list[int]:
    return work_list.ids(session, user, _wanted(_listing(_view()), _view()))


def _count(session: Session, user: User, views: Sequence[MultiDict[str, str]]) -> list[int]:
    wanted = [_wanted(_listing(_view(each), args=each), _view(each)) for each in views]
    return work_list.matching(session, user, wanted)


def _back() -> str:
    kept: dict[str, Any] = {name: values for name, values in request.args.to_dict(flat=False).items() if name != WITHIN}
    return url_for("work.work_list_page", **kept)


LISTS = {"work": CaseList(_l("My work list"), _ids, _back)}
VIEWED = (
    Viewed(OFFER, "work.work_list_page", (*(name for each in _filters(MINE) for name in each.names), "sort"), _count),
)
