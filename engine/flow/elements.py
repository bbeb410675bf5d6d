"""The elements of a diagram as everybody but the engine sees them: kind, names, properties, place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.flow.parser import BPMN, SPIFF

_SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_ELEMENTS = _SCOPES | {
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "businessRuleTask",
    "scriptTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
}


@dataclass(frozen=True)
class Element:
    """One flow element. `kind` is BPMN's local name; `parent` the enclosing subprocess; `process` the process's id.

    `names` maps "zh" and "en" to the label in that language, from the properties `name_zh` and `name_en`;
    `attached_to` is the activity of a boundary event, `called` the process of a call activity.
    """

    id: str
    kind: str
    name: str
    names: Mapping[str, str]
    properties: Mapping[str, str]
    parent: str | None
    process: str
    attached_to: str | None = None
    called: str | None = None
    documentation: str = ""
    order: int = field(default=0, compare=False)

    def label(self, lang: str = "en") -> str:
        """The element's name in a language; `name` is the fallback, then the id."""
        return self.names.get(lang[:2]) or self.name or self.id


@dataclass(frozen=True)
class SequenceFlow:
    """An arrow of the diagram; `names` as those of an element."""

    id: str
    source: str
    target: str
    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    def label(self, lang: str = "en") -> str:
        """The answer that the arrow stands for, in a language; empty where it stands for none."""
        return self.names.get(lang[:2]) or self.name


def properties_of(node: Any) -> dict[str, str]:
    """The `spiffworkflow:property` values of an element, by name."""
    path = f"{{{BPMN}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property"
    return {prop.get("name"): prop.get("value", "") for prop in node.iterfind(path) if prop.get("name")}


def elements_of(process: Any, process_id: str, *, with_root: bool = False) -> dict[str, Element]:
    """All flow elements of a process node by id, in document order; on request the process itself under its own id."""
    found: dict[str, Element] = {}
    if with_root:
        found[process_id] = _element(process, process_id, "process", 0)
    for node in process.iterdescendants(f"{{{BPMN}}}*"):
        kind = etree.QName(node).localname
        if kind in _ELEMENTS and node.get("id"):
            found[node.get("id")] = _element(node, process_id, kind, len(found))
    return found


def _element(node: Any, process_id: str, kind: str, order: int) -> Element:
    properties = properties_of(node)
    return Element(
        id=node.get("id", ""),
        kind=kind,
        name=node.get("name", ""),
        names=_names(node),
        properties=properties,
        parent=_enclosing(node),
        process=process_id,
        attached_to=node.get("attachedToRef"),
        called=node.get("calledElement"),
        documentation=(node.findtext(f"{{{BPMN}}}documentation") or "").strip(),
        order=order,
    )


def _names(node: Any) -> dict[str, str]:
    properties = properties_of(node)
    return {lang: properties[f"name_{lang}"] for lang in ("zh", "en") if properties.get(f"name_{lang}")}


def _enclosing(node: Any) -> str | None:
    parent = node.getparent()
    if parent is None or etree.QName(parent).localname not in _SCOPES:
        return None
    return str(parent.get("id"))


def sequence_flows_of(process: Any) -> tuple[SequenceFlow, ...]:
    """All arrows of a process node, those inside its subprocesses too, in document order."""
    return tuple(
        SequenceFlow(
            node.get("id", ""), node.get("sourceRef", ""), node.get("targetRef", ""), node.get("name", ""), _names(node)
        )
        for node in process.iterdescendants(f"{{{BPMN}}}sequenceFlow")
    )
