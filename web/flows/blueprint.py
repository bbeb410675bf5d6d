"""The blueprint of the analyst's pages, who may open them, and their places in the side bar."""

from __future__ import annotations

from flask import Blueprint

from engine.models import Role
from engine.queries import release_list
from web.i18n import _l
from web.navigation import NavItem

blueprint = Blueprint("flows", __name__, url_prefix="/flows")

READERS = (Role.ANALYST, Role.MANAGER)
"""Analysts, and managers because they may be the second person who approves."""

NAVIGATION = (
    NavItem("flows.present", _l("Flows in use"), "sitemap", frozenset(READERS), _l("Flows"), order=60),
    NavItem(
        "flows.releases",
        _l("Releases"),
        "versions",
        frozenset(READERS),
        _l("Flows"),
        order=61,
        count=release_list.waiting_count,
        pages=("flows.release", "flows.file"),
    ),
)
