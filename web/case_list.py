"""The case list: every case in scope, by status, to be narrowed, exported, dispatched, suspended and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine import exporting, history
from engine.models import Role, Status, User
from engine.people import supervised_groups
from engine.queries import case_columns, case_list
from engine.queries.case_list import EXACT, Wanted
from web import columns, exports
from web.case_filters import bare_filters, filters, read_wanted
from web.columns import Offer
from web.database import db
from web.i18n import _l
from web.labels import STATUS
from web.listing import Column, Listing, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import WITHIN, CaseList, case_url
from web.session import me, needs
from web.views import Viewed

blueprint = Blueprint("case_list", __name__, url_prefix="/cases")

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)
MOST_NEIGHBOURS = 5_000
SORT = "-days_past_due"
COLUMNS: tuple[Column, ...] = (
    Column("case_no", _l("Case"), sortable=True, first=True, fixed=True),
    Column("customer", _l("Customer"), sortable=True),
    Column("status", _l("Status"), "status"),
    Column("product", _l("Product"), "product"),
    Column("tier", _l("Tier"), sortable=True),
    Column("days_past_due", _l("Days past due"), "number", sortable=True),
    Column("past_due_amount", _l("Past due"), "money", sortable=True),
    Column("total_outstanding", _l("Outstanding"), "money", sortable=True),
    Column("collector", _l("Collector")),
    Column("group", _l("Group")),
    Column("last_contact_at", _l("Last contact"), "instant", sortable=True),
    Column("last_result_code", _l("Last result"), "tag", label_kind="result_code"),
    Column("next_action_at", _l("Next action"), "instant", sortable=True),
    Column("follow_up_count", _l("Follow-ups"), "number", sortable=True),
)
USUAL = tuple(each.key for each in COLUMNS)
COLUMNS += (
    Column("phone", _l("Phone"), "phone"),
    Column("id_number", _l("Id number"), "id_number"),
    Column("stage", _l("Stage"), "tag", label_kind="stage"),
    Column("currency", _l("Currency")),
    Column("order_count", _l("Unpaid orders"), "number"),
    Column("oldest_due_on", _l("Oldest due date"), "date"),
    Column("next_due_on", _l("Next due date"), "date"),
    Column("opened_at", _l("Opened"), "instant", sortable=True),
    Column("assigned_at", _l("Assigned since"), "instant"),
    Column("suspension_reason", _l("Reason of suspension"), "tag", label_kind="suspension_reason"),
    Column("suspension_review_at", _l("Review of suspension"), "instant"),
    Column("agency", _l("Agency")),
    Column("closed_at", _l("Closed"), "instant"),
    Column("closing_reason", _l("Closing reason"), "tag", label_kind="closing_reason"),
)
OFFER = Offer("cases", _l("Cases"), COLUMNS, USUAL, READERS)
OFFERS = (OFFER,)
NAVIGATION = (
    NavItem(
        "case_list.page",
        _l("Cases"),
        "layout-list",
        frozenset(READERS),
        _l("Collection"),
        order=20,
    ),
)


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """One page of the list, with figures by status."""
    session, user = db.session(), me()
    listing = _listing(session, user)
    wanted, exact = read_wanted(listing), "exact" in request.args
    figures = case_list.figures(session, user, wanted, exact=exact)
    present = figures[wanted.status]
    only = next(iter(present.totals.values())) if len(present.totals) == 1 and present.is_exact else None
    totals = {"past_due_amount": only[0], "total_outstanding": only[1]} if only else {}
    found = case_list.rows(session, user, wanted, offset=listing.offset, limit=listing.size, known=present)
    lines = case_columns.with_more(session, found, [column.key for column in listing.columns])
    return render_template(
        "case_list/page.html",
        listing=listing,
        rows=Rows(lines, present.cases if present.is_exact else EXACT + 1, totals),
        figures=present,
        tabs=_tabs(listing, wanted, figures),
        may_act=bool(supervised_groups(user)),
        link=lambda case_no: case_url(case_no, "cases", sort=listing.sort, **listing.query),
    )


@blueprint.post("/export")
@needs(*READERS)
def export() -> Response:
    """What filters and columns show as a file, all pages of it; who took what is recorded."""
    session, user = db.session(), me()
    listing = _listing(session, user)
    wanted = read_wanted(listing)
    found = case_list.rows(session, user, wanted, limit=exporting.MOST_ROWS + 1)
    if len(found) > exporting.MOST_ROWS:
        raise exporting.TooManyRows(rows=f"{exporting.MOST_ROWS:,}+", most=f"{exporting.MOST_ROWS:,}")
    history.record(
        session,
        "cases_exported",
        actor_id=user.id,
        rows=len(found),
        format=exports.kind(),
        filters=listing.query,
        columns=[column.key for column in exports.columns_of(listing)],
    )
    return exports.file("cases", listing, case_columns.with_more(session, found, exports.keys_of(listing)))


def _listing(session: Session, user: User) -> Listing:
    shown = columns.chosen(session, user, OFFER)
    return read_listing(COLUMNS, filters(session, user), sort=SORT, name=OFFER.name, shown=shown)


def bare_listing(args: MultiDict[str, str] | None = None) -> Listing:
    """The state of an address alone, of the present one or of these, without the choices of the form."""
    return read_listing(COLUMNS, bare_filters(), sort=SORT, args=args)


def _count(session: Session, user: User, views: Sequence[MultiDict[str, str]]) -> list[int]:
    return case_list.counts(session, user, [read_wanted(bare_listing(each)) for each in views])


def _tabs(listing: Listing, wanted: Wanted, figures: dict[str, case_list.Figures]) -> list[tuple[str, str, bool, int]]:
    """One a status, and before them all that is open."""
    names: dict[str, str] = {"": gettext("All open")} | {str(code): str(STATUS[code].text) for code in Status}
    return [
        (words, listing.url(status=code or None), code == wanted.status, _shown(figures[code]))
        for code, words in names.items()
    ]


def _shown(figures: case_list.Figures) -> int:
    return figures.cases if figures.is_exact else EXACT + 1


def _ids(session: Session, user: User) -> Sequence[int]:
    return case_list.ids(session, user, read_wanted(bare_listing()), limit=MOST_NEIGHBOURS)


def _back() -> str:
    kept: dict[str, Any] = {name: values for name, values in request.args.to_dict(flat=False).items() if name != WITHIN}
    return url_for("case_list.page", **kept)


LISTS = {"cases": CaseList(_l("Cases"), _ids, _back)}
VIEWED = (Viewed(OFFER, "case_list.page", (*(name for each in bare_filters() for name in each.names), "sort"), _count),)
