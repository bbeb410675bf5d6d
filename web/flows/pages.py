"""What is in use, a release as a whole, and one file of it: drawn, checked, compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import releases as engine_releases
from engine.errors import NotFound
from engine.flow.differences import FileDifference, aligned
from engine.queries import release_list
from web.database import db
from web.flows import content
from web.flows.blueprint import READERS, blueprint
from web.flows.view import View, open_view
from web.flows.words import card, sort_label, told
from web.i18n import language
from web.session import needs

VIEWS = ("content", "differences")
WAITS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent"})
UNTOLD = frozenset({"process", "message", "signal", "error", "escalation", "collaboration", "participant"})


@blueprint.get("")
@needs(*READERS)
def present() -> str | Response:
    """The release that new cases begin on, its first diagram drawn."""
    present_id = engine_releases.present_id(db.session())
    if present_id is None:
        return redirect(url_for("flows.releases"))
    view = open_view(present_id)
    shown = request.args.get("file") or next((each.filename for each in view.entries), "")
    return _file(view, shown, "content")


@blueprint.get("/releases/<int:release_id>")
@needs(*READERS)
def release(release_id: int) -> str:
    """The release as a whole: findings, differences, history."""
    view = open_view(release_id)
    return render_template(
        "flows/release.html",
        view=view,
        chosen="",
        told=told,
        events=release_list.events(view.session, release_id),
    )


@blueprint.get("/releases/<int:release_id>/files/<path:filename>")
@needs(*READERS)
def file(release_id: int, filename: str) -> str:
    """One file of a release."""
    view = open_view(release_id)
    wanted = request.args.get("view", VIEWS[0])
    is_gone = filename not in view.files
    return _file(view, filename, VIEWS[1] if is_gone else wanted if wanted in VIEWS else VIEWS[0])


def _file(view: View, filename: str, shown: str) -> str:
    entry = next((each for each in view.entries if each.filename == filename), None)
    if entry is None:
        raise NotFound(what="file", key=filename)
    difference = view.difference(filename)
    fill = _differences if shown == VIEWS[1] else _content
    return render_template(
        "flows/file.html",
        view=view,
        chosen=filename,
        entry=entry,
        shown=shown,
        difference=difference,
        report=view.report(filename),
        focus=request.args.get("element", "")[:120],
        sort_label=sort_label,
        **fill(view, filename, difference),
    )


def _content(view: View, filename: str, _difference: FileDifference | None) -> dict[str, Any]:
    source = view.files[filename]
    kind = content.kind_of(filename)
    if kind == "bpmn":
        return _drawing(view, filename, source)
    if kind == "dmn":
        return {"sheets": [aligned(sheet, sheet) for sheet in content.sheets(source).values()]}
    return {"form": content.form(source, language())}


def _drawing(view: View, filename: str, source: bytes) -> dict[str, Any]:
    parts = content.elements(source)
    running = release_list.running(view.session, view.release.id)
    processes = [part.key for part in parts.values() if part.sort == "process"]
    counts = {
        element: count
        for process in processes
        for element, count in running.waiting.get(process, {}).items()
        if element in parts and parts[element].sort in WAITS
    }
    report = view.report(filename)
    severities: dict[str, str] = {}
    for finding in report.findings if report else ():
        if finding.element and severities.get(finding.element) != "error":
            severities[finding.element] = finding.severity
    return {
        "counts": counts,
        "waiting": sorted(((parts[key], count) for key, count in counts.items()), key=lambda each: -each[1]),
        "total": sum(running.instances.get(process, 0) for process in processes),
        "marks": severities,
        "cards": [(part, *card(part)) for part in parts.values() if part.sort not in UNTOLD],
    }


def _differences(view: View, filename: str, difference: FileDifference | None) -> dict[str, Any]:
    old, new = view.present.get(filename), view.files.get(filename)
    shown: dict[str, Any] = {"parts_told": told(difference.parts) if difference else [], "is_gone": new is None}
    if content.kind_of(filename) == "dmn":
        before, after = content.sheets(old), content.sheets(new)
        keys = dict.fromkeys((*after, *before))
        shown["sheets"] = [aligned(before.get(key), after.get(key)) for key in keys]
    if content.kind_of(filename) == "bpmn":
        shown |= {"before_marks": _marks(difference, "added"), "after_marks": _marks(difference, "removed")}
        shown |= {"has_before": old is not None, "has_after": new is not None}
    return shown


def _marks(difference: FileDifference | None, without: str) -> Mapping[str, str]:
    if difference is None:
        return {}
    marks = {part.key: part.kind for part in difference.parts if part.kind != without}
    return dict.fromkeys(difference.moved, "moved") | marks
