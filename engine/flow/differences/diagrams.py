"""A diagram taken apart: every element and arrow with all that makes it act, and where each is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from engine.flow.differences.parts import Part
from engine.flow.elements import properties_of
from engine.flow.findings import Text
from engine.flow.parser import BPMN, SPIFF, read_diagram

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_TIMERS = ("timeDate", "timeDuration", "timeCycle")
_FOLDED = frozenset({"extensionElements", "incoming", "outgoing", "documentation", "conditionExpression", *_TIMERS})
_NAMES = {"sourceRef": "source", "targetRef": "target", "attachedToRef": "attached_to", "calledElement": "called"}
_REFERENCES = ("messageRef", "signalRef", "errorRef", "escalationRef")
_MEANINGLESS = frozenset({"id", "exporter", "exporterVersion", "targetNamespace"})


def diagram_parts(source: bytes) -> dict[str, Part]:
    """The elements of a diagram by id. Raises XmlRefused."""
    root = read_diagram(source)
    referred = {node.get("id", ""): node.get("name", "") for node in root.iterchildren(f"{{{BPMN}}}*")}
    return {part.key: part for node in root.iter(f"{{{BPMN}}}*") if (part := _part(node, referred)) is not None}


def places(source: bytes) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Where each element is drawn, by id: corners and sizes, or the points of an arrow. Raises XmlRefused."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for node in read_diagram(source).iter(f"{{{_DI}}}BPMNShape", f"{{{_DI}}}BPMNEdge"):
        drawn = (child for child in node if etree.QName(child).localname in ("Bounds", "waypoint"))
        found[node.get("bpmnElement", "")] = tuple(
            tuple(_number(str(value)) for value in each.values()) for each in drawn
        )
    return found


def _number(value: str) -> str:
    """`120.0` is drawn where `120` is."""
    return value.rstrip("0").rstrip(".") if "." in value else value


def _part(node: Any, referred: Mapping[str, str]) -> Part | None:
    kind = etree.QName(node).localname
    if not node.get("id") or kind == "definitions" or kind in _FOLDED or kind.endswith("EventDefinition"):
        return None
    facts = dict(_facts(node, referred))
    named = {lang: facts.get(f"property:name_{lang}") for lang in ("en", "zh")}
    label = Text(*(named[lang] or node.get("name") or "" for lang in ("en", "zh")))
    return Part(node.get("id"), kind, label, facts)


def _facts(node: Any, referred: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in node.attrib.items():
        plain = etree.QName(name).localname
        if plain not in _MEANINGLESS:
            yield _NAMES.get(plain, plain), value
    parent = node.getparent()
    if parent is not None and etree.QName(parent).localname in ("subProcess", "transaction", "adHocSubProcess"):
        yield "within", parent.get("id", "")
    for name, value in properties_of(node).items():
        yield f"property:{name}", value
    yield from _extensions(node)
    yield from _children(node, referred)


def _extensions(node: Any) -> Iterator[tuple[str, str]]:
    table = node.findtext(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}calledDecisionId")
    if table:
        yield "table", table.strip()
    operator = node.find(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}serviceTaskOperator")
    if operator is not None:
        yield "operator", operator.get("id", "")
        if operator.get("resultVariable"):
            yield "result", operator.get("resultVariable")
        for parameter in operator.iter(f"{{{SPIFF}}}parameter"):
            yield f"parameter:{parameter.get('id')}", parameter.get("value", "")


def _children(node: Any, referred: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for child in node.iterchildren(f"{{{BPMN}}}*"):
        kind = etree.QName(child).localname
        if kind in ("documentation", "conditionExpression"):
            yield ("condition" if kind == "conditionExpression" else kind), (child.text or "").strip()
        elif kind.endswith("EventDefinition"):
            yield "event", kind.removesuffix("EventDefinition")
            yield from _event(child, referred)
        elif not child.get("id") and kind not in _FOLDED and (child.text or "").strip():
            yield kind, (child.text or "").strip()


def _event(node: Any, referred: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for reference in _REFERENCES:
        if node.get(reference):
            yield reference.removesuffix("Ref"), referred.get(node.get(reference)) or node.get(reference)
    for timer in _TIMERS:
        said = node.findtext(f"{{{BPMN}}}{timer}")
        if said:
            yield "timer", said.strip()
