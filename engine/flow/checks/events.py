"""Checks on events: which triggers may stand where, and what they refer to."""

from __future__ import annotations

from collections import Counter
from typing import Any

from engine.flow.checks.context import Context, Findings, listed
from engine.flow.checks.model import EVENTS, Diagram, Node, Scope, local
from engine.flow.checks.words import kind_text

_MESSAGE, _SIGNAL, _TIMER = "messageEventDefinition", "signalEventDefinition", "timerEventDefinition"
_ERROR, _ESCALATION = "errorEventDefinition", "escalationEventDefinition"
_CANCEL, _TERMINATE, _LINK = "cancelEventDefinition", "terminateEventDefinition", "linkEventDefinition"
_COMPENSATE, _CONDITIONAL = "compensateEventDefinition", "conditionalEventDefinition"
_MAY = {
    "startEvent": {_MESSAGE, _SIGNAL, _TIMER},
    "intermediateCatchEvent": {_MESSAGE, _SIGNAL, _TIMER},
    "intermediateThrowEvent": {_MESSAGE, _SIGNAL, _ESCALATION},
    "endEvent": {_MESSAGE, _ERROR, _ESCALATION, _TERMINATE, _CANCEL},
    "boundaryEvent": {_MESSAGE, _SIGNAL, _TIMER, _ERROR, _ESCALATION, _CANCEL},
}
_NEVER = {_LINK: "link-event", _COMPENSATE: "compensation", _CONDITIONAL: "conditional-event"}
_REFERENCES = {
    _MESSAGE: ("messageRef", "message"),
    _SIGNAL: ("signalRef", "signal"),
    _ERROR: ("errorRef", "error"),
    _ESCALATION: ("escalationRef", "escalation"),
}
_CODES = {_ERROR: "errorCode", _ESCALATION: "escalationCode"}
_THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
_CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})


def triggers(context: Context) -> Findings:
    """Each event has at most one trigger, of a kind that works in its place."""
    for node in context.diagram.nodes():
        if node.kind in EVENTS:
            yield from _placed(context, node)
            yield from _started(context, node)
        if node.kind == "boundaryEvent":
            yield from _attached(context, node)


def _placed(context: Context, node: Node) -> Findings:
    if len(node.triggers) > 1:
        yield context.at(node, "several-triggers", count=len(node.triggers))
    for kind in dict.fromkeys(local(trigger) for trigger in node.triggers):
        if kind in _NEVER:
            yield context.at(node, _NEVER[kind])
        elif kind == _SIGNAL and node.kind == "endEvent":
            yield context.at(node, "signal-end")
        elif kind not in _MAY[node.kind] and not _begins_event_subprocess(node):
            yield context.at(node, "event-not-here", trigger=kind_text(kind))
        elif kind == _CANCEL and not _in_transaction(node):
            yield context.at(node, "cancel-outside-transaction")
    if not node.triggers and node.kind in ("intermediateCatchEvent", "boundaryEvent"):
        yield context.at(node, "catches-nothing" if node.kind != "boundaryEvent" else "boundary-without-trigger")


def _begins_event_subprocess(node: Node) -> bool:
    return node.kind == "startEvent" and node.scope.owner is not None and node.scope.owner.is_event_subprocess


def _in_transaction(node: Node) -> bool:
    around = node.host if node.kind == "boundaryEvent" else node.scope.owner
    return around is not None and around.kind == "transaction"


def _started(context: Context, node: Node) -> Findings:
    if node.kind == "startEvent" and node.trigger in _MAY["startEvent"] and not _begins_event_subprocess(node):
        yield context.at(node, "start-event-waits", trigger=kind_text(node.trigger))


def _attached(context: Context, node: Node) -> Findings:
    if node.host is None:
        yield context.at(node, "boundary-on-nothing", other=node.xml.get("attachedToRef") or "?")
    if node.host is not None and any(flow.target is node.host for flow in node.outgoing):
        yield context.at(node, "boundary-to-its-own", other=node.host.it)
    if not node.interrupts and node.trigger in (_MESSAGE, _SIGNAL):
        yield context.at(node, "non-interrupting-message", trigger=kind_text(node.trigger))
    if not node.interrupts and node.trigger == _ERROR:
        yield context.at(node, "error-not-interrupting")
    if not node.interrupts and node.trigger == _ESCALATION:
        yield context.at(node, "fires-once")


def references(context: Context) -> Findings:
    """What events refer to is declared, named, and delivered by somebody."""
    here = thrown_names(context.diagram)
    for node in context.diagram.nodes():
        heard = _heard(context.diagram, node)
        for kind, reference, name in heard:
            yield from _reference(context, node, kind, reference)
            if kind not in _CODES:
                yield from _delivered(context, node, name, here)
        if not heard and node.kind in _WITHOUT_MESSAGE:
            yield context.at(node, _WITHOUT_MESSAGE[node.kind])


_WITHOUT_MESSAGE = {"receiveTask": "receive-without-message", "sendTask": "does-nothing"}


def _reference(context: Context, node: Node, kind: str, reference: str) -> Findings:
    trigger = kind_text(kind)
    held = context.diagram.declared[_REFERENCES[kind][1]].get(reference)
    if reference and held is None:
        yield context.at(node, "undeclared-reference", trigger=trigger, other=reference)
    elif kind in _CODES:
        if held is None or not held.get(_CODES[kind]):
            yield context.at(node, "without-code", trigger=trigger)
    elif not (held.get("name") or "").strip() if held is not None else not node.name:
        yield context.at(node, "message-without-name", trigger=trigger)
    elif held is None:
        yield context.at(node, "message-by-label", trigger=trigger)


def _delivered(context: Context, node: Node, name: str, here: frozenset[str]) -> Findings:
    heard_of = context.vocabulary.messages | here | context.offers.thrown
    if name and node.kind in _CATCHING and name not in heard_of:
        known = listed(context.vocabulary.messages)
        yield context.at(node, "unknown-message", context.outside, name=name, known=known)


def _heard(diagram: Diagram, node: Node) -> list[tuple[str, str, str]]:
    """The messages, signals, errors and escalations of a node: kind, reference, name."""
    if node.kind in ("sendTask", "receiveTask") and node.xml.get("messageRef"):
        return [_named(diagram, _MESSAGE, node.xml, node)]
    return [
        _named(diagram, local(trigger), trigger, node) for trigger in node.triggers if local(trigger) in _REFERENCES
    ]


def _named(diagram: Diagram, kind: str, xml: Any, node: Node) -> tuple[str, str, str]:
    attribute, declared = _REFERENCES[kind]
    reference = xml.get(attribute) or ""
    if not reference:
        return kind, "", node.name
    found = diagram.declared[declared].get(reference)
    return kind, reference, (found.get("name") or "").strip() if found is not None else ""


def thrown_names(diagram: Diagram) -> frozenset[str]:
    """The names of messages and signals that the diagram itself throws."""
    return frozenset(
        name
        for node in diagram.nodes()
        if node.kind in ("intermediateThrowEvent", "endEvent", "sendTask")
        for kind, _, name in _heard(diagram, node)
        if kind in (_MESSAGE, _SIGNAL) and name
    )


def gateways(context: Context) -> Findings:
    """After an event gateway come events, one timer at most, each message once."""
    for node in context.diagram.nodes():
        if node.kind != "eventBasedGateway":
            continue
        if node.xml.get("eventGatewayType", "Exclusive") == "Parallel":
            yield context.at(node, "event-gateway-parallel")
        targets = [flow.target for flow in node.outgoing if flow.target is not None]
        if not targets:
            yield context.at(node, "event-gateway-empty")
        for target in targets:
            if target.kind != "intermediateCatchEvent" and not _waits_for_message(context, target):
                yield context.at(node, "event-gateway-target", other=target.it)
            elif len(target.incoming) > 1:
                yield context.at(target, "event-gateway-shared", other=node.it)
        yield from _once(context, node, targets)


def _waits_for_message(context: Context, node: Node) -> bool:
    return node.kind == "receiveTask" and bool(_heard(context.diagram, node)) and not node.boundaries


def _once(context: Context, gateway: Node, events: list[Node]) -> Findings:
    timers = [event.id for event in events if any(local(trigger) == _TIMER for trigger in event.triggers)]
    if len(timers) > 1:
        yield context.at(gateway, "two-timers", count=len(timers), which=", ".join(timers))
    names = Counter(name for event in events for _, _, name in _heard(context.diagram, event) if name)
    for name in [name for name, count in names.items() if count > 1]:
        which = [event.id for event in events if name in [heard[2] for heard in _heard(context.diagram, event)]]
        yield context.at(gateway, "same-event-twice", which=", ".join(which), name=name)


def catching(context: Context) -> Findings:
    """Errors and escalations are thrown where they are caught, and caught where they are thrown."""
    called = {node.xml.get("calledElement") for node in context.diagram.nodes() if node.kind == "callActivity"}
    for node in context.diagram.nodes():
        if node.trigger not in _CODES:
            continue
        trigger = kind_text(node.trigger)
        if node.host is not None and not _may_throw(context, node.host, node.trigger, frozenset()):
            yield context.at(node, "boundary-never-fires", other=node.host.it, trigger=trigger)
        elif node.kind in _THROWING and not _is_caught(node, called):
            yield context.at(node, "never-caught", trigger=trigger)


def _may_throw(context: Context, host: Node, kind: str, seen: frozenset[str]) -> bool:
    if host.kind == "callActivity":
        target = host.xml.get("calledElement") or ""
        diagram = context.offers.processes.get(target)
        found = next((process for process in diagram.processes if process.id == target), None) if diagram else None
        if found is None or target in seen:
            return not context.offers.whole  # it may lie in another file
        return _throws(context, found, kind, seen | {target})
    return host.inner is not None and _throws(context, host.inner, kind, seen)


def _throws(context: Context, scope: Scope, kind: str, seen: frozenset[str]) -> bool:
    return any(
        (node.kind in _THROWING and node.trigger == kind)
        or (node.kind == "callActivity" and _may_throw(context, node, kind, seen))
        for node in scope.all_nodes()
    )


def _is_caught(node: Node, called: set[str | None]) -> bool:
    scope: Scope | None = node.scope
    while scope is not None and scope.owner is not None:
        if any(boundary.trigger == node.trigger for boundary in scope.owner.boundaries):
            return True
        scope = scope.within
    return scope is not None and scope.id in called
