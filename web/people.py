"""People: who may sign in and as what; passwords, locks, absences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import people
from engine.errors import DunflowError, NotFound
from engine.models import Absence, Role, User
from engine.queries import people_list
from web.database import db
from web.forms import mistakes_of
from web.i18n import _l, error_message
from web.labels import ROLE
from web.listing import Column, Filter, Rows, read_listing
from web.navigation import NavItem
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("people", __name__, url_prefix="/people")

COLUMNS = (
    Column("name", _l("Name"), first=True),
    Column("login", _l("Sign-in name")),
    Column("roles", _l("Roles")),
    Column("groups", _l("Groups")),
    Column("state", _l("State"), "status", label_kind="user_state"),
    Column("last_sign_in_at", _l("Last sign-in"), "instant"),
)
FILTERS = (
    Filter("q", _l("Keyword"), "search", placeholder=_l("Name or sign-in name")),
    Filter("role", _l("Role"), "select", [(code, ROLE[code].text) for code in Role]),
    Filter("state", _l("State"), "select", [("active", _l("Active")), ("locked", _l("Locked")), ("left", _l("Left"))]),
)
NAVIGATION = (
    NavItem(
        "people.page",
        _l("People"),
        "users",
        frozenset({Role.ADMINISTRATOR}),
        _l("Administration"),
        order=80,
        pages=("people.",),
    ),
)
SAID = {
    "unlock": _l("The account is unlocked."),
    "activate": _l("They can sign in again."),
    "end_sessions": _l("They are signed out everywhere."),
}


@blueprint.get("")
@needs(Role.ADMINISTRATOR)
def page() -> str:
    """Everybody."""
    listing = read_listing(COLUMNS, FILTERS, sort="name")
    rows = people_list.people(
        db.session(),
        words=listing.get("q"),
        role=listing.get("role"),
        state=listing.get("state"),
        offset=listing.offset,
        limit=listing.size,
    )
    return render_template("people/page.html", listing=listing, rows=Rows(*rows), state_of=people_list.state_of)


@blueprint.get("/new")
@needs(Role.ADMINISTRATOR)
def new() -> str:
    """The dialog for a new person."""
    return _new_dialog({"locale": "zh"})


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def create() -> Response | str:
    """Make an account; its temporary password is shown this once."""
    sent = request.form
    try:
        made = people.create_user(
            db.session(),
            sent.get("login", ""),
            sent.get("name", ""),
            sent.getlist("roles"),
            actor=me(),
            email=sent.get("email", "").strip() or None,
            locale=sent.get("locale", ""),
        )
    except DunflowError as refused:
        return _again(refused, lambda errors: _new_dialog(sent.to_dict() | {"roles": sent.getlist("roles")}, errors))
    return render_template("people/password.html", user=made.user, password=made.password, is_new=True)


@blueprint.get("/<int:user_id>")
@needs(Role.ADMINISTRATOR)
def person(user_id: int) -> str:
    """One person."""
    return _person(people_list.person(db.session(), user_id))


@blueprint.post("/<int:user_id>")
@needs(Role.ADMINISTRATOR)
def change(user_id: int) -> Response | str:
    """Change name, e-mail, language and roles."""
    session, sent = db.session(), request.form
    user = people_list.person(session, user_id)
    try:
        people.change_user(
            session,
            user,
            actor=me(),
            name=sent.get("name", ""),
            email=sent.get("email", "").strip(),
            locale=sent.get("locale", ""),
        )
        people.set_roles(session, user, sent.getlist("roles"), actor=me())
    except DunflowError as refused:
        given = sent.to_dict() | {"roles": sent.getlist("roles")}
        return _again(refused, lambda errors: _person(people_list.person(session, user_id), given, errors))
    return done(gettext("Saved"), to=url_for("people.person", user_id=user_id))


@blueprint.post("/<int:user_id>/password")
@needs(Role.ADMINISTRATOR)
def reset_password(user_id: int) -> str:
    """Give a temporary password, shown this once; the person's sessions end."""
    user = people_list.person(db.session(), user_id)
    password = people.reset_password(db.session(), user, actor=me())
    return render_template("people/password.html", user=user, password=password, is_new=False)


@blueprint.post("/<int:user_id>/<any(unlock, activate, end_sessions):act>")
@needs(Role.ADMINISTRATOR)
def do(user_id: int, act: str) -> Response:
    """Unlock, let in again, or sign out everywhere."""
    user = people_list.person(db.session(), user_id)
    acts: Mapping[str, Callable[..., None]] = {
        "unlock": people.unlock,
        "activate": people.activate,
        "end_sessions": people.end_sessions,
    }
    acts[act](db.session(), user, actor=me())
    return done(str(SAID[act]), to=url_for("people.person", user_id=user_id))


@blueprint.post("/<int:user_id>/deactivate")
@needs(Role.ADMINISTRATOR)
def deactivate(user_id: int) -> Response:
    """Keep a person from signing in; says how many cases they still hold."""
    user = people_list.person(db.session(), user_id)
    cases = people.deactivate(db.session(), user, actor=me())
    words = gettext("They can no longer sign in.")
    if cases:
        words += " " + gettext(
            "They still hold %(num)s open cases: a supervisor recalls or reassigns these.", num=cases
        )
    return done(words, kind="warning" if cases else "success", to=url_for("people.person", user_id=user_id))


@blueprint.get("/<int:user_id>/absences/new")
@needs(Role.ADMINISTRATOR, Role.SUPERVISOR)
def new_absence(user_id: int) -> str:
    """The dialog for days on which somebody is away."""
    return _absence_dialog(_member(user_id), {})


@blueprint.post("/<int:user_id>/absences")
@needs(Role.ADMINISTRATOR, Role.SUPERVISOR)
def add_absence(user_id: int) -> Response | str:
    """Note an absence."""
    user, sent = _member(user_id), request.form
    from_on, to_on = _date(sent.get("from_on", "")), _date(sent.get("to_on", ""))
    errors = {name: gettext("This is not a date.") for name, on in (("from_on", from_on), ("to_on", to_on)) if not on}
    if from_on is None or to_on is None:
        return make_response(_absence_dialog(user, sent.to_dict(), errors), 422)
    try:
        people.add_absence(db.session(), user, from_on, to_on, actor=me(), reason=sent.get("reason", "").strip())
    except DunflowError as refused:
        return _again(refused, lambda mistakes: _absence_dialog(_member(user_id), sent.to_dict(), mistakes))
    return done(gettext("The absence is noted."), people_changed=True)


@blueprint.post("/absences/<int:absence_id>/remove")
@needs(Role.ADMINISTRATOR, Role.SUPERVISOR)
def remove_absence(absence_id: int) -> Response:
    """Take an absence back."""
    absence = db.session().get(Absence, absence_id)
    if absence is None:
        raise NotFound(what="absence", key=absence_id)
    people.remove_absence(db.session(), absence, actor=me())
    return done(gettext("The absence is taken back."), people_changed=True)


def _member(user_id: int) -> User:
    """Somebody this person may note absences for. Raises NotFound for others, so that names are not told."""
    user = db.session().get(User, user_id)
    if user is None or not (me().has_role(Role.ADMINISTRATOR) or people.supervises(db.session(), me(), user_id)):
        raise NotFound(what="person", key=user_id)
    return user


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _again(refused: DunflowError, shown: Callable[[dict[str, str]], str]) -> Response:
    """The form again with the refusal beside its field, or above all fields where it is about none."""
    try:
        errors = mistakes_of(refused)
    except DunflowError:
        errors = {"login" if type(refused).__name__ == "NameTaken" else "": error_message(refused)}
    db.session.rollback()
    return make_response(shown(errors), 422)


def _new_dialog(values: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> str:
    return render_template("people/new.html", values=values, errors=errors or {}, roles=ROLE)


def _person(user: User, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None) -> str:
    given = {"name": user.name, "email": user.email or "", "locale": user.locale}
    given_roles = {"roles": [held.role for held in user.roles]}
    return render_template(
        "people/person.html",
        user=user,
        state=people_list.state_of(user),
        values=values or given | given_roles,
        errors=errors or {},
        roles=ROLE,
        is_self=user.id == me().id,
        open_cases=people_list.open_cases(db.session(), user.id),
        absences=people_list.absences(db.session(), [user.id]).get(user.id, []),
    )


def _absence_dialog(user: User, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template("people/absence.html", user=user, values=values, errors=errors or {})
