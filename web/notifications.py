"""The bell: what this person is told, in words, each leading to where it happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import notifications
from engine.errors import NotFound
from engine.models import Case, Notification, User
from engine.notifications import Kind
from engine.people import may_read
from engine.queries import notification_list
from engine.queries.notification_list import MOST, Told
from web import navigation
from web.database import db
from web.neighbours import case_url
from web.replies import done
from web.session import me

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")


@dataclass(frozen=True)
class Line:
    """What one is told, and what more is to be said of it."""

    title: str
    body: str = ""
    tone: str = "blue"


def _phoned_in(told: Told) -> Line:
    title = gettext("%(customer)s phoned in (%(case)s), noted by %(by)s", **_facts(told))
    return Line(title, str(told.notification.data.get("note", "")), "amber")


def _facts(told: Told) -> dict[str, str]:
    return {
        "customer": told.customer or "",
        "case": told.case.case_no if told.case else "",
        "by": told.by or "",
    }


WORDS: dict[Kind, Callable[[Told], Line]] = {Kind.PHONED_IN: _phoned_in}


def words(told: Told) -> Line:
    """A notification in the reader's language."""
    return WORDS[Kind(told.notification.kind)](told)


def unread(user: User) -> int:
    """The bell's figure."""
    return notification_list.unread_count(db.session(), user)


@blueprint.get("")
def latest() -> str:
    """The dialog with the latest; with `before`, the rows that follow."""
    before = request.args.get("before", type=int)
    rows = notification_list.latest(db.session(), me(), before=before)
    template = "notifications/rows.html" if before else "notifications/latest.html"
    return render_template(template, rows=rows, words=words, older=_older(rows))


@blueprint.post("/<int:notification_id>/open")
def follow(notification_id: int) -> Response:
    """Read, and on to the case; to the start page where there is none, or it is no longer theirs."""
    session, user = db.session(), me()
    found = session.get(Notification, notification_id)
    if found is None or found.user_id != user.id:
        raise NotFound(what="notification", key=notification_id)
    notifications.read(session, user.id, found.told_as)
    return done(to=_leads_to(found, user))


@blueprint.post("/read")
def read_all() -> str:
    """Everything is read."""
    notifications.read(db.session(), me().id)
    rows = notification_list.latest(db.session(), me())
    return render_template("notifications/latest.html", rows=rows, words=words, older=_older(rows))


def _older(rows: Sequence[Told]) -> int | None:
    return rows[-1].notification.id if len(rows) == MOST else None


def _leads_to(told: Notification, user: User) -> str:
    """The case, if this person may still read it; else where their work begins."""
    case = db.session().get(Case, told.case_id) if told.case_id else None
    if case is None or not may_read(db.session(), user, case):
        return navigation.start_page(user)
    return case_url(case.case_no)
