"""How the checker's tests draw what is refused beside what may be drawn instead."""

from __future__ import annotations

from dataclasses import dataclass

from tests.flow.checking import line, person
from tests.flow.drawing import (
    document,
    end,
    event_gateway,
    exclusive,
    flow,
    message,
    messages,
    parallel,
    path,
    process,
    start,
    subprocess,
)


@dataclass(frozen=True)
class Pair:
    """What is refused, by which rule at which element; and what may be drawn instead, if there is a twin."""

    refused: bytes
    rule: str
    element: str | None
    instead: bytes | None = None


def boxed(*inner: str, around: str = "", more: str = "") -> bytes:
    """A subprocess `box` between start and end."""
    return line(subprocess("box", *inner), around, ids=("box",), more=more)


BODY = start("s2") + person("work") + end("e2") + path("s2", "work", "e2")
SUSPEND = messages("suspend", "resume")


def declaring(declared: str, *parts: str) -> bytes:
    return document(process(*parts), declared)


def raw_timer(form: str, text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{form}>{text}</bpmn:{form}></bpmn:timerEventDefinition>"


def event_subprocess() -> bytes:
    inner = f'<bpmn:startEvent id="s3">{message("suspend")}</bpmn:startEvent>' + end("e3") + path("s3", "e3")
    xml = f'<bpmn:subProcess id="watch" triggeredByEvent="true">{inner}</bpmn:subProcess>'
    return declaring(SUSPEND, start(), person("work"), end(), path("start", "work", "end"), xml)


def join_in_loop(*, is_boxed: bool) -> bytes:
    body = parallel("fork") + person("one") + person("two") + parallel("join")
    ways = path("fork", "one", "join") + path("fork", "two", "join")
    again = exclusive("again", default="again_to_end") + end() + path("start", "merge") + exclusive("merge")
    out = flow("again", "merge", "amount > 3") + flow("again", "end")
    if not is_boxed:
        return document(process(start(), again, body, ways, path("merge", "fork"), path("join", "again"), out))
    box = subprocess("box", start("s2"), body, ways, end("e2"), path("s2", "fork"), path("join", "e2"))
    return document(process(start(), again, box, path("merge", "box", "again"), out))


def choice_into(join: str) -> bytes:
    ways = path("start", "choose") + flow("choose", "one", "amount > 3") + path("choose", "two")
    rest = path("one", "join") + path("two", "join", "end")
    elements = exclusive("choose", default="choose_to_two") + person("one") + person("two") + join
    return document(process(start(), person("ask"), elements, end(), ways, rest))


def after_gateway(*events: str, ids: tuple[str, ...]) -> bytes:
    ways = "".join(path("wait", id_, "end") for id_ in ids)
    return declaring(SUSPEND, start(), event_gateway("wait"), *events, end(), path("start", "wait"), ways)


def marked(marker: str) -> bytes:
    return line(person("work", marker), ids=("work",))
