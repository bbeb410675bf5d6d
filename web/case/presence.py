"""Who else looks at this case now; the page asks quietly, which is also how others learn of it."""

from __future__ import annotations

from flask import render_template

from engine import presence
from engine.errors import NotFound
from engine.queries import case_page
from web.case.blueprint import READERS, blueprint
from web.database import db
from web.session import me, needs


@blueprint.post("/presence")
@needs(*READERS)
def look(case_no: str) -> str:
    """This person still looks; the names of the others. Nothing where the case is out of reach by now."""
    session, user = db.session(), me()
    try:
        case = case_page.open_case(session, user, case_no).case
    except NotFound:
        return ""
    presence.look(session, case.id, user.id)
    return render_template("case/looking.html", names=presence.others(session, case.id, besides=user.id))
