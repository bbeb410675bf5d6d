"""Differences in words: what is called what, and how an element, row or field is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString, gettext

from engine.flow.differences import Change, Difference
from engine.flow.differences.parts import Part
from web.i18n import _l, language

LONG = 60


@dataclass(frozen=True)
class Told:
    """One part that differs, in the reader's language; `shown` is what the page highlights for it."""

    key: str
    kind: str
    sort: str
    label: str
    changes: tuple[tuple[str, str, str], ...]


SORTS: Mapping[str, LazyString] = {
    "process": _l("Whole process"),
    "startEvent": _l("Start event"),
    "endEvent": _l("End event"),
    "intermediateCatchEvent": _l("Waiting event"),
    "intermediateThrowEvent": _l("Throwing event"),
    "boundaryEvent": _l("Boundary event"),
    "task": _l("Task"),
    "userTask": _l("User task"),
    "serviceTask": _l("Service task"),
    "businessRuleTask": _l("Business rule task"),
    "receiveTask": _l("Receive task"),
    "sendTask": _l("Send task"),
    "manualTask": _l("Manual task"),
    "scriptTask": _l("Script task"),
    "callActivity": _l("Called process"),
    "subProcess": _l("Subprocess"),
    "exclusiveGateway": _l("Exclusive gateway"),
    "parallelGateway": _l("Parallel gateway"),
    "inclusiveGateway": _l("Inclusive gateway"),
    "eventBasedGateway": _l("Event gateway"),
    "sequenceFlow": _l("Arrow"),
    "message": _l("Message"),
    "textAnnotation": _l("Annotation"),
    "table": _l("Decision table"),
    "inputColumn": _l("Condition column"),
    "outputColumn": _l("Result column"),
    "row": _l("Row"),
    "form": _l("Form"),
    "select": _l("Selection"),
    "radio": _l("One of several"),
    "checklist": _l("Any of several"),
    "checkbox": _l("Tick"),
    "number": _l("Number field"),
    "datetime": _l("Date or time"),
    "textfield": _l("Text field"),
    "textarea": _l("Long text"),
    "group": _l("Group of fields"),
    "text": _l("Text"),
}
FACTS: Mapping[str, LazyString] = {
    "name": _l("Title"),
    "kind": _l("Kind"),
    "condition": _l("Condition"),
    "timer": _l("Date"),
    "message": _l("Message"),
    "event": _l("Event"),
    "table": _l("Decision table"),
    "operator": _l("Operator"),
    "result": _l("Result goes to"),
    "source": _l("Comes from"),
    "target": _l("Leads to"),
    "within": _l("Inside"),
    "attached_to": _l("On the border of"),
    "default": _l("Arrow for “otherwise”"),
    "called": _l("Called process"),
    "documentation": _l("Documentation"),
    "cancelActivity": _l("Interrupts"),
    "isExecutable": _l("Executable"),
    "hit_policy": _l("Hit policy"),
    "asks": _l("Expression or name"),
    "type": _l("Type"),
    "values": _l("Allowed values"),
    "fallback": _l("“-” is only for values no row names"),
    "order": _l("Sequence"),
    "label": _l("Label"),
    "description": _l("Help"),
    "valuesKey": _l("Options that come with the case"),
    "decimalDigits": _l("Decimals"),
    "disallowPassedDates": _l("No past dates"),
    "subtype": _l("Date or time"),
    "dateLabel": _l("Label"),
    "property:name_en": _l("Name (English)"),
    "property:name_zh": _l("Name (Chinese)"),
    "property:label_en": _l("Label (English)"),
    "property:label_zh": _l("Label (Chinese)"),
    "property:help_en": _l("Help (English)"),
    "property:help_zh": _l("Help (Chinese)"),
    "property:note_en": _l("Explanation (English)"),
    "property:note_zh": _l("Explanation (Chinese)"),
    "property:role": _l("Role"),
    "property:form": _l("Form"),
    "property:group": _l("Responsible group"),
    "property:assignee": _l("Assignee"),
    "property:due": _l("Due"),
    "property:case_status": _l("Case status"),
    "property:priority": _l("Priority"),
    "property:show_if": _l("Shown if"),
    "rule:required": _l("Required"),
    "rule:min": _l("At least"),
    "rule:max": _l("At most"),
    "rule:minLength": _l("Shortest"),
    "rule:maxLength": _l("Longest"),
    "rule:pattern": _l("Pattern"),
}
_HIDDEN = frozenset({"name", "property:name_en", "property:name_zh", "source", "target", "within", "default"})
_NOTES = ("property:note_en", "property:note_zh")


def told(differences: Sequence[Difference]) -> list[Told]:
    """Each part that differs; of one that was added only what makes it act is listed."""
    return [_told(each) for each in differences]


def sort_label(sort: str) -> str:
    """What a kind of element, row or field is called."""
    return str(SORTS.get(sort, sort))


def fact_label(what: str) -> str:
    """What a fact about an element is called."""
    if what in FACTS:
        return str(FACTS[what])
    kind, _, name = what.partition(":")
    if kind == "cell":
        english, _, chinese = name.partition("|")
        return (chinese if language() == "zh" else english) or gettext("Annotation")
    if kind == "parameter":
        return str(gettext("Parameter %(name)s", name=name))
    if kind == "option":
        return str(gettext("Answer %(name)s", name=name))
    return name or what


def card(part: Part) -> tuple[str, list[tuple[str, str]]]:
    """An element explained: its note in the reader's language, and what makes it act."""
    note = part.facts.get(f"property:note_{language()}") or part.facts.get("documentation", "")
    hidden = {*_HIDDEN, *_NOTES, "documentation", "event"}
    return note, [(fact_label(what), value) for what, value in part.facts.items() if what not in hidden and value]


def _told(part: Difference) -> Told:
    changes: Sequence[Change] = part.changes
    if part.kind == "added":
        changes = [
            each for each in changes if each.what not in {"name", *_NOTES, "property:name_en", "property:name_zh"}
        ]
    listed = tuple((fact_label(each.what), each.before, each.after) for each in changes)
    return Told(part.key, part.kind, sort_label(part.sort), part.label.get(language()), listed)
