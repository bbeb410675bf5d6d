"""What every check is given: the diagram, the vocabulary, and what the files around it offer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from engine.flow.checks.model import Diagram, Node
from engine.flow.checks.rules import found
from engine.flow.findings import Finding, Severity
from engine.flow.vocabulary import Vocabulary


@dataclass(frozen=True)
class Offers:
    """What the files of a release offer each other; `whole` is False when a file is checked by itself.

    `forms` maps form keys to the keys of their fields, `tables` table ids to the names of their outputs,
    `processes` process ids to the diagram that holds them. `filled` are the names of case data that something fills in,
    `names` those and the data objects; `thrown` the messages and signals that diagrams throw.
    """

    whole: bool = False
    forms: Mapping[str, Collection[str]] = field(default_factory=dict)
    tables: Mapping[str, Collection[str]] = field(default_factory=dict)
    processes: Mapping[str, Diagram] = field(default_factory=dict)
    thrown: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Context:
    """One diagram under check."""

    diagram: Diagram
    vocabulary: Vocabulary
    offers: Offers

    @property
    def outside(self) -> Severity:
        """How bad a reference to something that is not here is: it may lie in another file, or it is missing."""
        return "error" if self.offers.whole else "warning"

    def at(self, node: Node, rule: str, severity: Severity | None = None, **params: object) -> Finding:
        """A finding at a node."""
        return found(rule, node.id or None, severity, it=node.it, **params)


Findings = Iterator[Finding]


def listed(names: Collection[str]) -> str:
    """Names for a remedy, in order."""
    return ", ".join(sorted(names)) or "-"
