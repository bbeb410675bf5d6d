"""Diagrams invented at random, mostly leading forwards: some run, some do not, and the checker must tell them apart."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.flow import drawing
from tests.flow.checking import person
from tests.flow.drawing import (
    beside,
    boundary,
    catch,
    document,
    end,
    escalation,
    escalations,
    event_gateway,
    exclusive,
    flow,
    inclusive,
    loop,
    message,
    messages,
    operator,
    parallel,
    process,
    repeated,
    start,
    subprocess,
    terminate,
    throw,
    timer,
)

_ELEMENTS: dict[str, Callable[[str], str]] = {
    "person": person,
    "operator": lambda id_: operator(id_, "note"),
    "fork": parallel,
    "events": event_gateway,
    "hear": lambda id_: catch(id_, message("resume")),
    "date": lambda id_: catch(id_, timer("due(1)")),
    "milestone": lambda id_: throw(id_, ""),
    "tell": lambda id_: throw(id_, message("settled")),
    "several": lambda id_: person(id_, repeated("2")),
    "again": lambda id_: person(id_, loop(2, "is_late()")),
    "stop": lambda id_: end(id_, terminate()),
    "rise": lambda id_: end(id_, escalation("x")),
    "fail": lambda id_: end(id_, drawing.error("x")),
    "end": end,
}
_GATEWAYS = {"choice": exclusive, "choices": inclusive}
_KINDS = [*_ELEMENTS, *_GATEWAYS, "person", "choice", "choice", "box"]
_ENDS = frozenset({"stop", "rise", "fail", "end"})
_BORDERED = frozenset({"person", "several", "again", "box"})
_SPLIT = frozenset({"choice", "choices", "fork", "events"})
_DEEPEST = 2


def invented(seed: int) -> bytes:
    """The diagram of a seed."""
    declared = messages("suspend", "resume", "settled") + escalations("x") + drawing.errors("x")
    return document(process(*_scope(random.Random(seed), "n", 0)), declared)


def _scope(chance: random.Random, prefix: str, depth: int) -> list[str]:
    kinds = [kind for kind in _KINDS if kind != "box" or depth < _DEEPEST]
    held = {f"{prefix}{number}": chance.choice(kinds) for number in range(chance.randint(1, 8 - 2 * depth))}
    borders = {f"{id_}_edge": id_ for id_, kind in held.items() if kind in _BORDERED and chance.random() < 0.35}
    first, last = f"{prefix}_start", f"{prefix}_end"
    targets = [*held, last]
    ways = {id_: _ways(chance, id_, kind, targets) for id_, kind in held.items() if kind not in _ENDS}
    ways |= {id_: [chance.choice(targets)] for id_ in (first, *borders)}
    parts = [start(first), end(last)]
    parts += [_drawn(chance, id_, kind, ways, depth) for id_, kind in held.items()]
    parts += [_border(chance, id_, host, held[host]) for id_, host in borders.items()]
    return parts + [_arrow(chance, held.get(id_, ""), id_, to) for id_, to in ways.items()]


def _ways(chance: random.Random, id_: str, kind: str, targets: list[str]) -> list[str]:
    later = targets[targets.index(id_) + 1 :]
    count = chance.randint(1, 3) if kind in _SPLIT else 1
    picked = [chance.choice(later if chance.random() < 0.75 else targets) for _ in range(count)]
    return list(dict.fromkeys(picked))


def _drawn(chance: random.Random, id_: str, kind: str, ways: dict[str, list[str]], depth: int) -> str:
    if kind == "box":
        return subprocess(id_, *_scope(chance, f"{id_}_", depth + 1))
    if kind in _GATEWAYS:
        return _GATEWAYS[kind](id_, default=f"{id_}_to_{ways[id_][-1]}" if len(ways[id_]) > 1 else "")
    return _ELEMENTS[kind](id_)


def _border(chance: random.Random, id_: str, host: str, kind: str) -> str:
    events = [message("suspend"), timer("due(1)")]
    if kind == "box":
        events += [escalation("x"), drawing.error("x")]
    event = chance.choice(events)
    return (beside if event == timer("due(1)") and chance.random() < 0.3 else boundary)(id_, host, event)


def _arrow(chance: random.Random, kind: str, id_: str, targets: list[str]) -> str:
    conditions = ["is_late()", "days() > 3", "days_past_due > 30"]
    asked = [chance.choice(conditions) if kind in _GATEWAYS else "" for _ in targets[:-1]]
    return "".join(flow(id_, to, condition) for to, condition in zip(targets, [*asked, ""], strict=True))
