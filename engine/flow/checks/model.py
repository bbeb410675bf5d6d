"""A diagram as the checker sees it: processes and subprocesses as scopes of nodes and flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.flow.checks.words import kind_text
from engine.flow.elements import properties_of
from engine.flow.findings import Text
from engine.flow.parser import BPMN, SPIFF

B, S = f"{{{BPMN}}}", f"{{{SPIFF}}}"
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
TASKS = frozenset(
    {"task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask"}
)
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
EVENTS = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"},
)
GATEWAYS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"},
)
_NODE_LIKE = ("Task", "Gateway", "Event", "Activity", "Process", "Conversation", "task", "Choreography")
_LONGEST_NAME = 60


@dataclass(eq=False)
class Flow:
    """An arrow; `source` and `target` are None where its reference leads to nothing in the same scope."""

    xml: Any
    scope: Scope
    source: Node | None = None
    target: Node | None = None

    @property
    def id(self) -> str:
        """Its id, empty if it has none."""
        return str(self.xml.get("id") or "")

    @property
    def condition(self) -> str | None:
        """Its condition; None if it has none or an empty one."""
        text = self.xml.findtext(f"{B}conditionExpression")
        return text.strip() if text and text.strip() else None

    @property
    def it(self) -> Text:
        """The flow in words."""
        return _words("sequenceFlow", self.xml)


@dataclass(eq=False)
class Node:
    """A task, event, gateway or subprocess. `inner` is the scope of a subprocess."""

    xml: Any
    kind: str
    scope: Scope
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundaries: list[Node] = field(default_factory=list)
    host: Node | None = None
    inner: Scope | None = None

    @property
    def id(self) -> str:
        """Its id, empty if it has none."""
        return str(self.xml.get("id") or "")

    @property
    def name(self) -> str:
        """Its name in one line."""
        return " ".join((self.xml.get("name") or "").split())

    @property
    def it(self) -> Text:
        """The node in words, such as: user task “Follow up” (follow_up)."""
        return _words(self.kind, self.xml)

    @cached_property
    def properties(self) -> dict[str, str]:
        """Its `spiffworkflow:property` values."""
        return properties_of(self.xml)

    @cached_property
    def triggers(self) -> list[Any]:
        """Its event definitions."""
        return [child for child in bpmn_children(self.xml) if local(child).endswith("EventDefinition")]

    @property
    def trigger(self) -> str:
        """The kind of its first event definition, empty if it has none."""
        return local(self.triggers[0]) if self.triggers else ""

    @property
    def interrupts(self) -> bool:
        """Whether a boundary event ends its activity."""
        return str(self.xml.get("cancelActivity", "true")).lower() == "true"

    @property
    def is_event_subprocess(self) -> bool:
        """Whether it is started by an event rather than by a flow."""
        return self.kind in SUBPROCESSES and str(self.xml.get("triggeredByEvent", "false")).lower() == "true"

    @cached_property
    def following(self) -> list[Node]:
        """What its flows and its boundary events lead to."""
        return [flow.target for flow in self.outgoing if flow.target is not None] + self.boundaries


@dataclass(eq=False)
class Scope:
    """A process, or the inside of a subprocess (`owner`)."""

    xml: Any
    owner: Node | None = None
    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the process or subprocess."""
        return str(self.xml.get("id") or "")

    @property
    def it(self) -> Text:
        """The process or subprocess in words."""
        return self.owner.it if self.owner else _words("process", self.xml)

    @property
    def is_executable(self) -> bool:
        """Whether SpiffWorkflow would run it: unless it says no."""
        return str(self.xml.get("isExecutable", "true")) == "true"

    @property
    def within(self) -> Scope | None:
        """The scope around it."""
        return self.owner.scope if self.owner else None

    def starts(self) -> list[Node]:
        """Its start events."""
        return [node for node in self.nodes if node.kind == "startEvent"]

    def scopes(self) -> Iterator[Scope]:
        """Itself and all scopes inside it."""
        yield self
        for node in self.nodes:
            if node.inner is not None:
                yield from node.inner.scopes()

    def all_nodes(self) -> Iterator[Node]:
        """Its nodes and those of all scopes inside it."""
        for scope in self.scopes():
            yield from scope.nodes


@dataclass(eq=False)
class Diagram:
    """One BPMN file."""

    name: str
    root: Any
    processes: list[Scope]

    @cached_property
    def checked(self) -> list[Scope]:
        """The processes that are checked: the executable ones, or all if there is none."""
        return [process for process in self.processes if process.is_executable] or self.processes

    def scopes(self) -> Iterator[Scope]:
        """All scopes of the processes that are checked."""
        for process in self.checked:
            yield from process.scopes()

    def nodes(self) -> Iterator[Node]:
        """All nodes of the processes that are checked."""
        for scope in self.scopes():
            yield from scope.nodes

    @cached_property
    def declared(self) -> dict[str, dict[str, Any]]:
        """Messages, signals, errors and escalations by kind and id."""
        return {
            kind: {node.get("id"): node for node in self.root.iter(B + kind) if node.get("id")}
            for kind in ("message", "signal", "error", "escalation")
        }


def read_diagram(name: str, root: Any) -> Diagram:
    """The diagram of a BPMN root element; never raises on odd content."""
    processes = [_scope(xml, None) for xml in root.iter(f"{B}process")]
    return Diagram(name, root, processes)


def _scope(xml: Any, owner: Node | None) -> Scope:
    scope = Scope(xml, owner)
    for child in bpmn_children(xml):
        kind = local(child)
        if kind == "sequenceFlow":
            scope.flows.append(Flow(child, scope))
        elif kind in ACTIVITIES | EVENTS | GATEWAYS or kind.endswith(_NODE_LIKE):
            scope.nodes.append(Node(child, kind, scope))
    _connect(scope)
    for node in scope.nodes:
        if node.kind in SUBPROCESSES:
            node.inner = _scope(node.xml, node)
    return scope


def _connect(scope: Scope) -> None:
    known = {node.id: node for node in scope.nodes if node.id}
    for flow in scope.flows:
        flow.source, flow.target = known.get(flow.xml.get("sourceRef")), known.get(flow.xml.get("targetRef"))
        if flow.source is not None:
            flow.source.outgoing.append(flow)
        if flow.target is not None:
            flow.target.incoming.append(flow)
    for node in scope.nodes:
        host = known.get(node.xml.get("attachedToRef")) if node.kind == "boundaryEvent" else None
        if host is not None and host.kind in ACTIVITIES:
            node.host = host
            host.boundaries.append(node)


def bpmn_children(xml: Any) -> list[Any]:
    """The children of an element that belong to BPMN."""
    return [child for child in xml if isinstance(child.tag, str) and child.tag.startswith(B)]


def local(xml: Any) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(xml).localname)


def _words(kind: str, xml: Any) -> Text:
    called, id_ = " ".join((xml.get("name") or "").split()), xml.get("id") or "?"
    if len(called) > _LONGEST_NAME:
        called = called[:_LONGEST_NAME] + "…"
    what = kind_text(kind)
    if not called:
        return Text(f"{what.en} {id_}", f"{what.zh}（{id_}）")
    return Text(f"{what.en} “{called}” ({id_})", f"{what.zh}“{called}”（{id_}）")
