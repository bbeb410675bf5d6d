"""The bell: what this person is told, in words, each leading to where it happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response

from engine import notifications
from engine.errors import NotFound
from engine.models import Case, Notification, Role, User
from engine.notifications import Kind
from engine.people import may_read
from engine.queries import notification_list
from engine.queries.notification_list import MOST, Told
from web import navigation
from web.database import db
from web.i18n import _n
from web.labels import label
from web.neighbours import case_url
from web.replies import done
from web.session import me

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")


DOT = " · "


@dataclass(frozen=True)
class Line:
    """What one is told, and what more is to be said of it."""

    title: str
    body: str = ""
    tone: str = "blue"


def _phoned_in(told: Told) -> Line:
    title = gettext("%(customer)s phoned in (%(case)s), noted by %(by)s", **_facts(told))
    return Line(title, str(told.notification.data.get("note", "")), "amber")


def _assigned(told: Told) -> Line:
    if told.many == 1:
        title = gettext("%(case)s (%(customer)s) is assigned to you", **_facts(told))
    else:
        title = gettext("%(num)s cases are assigned to you", num=told.many)
    return Line(title, _by(told), "green")


def _taken(told: Told) -> Line:
    if told.many == 1:
        title = gettext("%(case)s (%(customer)s) is no longer yours", **_facts(told))
    else:
        title = gettext("%(num)s cases are no longer yours", num=told.many)
    how = label(told.notification.data.get("ended_by"), "assignment_end")
    return Line(title, DOT.join(part for part in (how, _by(told)) if part), "grey")


def _decided(sentence: str, tone: str) -> Callable[[Told], Line]:
    def words(told: Told) -> Line:
        data = told.notification.data
        reason = label(data.get("reason"), "suspension_reason")
        parts = (reason, _by(told), str(data.get("note", "")))
        return Line(gettext(sentence) % _facts(told), DOT.join(part for part in parts if part), tone)

    return words


def _promise_due(told: Told) -> Line:
    if told.many == 1:
        return Line(gettext("%(customer)s (%(case)s) promised to pay today", **_facts(told)), tone="amber")
    return Line(gettext("%(num)s promises are due today", num=told.many), tone="amber")


def _incident(told: Told) -> Line:
    if told.many == 1:
        number = told.notification.data.get("incident_id")
        return Line(gettext("Incident %(number)s waits for somebody to look at it", number=number), tone="red")
    return Line(gettext("%(num)s incidents of one kind wait for somebody to look at them", num=told.many), tone="red")


def _by(told: Told) -> str:
    return gettext("by %(name)s", name=told.by) if told.by else ""


def _facts(told: Told) -> dict[str, str]:
    return {
        "customer": told.customer or "",
        "case": told.case.case_no if told.case else "",
        "by": told.by or "",
    }


WORDS: dict[Kind, Callable[[Told], Line]] = {
    Kind.ASSIGNED: _assigned,
    Kind.TAKEN: _taken,
    Kind.APPROVED: _decided(_n("The suspension of %(case)s (%(customer)s) is approved"), "green"),
    Kind.REFUSED: _decided(_n("The suspension of %(case)s (%(customer)s) is refused"), "red"),
    Kind.PROMISE_DUE: _promise_due,
    Kind.INCIDENT: _incident,
    Kind.PHONED_IN: _phoned_in,
}


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
    unread = (Notification.user_id == user.id, Notification.told_as == found.told_as, Notification.id != found.id)
    is_one = session.scalar(select(Notification.id).where(*unread, _as_read(found)).limit(1)) is None
    notifications.read(session, user.id, found.told_as)
    return done(to=_leads_to(found, user, is_one=is_one))


@blueprint.post("/read")
def read_all() -> str:
    """Everything is read."""
    notifications.read(db.session(), me().id)
    rows = notification_list.latest(db.session(), me())
    return render_template("notifications/latest.html", rows=rows, words=words, older=_older(rows))


def _older(rows: Sequence[Told]) -> int | None:
    return rows[-1].notification.id if len(rows) == MOST else None


def _as_read(told: Notification) -> ColumnElement[bool]:
    """Those that were shown as one with it."""
    return Notification.read_at.is_(None) if told.read_at is None else Notification.read_at.is_not(None)


def _leads_to(told: Notification, user: User, *, is_one: bool) -> str:
    """The case, if it is one and this person may still read it; the list of incidents; else where their work begins."""
    if told.kind == Kind.INCIDENT and user.has_role(Role.ADMINISTRATOR):
        return url_for("incidents.page")
    if not is_one:
        return navigation.start_page(user)
    case = db.session().get(Case, told.case_id) if told.case_id else None
    if case is None or not may_read(db.session(), user, case):
        return navigation.start_page(user)
    return case_url(case.case_no)
