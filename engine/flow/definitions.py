"""Releases: diagrams, decision tables and forms compiled once, by content, and shared between threads unchanged."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from zlib import crc32

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.errors import DunflowError
from engine.flow.decisions import Table, read_tables
from engine.flow.elements import Element, SequenceFlow, elements_of, sequence_flows_of
from engine.flow.findings import Finding, Text
from engine.flow.parser import BPMN, SPIFF, FlowParser, read_diagram
from engine.flow.safe_xml import XmlRefused
from engine.flow.specs import seal
from engine.flow.vocabulary import Vocabulary


class ReleaseRefused(DunflowError):
    """The release cannot be compiled: {count} errors, the first: {first}"""

    status = 422

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        errors = [finding for finding in findings if finding.is_error]
        super().__init__(count=len(errors), first=errors[0].message.en if errors else "")


@dataclass(frozen=True)
class Process:
    """One executable process: its specs for the engine, its elements for everybody else.

    `elements` holds all flow elements, those of nested subprocesses too; `subprocess_specs` is shared by the release.
    """

    id: str
    name: str
    file: str
    spec: Any = field(repr=False)
    subprocess_specs: Mapping[str, Any] = field(repr=False)
    elements: Mapping[str, Element] = field(repr=False)
    sequence_flows: tuple[SequenceFlow, ...] = field(repr=False)
    source: bytes = field(repr=False)
    names: Mapping[str, str] = field(default_factory=dict)

    def label(self, lang: str = "en") -> str:
        """The process's name in a language; `name` is the fallback."""
        return self.names.get(lang[:2]) or self.name or self.id

    def inherited(self, element: str, name: str) -> str | None:
        """A property of an element or else of the nearest subprocess around it that has it."""
        at = self.elements.get(element)
        while at is not None:
            if name in at.properties:
                return at.properties[name]
            at = self.elements.get(at.parent) if at.parent else None
        return None

    @cached_property
    def scopes(self) -> tuple[Any, ...]:
        """All specs an instance of this process may run in, this one first, then by name."""
        return (self.spec, *(self.subprocess_specs[name] for name in sorted(self.subprocess_specs)))

    @cached_property
    def spec_names(self) -> tuple[tuple[str, ...], ...]:
        """Per scope the names of its specs, sorted: what state rows refer to by position."""
        return tuple(tuple(sorted(scope.task_specs)) for scope in self.scopes)

    @cached_property
    def spec_numbers(self) -> Mapping[str, Mapping[str, int]]:
        """Per scope name the position of each of its specs in `spec_names`."""
        return {
            scope.name: {name: at for at, name in enumerate(names)}
            for scope, names in zip(self.scopes, self.spec_names, strict=True)
        }

    @cached_property
    def fingerprint(self) -> int:
        """Changes when `spec_names` does: a state is never read with another diagram's specs."""
        told = [(scope.name, names) for scope, names in zip(self.scopes, self.spec_names, strict=True)]
        return crc32(repr(told).encode())


@dataclass(frozen=True)
class Release:
    """A consistent set of processes, decision tables and forms."""

    key: str
    processes: Mapping[str, Process]
    tables: Mapping[str, Table]
    forms: Mapping[str, Mapping[str, Any]]
    vocabulary: Vocabulary = field(repr=False)

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """The elements of all processes by id; ids are unique across a release."""
        return {id_: element for process in self.processes.values() for id_, element in process.elements.items()}


def content_hash(source: bytes) -> str:
    """The version of a diagram, table or form: SHA-256 of its bytes, hexadecimal."""
    return hashlib.sha256(source).hexdigest()


def compile_release(files: Mapping[str, bytes], vocabulary: Vocabulary, key: str = "") -> Release:
    """Compiles files by name (`*.bpmn`, `*.dmn`, `forms/*.json`; others are ignored); raises ReleaseRefused.

    Finds what keeps the release from being compiled; what a diagram may not contain is for `checks` to find, before.
    """
    findings: list[Finding] = []
    tables = _tables(files, vocabulary, findings)
    forms = _forms(files, findings)
    processes = _processes({name: src for name, src in files.items() if name.endswith(".bpmn")}, findings)
    if any(finding.is_error for finding in findings):
        raise ReleaseRefused(findings)
    return Release(key, processes, tables, forms, vocabulary)


def _tables(files: Mapping[str, bytes], vocabulary: Vocabulary, findings: list[Finding]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for name, source in sorted(files.items()):
        if name.endswith(".dmn"):
            found, complaints = read_tables(source, vocabulary, name)
            findings.extend(complaint for complaint in complaints if complaint.is_error)
            findings.extend(_twice(id_, name) for id_ in found if id_ in tables)
            tables.update(found)
    return tables


def _forms(files: Mapping[str, bytes], findings: list[Finding]) -> dict[str, Mapping[str, Any]]:
    forms: dict[str, Mapping[str, Any]] = {}
    for name, source in sorted(files.items()):
        if name.endswith(".json"):
            try:
                form = json.loads(source)
                if not isinstance(form, dict):
                    raise ValueError("it is no JSON object")
            except (ValueError, RecursionError) as error:
                findings.append(_unreadable(name, str(error)))
            else:
                forms[PurePosixPath(name).stem] = form
    return forms


def _processes(files: Mapping[str, bytes], findings: list[Finding]) -> dict[str, Process]:
    parser = FlowParser()
    roots = {}
    for name, source in sorted(files.items()):
        try:
            roots[name] = read_diagram(source)
            parser.add(roots[name], name)
        except XmlRefused as error:
            findings.append(Finding(None, error.rule, "error", error.message, error.remedy))
        except Exception as error:  # SpiffWorkflow lets KeyError, AttributeError and more escape from odd files
            findings.append(_unparsable(name, error))
        else:
            findings.extend(_scripts(roots[name]))
            if not any(node.get("isExecutable", "true") == "true" for node in roots[name].iter(f"{{{BPMN}}}process")):
                findings.append(_nothing_to_run(name))
    if findings:
        return {}
    return _compiled(parser, roots, files, findings)


def _compiled(
    parser: FlowParser, roots: Mapping[str, Any], files: Mapping[str, bytes], findings: list[Finding]
) -> dict[str, Process]:
    ids = list(parser.get_process_ids())
    specs: dict[str, Any] = {}
    subs: dict[str, dict[str, Any]] = {}
    for id_ in ids:
        try:
            specs[id_], subs[id_] = parser.get_spec(id_), parser.get_subprocess_specs(id_)
        except Exception as error:  # as above
            findings.append(_unparsable(id_, error))
            return {}
    for spec in {id(s): s for s in (*specs.values(), *(s for group in subs.values() for s in group.values()))}.values():
        try:
            seal(spec)
        except Exception as error:  # as above
            findings.append(_unparsable(spec.name, error))
    nodes = {node.get("id"): (name, node) for name, root in roots.items() for node in root.iter(f"{{{BPMN}}}process")}
    return {
        id_: _process(specs[id_], subs[id_], node, file, files[file])
        for id_, (file, node) in nodes.items()
        if id_ in specs
    }


def _process(spec: Any, subprocess_specs: Mapping[str, Any], node: Any, file: str, source: bytes) -> Process:
    elements = elements_of(node, spec.name, with_root=True)
    itself = elements.pop(spec.name)
    return Process(
        id=itself.id,
        name=itself.name,
        file=file,
        spec=spec,
        subprocess_specs=subprocess_specs,
        elements=elements,
        sequence_flows=sequence_flows_of(node),
        source=source,
        names=itself.names,
    )


def _scripts(root: Any) -> list[Finding]:
    """SpiffWorkflow would run these beside any task; our own parser refuses script tasks, so no script is left."""
    scripts = root.iter(f"{{{SPIFF}}}preScript", f"{{{SPIFF}}}postScript")
    return [_script(node.getparent().getparent().get("id")) for node in scripts]


def _script(element: str | None) -> Finding:
    return Finding(
        element,
        "script",
        "error",
        Text(f"{element} has a script; scripts do not run here.", f"{element} 含有脚本；此处不运行脚本。"),
        Text("Use an expression, a decision table or an operator.", "请改用表达式、决策表或操作。"),
    )


def _nothing_to_run(name: str) -> Finding:
    return Finding(
        None,
        "no-executable-process",
        "error",
        Text(f"{name} has no executable process.", f"{name} 中没有可执行的流程。"),
        Text('Set isExecutable="true" on the process.', '请将流程的 isExecutable 设为 "true"。'),
    )


def _unparsable(where: str, error: Exception) -> Finding:
    element = getattr(error, "id", None) or None
    told = str(error) if isinstance(error, ValidationException) else f"{type(error).__name__}: {error}"
    return Finding(
        element,
        "not-compiled",
        "error",
        Text(f"{where}: the diagram cannot be compiled: {told}", f"{where}：流程图无法编译：{told}"),
        Text(
            "Check the diagram with `dunflow flows check`; it says what to draw instead.",
            "请用 `dunflow flows check` 检查流程图，它会说明应如何改画。",
        ),
    )


def _unreadable(name: str, reason: str) -> Finding:
    return Finding(
        None,
        "unreadable-file",
        "error",
        Text(f"{name} cannot be read: {reason}", f"{name} 无法读取：{reason}"),
        Text("Save the file again from the modeller.", "请在建模工具中重新保存该文件。"),
    )


def _twice(id_: str, name: str) -> Finding:
    return Finding(
        id_,
        "duplicate-table",
        "error",
        Text(f"{name}: the table {id_} exists twice in the release", f"{name}：决策表 {id_} 在发布中重复"),
        Text("Rename or remove one of them.", "请重命名或删除其中一个。"),
    )


class ReleaseCache:
    """The releases last used by this process. Threads that ask for one release together compile it once."""

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._loading: dict[object, threading.Lock] = {}
        self._kept: OrderedDict[object, Release] = OrderedDict()

    def get(self, release_id: object, loader: Callable[[], Release]) -> Release:
        """The release of that id; `loader` compiles it when it is not at hand."""
        with self._lock:
            kept = self._touch(release_id)
            if kept is not None:
                return kept
            turn = self._loading.setdefault(release_id, threading.Lock())
        with turn:
            with self._lock:
                kept = self._touch(release_id)
            return kept if kept is not None else self._load(release_id, loader)

    def _touch(self, release_id: object) -> Release | None:
        if release_id in self._kept:
            self._kept.move_to_end(release_id)
        return self._kept.get(release_id)

    def _load(self, release_id: object, loader: Callable[[], Release]) -> Release:
        release = loader()
        with self._lock:
            self._kept[release_id] = release
            self._loading.pop(release_id, None)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return release
