"""One's own account: signing in and out, the password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import people
from engine.errors import DunflowError
from engine.models import User
from web import navigation, session
from web.database import begin_late, db, reads_only
from web.i18n import error_message
from web.replies import done, is_htmx, trigger
from web.security import limiter
from web.session import is_signed_in, me, public

blueprint = Blueprint("account", __name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> str | Response:
    """The sign-in page; whoever is signed in goes on to where they wanted."""
    if is_signed_in():
        return redirect(_next(me()))
    return render_template("sign_in.html", error=None)


@blueprint.post("/sign-in")
@public
@limiter.limit("10 per minute")
@reads_only  # until the password is checked: hashing takes long, and SQLite has one writer
def enter() -> str | Response:
    """Check name and password. In the dialog over a page whose session ended, the page then goes on where it was."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    checked = people.check_password(db.session(), login, password)
    begin_late()
    try:
        user = people.sign_in(db.session(), login, password, ip=request.remote_addr or "", checked=checked)
    except DunflowError as refused:
        return _refused(refused)
    token = session.begin(user)
    if is_htmx():
        same = request.form.get("was") == str(user.id)
        return trigger(make_response("", 204), signed_in={"token": token, "reload": not same})
    return redirect(_next(user), code=303)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End this session."""
    session.end()
    return done(to=url_for("account.sign_in"))


@blueprint.get("/account")
def profile() -> str:
    """Who I am here: roles and groups."""
    return render_template("account/profile.html", user=me())


@blueprint.get("/account/password")
def password() -> str:
    """The form to change one's password."""
    return render_template("account/password.html", errors={})


@blueprint.post("/account/password")
@limiter.limit("10 per minute")
def change_password() -> str | Response:
    """Change it; other sessions of this person end, this one goes on."""
    sent = request.form
    if sent.get("new") != sent.get("again"):
        return _password_again({"again": gettext("The two are not the same.")})
    user = me()
    try:
        people.change_password(db.session(), user, sent.get("present", ""), sent.get("new", ""))
    except DunflowError as refused:
        if getattr(refused, "keeps_changes", False):
            db.session.commit()
        else:
            db.session.rollback()
        return _password_again({"present" if "field" not in refused.params else "new": error_message(refused)})
    session.begin(user)
    return done(gettext("Your password is changed."), to=navigation.start_page(user))


def _refused(refused: DunflowError) -> Response:
    """The form again with the reason. The failure is counted, so it is committed whatever the answer's status."""
    db.session.commit()
    template = "sign_in_dialog.html" if is_htmx() else "sign_in.html"
    return make_response(render_template(template, error=error_message(refused)), 422)


def _password_again(errors: dict[str, str]) -> Response:
    return make_response(render_template("account/password.html", errors=errors), 422)


def _next(user: User) -> str:
    """Where the person wanted to go, if that is a place of ours."""
    asked = request.values.get("next", "")
    return asked if navigation.is_ours(asked) else navigation.start_page(user)
