"""Blocked customers, for those who answer for blocks: why and since when, and lifting a block from the list."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine.models import Role
from engine.queries import blocked
from web.database import db
from web.i18n import _l
from web.labels import SUSPENSION_REASON
from web.listing import Column, Filter, Rows, read_listing
from web.navigation import NavItem
from web.neighbours import case_url
from web.session import me, needs

blueprint = Blueprint("blocks", __name__, url_prefix="/blocks")

READERS = (Role.COMPLIANCE, Role.MANAGER)
COLUMNS = (
    Column("name", _l("Customer"), first=True),
    Column("customer_no", _l("Customer number")),
    Column("block_reason", _l("Reason"), "tag", label_kind="suspension_reason"),
    Column("block_note", _l("Note"), "wrap"),
    Column("blocked_by", _l("Blocked by")),
    Column("blocked_at", _l("Blocked since"), "instant"),
    Column("open_cases", _l("Open cases"), "number"),
    Column("case_no", _l("Latest case")),
    Column("actions", ""),
)
FILTERS = (
    Filter("q", _l("Keyword"), "search", placeholder=_l("Name, customer or case number")),
    Filter("reason", _l("Reason"), "select", [(code, each.text) for code, each in SUSPENSION_REASON.items()]),
)
NAVIGATION = (
    NavItem(
        "blocks.page",
        _l("Blocked customers"),
        "shield-check",
        frozenset(READERS),
        _l("Collection"),
        order=45,
        pages=("blocks.",),
    ),
)


@blueprint.get("")
@needs(*READERS)
def page() -> str:
    """Who is blocked now, the latest first."""
    session, user = db.session(), me()
    listing = read_listing(COLUMNS, FILTERS, sort="blocked_at")
    words, reason = listing.get("q"), listing.get("reason")
    found = blocked.page(session, user, words=words, reason=reason, offset=listing.offset, limit=listing.size)
    may_lift = user.has_role(Role.COMPLIANCE)
    return render_template("blocks/page.html", listing=listing, rows=Rows(*found), case_url=case_url, may_lift=may_lift)
