"""The demonstration's clock: its administrators may jump to the next day."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.demo import clock as demo_clock
from engine.demo.clock import NotADemo
from engine.models import Role
from web import navigation
from web.database import db, house, reads_only
from web.replies import done
from web.session import is_signed_in, me, needs

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@blueprint.post("/next-day")
@needs(Role.ADMINISTRATOR)
@reads_only  # the clock jumps in transactions of its own
def next_day() -> Response:
    """Jump to the next 00:00: money arrives and timers fire on the way."""
    if not house().settings.is_demo:
        raise NotADemo
    db.session.rollback()
    on = demo_clock.next_day(house().sessions)
    here = request.form.get("here", "")
    return done(gettext("It is %(date)s now.", date=on.isoformat()), to=here if navigation.is_ours(here) else "/")


@blueprint.app_context_processor
def offered() -> dict[str, Any]:
    """Whether this person may move the clock."""
    return {"may_jump": is_signed_in() and house().settings.is_demo and me().has_role(Role.ADMINISTRATOR)}
