"""The statistics pages' blueprint and place in the side bar, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from engine.models import Role
from web.i18n import _l
from web.navigation import NavItem

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")
READERS = (Role.COLLECTOR, Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE, Role.ANALYST)
NAVIGATION = (
    NavItem(
        "statistics.start",
        _l("Statistics"),
        "chart-bar",
        frozenset(READERS),
        _l("Statistics"),
        order=60,
        pages=("statistics.",),
    ),
)
