"""The case list: every case in scope, by status, to be narrowed, exported, dispatched, suspended and resumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from engine import clock, exporting, history
from engine.models import Role, Status, User
from engine.people import supervised_groups
from engine.queries import case_list
from engine.queries.case_list import EXACT, CaseRow, Wanted
from web.case_filters import bare_filters, filters, read_wanted
from web.database import db
from web.filters import product
from web.i18n import _l
from web.labels import STATUS, label
from web.listing import Column, Listing, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import WITHIN, CaseList, case_url
from web.session import me, needs

blueprint = Blueprint("case_list", __name__, url_prefix="/cases")

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)
MOST_NEIGHBOURS = 5_000
SORT = "-days_past_due"
COLUMNS = (
    Column("case_no", _l("Case"), sortable=True, first=True),
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
EXPORTED = (
    *COLUMNS,
    Column("currency", _l("Currency")),
    Column("stage", _l("Stage")),
    Column("opened_at", _l("Opened"), "instant"),
)
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
    return render_template(
        "case_list/page.html",
        listing=listing,
        rows=Rows(found, present.cases if present.is_exact else EXACT + 1, totals),
        figures=present,
        tabs=_tabs(listing, wanted, figures),
        may_act=bool(supervised_groups(user)),
        link=lambda case_no: case_url(case_no, "cases", sort=listing.sort, **listing.query),
    )


@blueprint.post("/export")
@needs(*READERS)
def export() -> Response:
    """What the filters show as a file, all pages of it; who took what is recorded."""
    session, user = db.session(), me()
    listing = _listing(session, user)
    wanted = read_wanted(listing)
    found = case_list.rows(session, user, wanted, limit=exporting.MOST_ROWS + 1)
    if len(found) > exporting.MOST_ROWS:
        raise exporting.TooManyRows(rows=f"{exporting.MOST_ROWS:,}+", most=f"{exporting.MOST_ROWS:,}")
    kind = "xlsx" if request.form.get("format") == "xlsx" else "csv"
    history.record(session, "cases_exported", actor_id=user.id, rows=len(found), format=kind, filters=listing.query)
    write = exporting.as_xlsx if kind == "xlsx" else exporting.as_csv
    body = write([str(column.label) for column in EXPORTED], (_exported(row) for row in found))
    return attachment(body, f"cases-{clock.today():%Y%m%d}.{kind}")


def attachment(body: bytes, filename: str) -> Response:
    """A file to be saved, never shown."""
    kinds = {
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv": "text/csv; charset=utf-8",
    }
    kind = kinds[filename.rpartition(".")[2]]
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def _listing(session: Session, user: User) -> Listing:
    return read_listing(COLUMNS, filters(session, user), sort=SORT)


def bare_listing() -> Listing:
    """The state of the address alone, without the choices of the form."""
    return read_listing(COLUMNS, bare_filters(), sort=SORT)


def _tabs(listing: Listing, wanted: Wanted, figures: dict[str, case_list.Figures]) -> list[tuple[str, str, bool, int]]:
    """One a status, and before them all that is open."""
    names: dict[str, str] = {"": gettext("All open")} | {str(code): str(STATUS[code].text) for code in Status}
    return [
        (words, listing.url(status=code or None), code == wanted.status, _shown(figures[code]))
        for code, words in names.items()
    ]


def _shown(figures: case_list.Figures) -> int:
    return figures.cases if figures.is_exact else EXACT + 1


def _exported(row: CaseRow) -> list[exporting.Cell]:
    return [_cell(row, column) for column in EXPORTED]


def _cell(row: CaseRow, column: Column) -> exporting.Cell:
    value = row[column.key]
    if isinstance(value, dt.datetime):
        return value.astimezone(clock.zone())
    if column.kind == "product":
        return product(value)
    if column.key == "stage":
        return label(value, "stage")
    if column.kind in ("status", "tag"):
        return label(value, column.label_kind) if value else None
    found: exporting.Cell = value
    return found


def _ids(session: Session, user: User) -> Sequence[int]:
    return case_list.ids(session, user, read_wanted(bare_listing()), limit=MOST_NEIGHBOURS)


def _back() -> str:
    kept: dict[str, Any] = {name: values for name, values in request.args.to_dict(flat=False).items() if name != WITHIN}
    return url_for("case_list.page", **kept)


LISTS = {"cases": CaseList(_l("Cases"), _ids, _back)}
