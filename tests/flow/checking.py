"""What the checker's tests share: a small vocabulary, calls to check, and what was found as rule and element."""

from __future__ import annotations

from typing import Any

from engine.flow.checks import FileReport, check_file, check_release
from engine.flow.vocabulary import Function, Operator, Vocabulary
from tests.flow.drawing import document, end, path, process, start, user_task


def _unused(*_: Any, **__: Any) -> None:
    raise AssertionError("a check runs nothing of the domain")


VOCABULARY = Vocabulary(
    functions={
        "due": Function("due", _unused, 0, 1, "datetime"),
        "today": Function("today", _unused, 0, 0, "date"),
        "days": Function("days", _unused, 0, 0, "number"),
        "is_late": Function("is_late", _unused, 0, 0, "boolean"),
    },
    operators={
        "note": Operator("note", _unused, {"what": False}, ("noted",)),
        "tell": Operator("tell", _unused, {"whom": True, "what": False}),
    },
    facts={"days_past_due": _unused, "product": _unused},
    messages=frozenset({"suspend", "resume", "settled"}),
    roles=frozenset({"collector", "supervisor"}),
)

PERSON = {"role": "collector", "form": "follow_up"}
FORM = """{"type": "default", "components": [
{"type": "number", "key": "amount", "label": "Amount", "properties": {"label_zh": "金额"}}]}""".encode()
TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
<decision id="tier" name="Tier"><decisionTable id="dt">
<input id="i" label="Days">
<inputExpression id="ie" typeRef="integer"><text>days_past_due</text></inputExpression></input>
<output id="o" name="tier_name" typeRef="string"/>
<rule id="r1"><inputEntry id="c1"><text>&lt; 31</text></inputEntry>
<outputEntry id="v1"><text>"M1"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c2"><text>&gt;= 31</text></inputEntry>
<outputEntry id="v2"><text>"M2"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

Found = set[tuple[str, str | None]]


def person(id_: str, inner: str = "") -> str:
    """A user task with role and form."""
    return user_task(id_, inner, PERSON, name=f"Do {id_}")


def line(*between: str, ids: tuple[str, ...], more: str = "") -> bytes:
    """A diagram of one line: start, the elements with these ids, end; and whatever else belongs to the process."""
    return document(process(start(), *between, end(), path("start", *ids, "end"), more))


def check(source: bytes) -> FileReport:
    """One diagram by itself."""
    return check_file("drawn.bpmn", source, VOCABULARY)


def check_all(**files: bytes) -> dict[str, FileReport]:
    """Files as one release; `main_bpmn=` stands for main.bpmn, `forms__a_json=` for forms/a.json."""
    named = {_file_name(name): source for name, source in files.items()}
    return {report.file: report for report in check_release(named, VOCABULARY)}


def _file_name(name: str) -> str:
    stem, _, ending = name.rpartition("_")
    return f"{stem.replace('__', '/')}.{ending}"


def errors(report: FileReport) -> Found:
    """Rule and element of each error."""
    return {(finding.rule, finding.element) for finding in report.findings if finding.is_error}


def warnings(report: FileReport) -> Found:
    """Rule and element of each warning."""
    return {(finding.rule, finding.element) for finding in report.findings if not finding.is_error}
