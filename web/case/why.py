"""Why a case is where it is: the acts, decisions and answers that led here, in plain words, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext, ngettext

from engine import parameters
from engine.flow.definitions import Process, Release
from engine.models import HistoryEntry
from engine.queries import case_page, why
from engine.queries.case_history import ACTS
from web.case.blueprint import READERS, blueprint
from web.case.opening import View, open_view, teller_of
from web.case.position import Position, position
from web.i18n import language
from web.session import needs
from web.story import Happening, Teller, by_act, tell

_CHOICES = ("exclusiveGateway", "inclusiveGateway", "complexGateway")


@dataclass(frozen=True)
class Reason:
    """One act on the way: what happened, what tables decided and why, how gateways answered, how often it was so."""

    happening: Happening | None
    decisions: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    times: int = 1


@blueprint.get("/why")
@needs(*READERS)
def why_here(case_no: str) -> str:
    """The dialog."""
    view = open_view(case_no)
    return render_template("case/why_dialog.html", **why_shown(view))


def why_shown(view: View) -> dict[str, object]:
    """What the templates need: the reasons, and where the case stands now."""
    found = case_page.process_of(view.session, view.case.instance_id)
    names = {view.case.collector_id or 0: view.opened.collector or ""}
    stands = Position() if view.case.closed_at else position(found, view.waits, names, view.case.instance_id)
    return {"case": view.case, "reasons": reasons(view, found, stands), "position": stands}


def reasons(view: View, found: tuple[Release, Process] | None, stands: Position) -> list[Reason]:
    """Oldest first; empty where nothing is known."""
    led = why.led_here(view.session, view.case)
    entries = [each.entry for each in led]
    times = {each.entry.id: each.times for each in led}
    teller = teller_of(view.session, view.case, entries)
    groups = by_act(entries[::-1])[::-1]
    nexts = [_first_of(group) for group in groups[1:]] + [stands.elements]
    is_plain = parameters.value(view.session, "tier_clock_in_suspension") == "runs"
    return [
        Reason(
            tell([each for each in group if each.kind != "decided"], teller),
            tuple(_because(each, teller, is_plain=is_plain) for each in group if each.kind == "decided"),
            tuple(_answers(found[1], group, then)) if found else (),
            max(times[each.id] for each in [one for one in group if one.kind in ACTS] or group),
        )
        for group, then in zip(groups, nexts, strict=True)
    ]


def _first_of(group: Sequence[HistoryEntry]) -> tuple[str, ...]:
    path = next((each.data.get("path") for each in group if each.kind in ACTS), None)
    return (str(path[0]),) if path else ()


def _answers(process: Process, group: Sequence[HistoryEntry], then: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Question and answer of each gateway that an act passed; `then` is where it led."""
    path = [str(element) for each in group if each.kind in ACTS for element in each.data.get("path") or ()]
    for at, element in enumerate(path):
        asked = process.elements.get(element)
        if asked is None or asked.kind not in _CHOICES:
            continue
        arrows = {each.target: each for each in process.sequence_flows if each.source == element}
        taken = next((each for each in _reached(process, [*path[at + 1 :], *then]) if each in arrows), None)
        words = arrows[taken].label(language()) if taken and len(arrows) > 1 else ""
        if words:
            yield asked.label(language()), words


def _reached(process: Process, elements: Sequence[str]) -> Iterator[str]:
    """Each element with the subprocesses around it, the outermost first: an arrow may lead to one of those."""
    for element in elements:
        around = [element]
        while (at := process.elements.get(around[-1])) is not None and at.parent is not None:
            around.append(at.parent)
        yield from reversed(around)


def _because(entry: HistoryEntry, teller: Teller, *, is_plain: bool) -> str:
    """`M2 because 34 days past due (Case tier, row 2)`; other tables with the names of their columns."""
    told = teller.decided(entry)
    facts: Mapping[str, str] = {"table": told.table, "rows": told.rows}
    inputs, outputs = entry.data["inputs"], entry.data["outputs"]
    if is_plain and isinstance(outputs, dict) and "tier" in outputs and "tier_days" in inputs:
        days = ngettext("%(num)s day past due", "%(num)s days past due", int(inputs["tier_days"]))
        gave = str(outputs["tier"])
        return str(gettext("%(gave)s because %(given)s (%(table)s, row %(rows)s)", gave=gave, given=days, **facts))
    return str(
        gettext("%(gave)s because %(given)s (%(table)s, row %(rows)s)", gave=told.gave, given=told.given, **facts)
    )
