"""Sharing out waiting cases among people: pure, deterministic, no SQL.

How it goes:

1. A case can go to the members of its group who are not absent, not full and, where people are named, named.
2. Cases of one customer are one unit where somebody can take them all (`together`); otherwise they part by group.
3. Evenly: units go, large ones first, to whoever got fewest cases of this batch; among equals to who holds fewest.
   By amount: units go, largest amount first, to whoever got the least amount of this batch; among equals to who got
   fewest cases, so that cases without an amount are shared evenly. To named people: evenly, in the order of the names.
4. Whoever holds other cases of the customer is asked first (`together`), even if the shares become less equal.
5. A unit that nobody has room for is split; a case that nobody has room for is skipped.
6. Whoever has a case now does not get it; what people give away makes no room for what they get in the same plan.

Amounts of different currencies are never added: a unit is weighed in the currency of its first case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.assignments.members import Load, Member
from engine.dispatch.reasons import Reason
from engine.models import Method

ZERO = Decimal(0)
UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case to be given to somebody; `group_id` is empty where no group looks after it, `from_id` if nobody has it."""

    case_id: int
    customer_id: int
    group_id: int | None
    amount: Decimal
    currency: str = ""
    from_id: int | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who is to have a case (None: it is recalled), and who has it now."""

    case_id: int
    collector_id: int | None
    amount: Decimal
    from_id: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A case that nobody gets, and why."""

    case_id: int
    amount: Decimal
    reason: Reason


@dataclass(frozen=True)
class Share:
    """What a person gets and gives away by the plan, beside what they hold already; amounts by currency."""

    user_id: int
    name: str
    cases: int
    amounts: Mapping[str, Decimal]
    held: Load
    gives: int = 0
    given: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def after(self) -> int:
        """How many cases they hold afterwards."""
        return self.held.cases + self.cases - self.gives


@dataclass(frozen=True)
class Plan:
    """Assignments and skipped cases, each by case id, and the shares of all who could have got something, by name.

    Whoever gives something away has a share too.
    """

    assigned: tuple[Assigned, ...]
    skipped: tuple[Skipped, ...]
    shares: tuple[Share, ...]


@dataclass(slots=True, eq=False)
class _Person:
    member: Member
    place: int
    cases: int = 0
    amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def total(self) -> int:
        return self.cases + self.member.load.cases


_Unit = Sequence[Waiting]
_Key = Callable[[_Person, str], Any]
_Pool = list[tuple[_Person, int]]  # who can take the cases of some groups, and up to how many in all


def _evenly(person: _Person, _currency: str) -> tuple[int, int, int]:
    return person.cases, person.member.load.cases, person.place


def _by_amount(person: _Person, currency: str) -> tuple[Decimal, int, Decimal, int]:
    return person.amounts[currency], person.cases, person.member.load.amounts.get(currency, ZERO), person.place


def _in_turn(person: _Person, _currency: str) -> tuple[int, int]:
    return person.cases, person.place


_KEYS: dict[str, _Key] = {Method.EVENLY: _evenly, Method.BY_AMOUNT: _by_amount, Method.TO_PERSON: _in_turn}


def plan(
    cases: Iterable[Waiting],
    members: Mapping[int, Sequence[Member]],
    *,
    method: str,
    named: Sequence[int] = (),
    together: bool = True,
    holders: Mapping[int, frozenset[int]] | None = None,
) -> Plan:
    """Share out cases among the members of their groups.

    `members` are by group id; `named` restricts them, where not empty; `holders` tells who has other open cases of a
    customer. The same input gives the same plan, in whatever order cases and members come.
    """
    return _Planner(members, _KEYS[method], named, together, holders or {}).share_out(cases)


class _Planner:
    """One plan in the making."""

    def __init__(
        self,
        members: Mapping[int, Sequence[Member]],
        key: _Key,
        named: Sequence[int],
        together: bool,
        holders: Mapping[int, frozenset[int]],
    ) -> None:
        self._members, self._key, self._named = members, key, named
        self._together, self._holders = together, holders
        self._people = self._everybody()
        self._pools: dict[frozenset[int], _Pool] = {}
        self._assigned: list[Assigned] = []
        self._skipped: list[Skipped] = []

    def share_out(self, cases: Iterable[Waiting]) -> Plan:
        takeable: list[Waiting] = []
        for case in sorted(cases, key=lambda each: each.case_id):
            reason = self._hindrance(case)
            if reason is None:
                takeable.append(case)
            else:
                self._skip(case, reason)
        for unit in sorted(self._units(takeable), key=self._order):
            self._place(unit)
        return self._result()

    def _everybody(self) -> dict[int, _Person]:
        found: dict[int, Member] = {}
        for group in self._members.values():
            for member in group:
                if not self._named or member.user_id in self._named:
                    found[member.user_id] = member
        places = {user_id: place for place, user_id in enumerate(dict.fromkeys(self._named))}
        return {each: _Person(member, places.get(each, each)) for each, member in found.items()}

    def _hindrance(self, case: Waiting) -> Reason | None:
        """Why nobody can take this case, before anything is given."""
        if case.group_id is None:
            return Reason.NO_GROUP
        members = self._members.get(case.group_id, ())
        if not members:
            return Reason.NO_MEMBERS
        wanted = [each for each in members if each.user_id in self._people]
        if not wanted:
            return Reason.NOT_IN_GROUP
        others = [each for each in wanted if each.user_id != case.from_id]
        present = [each for each in others if not each.is_absent]
        if not present:
            return Reason.ABSENT if others else Reason.NOBODY_ELSE
        return Reason.FULL if all(each.is_full for each in present) else None

    def _units(self, cases: Sequence[Waiting]) -> list[_Unit]:
        if not self._together:
            return [(case,) for case in cases]
        by_customer: dict[int, list[Waiting]] = defaultdict(list)
        for case in cases:
            by_customer[case.customer_id].append(case)
        units: list[_Unit] = []
        for theirs in by_customer.values():
            units += [theirs] if self._pool(_groups(theirs)) else _by_group(theirs)
        return units

    def _order(self, unit: _Unit) -> tuple[Decimal | int, int]:
        largest = sum((each.amount for each in unit), ZERO) if self._key is _by_amount else len(unit)
        return -largest, unit[0].case_id

    def _place(self, unit: _Unit) -> None:
        person = self._choose(unit)
        groups = _groups(unit)
        if person is not None:
            self._give(person, unit)
        elif len(groups) > 1:
            for part in _by_group(unit):
                self._place(part)
        elif len(unit) > 1:
            for case in unit:
                self._place((case,))
        else:
            self._skip(unit[0], Reason.FULL)

    def _choose(self, unit: _Unit) -> _Person | None:
        size, currency = len(unit), unit[0].currency
        had = {each.from_id for each in unit}
        pool = self._pool(_groups(unit))
        able = [each for each, most in pool if each.member.user_id not in had and each.total() + size <= most]
        if self._together:
            holders = self._holders.get(unit[0].customer_id, frozenset())
            able = [each for each in able if each.member.user_id in holders] or able
        return min(able, key=lambda each: self._key(each, currency), default=None)

    def _pool(self, groups: frozenset[int]) -> _Pool:
        """Everybody present in all of these groups, and how many cases they can have by the strictest of them."""
        if groups not in self._pools:
            limits: dict[int, list[int]] = defaultdict(list)
            for group_id in groups:
                for member in self._members[group_id]:
                    if member.user_id in self._people and not member.is_absent:
                        limits[member.user_id].append(UNLIMITED if member.capacity is None else member.capacity)
            common = {each: min(found) for each, found in limits.items() if len(found) == len(groups)}
            self._pools[groups] = [(self._people[each], most) for each, most in common.items()]
        return self._pools[groups]

    def _give(self, person: _Person, unit: _Unit) -> None:
        for case in unit:
            person.cases += 1
            person.amounts[case.currency] += case.amount
            self._assigned.append(Assigned(case.case_id, person.member.user_id, case.amount, case.from_id))

    def _skip(self, case: Waiting, reason: Reason) -> None:
        self._skipped.append(Skipped(case.case_id, case.amount, reason))

    def _result(self) -> Plan:
        people = sorted(self._people.values(), key=lambda each: (each.member.name, each.member.user_id))
        return Plan(
            tuple(sorted(self._assigned, key=lambda each: each.case_id)),
            tuple(sorted(self._skipped, key=lambda each: each.case_id)),
            tuple(
                Share(each.member.user_id, each.member.name, each.cases, dict(each.amounts), each.member.load)
                for each in people
            ),
        )


def _groups(unit: _Unit) -> frozenset[int]:
    return frozenset(each.group_id for each in unit if each.group_id is not None)


def _by_group(unit: _Unit) -> list[_Unit]:
    parts: dict[int | None, list[Waiting]] = defaultdict(list)
    for case in unit:
        parts[case.group_id].append(case)
    return list(parts.values())
