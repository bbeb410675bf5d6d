"""Who has a case open: its page takes the lease, renews it while it is open, and gives it back when it is left."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from engine import desk
from engine.errors import NotFound
from engine.models import Role
from engine.queries import case_page
from web.case.blueprint import READERS, blueprint
from web.database import db
from web.replies import done
from web.session import me, needs


@blueprint.post("/lease")
@needs(*READERS)
def take_lease(case_no: str) -> str:
    """Take or renew the lease of one's own case; says who else has it open, or that the case is out of reach now."""
    session, user = db.session(), me()
    try:
        case = case_page.open_case(session, user, case_no).case
    except NotFound:  # taken away while the page was open
        return render_template("desk/held.html", held=None, is_gone=True)
    if user.has_role(Role.COLLECTOR) and case.collector_id == user.id and case.closed_at is None:
        desk.take(session, case.id, user.id)
    return render_template("desk/held.html", held=desk.held(session, [case.id], besides=user.id).get(case.id))


@blueprint.post("/lease/release")
@needs(*READERS)
def release_lease(case_no: str) -> Response:
    """The page is left: the case is free at once rather than in a few minutes."""
    session, user = db.session(), me()
    desk.release(session, case_page.open_case(session, user, case_no).case.id, user.id)
    return done()
