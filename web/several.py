"""Suspending and resuming several cases of a list: a dialog, then what came of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import forms, several
from engine.errors import DunflowError, Invalid
from engine.flow import catalogue
from engine.models import Role, User
from engine.queries import case_list
from web.case_filters import read_wanted
from web.case_list import bare_listing
from web.database import db
from web.forms import Form, mistakes_of, read_form, sent_answers
from web.i18n import _l, error_message, language
from web.replies import done, trigger
from web.session import me, needs

blueprint = Blueprint("several", __name__, url_prefix="/cases/several")

FORM = "suspension_request"
TITLES = {"suspend": _l("Suspend"), "resume": _l("Resume")}


class NothingChosen(Invalid):
    """No case is chosen: tick at least one."""


@blueprint.get("/<any(suspend, resume):act>")
@needs(Role.SUPERVISOR)
def ask(act: str) -> str:
    """The dialog for the chosen cases."""
    return _dialog(act, chosen_ids(db.session(), me(), several.MOST))


@blueprint.post("/<any(suspend, resume):act>")
@needs(Role.SUPERVISOR)
def do(act: str) -> Response | str:
    """Do it to each; whatever could not be done is listed with its reason."""
    session, user = db.session(), me()
    ids = [int(each) for each in request.form.getlist("ids") if each.isdecimal()]
    try:
        results = _do(session, user, act, ids)
    except DunflowError as refused:
        db.session.rollback()
        return make_response(_dialog(act, ids, request.form.to_dict(), mistakes_of(refused)), 422)
    return _told(act, results)


def _do(session: Session, user: User, act: str, ids: Sequence[int]) -> list[several.Result]:
    note = request.form.get("note", "").strip()
    if act == "resume":
        return several.resume(session, user, ids, note=note)
    release = catalogue.compiled(session, catalogue.published_id(session))
    values = forms.read(release.forms[FORM], sent_answers(_form(session), request.form), release.vocabulary)
    return several.suspend(session, user, ids, reason=values["reason"], note=values["note"], review_on=_date(values))


def _date(values: Mapping[str, Any]) -> dt.date | None:
    given = values.get("review_on")
    return dt.date.fromisoformat(str(given)) if given else None


def _told(act: str, results: Sequence[several.Result]) -> Response:
    """A toast when all went well; otherwise the dialog goes on to say which did not and why."""
    count = several.done(results)
    words = {
        "suspend": ngettext("%(num)s case suspended", "%(num)s cases suspended", count),
        "resume": ngettext("%(num)s case resumed", "%(num)s cases resumed", count),
    }[act]
    if count == len(results):
        return done(words, cases_changed=True)
    left = [(each.case_no, error_message(each.refusal) if each.refusal else "") for each in results if not each.is_done]
    shown = make_response(render_template("case_list/told.html", title=TITLES[act], words=words, left=left))
    return trigger(shown, cases_changed=True)


def _dialog(
    act: str, ids: Sequence[int], values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    form = _form(db.session()) if act == "suspend" else None
    return render_template(
        "case_list/several.html",
        act=act,
        title=TITLES[act],
        ids=ids,
        form=form,
        values=values or {},
        errors=errors or {},
    )


def _form(session: Session) -> Form:
    release = catalogue.compiled(session, catalogue.published_id(session))
    return read_form(release.forms[FORM], language())


def chosen_ids(session: Session, user: User, most: int) -> list[int]:
    """The cases ticked in a list, or all that match it. Raises TooMany beyond `most`, Invalid when there are none."""
    if request.args.get("all_matching"):
        ids = case_list.ids(session, user, read_wanted(bare_listing()), limit=most + 1)
    else:
        ids = sorted({int(each) for each in request.args.getlist("ids") if each.isdecimal()})
    if len(ids) > most:
        raise several.TooMany(field="ids", most=most, chosen=f"{len(ids):,}+" if len(ids) == most + 1 else len(ids))
    if not ids:
        raise NothingChosen(field="ids")
    return ids
