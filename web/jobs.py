"""Background work: which processes live, what waits, and jobs that failed for good, to be tried again."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import clock, dead_letters, health
from engine.models import Role
from engine.queries import operations
from web.database import db
from web.i18n import _l
from web.listing import Column
from web.navigation import NavItem
from web.replies import done
from web.session import me, needs

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

PROCESSES = {
    "cron": _l("The workers’ clock"),
    "worker:sweep": _l("Worker: what is due"),
    "worker:bulk": _l("Worker: dispatch"),
    "worker:imports": _l("Worker: imports"),
    "worker:relay": _l("Worker: messages"),
    "worker:standing": _l("Worker: standing rules"),
}
PROBLEMS = {
    "no_workers": _l("No worker has given a sign of life: timers, dispatch in bulk and imports stand still."),
    "silent": _l("A process has been silent for too long."),
    "late_timers": _l("Timers are more than ten minutes late."),
    "dead_letters": _l("Jobs have failed for good and wait to be tried again."),
}
LETTERS = (
    Column("id", _l("Number"), first=True),
    Column("job", _l("Job")),
    Column("args", _l("About")),
    Column("error_text", _l("What it said last"), "wrap"),
    Column("failed_at", _l("Failed"), "instant"),
    Column("actions", ""),
)
NAVIGATION = (
    NavItem(
        "jobs.page",
        _l("Background work"),
        "gauge",
        frozenset({Role.ADMINISTRATOR}),
        _l("Running the system"),
        order=71,
        count=operations.unanswered_count,
        is_urgent=True,
        pages=("jobs.",),
    ),
)


@blueprint.get("")
@needs(Role.ADMINISTRATOR)
def page() -> str:
    """How things stand now."""
    session = db.session()
    return render_template(
        "jobs/page.html",
        health=health.report(session),
        beats=operations.heartbeats(session),
        waiting=operations.waiting(session),
        letters=dead_letters.unanswered(session, 100),
        answered=operations.answered(session),
        columns=LETTERS,
        names=PROCESSES,
        problems=PROBLEMS,
        last_line=_last_line,
        real_now=clock.real_now(),
    )


@blueprint.post("/letters/<int:letter_id>/retry")
@needs(Role.ADMINISTRATOR)
def retry(letter_id: int) -> Response:
    """Have a job done again: workers find it as waiting work within seconds."""
    dead_letters.retry(db.session(), letter_id, by_id=me().id)
    return done(gettext("It is tried again by the next free worker."), jobs_changed=True)


def _last_line(text: str) -> str:
    """What an error says at its end: the line people search for."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
