"""My work list: what a collector can follow up now, and what waits for its next action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from engine.models import Role, Status, User
from engine.queries import work_list
from engine.queries.work_list import MINE, READY, VIEWS, Wanted
from web.database import db
from web.filters import product
from web.i18n import _l
from web.labels import STATUS
from web.listing import Column, Filter, Listing, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import WITHIN, CaseList, case_url
from web.session import me, needs

blueprint = Blueprint("work", __name__, url_prefix="/work")

VIEW_NAMES = {
    "ready": _l("To follow up"),
    "waiting": _l("Waiting"),
    "suspended": _l("Suspended"),
    "mine": _l("All my cases"),
}
SORTS = {"ready": "urgency", "waiting": "next_action_at", "suspended": "-past_due_amount", "mine": "urgency"}
COLUMNS = (
    Column("case_no", _l("Case"), sortable=True, first=True),
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
STATUS_COLUMN = Column("status", _l("Status"), "status")
ACT_COLUMN = Column("act", "", "actions")
MORE_COLUMNS = {"waiting": (ACT_COLUMN,), "mine": (STATUS_COLUMN,)}  # the other views say the status themselves
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
    listing = _listing(view, work_list.products(session, user), work_list.tiers(session, user))
    page = work_list.page(session, user, _wanted(listing), offset=listing.offset, limit=listing.size)
    only = next(iter(page.totals.values())) if len(page.totals) == 1 else None
    totals = {"past_due_amount": only[0], "total_outstanding": only[1]} if only else {}
    return render_template(
        "work/list.html",
        listing=listing,
        view=view,
        views=_views(session, user, view),
        rows=Rows(page.rows, page.matching, totals),
        totals=page.totals,
        link=lambda case_no: case_url(case_no, "work", sort=listing.sort, **listing.query),
    )


def _view() -> str:
    view = request.args.get("view", READY)
    return view if view in VIEWS else READY


def _views(session: Session, user: User, view: str) -> list[tuple[str, str, bool, int]]:
    counts = work_list.counts(session, user)
    return [
        (str(VIEW_NAMES[each]), url_for("work.work_list_page", view=each), each == view, counts[each]) for each in VIEWS
    ]


def _listing(view: str, products: Sequence[str] = (), tiers: Sequence[str] = ()) -> Listing:
    columns = (*COLUMNS, *MORE_COLUMNS.get(view, ()))
    return read_listing(columns, _filters(view, products, tiers), sort=SORTS[view])


def _filters(view: str, products: Sequence[str], tiers: Sequence[str]) -> list[Filter]:
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


def _wanted(listing: Listing) -> Wanted:
    return Wanted(
        view=_view(),
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
    return work_list.ids(session, user, _wanted(_listing(_view())))


def _back() -> str:
    kept: dict[str, Any] = {name: values for name, values in request.args.to_dict(flat=False).items() if name != WITHIN}
    return url_for("work.work_list_page", **kept)


LISTS = {"work": CaseList(_l("My work list"), _ids, _back)}
