"""Each of the 21 reference diagrams of the BPMN model interchange group: can it run, and if not, why and where."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.flow.checks import FileReport, check_file
from tests.flow.checking import VOCABULARY

FOLDER = Path(__file__).parent / "miwg"

#: Errors by rule, read against each drawing. None of them runs: most say so themselves (isExecutable="false"), the
#: others lean on what their own tool adds (C.1.0 and C.9.0 on Camunda, C.8.1 on Trisotech) or on relative timers.
ERRORS: dict[str, dict[str, int]] = {
    "A.1.0": {"not-executable": 1},
    "A.2.0": {"condition-missing": 3, "not-executable": 1},
    "A.2.1": {"condition-missing": 2, "conditional-flow": 1, "implicit-split": 2, "not-executable": 1},
    "A.3.0": {"empty-subprocess": 1, "non-interrupting-message": 1, "not-executable": 1},
    "A.4.0": {"implicit-split": 1, "not-executable": 2},
    "A.4.1": {"implicit-split": 1, "not-executable": 2},
    "B.1.0": {
        "call-not-executable": 2,
        "condition-missing": 4,
        "data-mapping": 1,
        "data-store": 2,
        "empty-subprocess": 1,
        "global-task": 1,
        "message-without-name": 2,
        "no-operator": 2,
        "not-executable": 4,
        "timer-empty": 1,
    },
    "B.2.0": {
        "call-not-executable": 2,
        "condition-missing": 4,
        "conditional-event": 4,
        "data-mapping": 1,
        "data-store": 1,
        "empty-subprocess": 2,
        "global-task": 1,
        "link-event": 2,
        "loop-without-end": 1,
        "message-without-name": 4,
        "multi-instance-count": 3,
        "no-operator": 4,
        "non-interrupting-message": 2,
        "not-executable": 4,
        "receive-without-message": 1,
        "several-starts": 2,
        "signal-end": 1,
        "timer-empty": 4,
    },
    "C.1.0": {"expression-syntax": 4, "no-operator": 1},
    "C.1.1": {"data-mapping": 3, "data-store": 1, "expression-syntax": 4, "no-operator": 1},
    "C.2.0": {"condition-missing": 6, "message-without-name": 5, "not-executable": 4},
    "C.3.0": {"condition-missing": 6, "empty-subprocess": 1, "expression-syntax": 1, "relative-timer": 1},
    "C.4.0": {"condition-missing": 4, "data-mapping": 7, "data-store": 14, "loop-without-end": 1, "no-operator": 1},
    "C.5.0": {"condition-missing": 12, "data-mapping": 14, "data-store": 8, "signal-end": 2},
    "C.6.0": {
        "compensation": 8,
        "data-association": 2,
        "data-mapping": 3,
        "event-subprocess": 1,
        "no-operator": 6,
        "timer-empty": 2,
    },
    "C.7.0": {
        "condition-missing": 2,
        "data-association": 1,
        "data-mapping": 6,
        "multi-instance-count": 1,
        "no-operator": 2,
        "no-table": 1,
    },
    "C.8.0": {
        "data-association": 2,
        "data-mapping": 3,
        "expression-syntax": 3,
        "no-operator": 3,
        "no-table": 1,
        "not-executable": 1,
    },
    "C.8.1": {
        "data-association": 9,
        "data-mapping": 10,
        "data-transformation": 2,
        "expression-syntax": 3,
        "no-operator": 3,
        "no-table": 1,
    },
    "C.9.0": {"event-subprocess": 2, "expression-syntax": 4, "no-operator": 6, "no-table": 1},
    "C.9.1": {"relative-timer": 2},
    "C.9.2": {"event-subprocess": 3, "expression-syntax": 1, "multi-instance-count": 1, "relative-timer": 2},
}

#: For each drawing one element at fault that anybody who looks at it would point at.
POINTED_AT = {
    "A.1.0": ("not-executable", "WFP-6-"),
    "A.2.0": ("condition-missing", "_20ebb3c1-5178-4c7c-a91d-23e58f2aa73b"),
    "A.2.1": ("implicit-split", "_To9ZtjOCEeSknpIVFCxNIQ"),
    "A.3.0": ("non-interrupting-message", "_428dcbf5-8e5e-48e0-9c0c-d93003fa8c82"),
    "A.4.0": ("implicit-split", "_6fed62c8-8241-4a1d-ae67-266fda7dcead"),
    "A.4.1": ("implicit-split", "sid-34E8C3A5-5C2A-4593-AC67-038B737814D7"),
    "B.1.0": ("global-task", "_fa3a8e53-5be0-4f0b-8680-d2498e255209"),
    "B.2.0": ("link-event", "_f27040d5-765c-493c-bbe7-9fb6ad04cbdc"),
    "C.1.0": ("expression-syntax", "invoiceApproved"),
    "C.1.1": ("data-store", "sid-14ef3d18-7218-4f57-98f0-bb595114754b"),
    "C.2.0": ("message-without-name", "__fd16081c-ecf9-4e0f-857f-f3404a7ee784"),
    "C.3.0": ("relative-timer", "Bpmn_BoundaryEvent_sS9gABqGEeWDuOtG0oS24A"),
    "C.4.0": ("loop-without-end", "_788443d9-65f0-43a4-96a8-63e8d6f380a7"),
    "C.5.0": ("signal-end", "_8055ae64-cafd-4fd0-be36-2216e3b02e37"),
    "C.6.0": ("event-subprocess", "_e880bf53-84ca-4776-aa75-d1bf53172240"),
    "C.7.0": ("multi-instance-count", "_a36ddf2f-23c1-46c5-86d4-bd2a0eb42535"),
    "C.8.0": ("not-executable", "VacationRequestProcess"),
    "C.8.1": ("no-table", "_1a818a94-ba6f-413b-a7e8-6f8fd2a11e32"),
    "C.9.0": ("event-subprocess", "Activity_1ke2ixr"),
    "C.9.1": ("relative-timer", "BoundaryEvent_1"),
    "C.9.2": ("event-subprocess", "Activity_02a6b2h"),
}


def _checked(name: str, source: bytes | None = None) -> FileReport:
    return check_file(f"{name}.bpmn", source or (FOLDER / f"{name}.bpmn").read_bytes(), VOCABULARY)


def test_every_reference_diagram_is_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.bpmn")} == set(ERRORS) == set(POINTED_AT)
    assert len(ERRORS) == 21


@pytest.mark.parametrize("name", ERRORS)
def test_reference_diagram_is_explained(name: str) -> None:
    report = _checked(name)
    assert Counter(finding.rule for finding in report.errors) == ERRORS[name]
    assert POINTED_AT[name] in {(finding.rule, finding.element) for finding in report.errors}
    assert not report.runs


@pytest.mark.parametrize("name", ERRORS)
def test_every_finding_names_an_element_of_the_diagram(name: str) -> None:
    ids = (FOLDER / f"{name}.bpmn").read_text("latin-1")
    for finding in _checked(name).findings:
        assert finding.element, finding.rule
        assert f'id="{finding.element}"' in ids


def test_simplest_diagram_runs_once_it_is_marked_executable() -> None:
    source = (FOLDER / "A.1.0.bpmn").read_bytes().replace(b'isExecutable="false"', b'isExecutable="true"')
    assert _checked("A.1.0", source).runs


def test_document_request_runs_once_its_timers_are_dates() -> None:
    source = (FOLDER / "C.9.1.bpmn").read_bytes()
    for form, text in ((b"timeCycle", b"R6/P1D"), (b"timeDuration", b"P7D")):
        source = source.replace(form, b"timeDate").replace(text, b"due(1)")
    assert _checked("C.9.1", source).runs
