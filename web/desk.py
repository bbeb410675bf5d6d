"""The collector's desk: the next case, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import clock, desk
from engine.desk import Candidate, LocalTime, Ranked, Why
from engine.models import Case, Customer, Role, User
from web.database import db
from web.filters import date, instant, money, short
from web.i18n import _l
from web.neighbours import WITHIN, CaseList, case_url
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
LIST = "desk"


@blueprint.post("/next")
@needs(Role.COLLECTOR)
def next_case() -> Response:
    """On to the most urgent case."""
    session, user = db.session(), me()
    leaving = request.form.get("leaving", type=int)
    return onward(session, user, leaving=leaving)


def onward(session: Session, user: User, *, leaving: int | None = None, said: str = "") -> Response:
    """The answer that leads to the next case, or back to the work list where nothing is left."""
    found = desk.next_case(session, user, leaving=leaving)
    if found is None:
        return done(" ".join(part for part in (said, gettext("Nothing is left to follow up now.")) if part), to=_back())
    return done(said, to=case_url(found.case.case_no, LIST))


def is_here() -> bool:
    """Whether the present address works through the desk's queue."""
    return request.args.get(WITHIN) == LIST


def reason(ranked: Ranked) -> str:
    """Why a case is up, in words; and what stands against a call."""
    words = [_REASONS[ranked.why](ranked.case)]
    if ranked.opens_at is not None:
        words.append(gettext("calls from %(at)s", at=_moment(ranked.opens_at)))
    if ranked.is_silent:
        words.append(gettext("no number to call"))
    return " · ".join(words)


def _moment(at: object) -> str:
    """The time of today, else the date with it, at the lender's place."""
    words = instant(at)  # type: ignore[arg-type] # an instant of a ranked case
    return words[11:] if words[:10] == clock.today().isoformat() else short(at)  # type: ignore[arg-type] # the same


def _callback(case: Candidate) -> str:
    return str(gettext("Callback agreed for %(at)s", at=_moment(case.next_action_at)))


def _promise_past(case: Candidate) -> str:
    amount = money(case.past_due_amount, case.currency)
    return str(gettext("Promised for %(date)s, %(amount)s still due", date=date(case.promise_on), amount=amount))


def _promise_today(case: Candidate) -> str:
    amount = money(case.promise_amount or case.past_due_amount, case.currency)
    return str(gettext("Promised for today, %(amount)s due", amount=amount))


def _taken_up(case: Candidate) -> str:
    return str(gettext("Taken up; planned for %(at)s", at=_moment(case.next_action_at)))


def _planned(case: Candidate) -> str:
    if case.next_action_at is None:
        return str(gettext("Next action due"))
    if clock.local_date(case.next_action_at) == clock.today():
        return str(gettext("Next action due today"))
    return str(gettext("Next action due since %(date)s", date=date(case.next_action_at)))


def _new(case: Candidate) -> str:
    days = (clock.today() - case.oldest_due_on).days if case.oldest_due_on else 0
    if days > 0:
        return str(ngettext("New, %(num)d day past due", "New, %(num)d days past due", days))
    return str(gettext("New, due on %(date)s", date=date(case.oldest_due_on)))


_REASONS = {
    Why.CALLBACK: _callback,
    Why.PROMISE_PAST: _promise_past,
    Why.PROMISE_TODAY: _promise_today,
    Why.TAKEN_UP: _taken_up,
    Why.PLANNED: _planned,
    Why.NEW: _new,
}


def local(session: Session, customer: Customer) -> LocalTime:
    """What time it is where the customer is, and whether that is a time for calls."""
    return desk.local_time(customer.timezone, clock.now(), desk.hours(session))


def why(session: Session, user: User, case: Case) -> str:
    """Why this case is in the person's queue, in words; empty where it is not."""
    found = desk.why(session, user, case.id)
    return reason(found) if found else ""


def strip(session: Session, user: User) -> dict[str, Any]:
    """What the strip above the work list shows: the next case with its reason, and the day in numbers."""
    waiting = desk.queue(session, user)
    first = waiting[0] if waiting else None
    return {
        "next": first,
        "reason": reason(first) if first else "",
        "left": len(waiting),
        "day": desk.day(session, user),
    }


def _ids(session: Session, user: User) -> Sequence[int]:
    return [each.case.case_id for each in desk.queue(session, user)]


def _back() -> str:
    return url_for("work.work_list_page")


LISTS = {LIST: CaseList(_l("My work list"), _ids, _back)}
