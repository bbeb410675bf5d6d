"""The diagrams of bpmn/ as drawn: boxes, labels and edges of each picture, beside the elements they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from lxml import etree

BPMN = Path(__file__).parents[2] / "bpmn"
DIAGRAMS = ("collection.bpmn", "operation_request.bpmn", "pre_collection.bpmn")
_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
_NOT_DRAWN = frozenset({"extensionElements", "incoming", "outgoing", "conditionExpression"})
_MARGIN = 1.0


def q(name: str) -> str:
    """The qualified tag of a BPMN element."""
    return f"{{{_SPACES['bpmn']}}}{name}"


@dataclass(frozen=True)
class Box:
    """A shape or a label. `kind` is the BPMN name of the element it belongs to; lengths in pixels."""

    id: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    is_collapsed: bool = False

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether they share any area."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def is_touched_by(self, label: Box) -> bool:
        """Whether a label lies on what is drawn: a rhombus and a circle leave the corners of their box free."""
        if not self.kind.endswith(("Gateway", "Event")):
            return self.overlaps(label)
        mx, my = self.middle
        across = max(label.x - mx, 0, mx - label.right) / (self.width / 2)
        down = max(label.y - my, 0, my - label.bottom) / (self.height / 2)
        return across + down < 1 if self.kind.endswith("Gateway") else across**2 + down**2 < 1

    def contains(self, other: Box) -> bool:
        """Whether the other lies wholly inside."""
        return self.x < other.x and other.right < self.right and self.y < other.y and other.bottom < self.bottom

    def has_on_border(self, x: float, y: float) -> bool:
        """Whether a point lies on the outline: a rhombus' corner, a circle's or a rectangle's side."""
        (mx, my), across, down = self.middle, self.width / 2, self.height / 2
        if self.kind.endswith("Gateway"):
            return abs(abs(x - mx) / across + abs(y - my) / down - 1) * across <= _MARGIN
        if self.kind.endswith("Event"):
            return abs(((x - mx) ** 2 + (y - my) ** 2) ** 0.5 - across) <= _MARGIN
        beside = abs(abs(x - mx) - across) <= _MARGIN and abs(y - my) <= down
        return beside or (abs(abs(y - my) - down) <= _MARGIN and abs(x - mx) <= across)

    def is_entered_by(self, x1: float, y1: float, x2: float, y2: float) -> bool:
        """Whether a level or upright stretch touches the box."""
        return x1 <= self.right and self.x <= x2 and y1 <= self.bottom and self.y <= y2


@dataclass(frozen=True)
class Edge:
    """An arrow as drawn."""

    id: str
    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Picture:
    """One plane of a file: the process, or a collapsed subprocess that has a drawing of its own."""

    id: str
    root: etree._Element = field(repr=False)
    plane: etree._Element = field(repr=False)

    @cached_property
    def by_id(self) -> dict[str, etree._Element]:
        """Elements of the whole file by id."""
        return {node.get("id"): node for node in self.root.iterdescendants(q("*")) if node.get("id")}

    @cached_property
    def elements(self) -> list[etree._Element]:
        """The flow elements that this picture must show: those of its scope, but not what a collapsed box hides."""
        return list(self._within(self.by_id[self.plane.get("bpmnElement")]))

    def _within(self, scope: etree._Element) -> Iterator[etree._Element]:
        for node in scope.iterchildren(q("*")):
            kind = etree.QName(node).localname
            if kind in _NOT_DRAWN or node.get("id") is None:
                continue
            if kind.endswith("EventDefinition"):
                continue
            yield node
            if kind == "subProcess" and not self.boxes[node.get("id")].is_collapsed:
                yield from self._within(node)

    @cached_property
    def boxes(self) -> dict[str, Box]:
        """Shapes by the id of their element."""
        return {shape.get("bpmnElement"): self._box(shape, shape) for shape in self._drawn("BPMNShape")}

    @cached_property
    def edges(self) -> dict[str, Edge]:
        """Edges by the id of their sequence flow."""
        found = {}
        for drawn in self._drawn("BPMNEdge"):
            flow = self.by_id[drawn.get("bpmnElement")]
            points = tuple((float(p.get("x")), float(p.get("y"))) for p in drawn.iterfind("di:waypoint", _SPACES))
            found[flow.get("id")] = Edge(flow.get("id"), flow.get("sourceRef"), flow.get("targetRef"), points)
        return found

    @cached_property
    def labels(self) -> list[Box]:
        """The labels beside shapes and edges, each under the id of its element."""
        drawn = [*self._drawn("BPMNShape"), *self._drawn("BPMNEdge")]
        return [self._box(one, label) for one in drawn for label in one.iterfind("bpmndi:BPMNLabel", _SPACES)]

    def _drawn(self, kind: str) -> list[etree._Element]:
        return self.plane.findall(f"bpmndi:{kind}", _SPACES)

    def _box(self, drawn: etree._Element, held: etree._Element) -> Box:
        node, bounds = self.by_id[drawn.get("bpmnElement")], held.find("dc:Bounds", _SPACES)
        x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
        collapsed = drawn.get("isExpanded") == "false"
        return Box(node.get("id"), etree.QName(node).localname, x, y, width, height, collapsed)

    @cached_property
    def parents(self) -> dict[str, str]:
        """The scope of each element."""
        return {id_: node.getparent().get("id") for id_, node in self.by_id.items()}

    @cached_property
    def attached(self) -> dict[str, str]:
        """The activity of each boundary event shown here."""
        events = [id_ for id_, box in self.boxes.items() if box.kind == "boundaryEvent"]
        return {id_: self.by_id[id_].get("attachedToRef") for id_ in events}

    def encloses(self, outer: Box, inner: Box) -> bool:
        """Whether the one is a subprocess around the other, a boundary event of something inside included."""
        return outer.kind == "subProcess" and outer.id in self._around(inner.id)

    def is_attached(self, one: Box, other: Box) -> bool:
        """Whether one of them is a boundary event of the other."""
        return self.attached.get(one.id) == other.id or self.attached.get(other.id) == one.id

    def is_around(self, box: Box, edge: Edge) -> bool:
        """Whether the edge lives inside the box, or leaves or reaches its border through one of its events."""
        return box.id in self._around(edge.id) or self.attached.get(edge.source) == box.id

    def _around(self, id_: str) -> set[str]:
        found = set()
        while (id_ := self.parents.get(id_, "")) in self.by_id:
            found.add(id_)
        return found

    @staticmethod
    def property(node: etree._Element, name: str) -> str | None:
        """One of the element's own `spiffworkflow:property` values."""
        path = "bpmn:extensionElements/spiffworkflow:properties/spiffworkflow:property"
        values = [found.get("value") for found in node.iterfind(path, _SPACES) if found.get("name") == name]
        return values[0] if values else None


@lru_cache
def pictures(name: str) -> list[Picture]:
    """The pictures of a file in bpmn/, the process's first."""
    root = etree.fromstring((BPMN / name).read_bytes())
    return [Picture(plane.get("bpmnElement"), root, plane) for plane in root.iterfind(".//bpmndi:BPMNPlane", _SPACES)]
