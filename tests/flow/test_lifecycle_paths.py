"""The diagrams of bpmn/ walked with a lender of few words: paths lead where they should, every case can close."""

from __future__ import annotations

import pytest

from engine.errors import NotWaiting
from engine.flow.decisions import analyse
from engine.flow.definitions import compile_release
from tests.flow.lender import Lender, Walk, changed, files, release, vocabulary
from tests.flow.lifecycle_paths import COLLECTION, PRE_COLLECTION, REQUESTS, Path

RULE = """      <rule id="case_tier_{id}">
        <inputEntry id="case_tier_{id}_in_1">
          <text>{product}</text>
        </inputEntry>
        <inputEntry id="case_tier_{id}_in_2">
          <text>{days}</text>
        </inputEntry>
        <outputEntry id="case_tier_{id}_out_1">
          <text>"{tier}"</text>
        </outputEntry>
        <outputEntry id="case_tier_{id}_out_2">
          <text>{rank}</text>
        </outputEntry>
      </rule>
"""
PATHS = [*COLLECTION, *PRE_COLLECTION, *REQUESTS]
CASES = [*COLLECTION, *PRE_COLLECTION]


def named(one: Path) -> str:
    return f"{one.process}: {one.name}"


@pytest.mark.parametrize("one", PATHS, ids=named)
def test_a_path_leads_where_it_should(one: Path) -> None:
    walk = one.walk()
    assert walk.at == sorted(one.at)
    assert walk.lender.done[len(walk.lender.done) - len(one.did) :] == one.did
    assert walk.is_finished == (not one.at)


@pytest.mark.parametrize("message", ["settled", "close"])
@pytest.mark.parametrize("one", [one for one in CASES if one.at], ids=named)
def test_a_case_closes_whatever_state_it_is_in(one: Path, message: str) -> None:
    walk = one.walk()
    walk.deliver(message)
    assert walk.is_finished
    assert walk.lender.done[-1] == "close_case()"
    assert walk.waits.user_tasks + walk.waits.timers + walk.waits.messages == []


@pytest.mark.parametrize("one", [one for one in COLLECTION if one.at], ids=named)
def test_a_collection_case_can_always_be_suspended_and_one_that_is_can_be_resumed_too(one: Path) -> None:
    walk = one.walk()
    is_suspended = bool({"review_due", "review_suspension"} & set(walk.at))
    assert walk.messages & {"suspend", "resume"} == ({"suspend", "resume"} if is_suspended else {"suspend"})


@pytest.mark.parametrize("one", PATHS, ids=named)
def test_people_and_code_send_only_what_is_waited_for(one: Path) -> None:
    walk = one.walk()
    for message in {"suspend", "resume", "recall", "take_up", "promise_broken", "withdraw"} - walk.messages:
        with pytest.raises(NotWaiting):
            walk.deliver(message)


def test_every_element_is_completed_on_some_path_but_work_that_only_ends_by_interruption() -> None:
    reached: set[str] = set()
    for one in PATHS:
        walk = one.walk()
        reached.update(walk.path)
        if one.at:
            for message in sorted(walk.messages & {"settled", "close"}):
                again = one.walk()
                again.deliver(message)
                reached.update(again.path)
    drawn = {id_ for process in release().processes.values() for id_ in process.elements}
    assert drawn - reached == {"work_tier", "pre_work_case"}


@pytest.mark.parametrize("process", ["collection", "pre_collection"])
def test_a_suspension_of_a_reason_that_resumes_by_itself_needs_nobody(process: str) -> None:
    prefix = "pre_" if process == "pre_collection" else ""
    cell = '<outputEntry id="suspension_policy_system_error_out_3">\n          <text>{}</text>'
    by_itself = changed("suspension_policy.dmn", cell.format("false"), cell.format("true"))
    walk = Walk(process, Lender(reason="system_error"), by_itself)
    walk.deliver("suspend")
    walk.fire(f"{prefix}review_due")
    assert walk.at == [f"{prefix}dispatch"]
    assert "resume()" in walk.lender.done


@pytest.mark.parametrize("process", ["collection", "pre_collection"])
def test_what_took_the_place_of_another_reason_does_not_resume_by_itself(process: str) -> None:
    prefix = "pre_" if process == "pre_collection" else ""
    cell = '<outputEntry id="suspension_policy_system_error_out_3">\n          <text>{}</text>'
    by_itself = changed("suspension_policy.dmn", cell.format("false"), cell.format("true"))
    walk = Walk(process, Lender(reason="system_error", earlier_reason="dispute"), by_itself)
    walk.deliver("suspend")
    walk.fire(f"{prefix}review_due")
    assert walk.at == [f"{prefix}review_suspension"]


def test_an_analyst_adds_a_tier_by_adding_a_row() -> None:
    row = RULE.format(id="m5", product="-", days="&gt;= 181", tier="M5", rank=5)
    narrower = changed("case_tier.dmn", "<text>&gt;= 91</text>", "<text>[91..180]</text>").tables["case_tier"]
    more = changed("case_tier.dmn", "    </decisionTable>", f"{row}    </decisionTable>")
    assert [finding.rule for finding in analyse(narrower)] == ["dmn-gap"]
    assert [finding.rule for finding in analyse(more.tables["case_tier"])] == ["dmn-overlap"]
    text = files()["case_tier.dmn"].decode().replace("<text>&gt;= 91</text>", "<text>[91..180]</text>")
    both = text.replace("    </decisionTable>", f"{row}    </decisionTable>")
    release = compile_release({**files(), "case_tier.dmn": both.encode()}, vocabulary())
    assert analyse(release.tables["case_tier"]) == []
    assert Walk("collection", Lender(days=200), release).lender.done == ["enter_tier(M5, 5)"]
    assert Walk("collection", Lender(days=180), release).lender.done == ["enter_tier(M4, 4)"]


def test_a_product_with_rows_of_its_own_uses_no_others() -> None:
    rows = RULE.format(id="cash_1", product='"cash"', days="[1..7]", tier="C1", rank=1) + RULE.format(
        id="cash_2", product='"cash"', days="&gt;= 8", tier="C2", rank=2
    )
    own = changed("case_tier.dmn", "    </decisionTable>", f"{rows}    </decisionTable>")
    assert analyse(own.tables["case_tier"]) == []
    assert Walk("collection", Lender(days=40, product="cash"), own).lender.done == ["enter_tier(C2, 2)"]
    assert Walk("collection", Lender(days=40), own).lender.done == ["enter_tier(M2, 2)"]


def test_state_stays_small_over_many_follow_ups_suspensions_and_hold_codes() -> None:
    walk = Walk("collection", Lender(collector=7))
    for _ in range(30):
        walk.complete("follow_up", result_code="no_answer")
        walk.fire("next_action_due")
        walk.complete("follow_up", result_code="dispute")
        walk.deliver("suspend")
        walk.deliver("resume")
    assert walk.size < 1_000


def test_state_stays_small_when_requests_are_refused_again_and_again() -> None:
    walk, sizes = Walk("collection", Lender(collector=7)), []
    for _ in range(20):
        walk.complete("follow_up", result_code="dispute")
        walk.fire("next_action_due")
        sizes.append(walk.size)
    assert sizes[-1] < 2_000
