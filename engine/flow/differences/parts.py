"""The parts of a file with what is said of each, and how two sets of parts differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.flow.findings import Text

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class Part:
    """An element, a row, a column or a field. `facts` maps what is said to its value as text; `sort` is its kind."""

    key: str
    sort: str
    label: Text
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One fact that differs; '' on either side where it is not said at all."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """A part that was added, removed or changed; `changes` say in what, for an added one what it is."""

    key: str
    kind: str
    sort: str
    label: Text
    changes: tuple[Change, ...] = ()


def between(before: Mapping[str, Part], after: Mapping[str, Part]) -> tuple[Difference, ...]:
    """How the parts differ, by key: in the order they have afterwards, what is gone last."""
    found = [_difference(before.get(key), part) for key, part in after.items()]
    gone = [Difference(key, REMOVED, part.sort, part.label) for key, part in before.items() if key not in after]
    return (*(each for each in found if each is not None), *gone)


def reordered(part: Part, before: Sequence[str], after: Sequence[str]) -> tuple[Difference, ...]:
    """That what both hold of a part stands in another order, if it does; `before` and `after` are what is shown."""
    was, now = ([name for name in side if name in other] for side, other in ((before, after), (after, before)))
    if was == now:
        return ()
    return (Difference(part.key, CHANGED, part.sort, part.label, (Change("order", ", ".join(was), ", ".join(now)),)),)


def _difference(before: Part | None, after: Part) -> Difference | None:
    if before is None:
        return Difference(after.key, ADDED, after.sort, after.label, _changes({}, after.facts))
    changes = _changes(before.facts, after.facts)
    if before.sort != after.sort:
        changes = (Change("kind", before.sort, after.sort), *changes)
    return Difference(after.key, CHANGED, after.sort, after.label, changes) if changes else None


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    names = [*after, *(name for name in before if name not in after)]
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)
