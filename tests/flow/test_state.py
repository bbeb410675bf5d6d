"""An instance's state as bytes: nothing lost, nothing grows, nothing read that is not ours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine.flow import run, state, waiting
from tests.flow import diagrams
from tests.flow.acts import Played, released
from tests.flow.drawing import document, end, message, messages, path, process, start, throw, user_task
from tests.flow.walking import Ours, Walk

TABLE = diagrams.tier_table("[1..30]", "[31..60]", "[61..90]", ">= 91")
LARGEST = 2048


def tasks_of(played: Played) -> int:
    return sum(len(scope.tasks) for scope in played.workflow.scopes())


@pytest.mark.parametrize("name", diagrams.ALL)
def test_saving_and_loading_changes_nothing_that_can_be_seen(name: str) -> None:
    """`Ours` saves, loads and saves again after each step, and compares the bytes."""
    ours = Ours(released(diagrams.ALL[name](), t_dmn=TABLE))
    walk = Walk((ours,), seed=3)
    for _ in range(60):
        walk.step()
        before = waiting.waits(ours.workflow)
        again = state.loads(state.dumps(ours.workflow), ours.workflow.process, ours.workflow.script_engine)
        assert waiting.waits(again) == before
        assert {w.token: w.due_at for w in waiting.waits(again).timers} == {w.token: w.due_at for w in before.timers}


def test_a_thousand_follow_ups_and_suspensions_cost_what_the_first_did() -> None:
    played = Played(released(diagrams.collection())).begin(case_id=7).complete("dispatch")
    sizes: list[tuple[int, int]] = []
    for _ in range(1000):
        played.complete("follow_up", result="no_answer").deliver("take_up")
        sizes.append((len(played.saved), tasks_of(played)))
    for _ in range(50):
        played.deliver("suspend").deliver("resume").complete("dispatch")
        played.complete("follow_up", result="no_answer").fire("next_due")
    sizes.append((len(played.saved), tasks_of(played)))
    assert sizes[-1][1] <= sizes[0][1]
    assert sizes[-1][0] <= sizes[0][0] + 150
    assert max(size for size, _ in sizes) <= LARGEST


def test_a_watch_beside_the_work_loop_stays_small_too() -> None:
    played = Played(released(diagrams.pre_collection())).begin(case_id=7).complete("dispatch")
    played.world.flags["left"] = True
    first = None
    for _ in range(200):
        played.complete("follow_up").deliver("take_up").fire("overdue")
        first = first or tasks_of(played)
    assert tasks_of(played) <= first + 2 if first else False
    assert len(played.saved) <= LARGEST


@pytest.mark.parametrize("saving", [True, False])
def test_a_join_merges_its_branches_in_the_order_in_which_they_came(saving: bool) -> None:
    played = Played(released(diagrams.fork_join()), saving=saving).begin()
    played.complete("far", y="first").complete("left", y="second").complete("middle").complete("right")
    assert played.data("after")["y"] == "second"


def test_a_finished_subprocess_leaves_nothing_behind() -> None:
    played = Played(released(diagrams.called())).begin().complete("ask").deliver("answer")
    assert played.ready == ["between"]
    assert not played.workflow.subprocesses


@pytest.mark.parametrize(
    "value",
    [
        1,
        True,
        1.5,
        None,
        "跟进",
        "",
        b"bytes",
        2**63,
        Decimal("12.340"),
        dt.date(2026, 11, 24),
        dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC),
        [1, [2, {"a": Decimal(1)}]],
        {"a": [dt.date(2026, 1, 1)], "b": {}},
    ],
)
def test_values_come_back_as_they_were(value: object) -> None:
    played = Played(released(diagrams.back_edges())).begin(x=value)
    kept = played.data("first")["x"]
    assert kept == value
    assert type(kept) is type(value)


def test_a_value_that_changes_only_its_type_is_kept() -> None:
    played = Played(released(diagrams.back_edges())).begin(x=1, y=[1, {"a": 0}])
    played.complete("first", x=True, y=[True, {"a": False}])
    assert played.data("second")["x"] is True
    assert played.data("second")["y"][0] is True
    assert played.data("second")["y"][1]["a"] is False


def test_what_goes_from_the_data_stays_gone() -> None:
    played = Played(released(diagrams.decided(), t_dmn=TABLE), saving=True).begin(tier="X", only="here")
    played.complete("state_days", days=5)
    assert played.data("easy") == {"tier": "M1", "rank": 1, "days": 5, "only": "here"}


def test_data_that_cannot_be_stored_is_refused_with_a_reason() -> None:
    with pytest.raises(state.NotStorable, match="object"):
        Played(released(diagrams.back_edges())).begin(x=object())
    with pytest.raises(state.NotStorable):
        Played(released(diagrams.back_edges())).begin(x=2**70)


def test_events_thrown_and_not_yet_taken_are_kept() -> None:
    diagram = document(
        process(start(), throw("tell", message("told")), user_task("one"), end(), path("start", "tell", "one", "end")),
        messages("told"),
    )
    played = Played(released(diagram)).begin()
    assert [(event.kind, event.name) for event in run.thrown(played.settle().workflow)] == [("message", "told")]


@pytest.mark.parametrize(
    "damaged", [b"", b"\x01", b"\x02\x00abc", b"\x01\x00abc", b"\x01\x01abc", b"\x01\x00\x93\x01\x02\x03", b"{}"]
)
def test_bytes_that_are_no_state_are_refused(damaged: bytes) -> None:
    played = Played(released(diagrams.back_edges())).begin()
    with pytest.raises(state.StateUnreadable):
        state.loads(damaged, played.workflow.process, played.evaluator())


def test_every_truncation_of_a_state_is_refused() -> None:
    played = Played(released(diagrams.collection())).begin()
    for length in range(len(played.saved)):
        with pytest.raises(state.StateUnreadable):
            state.loads(played.saved[:length], played.workflow.process, played.evaluator())


def test_a_state_is_not_read_with_another_diagram() -> None:
    played = Played(released(diagrams.back_edges())).begin()
    other = released(diagrams.nested())
    with pytest.raises(state.StateUnreadable, match="another version of p"):
        state.loads(played.saved, other.processes["p"], played.evaluator())


def test_a_state_of_another_format_names_its_version() -> None:
    played = Played(released(diagrams.back_edges())).begin()
    with pytest.raises(state.StateUnreadable, match="format 9"):
        state.loads(b"\x09" + played.saved[1:], played.workflow.process, played.evaluator())


def test_large_data_is_compressed() -> None:
    played = Played(released(diagrams.back_edges())).begin(x="again and again " * 1000)
    assert len(played.saved) < LARGEST
    assert played.data("first")["x"] == "again and again " * 1000
