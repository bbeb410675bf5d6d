"""Checks a file by itself, or files together as one release, and proves the verdict by a trial run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from engine.flow.checks import events, formulas, identity, references, structure, tasks, timers, trial
from engine.flow.checks.context import Context, Findings, Offers
from engine.flow.checks.files import Part, read_part
from engine.flow.checks.forms import check_form
from engine.flow.checks.report import FileReport
from engine.flow.checks.rules import found
from engine.flow.decisions import analyse, read_tables
from engine.flow.vocabulary import Vocabulary

_CHECKS: Sequence[Callable[[Context], Findings]] = (
    structure.scopes,
    structure.elements,
    identity.ids,
    identity.names,
    identity.drawing,
    events.triggers,
    events.references,
    events.gateways,
    events.catching,
    timers.timers,
    tasks.scripts,
    tasks.repetitions,
    tasks.data,
    tasks.extensions,
    references.people,
    references.operators,
    references.tables,
    references.calls,
    formulas.expressions_of,
)


def check_file(name: str, source: bytes, vocabulary: Vocabulary) -> FileReport:
    """The verdict on one file by itself; references to what lies outside it are warnings. Never raises."""
    return _checked([read_part(name, source, vocabulary)], vocabulary, is_whole=False)[0]


def check_release(files: Mapping[str, bytes], vocabulary: Vocabulary) -> list[FileReport]:
    """The verdicts on files that are published together, in the order of their names. Never raises."""
    parts = [read_part(name, files[name], vocabulary) for name in sorted(files)]
    return _checked(parts, vocabulary, is_whole=True)


def _checked(parts: list[Part], vocabulary: Vocabulary, *, is_whole: bool) -> list[FileReport]:
    offers = _offers(parts, vocabulary, is_whole=is_whole)
    for part in parts:
        try:
            part.findings.extend(dict.fromkeys(_findings(part, vocabulary, offers)))
        except Exception as error:  # a file no rule foresaw must become a finding, never an end of the check
            part.findings.append(found("check-failed", None, what=f"{type(error).__name__}: {error}"))
    if is_whole:
        _between(parts)
    _prove(parts, vocabulary, offers.names)
    return [FileReport(part.name, part.is_sound, tuple(part.findings)) for part in parts]


def _offers(parts: list[Part], vocabulary: Vocabulary, *, is_whole: bool) -> Offers:
    diagrams = [part.diagram for part in parts if part.diagram]
    forms = {part.form.key: part.form.keys for part in parts if part.form}
    tables = {id_: [output.name for output in table.outputs] for part in parts for id_, table in part.tables.items()}
    names = {name for given in (*forms.values(), *tables.values()) for name in given}
    for diagram in diagrams:
        names |= formulas.names_of(diagram, vocabulary)
    objects = {name for diagram in diagrams for name in formulas.objects_of(diagram)}
    return Offers(
        whole=is_whole,
        forms=forms,
        tables=tables,
        processes={process.id: diagram for diagram in diagrams for process in diagram.processes},
        thrown=frozenset(name for diagram in diagrams for name in events.thrown_names(diagram)),
        filled=frozenset(names),
        names=frozenset(names | objects),
    )


def _findings(part: Part, vocabulary: Vocabulary, offers: Offers) -> Findings:
    if part.diagram is not None:
        yield from _of_diagram(Context(part.diagram, vocabulary, offers))
    elif part.kind == "dmn":
        names = offers.names if offers.whole else None
        part.tables, complaints = read_tables(part.source, vocabulary, part.name, names)
        yield from complaints
        for table in part.tables.values():
            yield from analyse(table)
    elif part.form is not None:
        yield from check_form(part.form, vocabulary, is_whole=offers.whole)


def _of_diagram(context: Context) -> Findings:
    yield from structure.processes(context.diagram)
    too_large = structure.too_large(context.diagram)
    yield from too_large
    if too_large:
        return
    yield from formulas.correlations(context.diagram)
    for check in _CHECKS:
        yield from check(context)
    yield from references.unused(context)


def _between(parts: list[Part]) -> None:
    """What only shows when the files lie side by side: ids used twice, forms and tables that nothing uses."""
    for kind, owners in (("process", _owners(parts, _processes)), ("table", _owners(parts, _tables))):
        _note_twice(parts, kind, owners)
    _note_twice(parts, "form", _owners(parts, _forms))
    _note_shared_ids(parts)
    nodes = [node for part in parts if part.diagram for node in part.diagram.nodes()]
    asked = {references.table_of(node) for node in nodes if node.kind == "businessRuleTask"}
    shown = {references.form_of(node) for node in nodes}
    for part in parts:
        part.findings += [found("unused-table", id_, id=id_) for id_ in part.tables if id_ not in asked]
        part.findings += [found("unused-form", id_, id=id_) for id_ in _forms(part) if id_ not in shown]


def _processes(part: Part) -> list[str]:
    return [process.id for process in part.diagram.processes] if part.diagram else []


def _tables(part: Part) -> list[str]:
    return list(part.tables)


def _forms(part: Part) -> list[str]:
    return [part.form.key] if part.form else []


def _owners(parts: list[Part], holds: Callable[[Part], list[str]]) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for part in parts:
        for id_ in holds(part):
            owners.setdefault(id_, []).append(part.name)
    return owners


def _note_twice(parts: list[Part], kind: str, owners: dict[str, list[str]]) -> None:
    for part in parts:
        for id_, files in owners.items():
            others = [name for name in files if name != part.name]
            if part.name in files and others:
                part.findings.append(found(f"duplicate-{kind}", id_ or None, id=id_, other=", ".join(others)))


def _note_shared_ids(parts: list[Part]) -> None:
    owners = _owners(parts, lambda part: sorted(identity.own_ids(part.diagram)) if part.diagram else [])
    for part in parts:
        if part.diagram is not None:
            told = {finding.element for finding in part.findings if finding.rule == "duplicate-process"}
            shared = identity.shared_ids(part.diagram, owners)
            part.findings += [finding for finding in shared if finding.element not in told]


def _prove(parts: list[Part], vocabulary: Vocabulary, names: Collection[str]) -> None:
    """Compiles what has no error so far with the real kernel, and starts every process of it."""
    sound = [part for part in parts if part.is_sound and part.diagram is not None]
    beside = {part.name: part.source for part in parts if part.kind in ("dmn", "json") and part.is_sound}
    for group in [sound, *([part] for part in sound if len(sound) > 1)] if sound else []:
        release, complaints = trial.compiled(_sources(group, beside), vocabulary, _stubs(group))
        if release is not None:
            for part in group:
                for id_ in [id_ for id_ in _processes(part) if id_ in release.processes]:
                    known = {*names, *(formulas.lists_of(part.diagram) if part.diagram else ())}
                    part.findings += trial.started(release, release.processes[id_], known)
            if group is sound:
                return
        elif len(group) == 1:
            group[0].findings += complaints


def _sources(group: list[Part], beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files to compile; the kernel goes by lower-case endings."""
    diagrams = {part.name if part.name.endswith(".bpmn") else f"{part.name}.bpmn": part.source for part in group}
    return {**beside, **diagrams}


def _stubs(group: list[Part]) -> set[str]:
    """The processes that some diagrams call and do not hold."""
    nodes = [node for part in group if part.diagram for node in part.diagram.nodes()]
    called = {references.called_by(node) for node in nodes if node.kind == "callActivity"}
    return called - {id_ for part in group for id_ in _processes(part)}
