"""Processes, flows, gateways and joins that do not work, each with the way to draw it instead."""

from __future__ import annotations

from tests.flow.checking import line, person
from tests.flow.drawing import (
    document,
    end,
    exclusive,
    flow,
    inclusive,
    operator,
    parallel,
    path,
    process,
    start,
    throw,
)
from tests.flow.pairs import (
    BODY,
    Pair,
    boxed,
    choice_into,
    join_in_loop,
)

PAIRS: dict[str, Pair] = {
    "join on a back edge": Pair(join_in_loop(is_boxed=False), "join-in-loop", "join", join_in_loop(is_boxed=True)),
    "inclusive gateway in a loop": Pair(
        document(
            process(
                start(),
                exclusive("on"),
                inclusive("some", default="some_to_on"),
                person("work"),
                end(),
                path("start", "on", "some"),
                flow("some", "work", "amount > 3"),
                path("some", "on"),
                path("work", "end"),
            )
        ),
        "inclusive-in-loop",
        "some",
    ),
    "parallel join of an exclusive choice": Pair(
        choice_into(parallel("join")), "join-hangs", "join", choice_into(exclusive("join"))
    ),
    "ad-hoc subprocess": Pair(
        line(f'<bpmn:adHocSubProcess id="free">{person("work")}</bpmn:adHocSubProcess>', ids=("free",)),
        "ad-hoc-subprocess",
        "free",
        boxed(BODY),
    ),
    "complex gateway": Pair(
        line('<bpmn:complexGateway id="hard"/>', ids=("hard",)),
        "complex-gateway",
        "hard",
        line(exclusive("hard"), ids=("hard",)),
    ),
    "process that is not executable": Pair(
        document(process(start(), end(), path("start", "end"), executable=False)),
        "not-executable",
        "p",
        document(process(start(), end(), path("start", "end"))),
    ),
    "condition on a flow from a task": Pair(
        document(process(start(), person("work"), end(), path("start", "work"), flow("work", "end", "amount > 3"))),
        "conditional-flow",
        "work_to_end",
    ),
    "two flows from a task": Pair(
        document(
            process(
                start(),
                person("work"),
                person("more"),
                end(),
                path("start", "work", "end"),
                path("work", "more", "end"),
            )
        ),
        "implicit-split",
        "work",
        document(
            process(
                start(),
                person("work"),
                parallel("fork"),
                person("more"),
                end(),
                path("start", "work", "fork", "end"),
                path("fork", "more", "end"),
            )
        ),
    ),
    "way without a condition": Pair(
        document(
            process(
                start(),
                exclusive("which"),
                person("one"),
                end(),
                path("start", "which"),
                flow("which", "one", "amount > 3"),
                path("which", "end"),
                path("one", "end"),
            )
        ),
        "condition-missing",
        "which_to_end",
        document(
            process(
                start(),
                exclusive("which", default="which_to_end"),
                person("one"),
                end(),
                path("start", "which"),
                flow("which", "one", "amount > 3"),
                path("which", "end"),
                path("one", "end"),
            )
        ),
    ),
    "default flow of another": Pair(
        line(exclusive("which", default="start_to_which"), ids=("which",)), "default-unknown", "which"
    ),
    "flow into nothing": Pair(
        document(process(start(), end(), path("start", "end"), path("start", "gone"))), "dangling-flow", "start_to_gone"
    ),
    "flow over the border of a subprocess": Pair(
        boxed(BODY, path("work", "end")), "flow-crosses-border", "work_to_end"
    ),
    "flow out of an end": Pair(
        document(process(start(), end(), person("work"), path("start", "end", "work"), end("e2"), path("work", "e2"))),
        "after-end",
        "end",
    ),
    "flow into a start": Pair(
        document(process(start(), person("work"), end(), path("start", "work", "end"), path("work", "start"))),
        "start-with-incoming",
        "start",
    ),
    "nothing after a task": Pair(
        document(process(start(), person("work"), path("start", "work"), end("e2"))),
        "dead-end",
        "work",
        line(person("work"), ids=("work",)),
    ),
    "no start": Pair(document(process(person("work"), end(), path("work", "end"))), "no-start", "p"),
    "several starts": Pair(
        document(process(start(), start("s2"), end(), path("start", "end"), path("s2", "end"))), "several-starts", "p"
    ),
    "subprocess without an end": Pair(
        boxed(start("s2"), person("work"), path("s2", "work")), "no-end", "box", boxed(BODY)
    ),
    "empty subprocess": Pair(boxed(), "empty-subprocess", "box", boxed(BODY)),
    "flow from a task to itself": Pair(
        document(process(start(), person("work"), end(), path("start", "work", "work"))),
        "self-loop",
        "work",
        document(
            process(
                start(),
                person("work"),
                exclusive("again", default="again_to_end"),
                end(),
                path("start", "work", "again", "end"),
                flow("again", "work", "amount > 3"),
            )
        ),
    ),
    "loop without a choice": Pair(
        document(process(start(), person("one"), person("two"), end(), path("start", "one", "two", "one"))),
        "loop-without-choice",
        "one",
        document(
            process(
                start(), exclusive("on"), person("one"), person("two"), end(), path("start", "on", "one", "two", "on")
            )
        ),
    ),
    "fork that multiplies the case": Pair(
        document(
            process(
                start(),
                exclusive("on"),
                parallel("fork"),
                person("one"),
                person("two"),
                end(),
                path("start", "on", "fork", "one", "on"),
                path("fork", "two", "on"),
            )
        ),
        "fork-in-loop",
        "fork",
        document(
            process(
                start(),
                exclusive("on"),
                parallel("fork"),
                person("one"),
                person("two"),
                end(),
                path("start", "on", "fork", "one", "on"),
                path("fork", "two", "end"),
            )
        ),
    ),
    "loop that leaves a token behind at each turn": Pair(
        document(
            process(
                start(),
                exclusive("on"),
                exclusive("again", default="again_to_end"),
                parallel("fork"),
                person("work"),
                end(),
                path("start", "on", "again", "end"),
                flow("again", "fork", "1 < 2"),
                path("fork", "on"),
                path("fork", "work", "end"),
            )
        ),
        "endless-loop",
        "again",
    ),
    "endless loop beside a branch that ends": Pair(
        document(
            process(
                start(),
                exclusive("on"),
                parallel("fork"),
                end(),
                path("start", "on", "fork", "on"),
                path("fork", "end"),
            )
        ),
        "never-ends",
        "on",
    ),
    "endless loop": Pair(
        document(process(start(), throw("one", ""), throw("two", ""), end(), path("start", "one", "two", "one"))),
        "never-ends",
        "one",
    ),
    "loop in which nothing happens": Pair(
        document(
            process(
                start(),
                exclusive("again", default="again_to_end"),
                end(),
                path("start", "again", "end"),
                flow("again", "again", "is_late()"),
            )
        ),
        "idle-loop",
        "again",
        document(
            process(
                start(),
                exclusive("again", default="again_to_end"),
                person("work"),
                end(),
                path("start", "again", "end"),
                flow("again", "work", "is_late()"),
                path("work", "again"),
            )
        ),
    ),
    "loop in which nothing changes the answer": Pair(
        document(
            process(
                start(),
                exclusive("again", default="again_to_end"),
                operator("noted", "note"),
                end(),
                path("start", "again", "end"),
                flow("again", "noted", "1 < 2"),
                path("noted", "again"),
            )
        ),
        "endless-loop",
        "again",
        document(
            process(
                start(),
                exclusive("again", default="again_to_end"),
                operator("noted", "note"),
                end(),
                path("start", "again", "end"),
                flow("again", "noted", "is_late()"),
                path("noted", "again"),
            )
        ),
    ),
    "id of the engine's own": Pair(line(person("Start"), ids=("Start",)), "reserved-id", "Start"),
    "id with a space": Pair(
        line(person("my work"), ids=("my work",)), "invalid-id", "my work", line(person("跟进"), ids=("跟进",))
    ),
    "id used twice": Pair(
        document(
            process(start(), person("work"), end(), path("start", "work", "end")), '<bpmn:message id="work" name="x"/>'
        ),
        "duplicate-id",
        "work",
    ),
    "unknown kind of task": Pair(
        line('<bpmn:callChoreography id="dance"/>', person("work"), ids=("work",)), "unsupported-element", "dance"
    ),
}
