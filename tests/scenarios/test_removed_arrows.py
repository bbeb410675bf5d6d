"""Removing an arrow removes the behaviour: the release is refused, or a scenario that took the arrow fails."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from lxml import etree

from engine.flow.definitions import ReleaseRefused
from engine.flow.elements import SequenceFlow
from engine.scenarios import run_files
from tests.scenarios.house import files, played, scenario_files

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ARROWS = [(process.file, arrow) for process in played().release.processes.values() for arrow in process.sequence_flows]


def without(source: bytes, arrow: str) -> bytes:
    """The diagram as a modeller saves it when the arrow is deleted: nothing refers to it any more."""
    root = etree.fromstring(source)
    for node in list(root.iter(f"{BPMN}sequenceFlow", f"{BPMN}incoming", f"{BPMN}outgoing", f"{DI}BPMNEdge")):
        if arrow in (node.get("id"), (node.text or "").strip(), node.get("bpmnElement")):
            around = node.getparent()
            assert around is not None
            around.remove(node)
    for node in root.iter():
        if node.get("default") == arrow:
            del node.attrib["default"]
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def taking(arrow: SequenceFlow) -> list[str]:
    """The scenarios that take an arrow."""
    return [each.name.en for each in played().outcomes if (arrow.source, arrow.target) in each.arrows]


def is_refused_or_fails(changed: Mapping[str, bytes], scenarios: list[str]) -> bool:
    try:
        run = run_files(changed, scenario_files(), names=scenarios, stop_at_failure=True)
    except ReleaseRefused:
        return True
    return bool(run.outcomes) and not run.passed


@pytest.mark.parametrize(("file", "arrow"), ARROWS, ids=[arrow.id for _, arrow in ARROWS])
def test_without_an_arrow_the_release_is_refused_or_a_scenario_fails(file: str, arrow: SequenceFlow) -> None:
    changed = {**files(), file: without(files()[file], arrow.id)}
    assert f'id="{arrow.id}"'.encode() not in changed[file]
    assert is_refused_or_fails(changed, taking(arrow))


def test_a_diagram_saved_anew_with_all_its_arrows_is_played_as_before() -> None:
    changed = {**files(), "collection.bpmn": without(files()["collection.bpmn"], "no_such_arrow")}
    some = [each.name.en for each in played().outcomes][:5]
    assert not is_refused_or_fails(changed, some)
