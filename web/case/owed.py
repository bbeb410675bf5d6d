"""What the customer's orders owe at the end of another date, in a dialog."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask_babel import gettext

from engine import clock, ledger
from engine.queries import case_page
from web.case.blueprint import READERS, blueprint
from web.case.opening import open_view
from web.session import needs

FIRST, LAST = dt.date(1990, 1, 1), dt.date(2200, 1, 1)


@blueprint.get("/owed")
@needs(*READERS)
def owed(case_no: str) -> str:
    """Each known order's parts on the date `on`, this case's first; today's where no date is given."""
    view = open_view(case_no)
    asked = request.args.get("on", "")
    on, error = _date(asked)
    end = clock.midnight(on + dt.timedelta(days=1))
    rows = [row for row in case_page.orders(view.session, view.case) if row.order.known_at < end]
    parts = ledger.outstanding_on(view.session, [row.order for row in rows], on)
    return render_template(
        "case/owed.html",
        case=view.case,
        on=on,
        asked=asked or on.isoformat(),
        error=error,
        rows=[(row, parts[row.order.id], sum(parts[row.order.id].values())) for row in rows],
        is_later=on > clock.today(),
    )


def _date(given: str) -> tuple[dt.date, str]:
    """The date, or today and what is wrong with what was given."""
    if not given:
        return clock.today(), ""
    try:
        on = dt.date.fromisoformat(given)
    except ValueError:
        return clock.today(), str(gettext("This is not a date."))
    return (on, "") if FIRST <= on <= LAST else (clock.today(), str(gettext("This is not a date.")))
