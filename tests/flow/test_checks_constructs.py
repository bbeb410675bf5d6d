"""Each construct that does not work is refused with its element; the way to draw it instead is accepted and runs."""

from __future__ import annotations

import pytest

from engine.flow.definitions import compile_release
from tests.flow import pairs_events, pairs_shape, pairs_tasks
from tests.flow.checking import VOCABULARY, check, errors, line, person, warnings
from tests.flow.drawing import (
    beside,
    boundary,
    document,
    end,
    escalation,
    escalations,
    exclusive,
    flow,
    message,
    messages,
    operator,
    parallel,
    path,
    process,
    start,
    subprocess,
    terminate,
    timer,
)
from tests.flow.pairs import (
    Pair,
    declaring,
    event_subprocess,
)

PAIRS: dict[str, Pair] = {**pairs_shape.PAIRS, **pairs_events.PAIRS, **pairs_tasks.PAIRS}


@pytest.mark.parametrize("name", PAIRS)
def test_what_does_not_work_is_refused_at_its_element(name: str) -> None:
    pair = PAIRS[name]
    report = check(pair.refused)
    assert (pair.rule, pair.element) in errors(report)
    assert not report.runs


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if pair.instead is not None])
def test_what_may_be_drawn_instead_runs(name: str) -> None:
    pair = PAIRS[name]
    assert pair.instead is not None
    report = check(pair.instead)
    assert report.runs, errors(report)
    assert not errors(report)


def test_join_that_only_may_hang_is_a_warning() -> None:
    ways = path("start", "fork", "one", "join", "end") + path("fork", "which") + path("two", "join")
    which = exclusive("which", default="which_to_e2") + flow("which", "two", "amount > 3") + flow("which", "e2")
    elements = parallel("fork") + person("one") + person("two") + parallel("join") + end() + end("e2")
    assert ("join-may-hang", "join") in warnings(check(document(process(start(), elements, which, ways))))
    ending = end("e2", terminate())
    ended = document(process(start(), elements.replace(end("e2"), ending), which, ways))
    assert ("join-may-hang", "join") not in warnings(check(ended))


def test_join_behind_an_event_that_does_not_interrupt_may_hang() -> None:
    elements = person("work") + beside("also", "work", timer("due(1)")) + parallel("join") + end()
    source = document(process(start(), elements, path("start", "work", "join", "end"), path("also", "join")))
    assert ("join-may-hang", "join") in warnings(check(source))


def test_operator_may_have_the_id_of_an_element() -> None:
    assert check(line(operator("note", "note"), ids=("note",))).runs


def test_subprocess_that_is_only_left_by_its_border_needs_no_flow_behind_it() -> None:
    inner = start("s2") + parallel("fork") + person("work") + exclusive("on") + end("aside")
    ways = path("s2", "on", "work", "fork", "on") + path("fork", "aside")
    box = subprocess("box", inner, ways) + boundary("edge", "box", timer("due(1)"))
    assert check(document(process(start(), box, end(), path("start", "box"), path("edge", "end")))).runs


def test_terminating_one_branch_and_escalating_run() -> None:
    fork = parallel("fork") + person("work") + end("stop", terminate()) + path("start", "fork", "work", "end")
    assert check(document(process(start(), fork, end(), path("fork", "stop")))).runs
    inner = start("s2") + end("up", escalation("x")) + path("s2", "up")
    box = subprocess("box", inner) + boundary("edge", "box", escalation("x")) + path("edge", "e3")
    assert check(declaring(escalations("x"), start(), box, end(), end("e3"), path("start", "box", "end"))).runs


@pytest.mark.parametrize("yes", ["1", " true ", "true"])
def test_truth_may_be_written_in_each_way_of_xml(yes: str) -> None:
    event = boundary("heard", "work", message("resume")).replace('"true"', f'"{yes}"')
    drawn = process(start(), person("work"), event, end(), end("e2"), path("start", "work", "end"), path("heard", "e2"))
    source = document(messages("resume"), drawn.replace('isExecutable="true"', f'isExecutable="{yes}"'))
    assert check(source).runs, errors(check(source))
    release = compile_release({"a.bpmn": source}, VOCABULARY)
    assert release.processes["p"].spec.task_specs["heard"].cancel_activity
    watching = event_subprocess().replace(b'triggeredByEvent="true"', f'triggeredByEvent="{yes}"'.encode())
    assert ("event-subprocess", "watch") in errors(check(watching))


@pytest.mark.parametrize("no", ["0", "false"])
def test_untruth_may_be_written_in_each_way_of_xml(no: str) -> None:
    source = document(process(start(), person("work"), end(), path("start", "work", "end")))
    never = source.replace(b'isExecutable="true"', f'isExecutable="{no}"'.encode())
    assert ("not-executable", "p") in errors(check(never))
