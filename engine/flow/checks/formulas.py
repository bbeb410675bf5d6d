"""Checks on expressions, wherever a diagram holds one: the closed language, and names that somebody fills in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.flow import expressions
from engine.flow.checks import references, timers
from engine.flow.checks.context import Context, Findings
from engine.flow.checks.model import B, Diagram, Node, S, Scope
from engine.flow.checks.rules import found
from engine.flow.elements import properties_of
from engine.flow.findings import Finding, Text
from engine.flow.vocabulary import Vocabulary

_EXTENSIONS = f"{B}extensionElements"
_UNKNOWN = "expression-unknown-name"
_STATUS = "case_status"
_OPEN = frozenset({"userTask", "manualTask", "task", "callActivity", "businessRuleTask", "receiveTask"})
_PROPERTIES = {
    "group": Text("property group", "属性 group"),
    "assignee": Text("property assignee", "属性 assignee"),
    "due": Text("property due", "属性 due"),
    _STATUS: Text("property case_status", "属性 case_status"),
}


@dataclass(frozen=True)
class Formula:
    """One expression: the id of its element, what it is for, its source."""

    element: str | None
    where: Text
    source: str


def expressions_of(context: Context) -> Findings:
    """Every expression of the diagram, held against the language and the names that are known."""
    known = names_of(context.diagram, context.vocabulary) | objects_of(context.diagram) | context.offers.names
    is_open = not context.offers.whole and _takes_from_outside(context.diagram)
    for formula in formulas(context.diagram):
        yield from complaints(formula, context.vocabulary, known, is_open=is_open)
    for formula in _of_properties(context.diagram):
        yield from complaints(formula, context.vocabulary, frozenset(), is_open=False)


def complaints(formula: Formula, vocabulary: Vocabulary, known: frozenset[str], *, is_open: bool) -> Iterator[Finding]:
    """What is wrong with one expression. In an open world, an unknown plain name is only a warning."""
    for problem in expressions.problems(formula.source, vocabulary, known):
        severity = "warning" if is_open and problem.rule == _UNKNOWN else problem.severity
        shown = " ".join(formula.source.split())[:80]
        message = Text(
            f"{formula.where.en} “{shown}”: {problem.message.en}", f"{formula.where.zh}“{shown}”：{problem.message.zh}"
        )
        yield Finding(formula.element, problem.rule, severity, message, problem.remedy)


def formulas(diagram: Diagram) -> Iterator[Formula]:
    """All expressions of a diagram."""
    for scope in diagram.scopes():
        for flow in scope.flows:
            if flow.condition is not None:
                yield Formula(flow.id or None, Text("Condition of the flow", "顺序流条件"), flow.condition)
        for node in scope.nodes:
            yield from _of_node(node)
    for prop in diagram.root.iter(f"{B}correlationPropertyRetrievalExpression"):
        for child in prop:
            if isinstance(child.tag, str) and (child.text or "").strip():
                owner = prop.getparent().get("id")
                yield Formula(owner, Text("Correlation", "关联表达式"), child.text.strip())


def _of_node(node: Node) -> Iterator[Formula]:
    date = timers.date_of(node)
    if date and date != "never" and not timers.is_plain_date(date):
        yield Formula(node.id or None, Text("Date of the timer", "定时器日期"), date)
    for name, source in references.parameters_of(node).items():
        yield Formula(node.id or None, Text(f"Parameter {name}", f"参数 {name}"), source)
    for path, where in _MARKERS.items():
        for held in node.xml.iterfind(path):
            if (held.text or "").strip():
                yield Formula(node.id or None, where, held.text.strip())


def _of_properties(diagram: Diagram) -> Iterator[Formula]:
    """The expressions in properties. They belong to the case, not to a token: facts and functions are all they read."""
    for scope in diagram.scopes():
        things: list[Node | Scope] = [*scope.nodes]
        for thing in things if scope.owner is not None else [*things, scope]:
            for name, where in _PROPERTIES.items():
                source = properties_of(thing.xml).get(name, "")
                if name == _STATUS and not source.startswith("="):
                    continue
                if source.strip():
                    yield Formula(thing.id or None, where, source.removeprefix("=").strip())


_MULTI, _LOOP = f"{B}multiInstanceLoopCharacteristics", f"{B}standardLoopCharacteristics"
_MARKERS = {
    f"{_MULTI}/{B}loopCardinality": Text("Number of repetitions", "重复次数"),
    f"{_MULTI}/{B}loopDataInputRef": Text("List to repeat over", "遍历列表"),
    f"{_MULTI}/{B}completionCondition": Text("Completion condition", "完成条件"),
    f"{_LOOP}/{B}loopCondition": Text("Loop condition", "循环条件"),
    f".//{S}messagePayload": Text("Content of the message", "消息内容"),
    f".//{S}processVariableCorrelation/{S}expression": Text("Correlation", "关联表达式"),
}


def names_of(diagram: Diagram, vocabulary: Vocabulary) -> frozenset[str]:
    """The names of case data that a diagram itself fills in."""
    names: set[str] = set()
    for node in diagram.nodes():
        names |= _results(node, vocabulary)
        names |= {held.text.strip() for held in node.xml.iter(f"{S}messageVariable", f"{S}variableName") if held.text}
        for marker in node.xml.iterfind(_MULTI):
            items = [marker.find(B + item) for item in ("inputDataItem", "outputDataItem")]
            names |= {item.get("id") for item in items if item is not None and item.get("id")}
            names.add((marker.findtext(f"{B}loopDataOutputRef") or "").strip())
    for held in diagram.root.iter(f"{B}signal", f"{B}error", f"{B}escalation", f"{B}message"):
        names |= {child.text.strip() for child in held.iter(f"{S}variableName", f"{S}messageVariable") if child.text}
    return frozenset(names - {""})


def _results(node: Node, vocabulary: Vocabulary) -> set[str]:
    if node.kind != "serviceTask":
        return set()
    operator = references.operator_of(node)
    if operator is None:
        return set()
    if operator.get("resultVariable"):
        return {operator.get("resultVariable")}
    known = vocabulary.operators.get((operator.get("id") or "").strip())
    return set(known.results) if known else set()


def _takes_from_outside(diagram: Diagram) -> bool:
    """Whether case data may come from what this file does not show: forms, tables, called processes, messages."""
    return any(node.kind in _OPEN or node.trigger == "messageEventDefinition" for node in diagram.nodes())


def correlations(diagram: Diagram) -> Findings:
    """Correlation properties are whole: each one left half done keeps the whole file from being parsed."""
    for prop in diagram.root.iter(f"{B}correlationProperty"):
        missing = _missing(prop)
        if missing:
            yield found("correlation", prop.get("id"), it=prop.get("id") or "?", what=missing)


def _missing(prop: Any) -> Text | None:
    retrievals = list(prop.iterfind(f"{B}correlationPropertyRetrievalExpression"))
    if not prop.get("id"):
        return Text("it has no id", "缺少标识")
    if not retrievals:
        return Text("it has no retrieval expression", "缺少取值表达式")
    if any(not retrieval.get("messageRef") for retrieval in retrievals):
        return Text("a retrieval expression names no message", "取值表达式没有指定消息")
    return None


def objects_of(diagram: Diagram) -> frozenset[str]:
    """The names of data objects."""
    return frozenset(xml.get("id") for xml in diagram.root.iter(f"{B}dataObject") if xml.get("id"))


def lists_of(diagram: Diagram) -> set[str]:
    """The names of the lists that repetitions go through."""
    found_lists = diagram.root.iter(f"{B}loopDataInputRef", f"{B}loopDataOutputRef")
    return {(xml.text or "").strip() for xml in found_lists} - {""}
