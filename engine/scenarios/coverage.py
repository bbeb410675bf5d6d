"""Which elements and arrows of the diagrams no scenario reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.flow.definitions import Process, Release
from engine.flow.elements import Element, SequenceFlow
from engine.scenarios.outcomes import Outcome


@dataclass(frozen=True)
class Coverage:
    """Of one diagram: how many elements and arrows it has, and which of them no scenario reaches."""

    process: Process
    elements: int
    arrows: int
    unreached: tuple[Element, ...]
    untaken: tuple[SequenceFlow, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every element and arrow is reached."""
        return not self.unreached and not self.untaken


def coverage(release: Release, outcomes: Iterable[Outcome]) -> list[Coverage]:
    """Per diagram what the scenarios that passed did not reach; a subprocess is reached when something in it was."""
    played = [each for each in outcomes if each.passed]
    elements = {id_ for each in played for id_ in each.elements}
    arrows = {pair for each in played for pair in each.arrows}
    return [_of(process, elements, arrows) for process in release.processes.values()]


def _of(process: Process, elements: set[str], arrows: set[tuple[str, str]]) -> Coverage:
    reached = elements & process.elements.keys()
    reached |= {around for id_ in reached for around in _around(process, id_)}
    return Coverage(
        process,
        len(process.elements),
        len(process.sequence_flows),
        tuple(each for id_, each in process.elements.items() if id_ not in reached),
        tuple(each for each in process.sequence_flows if (each.source, each.target) not in arrows),
    )


def _around(process: Process, element: str) -> list[str]:
    found, at = [], process.elements[element].parent
    while at is not None:
        found.append(at)
        at = process.elements[at].parent
    return found
