"""Checks on tasks: scripts, loops and repetitions, data symbols, settings of other tools."""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine.flow.checks.context import Context, Findings, listed
from engine.flow.checks.model import ACTIVITIES, B, Node, S, Scope, bpmn_children, local
from engine.flow.checks.rules import found
from engine.flow.parser import ALLOW_RELATIVE, BPMN, SPIFF

MOST_TURNS = 1_000
_EXTENSIONS = f"{B}extensionElements"
PROPERTIES = frozenset(
    [
        "name_zh",
        "name_en",
        "form",
        "role",
        "group",
        "assignee",
        "due",
        "case_status",
        "priority",
        ALLOW_RELATIVE,
        "note_zh",
        "note_en",
        "fallback",
    ]
)
_TOOLS = {
    "zeebe": "Camunda 8",
    "camunda": "Camunda",
    "activiti": "Activiti",
    "flowable": "Flowable",
    "signavio": "Signavio",
    "trisotech": "Trisotech",
    "bonitasoft": "Bonita",
    "bpsim": "BPSim",
    "jboss": "jBPM",
    "omg.org": "",
    "w3.org": "",
    "bpmn.io": "",
}


def scripts(context: Context) -> Findings:
    """No scripts, nowhere."""
    for node in context.diagram.nodes():
        held = [local(child) for child in node.xml.iterfind(f"{_EXTENSIONS}/{S}*")]
        if node.kind == "scriptTask" or "preScript" in held or "postScript" in held:
            yield context.at(node, "script")


def repetitions(context: Context) -> Findings:
    """Loops and multi-instance markers say how often, within bounds."""
    for node in context.diagram.nodes():
        if node.kind not in ACTIVITIES:
            continue
        for marker in node.xml.iterfind(f"{B}multiInstanceLoopCharacteristics"):
            yield from _instances(context, node, marker)
        for marker in node.xml.iterfind(f"{B}standardLoopCharacteristics"):
            yield from _loop(context, node, marker)


def _instances(context: Context, node: Node, marker: Any) -> Findings:
    cardinality = (marker.findtext(f"{B}loopCardinality") or "").strip()
    over = (marker.findtext(f"{B}loopDataInputRef") or "").strip()
    if bool(cardinality) == bool(over):
        yield context.at(node, "multi-instance-count")
    elif cardinality.isdecimal() and not _within(cardinality):
        yield context.at(node, "too-many-instances", count=cardinality, limit=MOST_TURNS)
    if node.kind != "callActivity" and not (marker.findtext(f"{B}loopDataOutputRef") or "").strip():
        yield context.at(node, "multi-instance-data")


def _within(number: str) -> bool:
    digits = number.lstrip("0")
    return len(digits) <= len(str(MOST_TURNS)) and 1 <= int(digits or 0) <= MOST_TURNS


def _loop(context: Context, node: Node, marker: Any) -> Findings:
    maximum = marker.get("loopMaximum")
    if maximum is None:
        if not (marker.findtext(f"{B}loopCondition") or "").strip():
            yield context.at(node, "loop-without-end")
    elif not (maximum.isascii() and maximum.isdecimal() and _within(maximum)):
        yield context.at(node, "loop-maximum", value=maximum, limit=MOST_TURNS)


def data(context: Context) -> Findings:
    """Data stores and data mappings do not work; data objects only where they are declared."""
    for store in context.diagram.root.iter(f"{B}dataStore"):
        yield found("data-store", store.get("id"), it=store.get("name") or store.get("id") or "?")
    for scope in context.diagram.scopes():
        if scope.owner is None and _maps_data(scope.xml):
            yield found("data-mapping", scope.id or None, it=scope.it)
        for node in scope.nodes:
            if _maps_data(node.xml):
                yield context.at(node, "data-mapping")
            if _transforms(node.xml):
                yield context.at(node, "data-transformation")
            yield from _associations(context, node)


def _maps_data(xml: Any) -> bool:
    specification = xml.find(f"{B}ioSpecification")
    return specification is not None and any(local(child) in ("dataInput", "dataOutput") for child in specification)


def _transforms(xml: Any) -> bool:
    """Whether data on their way in or out are to be worked upon, which SpiffWorkflow passes over without a word."""
    ways = [*xml.iterfind(f"{B}dataInputAssociation"), *xml.iterfind(f"{B}dataOutputAssociation")]
    return any(way.find(B + work) is not None for way in ways for work in ("transformation", "assignment"))


def _associations(context: Context, node: Node) -> Findings:
    ends = [(end.text or "").strip() for end in node.xml.iterfind(f"{B}dataInputAssociation/{B}sourceRef")]
    filled = [(end.text or "").strip() for end in node.xml.iterfind(f"{B}dataOutputAssociation/{B}targetRef")]
    stores = {xml.get("id") for xml in context.diagram.root.iter(f"{B}dataStoreReference")}
    objects = {xml.get("id"): xml.get("dataObjectRef") for xml in context.diagram.root.iter(f"{B}dataObjectReference")}
    declared = _declared(node.scope) | (_declared(node.scope.within) if node.scope.within else set())
    if any(end in stores for end in (*ends, *filled)):
        yield context.at(node, "data-store")
    strange = [end for end in dict.fromkeys((*ends, *filled)) if end not in stores and objects.get(end) not in declared]
    if strange:
        yield context.at(node, "data-association", other=", ".join(end or "?" for end in strange))
    for end in [end for end in filled if end not in strange and end not in stores] if context.offers.whole else []:
        if objects[end] not in context.offers.filled:
            yield context.at(node, "data-object-unfilled", other=objects[end])


def _declared(scope: Scope) -> set[str]:
    return {str(xml.get("id")) for xml in scope.xml.iterfind(f"{B}dataObject") if xml.get("id")}


def extensions(context: Context) -> Findings:
    """Properties are whole and known; what other tools left behind is mentioned once per tool."""
    for scope in context.diagram.scopes():
        if scope.owner is None:
            yield from _properties(context, scope)
        for node in scope.nodes:
            yield from _properties(context, node)
    yield from _foreign(context)


def _properties(context: Context, thing: Node | Scope) -> Findings:
    for prop in thing.xml.iterfind(f"{_EXTENSIONS}/{S}properties/{S}property"):
        name, value = prop.get("name"), prop.get("value")
        if not name or value is None:
            yield found("bad-property", thing.id or None, it=thing.it)
        elif name not in PROPERTIES:
            yield found("unknown-property", thing.id or None, it=thing.it, name=name, known=listed(PROPERTIES))
        elif name == "priority" and not (value.strip().isascii() and value.strip().isdecimal() and _small(value)):
            yield found("bad-priority", thing.id or None, it=thing.it, value=value)


def _small(value: str) -> bool:
    return len(value.strip()) <= len(str(MOST_TURNS)) and int(value) <= MOST_TURNS


def _foreign(context: Context) -> Findings:
    met: dict[str, list[Node]] = {}
    for node in context.diagram.nodes():
        for tool in {_tool(uri) for uri in _namespaces(node.xml)} - {""}:
            met.setdefault(tool, []).append(node)
    for tool, nodes in sorted(met.items()):
        yield context.at(nodes[0], "foreign-extension", tool=tool, count=len(nodes) - 1)


def _namespaces(xml: Any) -> set[str]:
    held = [child for extension in bpmn_children(xml) if local(extension) == "extensionElements" for child in extension]
    tags = [element.tag for element in held if isinstance(element.tag, str)] + [str(name) for name in xml.attrib]
    return {uri for uri in (etree.QName(tag).namespace for tag in tags) if uri and uri not in (BPMN, SPIFF)}


def _tool(uri: str) -> str:
    return next((tool for part, tool in _TOOLS.items() if part in uri.lower()), uri)
