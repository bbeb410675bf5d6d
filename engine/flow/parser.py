"""Diagrams as SpiffWorkflow specs: secure XML, our own tasks and timers, no scripts."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, StartEvent
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import SpiffTaskParser

from engine.flow.durations import duration_of
from engine.flow.safe_xml import read_xml
from engine.flow.specs import DateTimer, DecisionTask, OperatorTask, RelativeTimer

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
ALLOW_RELATIVE = "allow_relative_timer"
NAMESPACES = {"bpmn": BPMN, "spiffworkflow": SPIFF}


_BOOLEANS = frozenset(
    {"isExecutable", "triggeredByEvent", "isInterrupting", "cancelActivity", "isForCompensation", "instantiate"}
    | {"isSequential", "testBefore", "parallelMultiple", "isCollection"}
)
_WRITTEN_OTHERWISE = {"1": "true", "0": "false"}


def read_diagram(source: bytes) -> etree._Element:
    """The root of a diagram, read as SpiffWorkflow needs it; raises safe_xml.XmlRefused.

    It stumbles over comments, and knows only one way to write a truth: `cancelActivity="1"` would not interrupt.
    """
    root = read_xml(source)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    for element in root.iter(f"{{{BPMN}}}*"):
        for name in _BOOLEANS.intersection(element.keys()):
            written = element.get(name, "").strip()
            element.set(name, _WRITTEN_OTHERWISE.get(written, written))
    return root


class _Outspoken:
    """Lets SpiffWorkflow's complaints through, always with the element: its own method fails when told of a node."""

    node: Any
    filename: str | None

    def raise_validation_exception(self, message: str, node: Any = None) -> NoReturn:
        raise ValidationException(message, self.node, self.filename)


def allows_relative(node: Any) -> bool:
    """Whether an element says that its timer may count from the moment it is entered."""
    path = f"{{{BPMN}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property"
    said = [prop.get("value") or "" for prop in node.iterfind(path) if prop.get("name") == ALLOW_RELATIVE]
    return [word.strip().lower() for word in said] == ["true"]


class _DatedEvents(_Outspoken):
    """Reads `timeDate`, and `timeDuration` where the element allows it.

    SpiffWorkflow's own restart on migration, and a late sweep fires every cycle that it missed.
    """

    xpath: Any

    def parse_timer_event(self, event: Any) -> DateTimer:
        element = self.node.get("id")
        name = self.node.get("name", element)
        written = (event.findtext(f"{{{BPMN}}}timeDuration") or "").strip()
        length = duration_of(written) if allows_relative(self.node) else None
        if length is not None and event.find(f"{{{BPMN}}}timeDate") is None:
            return RelativeTimer(element, name, written, length)
        date = (event.findtext(f"{{{BPMN}}}timeDate") or "").strip()
        if not date:
            self.raise_validation_exception("A timer needs a timeDate, or a duration that is allowed")
        return DateTimer(element, name, date)


class _StartEvents(_DatedEvents, SpiffStartEventParser):  # type: ignore[misc]
    pass


class _CatchEvents(_DatedEvents, SpiffIntermediateCatchEventParser):  # type: ignore[misc]
    pass


class _BoundaryEvents(_DatedEvents, SpiffBoundaryEventParser):  # type: ignore[misc]
    pass


class _OperatorTasks(_Outspoken, SpiffTaskParser):  # type: ignore[misc]
    """Service tasks: the operator's id is its name in the vocabulary, parameter values are expressions."""

    def create_task(self) -> OperatorTask:
        operator = self.node.find(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}serviceTaskOperator")
        if operator is None or not operator.get("id"):
            self.raise_validation_exception("A service task must have an operator")
        params = {
            param.get("id"): param.get("value")
            for param in operator.iterfind(f"{{{SPIFF}}}parameters/{{{SPIFF}}}parameter")
            if param.get("id") and param.get("value")
        }
        variable = operator.get("resultVariable") or None
        return OperatorTask(
            self.spec,
            self.bpmn_id,
            operator=operator.get("id"),
            params=params,
            result_variable=variable,
            **self.bpmn_attributes,
        )


class _DecisionTasks(_Outspoken, SpiffTaskParser):  # type: ignore[misc]
    """Business rule tasks: the table is looked up in the release when the task runs."""

    def create_task(self) -> DecisionTask:
        decision = self.get_decision_ref(self.node)
        if not decision:
            self.raise_validation_exception("A business rule task must name a decision table")
        return DecisionTask(self.spec, self.bpmn_id, decision=decision, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> str | None:
        """The id of the table, None if the task names none."""
        text = node.findtext(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}calledDecisionId")
        return (text or "").strip() or None


class _NoScripts(_Outspoken, SpiffTaskParser):  # type: ignore[misc]
    def create_task(self) -> NoReturn:
        self.raise_validation_exception("Scripts do not run here")


class _Processes(SpiffProcessParser):  # type: ignore[misc]
    """Finds elements by id among BPMN's own: an operator or a parameter may have the id of an element."""

    def _index_process_nodes(self) -> None:
        super()._index_process_nodes()
        for node in self.node.iterdescendants(f"{{{BPMN}}}*"):
            if node.get("id") is not None and node.getparent().tag != f"{{{BPMN}}}extensionElements":
                self.nodes_by_id[node.get("id")] = node


class FlowParser(SpiffBpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser with our tasks and timers. Good for one use: after an error, take a fresh one."""

    PROCESS_PARSER_CLASS = _Processes
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("serviceTask"): (_OperatorTasks, OperatorTask),
        full_tag("businessRuleTask"): (_DecisionTasks, DecisionTask),
        full_tag("scriptTask"): (_NoScripts, OperatorTask),
        full_tag("startEvent"): (_StartEvents, StartEvent),
        full_tag("intermediateCatchEvent"): (_CatchEvents, IntermediateCatchEvent),
        full_tag("boundaryEvent"): (_BoundaryEvents, BoundaryEvent),
    }

    def __init__(self) -> None:
        super().__init__()
        self._documents: list[Any] = []

    def add(self, root: etree._Element, filename: str) -> None:
        """Adds a document read by `read_diagram`; raises SpiffWorkflow's ValidationException."""
        self._documents.append(root)  # its indexes go by the identity of the root, which must therefore live
        self.add_bpmn_xml(root, filename)
