"""The case page, and the parts of it that are fetched when they come into view."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request, url_for

from engine import contact, rights
from engine.lifecycle.subject import days_past_due
from engine.models import Role, Suspension
from engine.queries import case_history, case_page
from web import desk, neighbours
from web.case.blueprint import READERS, blueprint
from web.case.opening import View, open_view, told
from web.case.position import Position, position
from web.case.tasks import shown_tasks
from web.i18n import _l
from web.labels import label
from web.listing import Column
from web.session import needs

SEE_REVEALS = (Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)  # others see what they had shown themselves
LAST_RESULTS = 6
PAGE_OF_RESULTS = 50
PAGE_OF_HISTORY = 80
ORDER_COLUMNS = (
    Column("order_no", _l("Order"), first=True),
    Column("due_on", _l("Due"), "date"),
    Column("days", _l("Days"), "number"),
    Column("principal", _l("Principal"), "money"),
    Column("interest", _l("Interest"), "money"),
    Column("fees", _l("Fees"), "money"),
    Column("penalty", _l("Penalty"), "money"),
    Column("paid", _l("Paid"), "money"),
    Column("waived", _l("Waived"), "money"),
    Column("outstanding", _l("Outstanding"), "money"),
    Column("standing", _l("Standing")),
)
SUMMED = ("principal", "interest", "fees", "penalty", "paid", "waived", "outstanding")


@blueprint.get("")
@needs(*READERS)
def page(case_no: str) -> str:
    """Everything about one case, and what this person may do to it now."""
    view = open_view(case_no)
    session, opened = view.session, view.opened
    case, customer = opened.case, opened.customer
    results = case_page.results(session, customer.id, limit=LAST_RESULTS)
    suspensions = case_page.suspensions(session, case)
    contacts = contact.contacts(session, customer)
    return render_template(
        "case/page.html",
        view=view,
        case=case,
        dpd=days_past_due(case),
        customer=customer,
        opened=opened,
        position=_position(view),
        around=neighbours.around(session, view.user, case),
        tasks=shown_tasks(view, contacts),
        offered=rights.offered(view.standing),
        orders=case_page.orders(session, case),
        order_columns=ORDER_COLUMNS,
        summed=SUMMED,
        contacts=contacts,
        results=results,
        results_count=case_page.results_count(session, customer.id),
        suspension=next((each for each in suspensions if each.id == case.suspension_id), None),
        suspensions=suspensions,
        incidents=case_page.incidents(session, case),
        others=case_page.other_cases(session, view.user, case),
        names=_names(view, suspensions),
        local=desk.local(session, customer),
        why=desk.why(session, view.user, case) if case.collector_id == view.user.id else "",
        link=neighbours.link,
    )


@blueprint.get("/history")
@needs(*READERS)
def history(case_no: str) -> str:
    """What happened, newest first; `before` asks for what is older, `kind` for one family of it."""
    view = open_view(case_no)
    before = request.args.get("before", type=int)
    asked = request.args.get("kind", "")
    family = asked if asked in case_history.FAMILIES else None
    sees_all = view.user.has_role(*SEE_REVEALS)
    entries = case_history.entries(
        view.session,
        view.case,
        before=before,
        limit=PAGE_OF_HISTORY,
        family=family,
        reveals_of=None if sees_all else view.user.id,
    )
    older = entries[-1].id if len(entries) == PAGE_OF_HISTORY else None
    return render_template(
        "case/history.html",
        happenings=told(view.session, view.case, entries),
        older=url_for("case.history", case_no=case_no, before=older, kind=family) if older else None,
        is_first=before is None,
        families=[(each, label(each, "history_family")) for each in case_history.FAMILIES],
        family=family,
        case=view.case,
    )


@blueprint.get("/follow-ups")
@needs(*READERS)
def follow_ups(case_no: str) -> str:
    """Follow-ups of this case and the customer's earlier ones, newest first."""
    view = open_view(case_no)
    before = request.args.get("before", type=int)
    results = case_page.results(view.session, view.opened.customer.id, before=before, limit=PAGE_OF_RESULTS)
    older = results[-1].follow_up.id if len(results) == PAGE_OF_RESULTS else None
    return render_template(
        "case/follow_ups.html",
        case=view.case,
        results=results,
        older=url_for("case.follow_ups", case_no=case_no, before=older) if older else None,
        is_first=before is None,
    )


def _position(view: View) -> Position:
    found = case_page.process_of(view.session, view.case.instance_id if view.case.closed_at is None else None)
    names = {view.case.collector_id or 0: view.opened.collector or ""}
    return position(found, view.waits, names, view.case.instance_id)


def _names(view: View, suspensions: Sequence[Suspension]) -> dict[int, str]:
    asked = {each for request in view.requests for each in (request.requester_id, request.decided_by_id)}
    return case_page.names(
        view.session, asked | {each.by_id for each in suspensions} | {view.opened.customer.blocked_by_id}
    )
