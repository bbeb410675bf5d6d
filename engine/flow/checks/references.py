"""Checks on what elements name: forms, roles, operators, decision tables, called processes."""

from __future__ import annotations

import keyword
from typing import Any

from engine.flow.checks.context import Context, Findings, listed
from engine.flow.checks.model import B, Diagram, Node, S, Scope
from engine.flow.checks.rules import found
from engine.flow.checks.words import KINDS
from engine.flow.findings import Finding
from engine.flow.reading import BUILTINS
from engine.flow.vocabulary import Vocabulary

_EXTENSIONS = f"{B}extensionElements"


_FOR_PEOPLE = frozenset({"userTask", "manualTask", "task"})


def people(context: Context) -> Findings:
    """User tasks name a form that exists and a role that exists."""
    for node in context.diagram.nodes():
        if node.kind in _FOR_PEOPLE:
            yield from _form(context, node)
            yield from _role(context, node)


def _form(context: Context, node: Node) -> Findings:
    form = form_of(node)
    if not form:
        if node.kind == "userTask":
            yield context.at(node, "no-form")
    elif form not in context.offers.forms:
        yield context.at(node, "unknown-form", context.outside, other=form, known=listed(context.offers.forms))


def form_of(node: Node) -> str:
    """The key of a user task's form, empty if it names none."""
    return node.properties.get("form", "").strip()


def _role(context: Context, node: Node) -> Findings:
    role, known = node.properties.get("role", "").strip(), context.vocabulary.roles
    if not role:
        yield context.at(node, "no-role", context.outside, known=listed(known))
    elif role not in known:
        yield context.at(node, "unknown-role", other=role, known=listed(known))


def operators(context: Context) -> Findings:
    """Service tasks call an operator that exists, with the parameters it takes."""
    for node in context.diagram.nodes():
        if node.kind != "serviceTask":
            continue
        operator = operator_of(node)
        name = (operator.get("id") or "").strip() if operator is not None else ""
        if not name:
            yield context.at(node, "no-operator", known=listed(context.vocabulary.operators))
        elif name not in context.vocabulary.operators:
            yield context.at(node, "unknown-operator", other=name, known=listed(context.vocabulary.operators))
        else:
            yield from _parameters(context, node, name)
        variable = operator.get("resultVariable") if operator is not None else None
        if variable and not is_usable_name(variable, context.vocabulary):
            yield context.at(node, "bad-result-variable", name=variable)


def operator_of(node: Node) -> Any:
    """The operator element of a service task, None if it has none."""
    return node.xml.find(f"{_EXTENSIONS}/{S}serviceTaskOperator")


def parameters_of(node: Node) -> dict[str, str]:
    """The parameters of a service task that have a value: an expression each."""
    operator = operator_of(node)
    given = [] if operator is None else operator.iterfind(f"{S}parameters/{S}parameter")
    return {param.get("id"): param.get("value") for param in given if param.get("id") and param.get("value")}


def _parameters(context: Context, node: Node, name: str) -> Findings:
    taken, given = context.vocabulary.operators[name].params, parameters_of(node)
    for parameter in given:
        if parameter not in taken:
            yield context.at(node, "operator-parameter-unknown", name=parameter, other=name, known=listed(taken))
    for parameter, is_required in taken.items():
        if is_required and parameter not in given:
            yield context.at(node, "operator-parameter-missing", name=parameter, other=name)


def is_usable_name(name: str, vocabulary: Vocabulary) -> bool:
    """Whether case data may be kept under a name so that expressions can read it."""
    return (
        name.isidentifier()
        and not name.startswith("_")
        and not keyword.iskeyword(name)
        and name not in BUILTINS
        and name not in vocabulary.functions
        and name not in vocabulary.facts
    )


def tables(context: Context) -> Findings:
    """Business rule tasks ask a table that exists."""
    for node in context.diagram.nodes():
        if node.kind == "businessRuleTask":
            table = table_of(node)
            if not table:
                yield context.at(node, "no-table")
            elif table not in context.offers.tables:
                yield context.at(
                    node, "unknown-table", context.outside, other=table, known=listed(context.offers.tables)
                )


def table_of(node: Node) -> str:
    """The id of the table that a business rule task asks, empty if it names none."""
    return (node.xml.findtext(f"{_EXTENSIONS}/{S}calledDecisionId") or "").strip()


def calls(context: Context) -> Findings:
    """Call activities call an executable process that exists and does not come back."""
    everything = {**context.offers.processes, **{process.id: context.diagram for process in context.diagram.processes}}
    global_tasks = {xml.get("id") for xml in context.diagram.root if str(xml.tag).startswith(f"{B}global")}
    for node in context.diagram.nodes():
        if node.kind != "callActivity":
            continue
        called = called_by(node)
        process = process_named(everything.get(called), called)
        if not called:
            yield context.at(node, "no-called-process")
        elif called in global_tasks:
            yield context.at(node, "global-task", other=called)
        elif process is None:
            yield context.at(node, "unknown-process", context.outside, other=called, known=listed(everything))
        elif not process.is_executable:
            yield context.at(node, "call-not-executable", other=called)
        elif _leads_back(everything, process, _process_of(node), set()):
            yield context.at(node, "calls-itself", other=called)


def called_by(node: Node) -> str:
    """The id of the process that a call activity calls, empty if it names none."""
    return (node.xml.get("calledElement") or "").strip()


def process_named(diagram: Diagram | None, id_: str) -> Scope | None:
    """The process of that id in a diagram."""
    return next((process for process in diagram.processes if process.id == id_), None) if diagram else None


def _process_of(node: Node) -> Scope:
    scope = node.scope
    while scope.within is not None:
        scope = scope.within
    return scope


def _leads_back(everything: dict[str, Diagram], start: Scope, goal: Scope, seen: set[str]) -> bool:
    todo = [start]
    while todo:
        process = todo.pop()
        if process is goal:
            return True
        seen.add(process.id)
        targets = {called_by(node) for node in process.all_nodes() if node.kind == "callActivity"} - seen
        found_here = [process_named(everything.get(target), target) for target in targets]
        todo += [target for target in found_here if target is not None]
    return False


def unused(context: Context) -> list[Finding]:
    """Messages, signals, errors and escalations that are declared and used nowhere."""
    used = {
        value
        for element in context.diagram.root.iter(f"{B}*")
        for name, value in element.attrib.items()
        if str(name).endswith("Ref")
    }
    return [
        found("unused-declaration", id_, id=id_, trigger=KINDS[f"{kind}EventDefinition"])
        for kind, ids in context.diagram.declared.items()
        for id_ in ids
        if id_ not in used
    ]
