"""The case's diagram as its release has it, with the present position and the way that was taken."""

from __future__ import annotations

from flask import Response, render_template

from engine.errors import NotFound
from engine.queries import case_history, case_page
from web.case.blueprint import READERS, blueprint
from web.case.opening import open_view
from web.case.position import position
from web.case.why import why_shown
from web.session import needs


@blueprint.get("/diagram")
@needs(*READERS)
def diagram(case_no: str) -> str:
    """The drawing with its marks, as a part of the page."""
    view = open_view(case_no)
    found = case_page.process_of(view.session, view.case.instance_id)
    marks = position(found, view.waits, {}, view.case.instance_id)
    return render_template(
        "case/diagram.html",
        release=found[0] if found else None,
        process=found[1] if found else None,
        current=marks.elements,
        way=case_history.way(view.session, view.case),
        **why_shown(view),
    )


@blueprint.get("/diagram.bpmn")
@needs(*READERS)
def source(case_no: str) -> Response:
    """The XML of the diagram."""
    view = open_view(case_no)
    found = case_page.process_of(view.session, view.case.instance_id)
    if found is None:
        raise NotFound(what="diagram", key=case_no)
    return Response(found[1].source, content_type="application/xml; charset=utf-8")
