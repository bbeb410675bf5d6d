"""Checks on ids, names in both languages, and the drawing."""

from __future__ import annotations

import re
from collections import Counter

from engine.flow.checks.context import Context, Findings
from engine.flow.checks.model import ACTIVITIES, B, Diagram, Node
from engine.flow.checks.rules import found
from engine.flow.checks.words import kind_text
from engine.flow.findings import Finding, Text

_VALID = re.compile(r"[^\W\d][\w.\-]*\Z")
_RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
_RESERVED_ENDS = (".BoundaryEventSplit", ".BoundaryEventJoin", ".EndJoin")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ENGLISH, CHINESE = Text("English", "英文"), Text("Chinese", "中文")


def ids(context: Context) -> Findings:
    """Every element has an id of its own, and one that can be used."""
    counts = Counter(element.get("id") for element in context.diagram.root.iter(f"{B}*") if element.get("id"))
    yield from (found("duplicate-id", id_, id=id_, count=count) for id_, count in counts.items() if count > 1)
    for scope in context.diagram.scopes():
        yield from _id(scope.id, "process" if scope.owner is None else "", scope.id)
        for node in scope.nodes:
            yield from _id(node.id, node.kind, scope.id)
        for flow in scope.flows:
            yield from _id(flow.id, "sequenceFlow", scope.id)


def _id(id_: str, kind: str, where: str) -> Findings:
    if not id_ and kind:
        yield found("missing-id", where or None, kind=kind_text(kind), where=where or "?")
    elif id_ and not _VALID.match(id_):
        yield found("invalid-id", id_, id=id_)
    elif id_ in _RESERVED or id_.endswith(_RESERVED_ENDS):
        yield found("reserved-id", id_, id=id_)


def names(context: Context) -> Findings:
    """Activities have names; in a release every name stands in both languages."""
    for node in context.diagram.nodes():
        if node.kind in ACTIVITIES and not _told(node):
            yield context.at(node, "unnamed")
        elif context.offers.whole and _told(node):
            yield from _languages(context, node)


def _told(node: Node) -> str:
    return node.name or node.properties.get("name_en", "") or node.properties.get("name_zh", "")


def _languages(context: Context, node: Node) -> Findings:
    chinese = bool(_CHINESE.search(node.name))
    for code, language, is_name in (("zh", CHINESE, chinese), ("en", ENGLISH, bool(node.name) and not chinese)):
        if not node.properties.get(f"name_{code}", "").strip() and not is_name:
            yield context.at(node, "untranslated", language=language, property=f"name_{code}")


def drawing(context: Context) -> Findings:
    """Everything has its place in the drawing."""
    drawn = {
        shape.get("bpmnElement")
        for kind in ("BPMNShape", "BPMNEdge")
        for shape in context.diagram.root.iter(_DI + kind)
    }
    for process in context.diagram.checked:
        missing = [node for node in process.all_nodes() if node.id and node.id not in drawn]
        if missing:
            which = ", ".join(node.id for node in missing[:3])
            yield found("not-drawn", process.id or None, it=process.it, count=len(missing), which=which)


def own_ids(diagram: Diagram) -> set[str]:
    """The ids that must be unique across a release: processes, elements, flows."""
    scopes = list(diagram.scopes())
    ids = {scope.id for scope in scopes} | {node.id for scope in scopes for node in scope.nodes}
    return (ids | {flow.id for scope in scopes for flow in scope.flows}) - {""}


def shared_ids(diagram: Diagram, owners: dict[str, list[str]]) -> list[Finding]:
    """A finding for each id of this file that another file of the release uses as well."""
    return [
        found("duplicate-across-files", id_, id=id_, other=", ".join(sorted({*owners[id_]} - {diagram.name})))
        for id_ in sorted(own_ids(diagram))
        if len(owners.get(id_, [])) > 1
    ]
