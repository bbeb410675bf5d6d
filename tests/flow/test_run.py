"""One act on one instance in memory: what waits, what proceeds, what comes out when something goes wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from engine.errors import NotWaiting
from engine.flow import run, waiting
from engine.flow.evaluator import FlowFailed
from tests.flow import diagrams
from tests.flow.acts import Played, released
from tests.flow.drawing import (
    catch,
    document,
    end,
    exclusive,
    flow,
    message,
    messages,
    operator,
    parallel,
    path,
    process,
    start,
    terminate,
    throw,
    timer,
    user_task,
)
from tests.flow.world import World

AT = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)


def straight(*parts: str) -> bytes:
    """A diagram whose elements, given as (id, drawing) pairs in turn, follow one another."""
    ids = [part.split('id="', 1)[1].split('"', 1)[0] for part in parts]
    return document(process(start(), *parts, end(), path("start", *ids, "end")), messages("go"))


def one_timer() -> Played:
    return Played(released(straight(catch("wait", timer("due('wait')")))))


def test_completing_a_user_task_runs_on_to_the_next_wait_and_tells_the_path() -> None:
    played = Played(released(diagrams.collection())).begin(case_id=7)
    assert played.path == ["start", "l_start", "classify", "outlived", "enter_tier", "w_start", "has_collector"]
    played.complete("dispatch")
    assert played.path == ["dispatch", "on"]
    played.complete("follow_up", result="no_answer")
    assert played.path == ["follow_up", "record", "stop"]
    played.fire("next_due")
    assert played.path == ["wait_next", "next_due", "on"]
    assert played.ready == ["follow_up"]


def test_a_boundary_event_that_interrupts_is_in_the_path_and_ends_what_it_interrupts() -> None:
    played = Played(released(diagrams.collection())).begin().complete("dispatch")
    played.deliver("recall")
    assert played.path[:2] == ["on_recall", "recall"]
    assert played.ready == ["dispatch"]
    played.deliver("settled")
    assert played.path == ["on_settled", "close_case", "end"]
    assert run.is_finished(played.workflow)
    assert played.waits == waiting.Waits([], [], [])


def test_the_alternatives_of_an_event_gateway_are_listed_with_their_own_elements() -> None:
    world = World(dates={"next": AT.isoformat()})
    played = Played(released(diagrams.collection()), world).begin().complete("dispatch").complete("follow_up")
    behind = {wait.element: wait.message for wait in played.waits.messages}
    assert behind.items() >= {"taken_up": "take_up", "promise_broken": "promise_broken"}.items()
    assert played.timer("next_due").due_at == AT
    assert {wait.element for wait in played.waits.timers} == {"next_due", "tier_ends"}


@pytest.mark.parametrize(
    ("act", "element"), [("take_up", "taken_up"), ("promise_broken", "promise_broken"), (None, "next_due")]
)
def test_an_event_gateway_proceeds_along_the_event_that_came(act: str | None, element: str) -> None:
    played = Played(released(diagrams.collection())).begin().complete("dispatch").complete("follow_up")
    if act:
        played.deliver(act)
    else:
        played.fire("next_due")
    assert played.path[:2] == ["wait_next", element]
    assert "taken_up" not in {wait.element for wait in played.waits.messages}


def test_a_user_task_is_completed_once() -> None:
    played = Played(released(diagrams.collection()), saving=False).begin()
    token = played.user_task("dispatch")
    played.complete("dispatch")
    with pytest.raises(NotWaiting, match="dispatch is not waited for now: it is completed"):
        run.complete(played.workflow, token, {})


@pytest.mark.parametrize("token", ["", "nonsense", "0" * 32, "-1", "f" * 40])
def test_a_token_that_is_none_of_the_instance_is_refused(token: str) -> None:
    played = Played(released(diagrams.collection())).begin()
    with pytest.raises(NotWaiting):
        run.complete(played.workflow, token, {})
    with pytest.raises(NotWaiting):
        run.fire(played.workflow, token)


def test_tokens_of_one_instance_are_not_taken_by_another() -> None:
    release = released(diagrams.collection())
    one, other = Played(release).begin(), Played(release).begin()
    with pytest.raises(NotWaiting):
        run.complete(other.workflow, one.user_task("dispatch"), {})


def test_tokens_keep_their_names_across_saving() -> None:
    played = Played(released(diagrams.collection())).begin()
    before = played.waits
    played.settle()
    assert played.waits == before


def test_a_message_nobody_waits_for_is_refused_and_not_kept() -> None:
    played = Played(released(straight(user_task("first"), catch("hear", message("go"))))).begin()
    with pytest.raises(NotWaiting, match="message go is not waited for now"):
        played.deliver("go")
    played.complete("first")
    assert [wait.element for wait in played.waits.messages] == ["hear"]


def test_a_user_task_is_no_timer_and_a_timer_no_user_task() -> None:
    played = Played(released(diagrams.collection())).begin()
    with pytest.raises(NotWaiting):
        run.fire(played.workflow, played.user_task("dispatch"))
    with pytest.raises(NotWaiting):
        run.complete(played.workflow, played.timer("tier_ends").token, {})


@pytest.mark.parametrize(
    ("value", "due_at"),
    [
        ("2026-11-24T10:00:00+08:00", AT),
        ("2026-11-24T02:00:00Z", AT),
        ("never", None),
        (None, None),
        ("1999-01-01T00:00:00+00:00", dt.datetime(1999, 1, 1, tzinfo=dt.UTC)),
    ],
)
def test_a_timer_waits_with_its_date_in_utc_even_if_it_has_passed(
    value: str | None, due_at: dt.datetime | None
) -> None:
    played = one_timer()
    played.world.dates["wait"] = value
    played.begin()
    assert played.timer("wait").due_at == due_at
    assert not run.is_finished(played.workflow)
    played.fire("wait")
    assert run.is_finished(played.workflow)


def test_a_timer_may_be_given_a_datetime_by_a_function() -> None:
    played = one_timer()
    played.world.dates["wait"] = dt.datetime(2026, 11, 24, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))  # type: ignore[assignment]
    assert played.begin().timer("wait").due_at == AT


def test_the_word_never_needs_no_quotes() -> None:
    assert Played(released(straight(catch("wait", timer("never"))))).begin().timer("wait").due_at is None


@pytest.mark.parametrize("value", ["2026-11-24T10:00:00", "tomorrow", "", 5, "P3D"])
def test_a_timer_without_offset_or_that_is_no_date_fails_with_its_element(value: str) -> None:
    played = one_timer()
    played.world.dates["wait"] = value
    with pytest.raises(FlowFailed, match="element wait") as caught:
        played.begin()
    assert caught.value.params["element"] == "wait"
    assert caught.value.params["process"] == "p"


def test_a_timer_moves_without_being_entered_again() -> None:
    played = one_timer().begin()
    token = played.timer("wait").token
    run.move_timer(played.workflow, token, AT)
    assert played.settle().timer("wait").due_at == AT
    run.move_timer(played.workflow, token, None)
    assert played.settle().timer("wait").due_at is None
    assert played.timer("wait").token == token


def test_timers_whose_expression_gives_another_date_now_are_moved_and_told() -> None:
    played = Played(released(diagrams.collection())).begin().complete("dispatch").complete("follow_up")
    assert run.reckon_timers(played.workflow) == []
    played.world.dates["next"] = AT.isoformat()
    assert run.reckon_timers(played.workflow) == [played.timer("next_due").token]
    assert played.settle().timer("next_due").due_at == AT


def test_firing_one_timer_leaves_the_others() -> None:
    both = document(
        process(
            start(),
            parallel("fork"),
            catch("one", timer("due('one')")),
            catch("two", timer("due('two')")),
            end("end_one"),
            end("end_two"),
            path("start", "fork", "one", "end_one"),
            path("fork", "two", "end_two"),
        )
    )
    played = Played(released(both)).begin().fire("two")
    assert played.path == ["two", "end_two"]
    assert [wait.element for wait in played.waits.timers] == ["one"]


def test_an_expression_that_fails_names_the_element_and_keeps_the_cause() -> None:
    diagram = document(
        process(
            start(),
            exclusive("which", "else"),
            user_task("a"),
            user_task("b"),
            path("start", "which"),
            flow("which", "a", "missing > 3"),
            flow("which", "b", id_="else"),
            end(),
            path("a", "end"),
            path("b", "end"),
        )
    )
    with pytest.raises(FlowFailed, match="missing") as caught:
        Played(released(diagram)).begin()
    assert caught.value.params["element"] == "which"
    assert caught.value.__cause__ is not None


def test_an_operator_that_fails_names_the_element_and_keeps_the_cause() -> None:
    with pytest.raises(FlowFailed, match="LookupError: the operator fell over") as caught:
        Played(released(straight(operator("try_it", "fall")))).begin()
    assert caught.value.params["element"] == "try_it"
    assert isinstance(caught.value.__cause__, LookupError)


def test_results_reach_the_data_only_as_declared() -> None:
    diagram = straight(operator("plain", "note", {"what": "case_id"}), user_task("one"))
    assert Played(released(diagram)).begin(case_id=7).data("one") == {"case_id": 7, "noted": "7", "length": 1}
    diagram = straight(operator("kept", "note", {"what": "'long'"}, "kept_as"), user_task("one"))
    assert Played(released(diagram)).begin().data("one") == {"kept_as": {"noted": "long", "length": 4}}


def test_facts_are_read_before_case_data_of_the_same_name() -> None:
    played = Played(released(straight(operator("n", "note", {"what": "days_past_due"}), user_task("one"))))
    played.world.numbers["days_past_due"] = 31
    assert played.begin(days_past_due=1).data("one")["noted"] == "31"


def test_an_operator_may_have_the_id_of_an_element() -> None:
    assert Played(released(straight(operator("note", "note"), user_task("one")))).begin().ready == ["one"]


def test_outputs_of_a_table_replace_those_of_before_and_nothing_else() -> None:
    table = diagrams.tier_table("[1..30]", "[31..60]", "[61..90]", ">= 91")
    played = Played(released(diagrams.decided(), t_dmn=table)).begin(rank=9, tier="X", case_id=7)
    played.world.flags["again"] = True
    played.complete("state_days", days=95)
    assert played.data("hard") == {"case_id": 7, "days": 95, "tier": "M4", "rank": 4}
    played.complete("hard").complete("state_days", days=2)
    assert played.data("easy") == {"case_id": 7, "days": 2, "tier": "M1", "rank": 1}
    assert [(element, decision.table_id, decision.rule_ids) for element, decision in played.world.decisions] == [
        ("classify", "case_tier", ("rule_4",)),
        ("classify", "case_tier", ("rule_1",)),
    ]


def test_a_gap_in_a_table_fails_with_the_element() -> None:
    table = diagrams.tier_table("[1..30]")
    played = Played(released(diagrams.decided(), t_dmn=table)).begin()
    with pytest.raises(FlowFailed, match="case_tier") as caught:
        played.complete("state_days", days=31)
    assert caught.value.params["element"] == "classify"


def test_a_loop_without_a_place_to_wait_fails_instead_of_hanging() -> None:
    diagram = document(
        process(
            start(),
            exclusive("round"),
            operator("turn", "note"),
            exclusive("out", "never"),
            end(),
            path("start", "round", "turn", "out"),
            flow("out", "round", "1 == 1"),
            flow("out", "end", id_="never"),
        )
    )
    with pytest.raises(FlowFailed, match="without coming to rest"):
        Played(released(diagram)).begin()


def test_what_nobody_inside_catches_is_handed_out_once_and_survives_saving() -> None:
    played = Played(released(straight(throw("tell", message("go")), user_task("one")))).begin()
    assert [(event.kind, event.name) for event in run.thrown(played.workflow)] == [("message", "go")]
    assert run.thrown(played.workflow) == []


def test_a_terminate_end_is_nothing_to_hand_out() -> None:
    diagram = document(process(start(), end("end", terminate()), path("start", "end")))
    played = Played(released(diagram)).begin()
    assert run.is_finished(played.workflow)
    assert run.thrown(played.workflow) == []


def test_expressions_are_evaluated_at_a_token() -> None:
    played = Played(released(diagrams.collection())).begin(case_id=7)
    assert run.value(played.workflow, played.user_task("dispatch"), "case_id + 1") == 8
    with pytest.raises(NotWaiting):
        run.value(played.workflow, "0" * 32, "1")
