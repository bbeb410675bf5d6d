"""Every scenario of bpmn/scenarios/ goes as told, and together they reach every element and arrow."""

from __future__ import annotations

import pytest

from engine.scenarios import coverage, render, run_files
from engine.scenarios.reading import read_scenarios
from tests.scenarios.house import WAITS_FOR_DISPATCH, files, played, scenario_files

DIAGRAMS = ("collection", "pre_collection", "operation_request")
NAMES = [(file, told.name.en) for file, source in scenario_files().items() for told in read_scenarios(source, DIAGRAMS)]


@pytest.mark.parametrize(("file", "name"), NAMES, ids=[f"{file}: {name}" for file, name in NAMES])
def test_a_scenario_goes_as_told(file: str, name: str) -> None:
    (outcome,) = [each for each in played().outcomes if (each.file.name, each.name.en) == (file, name)]
    assert outcome.passed, render([outcome])


def test_every_scenario_has_a_name_of_its_own_in_both_languages() -> None:
    assert len({name for _, name in NAMES}) == len(NAMES)
    for each in played().outcomes:
        assert each.name.en != each.name.zh
        assert any("\u4e00" <= letter <= "\u9fff" for letter in each.name.zh)


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_scenarios_reach_every_element_and_every_arrow(diagram: str) -> None:
    (of_diagram,) = [each for each in coverage(played().release, played().outcomes) if each.process.id == diagram]
    assert [each.id for each in of_diagram.unreached] == []
    assert [each.id for each in of_diagram.untaken] == []
    assert of_diagram.is_complete


def test_coverage_names_what_no_scenario_reaches() -> None:
    run = run_files(files(), {"one.yaml": WAITS_FOR_DISPATCH.encode()})
    collection = next(each for each in coverage(run.release, run.outcomes) if each.process.id == "collection")
    unreached = {each.id for each in collection.unreached}
    assert {"dispatch", "assign_case", "tier_ends", "suspended", "decide"} <= unreached
    assert not {"case_opened", "open_case", "classify", "enter_its_tier", "work_tier", "has_collector"} & unreached
    untaken = {each.id for each in collection.untaken}
    assert "has_collector_to_dispatch" not in untaken
    assert {"has_collector_to_next_action_ahead", "dispatch_to_assign_case", "wait_next_to_taken_up"} <= untaken


def test_an_arrow_to_an_event_counts_only_when_that_event_happens() -> None:
    waits = [
        each for each in played().outcomes if each.name.en == "Dispatched and followed up until the next action is due"
    ]
    collection = next(each for each in coverage(played().release, waits) if each.process.id == "collection")
    untaken = {each.id for each in collection.untaken}
    assert "wait_next_to_next_action_due" not in untaken
    assert {"wait_next_to_taken_up", "wait_next_to_promise_broken"} <= untaken


def test_scenarios_that_failed_reach_nothing() -> None:
    run = run_files(files(), {"one.yaml": WAITS_FOR_DISPATCH.replace("waits: dispatch", "waits: none").encode()})
    assert not run.passed
    assert all(len(each.unreached) == each.elements for each in coverage(run.release, run.outcomes))
