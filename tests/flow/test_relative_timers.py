"""A duration that its element allows becomes a date when the timer is entered, once, and stays that date."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import clock
from engine.flow import run
from engine.flow.durations import duration_of
from tests.flow.acts import Played, released
from tests.flow.checking import check, errors, line, person, warnings
from tests.flow.drawing import (
    boundary,
    catch,
    document,
    end,
    event_gateway,
    exclusive,
    flow,
    message,
    messages,
    path,
    process,
    start,
    subprocess,
    user_task,
)

AT = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
_ALLOW = (
    "<bpmn:extensionElements><spiffworkflow:properties>"
    '<spiffworkflow:property name="allow_relative_timer" value="{}"/>'
    "</spiffworkflow:properties></bpmn:extensionElements>"
)


def lasting(text: str, *, allowed: str = "true", form: str = "timeDuration") -> str:
    """A timer with a duration, and the element's leave for it."""
    timer = f"<bpmn:timerEventDefinition><bpmn:{form}>{text}</bpmn:{form}></bpmn:timerEventDefinition>"
    return (_ALLOW.format(allowed) if allowed else "") + timer


def waiting(text: str, **how: str) -> bytes:
    return line(catch("wait", lasting(text, **how)), ids=("wait",))


def in_a_loop() -> bytes:
    return document(
        process(
            start(),
            exclusive("on"),
            user_task("work"),
            boundary("late", "work", lasting("P3D")),
            exclusive("again", default="again_to_on"),
            end(),
            path("start", "on", "work", "again", "on"),
            path("late", "on"),
            flow("again", "end", "flag('done')"),
        )
    )


@pytest.mark.parametrize("written", ["P3D", '"P3D"', "PT72H", " P2DT24H ", "PT4320M"])
def test_due_date_counts_from_the_moment_the_timer_is_entered(written: str) -> None:
    with clock.use(AT):
        played = Played(released(waiting(written))).begin()
    assert played.timer("wait").due_at == AT + 3 * DAY


def test_due_date_outlives_saves_and_reckoning_anew() -> None:
    with clock.use(AT):
        played = Played(released(waiting("P3D"))).begin()
    for later in range(1, 6):
        with clock.use(AT + later * DAY):
            assert run.reckon_timers(played.workflow) == []
            assert played.settle().timer("wait").due_at == AT + 3 * DAY
    assert not run.is_finished(played.workflow)
    played.fire("wait")
    assert run.is_finished(played.workflow)


def test_date_set_by_hand_stays_when_timers_are_reckoned_anew() -> None:
    with clock.use(AT):
        played = Played(released(waiting("P3D"))).begin()
    run.move_timer(played.workflow, played.timer("wait").token, AT + 9 * DAY)
    assert run.reckon_timers(played.workflow) == []
    assert played.settle().timer("wait").due_at == AT + 9 * DAY


def test_each_turn_of_a_loop_counts_anew_and_a_late_one_once() -> None:
    with clock.use(AT):
        played = Played(released(in_a_loop())).begin()
    with clock.use(AT + DAY):
        played.complete("work")
    assert played.timer("late").due_at == AT + 4 * DAY
    with clock.use(AT + 30 * DAY):
        played.fire("late")
    assert played.timer("late").due_at == AT + 33 * DAY
    assert len(played.waits.timers) == 1


def test_duration_behind_an_event_gateway_and_around_a_box_counts_too() -> None:
    inner = start("s") + event_gateway("either") + catch("first", lasting("PT2H")) + catch("told", message("go"))
    inner += end("e") + end("e2") + path("s", "either", "first", "e") + path("either", "told", "e2")
    around = boundary("over", "box", lasting("P1W"))
    ways = path("start", "box", "end") + path("over", "end3")
    drawn = document(process(start(), subprocess("box", inner), around, end(), end("end3"), ways), messages("go"))
    with clock.use(AT):
        played = Played(released(drawn)).begin()
    with clock.use(AT + DAY):
        assert run.reckon_timers(played.workflow) == []
        played.settle()
    assert played.timer("first").due_at == AT + dt.timedelta(hours=2)
    assert played.timer("over").due_at == AT + 7 * DAY


@pytest.mark.parametrize(
    "written", ["P3D", '"PT2H30M"', "P2W", "P1DT1S", "PT36H"]
)  # fmt: skip
def test_allowed_duration_passes_the_check(written: str) -> None:
    report = check(waiting(written))
    assert report.runs, errors(report)
    assert ("unknown-property", "wait") not in warnings(report)


@pytest.mark.parametrize(
    "written",
    ["", "P", "PT", "P3", "3D", "P1M", "P1Y", "P-3D", "-P3D", "P0D", "PT0S", "P1.5D", "p3d", "P999999D", "P9999999999D",
     "due(1)", "P3D; import os", "R3/P1D", '"P3D', "P３D"],
)  # fmt: skip
def test_what_has_no_fixed_length_is_refused_though_allowed(written: str) -> None:
    assert errors(check(waiting(written))) == {("timer-duration", "wait")}
    assert duration_of(written) is None


@pytest.mark.parametrize("allowed", ["", "false", "yes", "1"])
def test_duration_that_is_not_allowed_by_name_is_refused(allowed: str) -> None:
    assert errors(check(waiting("P3D", allowed=allowed))) == {("relative-timer", "wait")}


def test_cycle_is_refused_though_allowed() -> None:
    assert errors(check(waiting("R3/P1D", form="timeCycle"))) == {("relative-timer", "wait")}
    both = lasting("P3D").replace("<bpmn:timeDuration>", "<bpmn:timeDate>due(1)</bpmn:timeDate><bpmn:timeDuration>")
    assert errors(check(line(catch("wait", both), ids=("wait",)))) == {("relative-timer", "wait")}


def test_leave_on_another_element_does_not_count() -> None:
    boxed = person("work", _ALLOW.format("true")) + catch("wait", lasting("P3D", allowed=""))
    assert ("relative-timer", "wait") in errors(check(line(boxed, ids=("work", "wait"))))
