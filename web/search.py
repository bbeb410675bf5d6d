"""Whoever phones in is found, whatever the case's owner, and noted; the words never stand in an address."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from engine import lookups
from engine.errors import Invalid
from engine.lookups import NOTERS, SEARCHERS
from engine.models import User
from engine.queries import callers, case_page
from web.database import db
from web.i18n import error_message
from web.neighbours import case_url
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("search", __name__, url_prefix="/search")


def may_search(user: User) -> bool:
    """Whether the frame offers the search to this person."""
    return user.has_role(*SEARCHERS)


@blueprint.get("")
@needs(*SEARCHERS)
def ask() -> str:
    """The dialog that asks for words."""
    return render_template("search/ask.html", words="", found=None, problem="")


@blueprint.post("")
@needs(*SEARCHERS)
def find() -> ResponseReturnValue:
    """The dialog with whom the words find. Each search counts."""
    words = request.form.get("words", "").strip()
    if not callers.is_enough(words):
        problem = gettext("Give at least one Chinese character or two letters of a name, or three digits of a number.")
        return render_template("search/ask.html", words=words, found=None, problem=problem), 422
    lookups.searched(db.session(), me())
    found = callers.find(db.session(), me(), words)
    return render_template("search/ask.html", words=words, found=found, problem="", case_url=case_url)


@blueprint.post("/customers/<int:customer_id>")
@needs(*SEARCHERS)
def customer(customer_id: int) -> str:
    """One customer: who has their cases, and the note that they phoned in. Recorded for somebody else's."""
    lookups.open_customer(db.session(), customer_id, me())
    return _customer(customer_id)


@blueprint.post("/customers/<int:customer_id>/phone-in")
@needs(*NOTERS)
def phone_in(customer_id: int) -> ResponseReturnValue:
    """Take the note; whoever has the customer's cases is told."""
    session, user = db.session(), me()
    note = request.form.get("note", "")
    try:
        told = lookups.note_phone_in(session, customer_id, note, user)
    except Invalid as refused:
        return make_response(_customer(customer_id, note=note, problem=error_message(refused)), 422)
    if not told:
        return done(gettext("Noted."), cases_changed=True)
    names = gettext(", ").join(sorted(case_page.names(session, told).values()))
    return done(gettext("Noted. Told: %(names)s.", names=names), cases_changed=True)


def _customer(customer_id: int, *, note: str = "", problem: str = "") -> str:
    found = callers.callers(db.session(), me(), [customer_id])[0]
    may_note = me().has_role(*NOTERS)
    return render_template(
        "search/customer.html", found=found, may_note=may_note, note=note, problem=problem, case_url=case_url
    )
