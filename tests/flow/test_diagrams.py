"""How the diagrams in bpmn/ are drawn: complete, legible, in both languages, orthogonal, and without a crossing."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from lxml import etree

from tests.flow.drawn import DIAGRAMS, Edge, Picture, pictures, q

PICTURES = [picture for name in DIAGRAMS for picture in pictures(name)]
SHORTEST = 10  # pixels; less is a slip of the mouse
FLOW_NODES = ("Event", "Gateway", "Task", "task", "subProcess", "callActivity")

CROSSINGS_ALLOWED: frozenset[frozenset[str]] = frozenset()  # stays empty: redraw instead


each_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.id)


class Segment(NamedTuple):
    """One stretch of an edge, from left to right or from top to bottom."""

    x1: float
    y1: float
    x2: float
    y2: float


def segments(edge: Edge) -> list[Segment]:
    return [
        Segment(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in pairwise(edge.points)
    ]


def meet(one: Segment, other: Segment) -> bool:
    return one.x1 <= other.x2 and other.x1 <= one.x2 and one.y1 <= other.y2 and other.y1 <= one.y2


def share_an_end(one: Edge, other: Edge) -> bool:
    """Arrows that part at one element or arrive at one element may run together there."""
    return one.source == other.source or one.target == other.target


def run_across(one: Segment, other: Segment) -> bool:
    """Whether two stretches cross in the middle of both, as no two arrows may, whatever their ends."""
    if (one.x1 == one.x2) == (other.x1 == other.x2):
        return False
    upright, level = (one, other) if one.x1 == one.x2 else (other, one)
    return level.x1 < upright.x1 < level.x2 and upright.y1 < level.y1 < upright.y2


def flow_nodes(picture: Picture) -> list[etree._Element]:
    return [node for node in picture.elements if etree.QName(node).localname.endswith(FLOW_NODES)]


@each_picture
def test_every_element_has_a_shape_and_every_flow_an_edge(picture: Picture) -> None:
    nodes = {node.get("id") for node in flow_nodes(picture)}
    flows = {node.get("id") for node in picture.elements if etree.QName(node).localname == "sequenceFlow"}
    assert set(picture.boxes) == nodes
    assert set(picture.edges) == flows


@each_picture
def test_a_picture_has_fewer_than_fifty_elements(picture: Picture) -> None:
    assert 2 < len(picture.boxes) < 50


@each_picture
def test_no_two_shapes_overlap(picture: Picture) -> None:
    for one, other in combinations(picture.boxes.values(), 2):
        if picture.encloses(one, other) or picture.encloses(other, one):
            continue
        if "boundaryEvent" in (one.kind, other.kind):
            assert picture.is_attached(one, other) or not one.overlaps(other), (one.id, other.id)
            continue
        assert not one.overlaps(other), (one.id, other.id)


@each_picture
def test_what_belongs_to_a_subprocess_is_drawn_inside_it(picture: Picture) -> None:
    for box in picture.boxes.values():
        around = picture.boxes.get(picture.parents[box.id])
        if around is not None and box.kind != "boundaryEvent":
            assert around.contains(box), (around.id, box.id)


@each_picture
def test_a_boundary_event_sits_on_the_border_of_its_activity(picture: Picture) -> None:
    for node in flow_nodes(picture):
        if etree.QName(node).localname == "boundaryEvent":
            x, y = picture.boxes[node.get("id")].middle
            assert picture.boxes[node.get("attachedToRef")].has_on_border(x, y), node.get("id")


@each_picture
def test_labels_cover_no_shape_and_no_other_label(picture: Picture) -> None:
    labels = picture.labels
    for label in labels:
        for box in picture.boxes.values():
            if box.kind == "subProcess" and not box.is_collapsed:
                assert box.contains(label) or not box.overlaps(label) or label.kind == "boundaryEvent", label.id
            else:
                assert not box.is_touched_by(label), (label.id, box.id)
    for one, other in combinations(labels, 2):
        assert not one.overlaps(other), (one.id, other.id)


@each_picture
def test_labels_cover_no_edge(picture: Picture) -> None:
    for label in picture.labels:
        for edge in picture.edges.values():
            for part in segments(edge):
                assert not meet(Segment(label.x, label.y, label.right, label.bottom), part), (label.id, edge.id)


@each_picture
def test_edges_begin_and_end_at_their_shapes(picture: Picture) -> None:
    for edge in picture.edges.values():
        assert picture.boxes[edge.source].has_on_border(*edge.points[0]), edge.id
        assert picture.boxes[edge.target].has_on_border(*edge.points[-1]), edge.id


@each_picture
def test_edges_are_orthogonal(picture: Picture) -> None:
    for edge in picture.edges.values():
        for one, other in pairwise(edge.points):
            assert (one[0] == other[0]) != (one[1] == other[1]), (edge.id, one, other)
            assert abs(one[0] - other[0]) + abs(one[1] - other[1]) >= SHORTEST, (edge.id, one, other)


@each_picture
def test_no_edge_runs_through_a_shape(picture: Picture) -> None:
    for edge in picture.edges.values():
        for box in picture.boxes.values():
            if box.id in (edge.source, edge.target) or picture.is_around(box, edge):
                continue
            assert not any(box.is_entered_by(*part) for part in segments(edge)), (edge.id, box.id)


@each_picture
def test_no_two_edges_cross(picture: Picture) -> None:
    found = set()
    for one, other in combinations(picture.edges.values(), 2):
        for first in segments(one):
            for second in segments(other):
                if run_across(first, second) or (meet(first, second) and not share_an_end(one, other)):
                    found.add(frozenset({one.id, other.id}))
    assert found == CROSSINGS_ALLOWED


@each_picture
def test_forward_arrows_run_from_left_to_right(picture: Picture) -> None:
    """An arrow that goes back must lead to something that comes before: it closes a loop, or it leaves an event."""
    follows: dict[str, set[str]] = {}
    for edge in picture.edges.values():
        follows.setdefault(edge.source, set()).add(edge.target)
    for event in picture.attached:
        follows.setdefault(picture.attached[event], set()).add(event)
    for edge in picture.edges.values():
        start, end = picture.boxes[edge.source], picture.boxes[edge.target]
        if end.right <= start.x:
            assert edge.source in reached_from(edge.target, follows), edge.id


def reached_from(first: str, follows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [first]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(follows.get(here, ()))
    return seen


@each_picture
def test_everything_an_analyst_sees_is_named_in_both_languages(picture: Picture) -> None:
    for node in picture.elements:
        kind, name = etree.QName(node).localname, node.get("name")
        if kind == "parallelGateway" or (kind == "sequenceFlow" and not name):
            continue
        assert name, node.get("id")
        assert picture.property(node, "name_en") == name, node.get("id")
        assert re.search(r"[\u4e00-\u9fff]", picture.property(node, "name_zh") or ""), node.get("id")


@each_picture
def test_decisions_are_questions_with_answers_on_their_arrows(picture: Picture) -> None:
    for node in picture.elements:
        if etree.QName(node).localname != "exclusiveGateway":
            continue
        assert node.get("name", "").endswith("?"), node.get("id")
        leaving = [edge for edge in picture.edges.values() if edge.source == node.get("id")]
        assert len(leaving) > 1
        assert node.get("default") in {edge.id for edge in leaving}
        for edge in leaving:
            flow = picture.by_id[edge.id]
            assert flow.get("name"), edge.id
            assert (flow.find(q("conditionExpression")) is None) == (edge.id == node.get("default")), edge.id


@pytest.mark.parametrize("name", DIAGRAMS)
def test_each_process_and_subprocess_has_one_start(name: str) -> None:
    root = pictures(name)[0].root
    for scope in [*root.iterdescendants(q("process")), *root.iterdescendants(q("subProcess"))]:
        assert len(scope.findall(q("startEvent"))) == 1, scope.get("id")
        assert scope.find(q("endEvent")) is not None, scope.get("id")


def test_ids_are_readable_and_unique_across_the_release() -> None:
    seen: set[str] = set()
    for name in DIAGRAMS:
        for node in pictures(name)[0].root.iterdescendants():
            id_ = node.get("id") if isinstance(node.tag, str) else None
            if id_ is None or node.tag.startswith("{http://spiffworkflow.org"):
                continue
            assert re.fullmatch(r"[a-z][a-z0-9_]*", id_)
            assert id_ not in seen, id_
            seen.add(id_)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_runs_and_names_no_tool(name: str) -> None:
    root = pictures(name)[0].root
    assert [process.get("isExecutable") for process in root.iterdescendants(q("process"))] == ["true"]
    assert root.get("exporter") is None
