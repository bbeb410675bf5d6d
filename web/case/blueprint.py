"""The blueprint of the case page; its views are in the modules beside it."""

from __future__ import annotations

from flask import Blueprint

from engine.models import Role

blueprint = Blueprint("case", __name__, url_prefix="/cases/<case_no>")

READERS = (Role.COLLECTOR, Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)
"""Who may open cases at all; which ones, `engine.people` says."""
