"""A world for the kernel's tests: what functions answer, what operators did; and the host and vocabulary over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.decisions import Decision
from engine.flow.vocabulary import Function, Operator, Vocabulary

FAR = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


@dataclass
class World:
    """`flags` answer `flag(name)`, `numbers` answer `number(name)`; `log` tells which operators ran with what."""

    flags: dict[str, bool] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    dates: dict[str, str | None] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    decisions: list[tuple[str, Decision]] = field(default_factory=list)

    def flag(self, name: str) -> bool:
        return self.flags.get(name, False)

    def number(self, name: str) -> int:
        return self.numbers.get(name, 0)

    def due(self, name: str) -> str | None:
        """A date that no clock reaches while the tests run, unless a test sets one."""
        return self.dates.get(name, FAR.isoformat())

    def note(self, what: object = "") -> dict[str, object]:
        self.log.append(("note", str(what)))
        return {"noted": str(what), "length": len(str(what))}

    def fall(self) -> dict[str, object]:
        raise LookupError("the operator fell over")

    def functions(self) -> dict[str, Callable[..., object]]:
        return {"flag": self.flag, "number": self.number, "due": self.due}


class WorldHost:
    """The host of one act in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def functions(self) -> Mapping[str, Callable[..., object]]:
        return self.world.functions()

    def facts(self) -> Mapping[str, object]:
        return {"days_past_due": self.world.number("days_past_due")}

    def operate(self, operator: str, params: dict[str, object], element: str) -> dict[str, object] | None:
        return {"note": self.world.note, "fall": self.world.fall}[operator](**params)

    def decided(self, element: str, decision: Decision) -> None:
        self.world.decisions.append((element, decision))


def _unused(*_: Any, **__: Any) -> None:
    raise AssertionError("the tests' host calls the world, not the vocabulary")


VOCABULARY = Vocabulary(
    functions={
        "flag": Function("flag", _unused, 1, 1, "boolean"),
        "number": Function("number", _unused, 1, 1, "number"),
        "due": Function("due", _unused, 1, 1, "datetime"),
    },
    operators={
        "note": Operator("note", _unused, {"what": False}, ("noted", "length")),
        "fall": Operator("fall", _unused),
    },
    facts={"days_past_due": _unused},
    messages=frozenset(),
    roles=frozenset({"collector"}),
)
