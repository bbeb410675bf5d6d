"""Files as the checker reads them: diagram, tables, form, or nothing of the kind; reading never raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from engine.flow import parser
from engine.flow.checks.forms import Form, read_form
from engine.flow.checks.model import B, Diagram, read_diagram
from engine.flow.checks.rules import found
from engine.flow.decisions import Table, read_tables
from engine.flow.findings import Finding
from engine.flow.safe_xml import XmlRefused
from engine.flow.vocabulary import Vocabulary


@dataclass
class Part:
    """One file under check: what it holds, and what is found."""

    name: str
    source: bytes
    diagram: Diagram | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    form: Form | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of file, from its name: bpmn, dmn, json or another ending."""
        return PurePosixPath(self.name).suffix.lower().removeprefix(".")

    @property
    def is_sound(self) -> bool:
        """Whether nothing found so far keeps it from running."""
        return not any(finding.is_error for finding in self.findings)


def read_part(name: str, source: bytes, vocabulary: Vocabulary) -> Part:
    """A file, read as far as it can be."""
    part = Part(name, source)
    try:
        _read(part, vocabulary)
    except Exception as error:  # whatever a file holds, the answer is a finding
        part.findings.append(found("check-failed", None, what=type(error).__name__))
    return part


def _read(part: Part, vocabulary: Vocabulary) -> None:
    if part.kind == "bpmn":
        _read_bpmn(part)
    elif part.kind == "dmn":
        part.tables, _ = read_tables(part.source, vocabulary, part.name)
    elif part.kind == "json":
        part.form, part.findings = read_form(part.name, part.source)
    else:
        part.findings.append(found("not-a-release-file", None, name=PurePosixPath(part.name).name))


def _read_bpmn(part: Part) -> None:
    try:
        root = parser.read_diagram(part.source)
    except XmlRefused as refused:
        part.findings.append(Finding(None, refused.rule, "error", refused.message, refused.remedy))
        return
    if root.tag != f"{B}definitions":
        part.findings.append(found("not-bpmn", None, root=str(root.tag)))
        return
    part.diagram = read_diagram(part.name, root)
