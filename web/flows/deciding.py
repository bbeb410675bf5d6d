"""Submitting, approving, rejecting and publishing a release; whoever decides has seen what differs."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import releases
from engine.errors import DunflowError, Invalid, NotFound
from engine.models import Release, Role
from web.database import db
from web.errors import present as in_words
from web.flows.blueprint import READERS, blueprint
from web.flows.changing import MOST_NOTE
from web.flows.view import open_view
from web.replies import done
from web.session import me, needs

ACTS = {"submit": Role.ANALYST, "approve": None, "reject": None, "publish": Role.ANALYST}


@blueprint.get("/releases/<int:release_id>/<any(submit, approve, reject, publish):act>")
@needs(*READERS)
def ask(release_id: int, act: str) -> str:
    """The dialog of a decision: what it means, what it would undo, and a note."""
    return _dialog(release_id, act)


@blueprint.post("/releases/<int:release_id>/submit")
@needs(Role.ANALYST)
def submit(release_id: int) -> Response:
    """Asks a second person to decide."""
    release = releases.own_draft(db.session(), release_id, by_id=me().id)
    release.note = _note()
    try:
        releases.submit(db.session(), release, by_id=me().id)
    except Invalid as refused:
        return _again(release_id, "submit", refused)
    return _done(release, gettext("Release %(number)s waits for a second person's approval.", number=release_id))


@blueprint.post("/releases/<int:release_id>/take-back")
@needs(Role.ANALYST)
def take_back(release_id: int) -> Response:
    """Goes on changing what was submitted."""
    release = releases.locked(db.session(), release_id)
    releases.take_back(db.session(), release, by_id=me().id)
    return _done(release, gettext("Release %(number)s is a draft again.", number=release_id))


@blueprint.post("/releases/<int:release_id>/approve")
@needs(*READERS)
def approve(release_id: int) -> Response:
    """A second person agrees."""
    release = releases.locked(db.session(), release_id)
    try:
        _confirm(release)
        releases.approve(db.session(), release, by_id=me().id, note=_note())
    except (releases.WouldUndo, releases.OtherPublished) as refused:
        return _again(release_id, "approve", refused)
    return _done(release, gettext("Release %(number)s is approved.", number=release_id))


@blueprint.post("/releases/<int:release_id>/reject")
@needs(*READERS)
def reject(release_id: int) -> Response:
    """A second person refuses, with a reason."""
    release = releases.locked(db.session(), release_id)
    try:
        releases.reject(db.session(), release, by_id=me().id, note=_note())
    except Invalid as refused:
        return _again(release_id, "reject", refused)
    return _done(release, gettext("Release %(number)s is rejected.", number=release_id))


@blueprint.post("/releases/<int:release_id>/publish")
@needs(Role.ANALYST)
def publish(release_id: int) -> Response:
    """New cases begin on it from now on."""
    release = releases.locked(db.session(), release_id)
    try:
        _confirm(release)
        releases.publish(db.session(), release, by_id=me().id)
    except (releases.WouldUndo, releases.OtherPublished) as refused:
        return _again(release_id, "publish", refused)
    return _done(release, gettext("Release %(number)s is published: new cases begin on it.", number=release_id))


def _confirm(release: Release) -> None:
    seen = request.form.get("seen", type=int)
    releases.confirm(db.session(), release, seen_id=seen, undo=bool(request.form.get("undo")))


def _note() -> str:
    return request.form.get("note", "").strip()[:MOST_NOTE]


def _dialog(release_id: int, act: str, note: str = "", refused: DunflowError | None = None) -> str:
    if act not in ACTS:
        raise NotFound(what="page", key=act)
    view = open_view(release_id)
    is_about_note = refused is not None and refused.params.get("field") == "note"
    words = in_words(refused).what if refused else ""
    return render_template(
        "flows/decide.html",
        view=view,
        act=act,
        note=note or (view.release.note if act == "submit" else ""),
        note_error=gettext("Say what changes and why.") if is_about_note else "",
        error="" if is_about_note else words,
    )


def _again(release_id: int, act: str, refused: DunflowError) -> Response:
    """The dialog again, with what stands against it and what was typed."""
    typed = _note()
    db.session.rollback()
    return make_response(_dialog(release_id, act, typed, refused), 422)


def _done(release: Release, words: str) -> Response:
    return done(words, to=url_for("flows.release", release_id=release.id))
