"""Ways through a scope: what is reached from where, loops, and choices that a join cannot survive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from engine.flow.checks.model import Flow, Node, Scope

_CHOOSES = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})
_WAITS = frozenset({"task", "userTask", "manualTask", "receiveTask", "eventBasedGateway", "intermediateCatchEvent"})


def reached(starts: Iterable[Node], follow: Callable[[Node], Iterable[Node]]) -> set[Node]:
    """All nodes on the ways from some nodes, those included."""
    seen = set(starts)
    todo = list(seen)
    while todo:
        for node in follow(todo.pop()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


def following(node: Node) -> list[Node]:
    """What a node leads to by flow or boundary event."""
    return node.following


def reachable(scope: Scope) -> set[Node]:
    """What the start events of a scope lead to, and whatever an event subprocess begins."""
    return reached([node for node in scope.nodes if node.kind == "startEvent" or node.is_event_subprocess], following)


def in_loops(scope: Scope) -> set[Node]:
    """The nodes that lie on a loop (Tarjan's strongly connected components, without recursion)."""
    return {node for group in loops(scope) for node in group}


def loops(scope: Scope) -> list[list[Node]]:
    """The loops of a scope: groups of nodes that all lead to each other."""
    return _loops(scope.nodes, following)


def loops_without_rest(scope: Scope) -> list[list[Node]]:
    """The loops that a case may go round without waiting anywhere."""

    def follow(node: Node) -> list[Node]:
        return [target for target in node.following if not waits(target)]

    return _loops([node for node in scope.nodes if not waits(node)], follow)


def changes_nothing(node: Node) -> bool:
    """Whether passing a node leaves all data as they were, and the case with as many tokens."""
    return node.kind in ("exclusiveGateway", "intermediateThrowEvent")


def loops_without_choice(scope: Scope) -> list[list[Node]]:
    """The loops in which no gateway chooses: SpiffWorkflow, which looks ahead along such ways, never stops looking."""

    def follow(node: Node) -> list[Node]:
        return [] if node.kind in _CHOOSES else [flow.target for flow in node.outgoing if flow.target is not None]

    return _loops(scope.nodes, follow)


def _loops(nodes: Iterable[Node], follow: Callable[[Node], list[Node]]) -> list[list[Node]]:
    search = _Search(follow)
    for node in nodes:
        search.walk(node)
    return [group for group in search.groups if len(group) > 1 or group[0] in follow(group[0])]


class _Search:
    """Tarjan's algorithm with a path of its own in place of recursion."""

    def __init__(self, follow: Callable[[Node], list[Node]]) -> None:
        self.follow = follow
        self.numbers: dict[Node, int] = {}
        self.lows: dict[Node, int] = {}
        self.stack: list[Node] = []
        self.held: set[Node] = set()
        self.path: list[tuple[Node, Iterator[Node]]] = []
        self.groups: list[list[Node]] = []

    def walk(self, root: Node) -> None:
        """Goes everywhere from a node."""
        if root not in self.numbers:
            self._enter(root)
        while self.path:
            node, rest = self.path[-1]
            target = next(rest, None)
            if target is None:
                self._leave(node)
            elif target not in self.numbers:
                self._enter(target)
            elif target in self.held:
                self.lows[node] = min(self.lows[node], self.numbers[target])

    def _enter(self, node: Node) -> None:
        self.numbers[node] = self.lows[node] = len(self.numbers)
        self.stack.append(node)
        self.held.add(node)
        self.path.append((node, iter(self.follow(node))))

    def _leave(self, node: Node) -> None:
        self.path.pop()
        if self.lows[node] == self.numbers[node]:
            at = self.stack.index(node)
            self.groups.append(self.stack[at:])
            self.held.difference_update(self.stack[at:])
            del self.stack[at:]
        if self.path:
            before = self.path[-1][0]
            self.lows[before] = min(self.lows[before], self.lows[node])


def waits(node: Node) -> bool:
    """Whether a case may rest at a node; a subprocess or a called process may, too."""
    if node.inner is not None:
        return any(waits(inner) for inner in node.inner.nodes)
    return node.kind in _WAITS or node.kind == "callActivity"


def restless(scope: Scope) -> set[Node]:
    """The nodes from which a case surely runs round for ever: nothing waits on its way, and no choice leads out."""
    return _settled({node for node in scope.nodes if node.following and not waits(node)})


def _settled(keeping: set[Node]) -> set[Node]:
    """What is left when every node that may lead a token out of the set has been taken from it."""
    lost = {node for node in keeping if not _keeps(node, keeping)}
    while lost:
        keeping = keeping - lost
        lost = {node for node in keeping if not _keeps(node, keeping)}
    return keeping


@dataclass(frozen=True)
class Starved:
    """A parallel join that a choice before it may leave without one of its branches; surely, or perhaps."""

    join: Node
    choice: Node
    is_sure: bool


def starved_joins(scope: Scope) -> list[Starved]:
    """The parallel joins that would hang: sure ones first, each once."""
    joins = [node for node in scope.nodes if node.kind == "parallelGateway" and len(node.incoming) > 1]
    choices = [node for node in scope.nodes if _is_choice(node)] if joins else []
    splits = {choice: _split(scope, choice) for choice in choices}
    found: dict[Node, Starved] = {}
    for starves, is_sure in ((_starves, True), (_may_starve, False)):
        for choice, (without, ways) in splits.items():
            for join in joins:
                if join is not choice and join not in found and starves(join, without, ways, choice):
                    found[join] = Starved(join, choice, is_sure)
    return list(found.values())


_Way = tuple[Flow | None, set[Node]]


def _split(scope: Scope, choice: Node) -> tuple[set[Node], list[_Way]]:
    """What is reached without a choice, and for each of its ways the flow taken and what is reached from there."""

    def follow(node: Node) -> list[Node]:
        return [target for target in node.following if target is not choice]

    starts = [node for node in scope.nodes if node.kind == "startEvent" and node is not choice]
    ways: list[_Way] = [
        (flow, reached([flow.target] if flow.target is not choice else [], follow))
        for flow in choice.outgoing
        if flow.target is not None
    ]
    ways += [(None, reached([boundary], follow)) for boundary in choice.boundaries if boundary.interrupts]
    return reached(starts, follow), ways


def _needed(join: Node, without: set[Node], choice: Node) -> set[Flow]:
    return {flow for flow in join.incoming if flow.source is choice or flow.source not in without}


def _met(join: Node, way: _Way) -> set[Flow]:
    taken, places = way
    return {flow for flow in join.incoming if flow is taken or flow.source in places}


def _starves(join: Node, without: set[Node], ways: list[_Way], choice: Node) -> bool:
    """Whether one way brings a token to the join, and another branch of it can only come by another way."""
    if _may_take_several(choice):
        return False
    needed = _needed(join, without, choice)
    return any(met and needed - met for met in (_met(join, way) for way in ways))


def _may_starve(join: Node, without: set[Node], ways: list[_Way], choice: Node) -> bool:
    """Whether one way leaves out a branch that the join needs, and neither comes back nor ends everything."""
    needed = _needed(join, without, choice)
    if not needed or (needed == set(join.incoming) and not _may_take_several(choice)):
        return False
    return any(needed - _met(join, way) and not _ends_or_returns(choice, way) for way in ways)


def _ends_or_returns(choice: Node, way: _Way) -> bool:
    taken, places = way
    if _may_take_several(choice):
        return False
    ends = any(place.kind == "endEvent" and place.triggers for place in places)
    return ends or any(choice in place.following for place in places) or (taken is not None and taken.target is choice)


def _is_choice(node: Node) -> bool:
    if node.kind in ("exclusiveGateway", "eventBasedGateway", "inclusiveGateway"):
        return len(node.outgoing) > 1
    return bool(node.boundaries)


def _may_take_several(choice: Node) -> bool:
    """Whether several of its ways may be taken: an inclusive gateway, a boundary event that does not interrupt."""
    return choice.kind == "inclusiveGateway" or any(not boundary.interrupts for boundary in choice.boundaries)


def never_completes(node: Node) -> bool:
    """Whether a subprocess always keeps a token, so that it is only ever left by a boundary event."""
    if node.inner is None:
        return False
    keeping = _settled({inner for inner in node.inner.nodes if inner.kind != "endEvent" and inner.following})
    starts = node.inner.starts()
    return bool(starts) and all(start in keeping for start in starts)


def _keeps(node: Node, keeping: set[Node]) -> bool:
    """Whether a token at a node leads to a token that stays: on one way out of a fork, on every way of a choice."""
    ways = [target in keeping for target in node.following]
    return any(ways) if node.kind == "parallelGateway" else all(ways)
