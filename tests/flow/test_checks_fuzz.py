"""Mutilated diagrams: the check never raises, and what it says runs does start and can be worked through to the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.flow import run
from engine.flow.checks import check_file, trial
from engine.flow.checks.files import read_part
from engine.flow.checks.formulas import lists_of, names_of, objects_of
from engine.flow.checks.references import called_by
from engine.flow.evaluator import FlowFailed
from engine.flow.parser import BPMN
from engine.flow.vocabulary import Vocabulary
from engine.lifecycle import vocabulary as of_the_domain
from tests.flow import pairs_events, pairs_shape, pairs_tasks
from tests.flow.checking import VOCABULARY
from tests.flow.invented import invented

_FLOWS = Path(__file__).parents[2] / "bpmn"
_DOMAIN = of_the_domain()
_OWN = [(path.read_bytes(), _DOMAIN) for path in sorted(_FLOWS.glob("*.bpmn"))]
_FOREIGN = [(path.read_bytes(), VOCABULARY) for path in sorted((Path(__file__).parent / "miwg").glob("*.bpmn"))]
_PAIRS = {**pairs_shape.PAIRS, **pairs_events.PAIRS, **pairs_tasks.PAIRS}
_DRAWN = [(source, VOCABULARY) for pair in _PAIRS.values() for source in (pair.refused, pair.instead) if source]
CORPUS = [*_OWN, *_FOREIGN, *_DRAWN]
_bounded = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def _bytes_changed(source: bytes, chance: random.Random) -> bytes:
    changed = bytearray(source)
    for _ in range(chance.randint(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(source: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(source))
    return source[:at] if chance.random() < 0.5 else source[:at] + source[at + chance.randint(1, 400) :]


def _elements_changed(source: bytes, chance: random.Random) -> bytes:
    root = etree.fromstring(source)
    for _ in range(chance.randint(1, 4)):
        below = [node for node in root.iter("{*}*") if node is not root and node.tag.startswith(f"{{{BPMN}}}")]
        if not below:
            break
        element = chance.choice(below)
        _ONE_CHANGE[chance.randrange(len(_ONE_CHANGE))](element, root, chance)
    return etree.tostring(root)


def _deleted(element: etree._Element, root: etree._Element, chance: random.Random) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _doubled(element: etree._Element, root: etree._Element, chance: random.Random) -> None:
    copy = etree.fromstring(etree.tostring(element))
    if chance.random() < 0.7:
        for node in copy.iter():
            if node.get("id"):
                node.set("id", f"{node.get('id')}_{chance.randrange(9)}")
    element.addnext(copy)


def _led_elsewhere(element: etree._Element, root: etree._Element, chance: random.Random) -> None:
    flows = list(root.iter("{*}sequenceFlow"))
    ids = [str(node.get("id")) for node in root.iter() if node.get("id")]
    if flows and ids:
        chance.choice(flows).set(chance.choice(["sourceRef", "targetRef"]), chance.choice(ids))


def _renamed(element: etree._Element, root: etree._Element, chance: random.Random) -> None:
    kinds = ["userTask", "task", "parallelGateway", "exclusiveGateway", "endEvent", "subProcess", "receiveTask"]
    kinds += ["eventBasedGateway", "inclusiveGateway", "intermediateThrowEvent", "transaction", "boundaryEvent"]
    element.tag = f"{{{etree.QName(element).namespace}}}{chance.choice(kinds)}"


def _without_an_attribute(element: etree._Element, root: etree._Element, chance: random.Random) -> None:
    if element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]


_ONE_CHANGE: list[Callable[[etree._Element, etree._Element, random.Random], None]] = [
    _deleted,
    _doubled,
    _led_elsewhere,
    _led_elsewhere,
    _renamed,
    _without_an_attribute,
]


def _verdict(source: bytes, vocabulary: Vocabulary) -> bool:
    report = check_file("fuzzed.bpmn", source, vocabulary)
    assert "check-failed" not in {finding.rule for finding in report.findings}, report.findings
    assert report.runs == (not report.errors)
    return report.runs


def _worked_through(source: bytes, vocabulary: Vocabulary, chance: random.Random, acts: int = 25) -> None:
    """Starts every process and does whatever it waits for, at random."""
    part = read_part("fuzzed.bpmn", source, vocabulary)
    assert part.diagram is not None
    called = {called_by(node) for node in part.diagram.nodes() if node.kind == "callActivity"}
    stubs = called - {process.id for process in part.diagram.processes}
    release, complaints = trial.compiled({part.name: source}, vocabulary, stubs)
    assert release is not None, complaints
    names = names_of(part.diagram, vocabulary) | objects_of(part.diagram) | lists_of(part.diagram)
    for process in release.processes.values():
        workflow = trial.begin(release, process, names)
        for _ in range(acts):
            if not _act(workflow, chance):
                break


def _act(workflow: run.Workflow, chance: random.Random) -> bool:
    """Does one thing that the instance waits for; False when there is nothing to do any more."""
    waits = run.waits(workflow)
    ways: list[Callable[[], None]] = [partial(run.complete, workflow, task.token, {}) for task in waits.user_tasks]
    ways += [partial(run.fire, workflow, wait.token) for wait in waits.timers]
    ways += [partial(run.deliver, workflow, wait.message, {}) for wait in waits.messages]
    if not ways:
        assert run.is_finished(workflow), "it is stuck: nothing to wait for, and not finished"
        return False
    try:
        chance.choice(ways)()
        run.advance(workflow)
    except FlowFailed as failed:
        if isinstance(failed.__cause__, run.EndlessFlow):
            return False  # the answers of a trial are no case's answers: they may go round for ever
        raise
    return True


@pytest.mark.parametrize("mutilate", [_bytes_changed, _cut, _elements_changed], ids=["bytes", "cuts", "elements"])
@_bounded
@given(at=st.integers(0, len(CORPUS) - 1), seed=st.integers(0, 2**32))
def test_mutilated_diagram_gets_a_true_verdict(
    mutilate: Callable[[bytes, random.Random], bytes], at: int, seed: int
) -> None:
    chance = random.Random(seed)
    original, vocabulary = CORPUS[at]
    source = mutilate(original, chance)
    if _verdict(source, vocabulary):
        _worked_through(source, vocabulary, chance)


@pytest.mark.parametrize("at", range(len(CORPUS)))
def test_what_is_said_to_run_can_be_worked_through(at: int) -> None:
    source, vocabulary = CORPUS[at]
    if _verdict(source, vocabulary):
        for seed in range(3):
            _worked_through(source, vocabulary, random.Random(seed))


def test_verdicts_on_invented_diagrams_are_true() -> None:
    """No way of putting elements together that passes the check may hang, fail or come back from a kernel unrefused."""
    ran = 0
    for seed in range(400):
        source = invented(seed)
        report = check_file("invented.bpmn", source, VOCABULARY)
        rules = {finding.rule for finding in report.findings}
        assert not rules & {"check-failed", "not-compiled", "does-not-start"}, seed
        if report.runs and "join-may-hang" not in rules:
            ran += 1
            for walk in range(3):
                _worked_through(source, VOCABULARY, random.Random(walk))
    assert ran > 80
