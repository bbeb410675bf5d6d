"""A story that goes otherwise says at which step and line, what was expected, and what was got."""

from __future__ import annotations

import json

import pytest

from engine.flow.definitions import ReleaseRefused
from engine.scenarios import Outcome, as_dict, coverage, render, run_folder
from tests.scenarios.house import FOLDER, files, play, play_one, played, story

OPENED = "{at: 2026-05-21 10:00}"


def told(*steps: str) -> tuple[str, str, str, int | None, int | None]:
    failure = play_one(story(*steps)).failure
    assert failure is not None
    return failure.what.en, failure.expected, failure.got, failure.line, failure.step


@pytest.mark.parametrize(
    ("then", "what", "expected", "got"),
    [
        ("{status: in_work}", "status of the case", "in_work", "to_dispatch"),
        ("{tier: M2}", "tier", "M2", "M1"),
        ("{collector: ann}", "collector", "ann", "none"),
        ("{waits: [dispatch, follow_up]}", "user tasks that wait", "dispatch, follow_up", "dispatch"),
        ("{waits: none}", "user tasks that wait", "none", "dispatch"),
        ("{whose: {dispatch: ann}}", "whose dispatch is", "ann", "everybody"),
        ("{whose: {follow_up: ann}}", "whose follow_up is", "ann", "none"),
        ("{timers: {tier_ends: 2026-06-21}}", "timer tier_ends", "2026-06-21 00:00", "2026-06-20 00:00"),
        ("{timers: {tier_ends: none}}", "timer tier_ends", "none", "2026-06-20 00:00"),
        ("{timers: {review_due: never}}", "timer review_due", "never", "none"),
        ("{closed: paid_in_full}", "closing reason", "paid_in_full", "none"),
        ("{parked: placed}", "parked as", "placed", "none"),
        ("{parked_until: 2026-07-01}", "parked until", "2026-07-01 00:00", "none"),
        ("{agency: North}", "agency", "North", "none"),
        ("{next_action: 2026-05-22 09:00}", "next action", "2026-05-22 09:00", "none"),
        ("{request: open}", "newest request", "open", "none"),
        ("{authority: manager}", "who may approve", "manager", "none"),
        ("{suspended: dispute}", "suspended for", "dispute", "none"),
        ("{review_on: 2026-06-01}", "review of the suspension", "2026-06-01 00:00", "none"),
        ("{resumed: by_hand}", "how the suspension ended", "by_hand", "none"),
        ("{blocked: deceased}", "customer blocked for", "deceased", "none"),
        ("{orders: {A: {paid: 5}}}", "order A, paid", "5", "0.00"),
        ("{orders: {A: {case: none}}}", "order A, case", "none", "collection"),
        ("{orders: {A: {left_as: settled}}}", "order A, left_as", "settled", "none"),
        ("{cases: {collection: 2}}", "collection cases", "2", "1"),
        ("{order_count: 2}", "orders in the case", "2", "1"),
        ("{past_due: 999.99}", "amount past due", "999.99", "1000.00"),
        ("{total: 0}", "total outstanding", "0", "1000.00"),
        ("{days_past_due: 2}", "days past due", "2", "1"),
        ("{follow_ups: 1}", "follow-ups", "1", "0"),
        ("{reopened: 1}", "times reopened", "1", "0"),
        ("{texts: {reminder: waiting}}", "texts", "reminder: waiting", "none"),
        ("{incidents: 1}", "incidents", "1", "0"),
        ("{refused: NotWaiting}", "refusal of nothing", "NotWaiting", "it was done"),
    ],
)
def test_each_expectation_says_what_it_looked_at(then: str, what: str, expected: str, got: str) -> None:
    assert told(OPENED, f"{{then: {then}}}") == (what, expected, got, 8, 2)


def test_history_is_expected_in_order_and_with_facts() -> None:
    at = "{at: 2026-05-21 10:00, then: {history: [case_opened, {kind: tier_entered, tier: %s}]}}"
    assert play_one(story(at % "M1")).passed
    what, expected, got, *_ = told(at % "M2")
    assert (what, expected) == ("history of this step, in order", "kind: tier_entered, tier: M2")
    assert "case_opened" in got
    assert told("{at: 2026-05-21 10:00, then: {history: [tier_entered, case_opened]}}")[1] == "case_opened"


def test_what_must_not_be_in_the_history_is_told() -> None:
    step = "{at: 2026-05-21 10:00, then: {without: [recalled, {kind: tier_entered, tier: %s}]}}"
    assert play_one(story(step % "M2")).passed
    assert told(step % "M1")[:2] == ("history of this step", "no kind: tier_entered, tier: M1")


def test_a_refusal_that_was_not_told_is_told() -> None:
    what, expected, got, line, step = told(OPENED, "{when: resume}")
    assert (what, expected, line, step) == ("refusal of resume", "none", 8, 2)
    assert got.startswith("NotWaiting: ")


def test_another_refusal_than_told_is_told() -> None:
    assert told(OPENED, "{when: resume, then: {refused: Invalid}}")[1:3][0] == "Invalid"


def test_what_is_not_waiting_cannot_be_completed() -> None:
    what, expected, got, *_ = told(OPENED, "{when: {complete: follow_up}}")
    assert (what, expected, got) == ("user tasks that wait", "follow_up", "dispatch")


def test_a_case_that_does_not_exist_is_told() -> None:
    assert told("{at: 2026-05-21, case: collection cash, then: {status: closed}}")[:3] == (
        "cases",
        "a collection case of cash",
        "none",
    )


def test_the_clock_does_not_go_back() -> None:
    what, expected, got, *_ = told("{at: 2026-05-23}", "{at: 2026-05-22}")
    assert (what, expected, got) == ("the clock", "not before 2026-05-23 00:00", "2026-05-22 00:00")


def test_an_incident_nobody_told_of_fails_the_story() -> None:
    broken = files()["collection.bpmn"].replace(b'value="rank"', b'value="rank // (rank - rank)"')
    (outcome,) = play(story(OPENED), collection=broken)
    assert outcome.failure is not None
    assert outcome.failure.what.en == "incidents"
    assert "enter_its_tier" in outcome.failure.got


def test_a_failure_of_the_system_is_no_refusal() -> None:
    broken = files()["collection.bpmn"].replace(b'value="collector_id"', b'value="collector_id // 0"')
    step = "{when: {complete: dispatch, with: {collector_id: ann}}, then: {refused: FlowFailed}}"
    (outcome,) = play(story(OPENED, step), collection=broken)
    assert outcome.failure is not None
    assert outcome.failure.got.startswith("FlowFailed: ")


def test_diagrams_that_cannot_run_are_refused_with_the_checks_findings() -> None:
    with pytest.raises(ReleaseRefused) as caught:
        play(story(OPENED), collection=files()["collection.bpmn"].replace(b"tier_ends_at()", b"open('x')"))
    assert [each.element for each in caught.value.findings if each.is_error] == ["tier_ends"]


def wrong() -> Outcome:
    return play_one(story(OPENED, "{then: {status: in_work}}"))


def test_it_is_rendered_in_english_and_chinese() -> None:
    assert render([wrong()], lang="en").splitlines() == [
        "FAILED  0.yaml: Story",
        "    step 2, line 8, at 2026-05-21 10:00: status of the case",
        "    expected: in_work",
        "    got: to_dispatch",
        "0 of 1 scenarios passed.",
    ]
    assert render([wrong()], lang="zh").splitlines() == [
        "未通过  0.yaml: 故事",
        "    第 2 步，第 8 行，2026-05-21 10:00: 案件状态",
        "    应为: in_work",
        "    实为: to_dispatch",
        "1 个场景中 0 个通过。",
    ]


def test_a_file_that_cannot_be_read_is_rendered_with_its_remedy() -> None:
    (outcome,) = play(story("{then: {statuss: closed}}"))
    assert render([outcome], lang="en").splitlines()[1:3] == [
        "    line 7: The word “statuss” is not known.",
        "    Did you mean status?",
    ]


def test_coverage_is_rendered_with_what_is_missing() -> None:
    some = [each for each in played().outcomes if each.file.name == "requests.yaml"]
    lines = render(some, coverage(played().release, some), lang="en").splitlines()
    assert f"{len(some)} of {len(some)} scenarios passed." in lines
    assert "Operation request: 21 of 21 elements, 20 of 20 arrows reached" in lines
    assert "    no scenario reaches decide (Decide how to go on)" in lines
    zh = render(some, coverage(played().release, some), lang="zh").splitlines()
    assert any(line.startswith("    没有场景经过 decide（") for line in zh)


def test_it_is_told_as_plain_data_too() -> None:
    data = json.loads(json.dumps(as_dict([wrong()], coverage(played().release, [wrong()]))))
    assert data["scenarios"][0]["failure"] == {
        "where": "step 2, line 8, at 2026-05-21 10:00",
        "line": 8,
        "step": 2,
        "what": "status of the case",
        "expected": "in_work",
        "got": "to_dispatch",
        "remedy": None,
    }
    assert {each["diagram"] for each in data["coverage"]} == {"collection", "pre_collection", "operation_request"}


def test_scenarios_are_chosen_by_part_of_a_name_or_file() -> None:
    assert {each.file.name for each in run_folder(FOLDER, only="collection_work").outcomes} <= {
        "collection_work.yaml",
        "pre_collection_work.yaml",
    }
    assert [each.name.zh for each in run_folder(FOLDER, only="派单、跟进").outcomes] == [
        "派单、跟进，到下次行动日回到列表"
    ]
