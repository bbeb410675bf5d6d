"""Draws small BPMN diagrams for the kernel's tests: a function per element, joined by `process` and `document`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

_NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="http://dunflow/tests"'
)


def document(*parts: str) -> bytes:
    """A BPMN file of processes, messages and so on."""
    head = f'<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions {_NAMESPACES}>'
    return f"{head}{''.join(parts)}</bpmn:definitions>".encode()


def process(*parts: str, id_: str = "p", executable: bool = True) -> str:
    """A process."""
    head = f'<bpmn:process id="{id_}" name="{id_}" isExecutable="{str(executable).lower()}">'
    return f"{head}{''.join(parts)}</bpmn:process>"


def flow(source: str, target: str, condition: str = "", id_: str = "") -> str:
    """An arrow; its id is made of its ends unless given."""
    inner = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
    )
    id_ = id_ or f"{source}_to_{target}"
    head = f'<bpmn:sequenceFlow id="{id_}" sourceRef="{source}" targetRef="{target}">'
    return f"{head}{inner if condition else ''}</bpmn:sequenceFlow>"


def path(*ids: str) -> str:
    """Arrows from each element to the next."""
    return "".join(flow(one, other) for one, other in pairwise(ids))


def _element(
    kind: str, id_: str, inner: str = "", properties: Mapping[str, str] | None = None, **attributes: str
) -> str:
    told = "".join(
        f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in (properties or {}).items()
    )
    extension = f"<spiffworkflow:properties>{told}</spiffworkflow:properties>" if told else ""
    return _raw(kind, id_, extension, inner, **attributes)


def _raw(kind: str, id_: str, extension: str, inner: str, **attributes: str) -> str:
    held = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    more = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items() if v)
    return f'<bpmn:{kind} id="{id_}"{more}>{held}{inner}</bpmn:{kind}>'


def start(id_: str = "start") -> str:
    """A start event."""
    return _element("startEvent", id_)


def end(id_: str = "end", event: str = "") -> str:
    """An end event; `event` is `terminate()`, `throw_escalation(...)` and the like."""
    return _element("endEvent", id_, event)


def user_task(id_: str, inner: str = "", properties: Mapping[str, str] | None = None, name: str = "") -> str:
    """A user task."""
    return _element("userTask", id_, inner, properties, name=name)


def operator(id_: str, name: str, params: Mapping[str, str] | None = None, result: str = "") -> str:
    """A service task that runs an operator of the vocabulary."""
    given = "".join(
        f'<spiffworkflow:parameter id={quoteattr(k)} type="str" value={quoteattr(v)}/>'
        for k, v in (params or {}).items()
    )
    variable = f" resultVariable={quoteattr(result)}" if result else ""
    inner = (
        f"<spiffworkflow:serviceTaskOperator id={quoteattr(name)}{variable}>"
        f"<spiffworkflow:parameters>{given}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    return _raw("serviceTask", id_, inner, "")


def decision(id_: str, table: str) -> str:
    """A business rule task."""
    return _raw(
        "businessRuleTask", id_, f"<spiffworkflow:calledDecisionId>{table}</spiffworkflow:calledDecisionId>", ""
    )


def exclusive(id_: str, default: str = "") -> str:
    """An exclusive gateway."""
    return _element("exclusiveGateway", id_, default=default)


def inclusive(id_: str, default: str = "") -> str:
    """An inclusive gateway."""
    return _element("inclusiveGateway", id_, default=default)


def parallel(id_: str) -> str:
    """A parallel gateway."""
    return _element("parallelGateway", id_)


def event_gateway(id_: str) -> str:
    """An event-based gateway."""
    return _element("eventBasedGateway", id_)


def catch(id_: str, event: str) -> str:
    """An intermediate event that waits."""
    return _element("intermediateCatchEvent", id_, event)


def throw(id_: str, event: str) -> str:
    """An intermediate event that is thrown."""
    return _element("intermediateThrowEvent", id_, event)


def boundary(id_: str, attached_to: str, event: str) -> str:
    """An interrupting boundary event."""
    return _element("boundaryEvent", id_, event, attachedToRef=attached_to, cancelActivity="true")


def beside(id_: str, attached_to: str, event: str) -> str:
    """A boundary event that does not interrupt."""
    return _element("boundaryEvent", id_, event, attachedToRef=attached_to, cancelActivity="false")


def subprocess(id_: str, *parts: str, inner: str = "", properties: Mapping[str, str] | None = None) -> str:
    """A subprocess; `inner` is a loop marker."""
    return _element("subProcess", id_, inner + "".join(parts), properties)


def call(id_: str, called: str) -> str:
    """A call activity."""
    return _element("callActivity", id_, calledElement=called)


def timer(expression: str) -> str:
    """A timer event with a date."""
    return (
        '<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">'
        f"{escape(expression)}</bpmn:timeDate></bpmn:timerEventDefinition>"
    )


def message(name: str) -> str:
    """A message event; declare it with `messages`."""
    return f'<bpmn:messageEventDefinition messageRef="m_{name}"/>'


def messages(*names: str) -> str:
    """Declares messages."""
    return "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in names)


def signal(name: str) -> str:
    """A signal event; declare it with `signals`."""
    return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'


def signals(*names: str) -> str:
    """Declares signals."""
    return "".join(f'<bpmn:signal id="s_{name}" name="{name}"/>' for name in names)


def escalation(name: str) -> str:
    """An escalation event; declare it with `escalations`."""
    return f'<bpmn:escalationEventDefinition escalationRef="x_{name}"/>'


def escalations(*names: str) -> str:
    """Declares escalations."""
    return "".join(f'<bpmn:escalation id="x_{name}" name="{name}" escalationCode="{name}"/>' for name in names)


def error(name: str) -> str:
    """An error event; declare it with `errors`."""
    return f'<bpmn:errorEventDefinition errorRef="r_{name}"/>'


def errors(*names: str) -> str:
    """Declares errors."""
    return "".join(f'<bpmn:error id="r_{name}" name="{name}" errorCode="{name}"/>' for name in names)


def terminate() -> str:
    """A terminate event."""
    return "<bpmn:terminateEventDefinition/>"


def repeated(times: str, *, sequential: bool = False, until: str = "") -> str:
    """A multi-instance marker: so many times, or until a condition holds."""
    condition = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality>{escape(times)}</bpmn:loopCardinality>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )


def over(items: str, item: str, results: str, result: str, *, sequential: bool = False) -> str:
    """A multi-instance marker: one for each of `items`, whose results are gathered in `results`."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"
        f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>"
        f'<bpmn:inputDataItem id="{item}"/><bpmn:outputDataItem id="{result}"/></bpmn:multiInstanceLoopCharacteristics>'
    )


def data_object(id_: str) -> str:
    """A data object and its reference, `<id>_ref`."""
    return f'<bpmn:dataObject id="{id_}"/><bpmn:dataObjectReference id="{id_}_ref" dataObjectRef="{id_}"/>'


def reads(id_: str) -> str:
    """The mark of an activity that reads a data object."""
    return f"<bpmn:dataInputAssociation><bpmn:sourceRef>{id_}_ref</bpmn:sourceRef></bpmn:dataInputAssociation>"


def writes(id_: str) -> str:
    """The mark of an activity that writes a data object."""
    return f"<bpmn:dataOutputAssociation><bpmn:targetRef>{id_}_ref</bpmn:targetRef></bpmn:dataOutputAssociation>"


def loop(at_most: int, condition: str) -> str:
    """A standard loop marker."""
    return (
        f'<bpmn:standardLoopCharacteristics loopMaximum="{at_most}"><bpmn:loopCondition>{escape(condition)}'
        "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
