"""Checks on processes, starts and ends, elements and gateways."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.checks import graph
from engine.flow.checks.context import Context, Findings
from engine.flow.checks.model import ACTIVITIES, EVENTS, GATEWAYS, Diagram, Flow, Node, Scope
from engine.flow.checks.rules import found
from engine.flow.findings import Finding, Text

MOST_ELEMENTS = 200
MOST_IN_FILE = 6_000
_CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})
_MAY_SPLIT = GATEWAYS | {"startEvent"}
_NO_FLOW = frozenset({"linkEventDefinition", "compensateEventDefinition"})
_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})


def processes(diagram: Diagram) -> Findings:
    """Whether there is something to run at all."""
    if not diagram.processes:
        yield found("no-process", diagram.root.get("id"))
    runnable = any(process.is_executable for process in diagram.processes)
    for process in diagram.processes:
        if not process.is_executable:
            yield found("only-a-picture" if runnable else "not-executable", process.id or None, it=process.it)
        elif process.xml.get("isExecutable") is None:
            yield found("executable-unsaid", process.id or None, it=process.it)


def too_large(diagram: Diagram) -> list[Finding]:
    """What has more elements than anybody can read, or than SpiffWorkflow, which parses by recursion, can take."""
    scopes = [scope for process in diagram.processes for scope in process.scopes()]
    total = sum(len(scope.nodes) + len(scope.flows) for scope in scopes)
    if total > MOST_IN_FILE:
        first = diagram.processes[0]
        return [found("too-many-elements", first.id or None, it=first.it, count=total, limit=MOST_IN_FILE)]
    return [
        found("too-many-elements", scope.id or None, it=scope.it, count=len(scope.nodes), limit=MOST_ELEMENTS)
        for scope in scopes
        if len(scope.nodes) > MOST_ELEMENTS
    ]


def scopes(context: Context) -> Findings:
    """Starts, ends, ways and flows of every process and subprocess."""
    everywhere = frozenset(node.id for node in context.diagram.nodes())
    for scope in context.diagram.scopes():
        if scope.owner is not None and not scope.nodes:
            yield context.at(scope.owner, "empty-subprocess")
            continue
        if scope.owner is None or scope.owner.kind != "adHocSubProcess":
            yield from _starts(scope)
        yield from _ways(context, scope)
        for flow in scope.flows:
            yield from _flow(flow, everywhere)


def _starts(scope: Scope) -> Iterator[Finding]:
    starts = scope.starts()
    if not starts:
        yield found("no-start", scope.id or None, it=scope.it)
    if len(starts) > 1:
        yield found("several-starts", scope.id or None, it=scope.it, count=len(starts))
    if not any(node.kind == "endEvent" for node in scope.nodes):
        yield found("no-end", scope.id or None, "warning" if scope.owner is None else "error", it=scope.it)


def _ways(context: Context, scope: Scope) -> Findings:
    if scope.starts():
        alive = graph.reachable(scope)
        yield from (context.at(node, "unreachable") for node in scope.nodes if node not in alive and _flows(node))
        yield from (context.at(node, "dead-end") for node in scope.nodes if _stops(node) and node in alive)
    yield from _rounds(context, scope)


def _rounds(context: Context, scope: Scope) -> Findings:
    restless = graph.restless(scope)
    for group in graph.loops(scope):
        turning = [node for node in group if node in restless]
        if turning:
            yield context.at(turning[0], "never-ends")
    for group in graph.loops_without_rest(scope):
        if not restless.intersection(group):
            rule = "idle-loop" if all(map(graph.changes_nothing, group)) else "restless-loop"
            yield context.at(_entered(group), rule)
    for group in graph.loops_without_choice(scope):
        if len(group) > 1:
            yield context.at(_entered(group), "loop-without-choice")
    for group in graph.loops(scope):
        yield from (context.at(node, "fork-in-loop") for node in group if _multiplies(node, group))
    yield from _joins(context, scope)


def _joins(context: Context, scope: Scope) -> Findings:
    looping = graph.in_loops(scope)
    for node in scope.nodes:
        if node.kind in _JOINS and len(node.incoming) > 1 and node in looping:
            yield context.at(node, "join-in-loop")
        elif node.kind == "inclusiveGateway" and len(node.outgoing) > 1 and node in looping:
            yield context.at(node, "inclusive-in-loop")
    for starved in graph.starved_joins(scope):
        if starved.join not in looping:
            rule = "join-hangs" if starved.is_sure else "join-may-hang"
            yield context.at(starved.join, rule, gateway=starved.choice.it)


def _entered(group: list[Node]) -> Node:
    """Where a loop is entered from outside, else any of its nodes."""
    inside = set(group)
    return next((node for node in group if any(flow.source not in inside for flow in node.incoming)), group[0])


def _multiplies(node: Node, group: list[Node]) -> bool:
    """Whether a fork sends the case round a loop more than once at a time."""
    return node.kind == "parallelGateway" and sum(1 for target in node.following if target in group) > 1


def _flows(node: Node) -> bool:
    return not _compensates(node) and (node.kind != "boundaryEvent" or node.host is not None)


def _stops(node: Node) -> bool:
    if node.outgoing or node.kind in ("endEvent", "eventBasedGateway") or node.trigger in _NO_FLOW:
        return False
    return not (node.is_event_subprocess or _compensates(node) or graph.never_completes(node))


def _compensates(node: Node) -> bool:
    return str(node.xml.get("isForCompensation", "false")).lower() == "true"


def _flow(flow: Flow, everywhere: frozenset[str]) -> Findings:
    for reference, node, way in (("sourceRef", flow.source, FROM), ("targetRef", flow.target, TO)):
        if node is None:
            other = flow.xml.get(reference) or "?"
            rule = "flow-crosses-border" if other in everywhere else "dangling-flow"
            yield found(rule, flow.id or None, it=flow.it, way=way, other=other)
    source = flow.source
    if source is not None and flow.condition is not None and source.kind not in _CONDITIONAL:
        yield found("conditional-flow", flow.id or None, it=flow.it)


FROM, TO = Text("from", "起自"), Text("to", "指向")


def elements(context: Context) -> Findings:
    """What every single element may be, and how many flows it may have."""
    for node in context.diagram.nodes():
        yield from _kind(context, node)
        yield from _degree(context, node)
        if node.kind in _CONDITIONAL:
            yield from _conditions(context, node)


_REFUSED = {"complexGateway": "complex-gateway", "adHocSubProcess": "ad-hoc-subprocess"}


def _kind(context: Context, node: Node) -> Findings:
    if node.kind in _REFUSED:
        yield context.at(node, _REFUSED[node.kind])
    elif node.kind not in ACTIVITIES | EVENTS | GATEWAYS:
        yield context.at(node, "unsupported-element")
    if node.is_event_subprocess:
        yield context.at(node, "event-subprocess")
    if _compensates(node):
        yield context.at(node, "compensation")
    if str(node.xml.get("instantiate", "false")).lower() == "true":
        yield context.at(node, "instantiating")
    if node.kind == "task" and not _compensates(node):
        yield context.at(node, "plain-task")


def _degree(context: Context, node: Node) -> Findings:
    if node in node.following and node.kind not in _CONDITIONAL:
        yield context.at(node, "self-loop")
    if node.kind == "startEvent" and node.incoming:
        yield context.at(node, "start-with-incoming")
    if node.kind == "boundaryEvent" and node.incoming:
        yield context.at(node, "boundary-with-incoming")
    if node.kind == "endEvent" and node.outgoing:
        yield context.at(node, "after-end")
    elif len(node.outgoing) > 1 and node.kind not in _MAY_SPLIT:
        yield context.at(node, "implicit-split", count=len(node.outgoing))


def _conditions(context: Context, node: Node) -> Findings:
    default = node.xml.get("default")
    if default and default not in [flow.id for flow in node.outgoing]:
        yield context.at(node, "default-unknown", flow=default)
    if len(node.outgoing) == 1 and node.outgoing[0].condition is None:
        return
    for flow in node.outgoing:
        if flow.condition is None and (not flow.id or flow.id != default):
            yield found("condition-missing", flow.id or None, it=flow.it, gateway=node.it)
    if node.outgoing and not default and all(flow.condition for flow in node.outgoing):
        yield context.at(node, "no-default")
