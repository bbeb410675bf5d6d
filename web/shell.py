"""The parts of the frame that answer requests of their own: the polled side bar, the language, the start page."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from web import navigation
from web.database import db
from web.i18n import LANGUAGES
from web.replies import is_htmx
from web.session import LANGUAGE, is_signed_in, me, public

blueprint = Blueprint("shell", __name__)


@blueprint.get("/")
def start() -> AnyResponse:
    """To where this person's work begins."""
    return redirect(navigation.start_page(me()))


@blueprint.get("/shell/pulse")
@public
def pulse() -> Response | str:
    """The side bar's counts and the notices, polled. Nothing for whoever is signed out: the next act will say so."""
    if not is_signed_in():
        return Response(status=204)
    return render_template("shell/pulse.html", endpoint=request.args.get("at", ""))


@blueprint.post("/language")
@public
def language() -> AnyResponse:
    """Show pages in another language from now on; remembered with the person, else with the session."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session[LANGUAGE] = chosen
        if is_signed_in():
            current_user.user.locale = chosen
            db.session.flush()
    if is_htmx():
        return Response(status=204, headers={"HX-Refresh": "true"})
    asked = request.form.get("next", "")
    return redirect(asked if navigation.is_ours(asked) else url_for("shell.start"), code=303)
