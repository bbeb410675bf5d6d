"""The plan: fair, within everybody's limits, whole customers together, and the same for the same input."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assignments import Load, Member
from engine.dispatch.planning import Plan, Waiting, plan
from engine.dispatch.reasons import Reason
from engine.models import Method


def a_member(
    user_id: int, held: int = 0, *, capacity: int | None = None, absent: bool = False, sum_: str = "0"
) -> Member:
    return Member(user_id, f"m{user_id:03}", capacity, absent, Load(held, {"CNY": Decimal(sum_)}))


def some_cases(*amounts: str, group_id: int | None = 1, first: int = 1) -> list[Waiting]:
    return [
        Waiting(number, number, group_id, Decimal(amount), "CNY") for number, amount in enumerate(amounts, start=first)
    ]


def counts(made: Plan) -> dict[int, int]:
    return {share.user_id: share.cases for share in made.shares}


def who_gets(made: Plan) -> dict[int, int | None]:
    return {each.case_id: each.collector_id for each in made.assigned}


def why_not(made: Plan) -> dict[int, str]:
    return {each.case_id: str(each.reason) for each in made.skipped}


def test_evenly_gives_equal_shares_and_the_remainder_to_whoever_holds_least() -> None:
    made = plan(
        some_cases(*["1"] * 8),
        {1: [a_member(1, held=9), a_member(2, held=1), a_member(3, held=5)]},
        method=Method.EVENLY,
    )
    assert counts(made) == {1: 2, 2: 3, 3: 3}


def test_what_people_hold_already_does_not_change_equal_shares() -> None:
    made = plan(some_cases(*["1"] * 4), {1: [a_member(1, held=100), a_member(2)]}, method=Method.EVENLY)
    assert counts(made) == {1: 2, 2: 2}


def test_by_amount_balances_sums_not_counts() -> None:
    made = plan(some_cases("600", "100", "200", "300"), {1: [a_member(1), a_member(2)]}, method=Method.BY_AMOUNT)
    assert {share.user_id: share.amounts["CNY"] for share in made.shares} == {1: Decimal(600), 2: Decimal(600)}
    assert counts(made) == {1: 1, 2: 3}


def test_by_amount_shares_out_evenly_what_has_no_amount() -> None:
    made = plan(some_cases(*["0"] * 6), {1: [a_member(1), a_member(2), a_member(3)]}, method=Method.BY_AMOUNT)
    assert counts(made) == {1: 2, 2: 2, 3: 2}


def test_currencies_are_balanced_one_by_one() -> None:
    cases = [
        Waiting(1, 1, 1, Decimal(1000), "IDR"),
        Waiting(2, 2, 1, Decimal(1), "CNY"),
        Waiting(3, 3, 1, Decimal(1000), "IDR"),
        Waiting(4, 4, 1, Decimal(1), "CNY"),
    ]
    made = plan(cases, {1: [a_member(1), a_member(2)]}, method=Method.BY_AMOUNT)
    assert [dict(share.amounts) for share in made.shares] == [{"IDR": Decimal(1000), "CNY": Decimal(1)}] * 2


def test_named_people_take_turns_in_the_order_named_and_nobody_else_gets_any() -> None:
    made = plan(
        some_cases(*["1"] * 5),
        {1: [a_member(1), a_member(2), a_member(3)]},
        method=Method.TO_PERSON,
        named=[3, 1],
    )
    assert who_gets(made) == {1: 3, 2: 1, 3: 3, 4: 1, 5: 3}


def test_the_absent_and_the_full_get_none() -> None:
    members = [a_member(1, absent=True), a_member(2, held=5, capacity=5), a_member(3, held=5, capacity=7), a_member(4)]
    made = plan(some_cases(*["1"] * 6), {1: members}, method=Method.EVENLY)
    assert counts(made) == {1: 0, 2: 0, 3: 2, 4: 4}


@pytest.mark.parametrize(
    ("group_id", "members", "named", "reason"),
    [
        (None, [a_member(1)], [], Reason.NO_GROUP),
        (1, [], [], Reason.NO_MEMBERS),
        (1, [a_member(1)], [9], Reason.NOT_IN_GROUP),
        (1, [a_member(1, absent=True), a_member(2, absent=True, capacity=0)], [], Reason.ABSENT),
        (1, [a_member(1, absent=True), a_member(2, capacity=0)], [], Reason.FULL),
    ],
)
def test_what_nobody_can_take_is_skipped_with_the_reason(
    group_id: int | None, members: list[Member], named: list[int], reason: Reason
) -> None:
    made = plan(some_cases("1", group_id=group_id), {1: members}, method=Method.EVENLY, named=named)
    assert why_not(made) == {1: reason}
    assert not made.assigned


def test_what_no_longer_fits_is_skipped_as_full() -> None:
    made = plan(some_cases("1", "1", "1"), {1: [a_member(1, held=1, capacity=3)]}, method=Method.EVENLY)
    assert (who_gets(made), why_not(made)) == ({1: 1, 2: 1}, {3: "full"})


def test_each_group_gets_its_own_cases() -> None:
    cases = [*some_cases("1", "1", group_id=1), *some_cases("1", "1", group_id=2, first=3)]
    made = plan(cases, {1: [a_member(1)], 2: [a_member(2)]}, method=Method.EVENLY)
    assert who_gets(made) == {1: 1, 2: 1, 3: 2, 4: 2}


def a_customers(customer_id: int, *groups: int, first: int = 1) -> list[Waiting]:
    return [Waiting(number, customer_id, group, Decimal(1), "CNY") for number, group in enumerate(groups, start=first)]


def test_a_customers_cases_stay_with_one_person_even_across_groups() -> None:
    cases = [*a_customers(7, 1, 2), *a_customers(8, 1, 2, first=3)]
    made = plan(cases, {1: [a_member(1), a_member(2)], 2: [a_member(2), a_member(3)]}, method=Method.EVENLY)
    assert set(who_gets(made).values()) == {2}


def test_a_customers_cases_part_where_no_group_shares_a_person() -> None:
    made = plan(a_customers(7, 1, 2), {1: [a_member(1)], 2: [a_member(3)]}, method=Method.EVENLY)
    assert who_gets(made) == {1: 1, 2: 3}


def test_a_customers_cases_part_where_nobody_has_room_for_all() -> None:
    members = [a_member(1, capacity=2), a_member(2, capacity=1)]
    made = plan(a_customers(7, 1, 1, 1), {1: members}, method=Method.EVENLY)
    assert counts(made) == {1: 2, 2: 1}


def test_whoever_has_the_customer_already_is_asked_first() -> None:
    members = {1: [a_member(1, held=50), a_member(2)]}
    made = plan(a_customers(7, 1, 1), members, method=Method.EVENLY, holders={7: frozenset({1})})
    assert who_gets(made) == {1: 1, 2: 1}
    apart = plan(a_customers(7, 1, 1), members, method=Method.EVENLY, together=False, holders={7: frozenset({1})})
    assert counts(apart) == {1: 1, 2: 1}


amounts = st.decimals(min_value=0, max_value=10_000, places=2)
methods = st.sampled_from([Method.EVENLY, Method.BY_AMOUNT])


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[list[Waiting], dict[int, list[Member]]]:
    members: dict[int, list[Member]] = {}
    held = {user_id: draw(st.integers(0, 5)) for user_id in range(1, 7)}
    absent = {user_id: draw(st.booleans()) for user_id in held}
    for group_id in (1, 2):
        chosen = draw(st.sets(st.sampled_from(sorted(held)), max_size=5))
        members[group_id] = [
            a_member(each, held[each], capacity=draw(st.none() | st.integers(0, 8)), absent=absent[each])
            for each in sorted(chosen)
        ]
    cases = [
        Waiting(number, draw(st.integers(1, 8)), draw(st.sampled_from([None, 1, 2])), draw(amounts), "CNY")
        for number in range(1, draw(st.integers(0, 25)) + 1)
    ]
    return cases, members


@given(portfolios(), methods, st.booleans(), st.randoms(use_true_random=False))
def test_every_case_is_given_once_within_limits_or_skipped(
    portfolio: tuple[list[Waiting], dict[int, list[Member]]], method: Method, together: bool, shuffle: random.Random
) -> None:
    cases, members = portfolio
    made = plan(cases, members, method=method, together=together)
    got, skipped = who_gets(made), why_not(made)
    assert got.keys() | skipped.keys() == {each.case_id for each in cases}
    assert not got.keys() & skipped.keys()
    given_by_group: Counter[tuple[int | None, int | None]] = Counter()
    for case in cases:
        if case.case_id in got:
            given_by_group[case.group_id, got[case.case_id]] += 1
    total = Counter(got.values())
    for (group_id, user_id), _count in given_by_group.items():
        assert group_id is not None
        member = next(each for each in members[group_id] if each.user_id == user_id)
        assert not member.is_absent
        assert member.capacity is None or member.load.cases < member.capacity
    for share in made.shares:
        limits = [each.capacity for group in members.values() for each in group if each.user_id == share.user_id]
        if limits and None not in limits:
            assert share.held.cases + share.cases <= max(share.held.cases, *(most or 0 for most in limits))
        assert share.cases == total[share.user_id]
        assert sum(share.amounts.values()) == sum(
            case.amount for case in cases if got.get(case.case_id) == share.user_id
        )
    shuffled = list(cases)
    shuffle.shuffle(shuffled)
    turned = {group: list(reversed(each)) for group, each in reversed(members.items())}
    assert plan(shuffled, turned, method=method, together=together) == made


@given(portfolios())
def test_nobody_is_left_out_while_a_case_that_they_could_take_is_skipped(
    portfolio: tuple[list[Waiting], dict[int, list[Member]]],
) -> None:
    cases, members = portfolio
    made = plan(cases, members, method=Method.EVENLY)
    taken = Counter(who_gets(made).values())
    groups = {each.case_id: each.group_id for each in cases}
    for case_id in why_not(made):
        group_id = groups[case_id]
        for member in members.get(group_id, []) if group_id else []:
            full = member.capacity is not None and member.load.cases + taken[member.user_id] >= member.capacity
            assert member.is_absent or full


@given(st.lists(amounts, max_size=40), st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_even_shares_differ_by_one_at_most(given_amounts: list[Decimal], held: list[int]) -> None:
    members = [a_member(number, each) for number, each in enumerate(held, start=1)]
    made = plan(some_cases(*map(str, given_amounts)), {1: members}, method=Method.EVENLY)
    got = counts(made)
    assert max(got.values()) - min(got.values()) <= 1
    extra = [each.load.cases for each in members if got[each.user_id] > min(got.values())]
    short = [each.load.cases for each in members if got[each.user_id] == min(got.values())]
    assert not extra or not short or max(extra) <= min(short) or max(got.values()) == min(got.values())


@given(st.lists(amounts, max_size=40), st.integers(1, 6))
def test_sums_differ_by_the_largest_case_at_most(given_amounts: list[Decimal], people: int) -> None:
    members = [a_member(number) for number in range(1, people + 1)]
    made = plan(some_cases(*map(str, given_amounts)), {1: members}, method=Method.BY_AMOUNT)
    sums = [sum(share.amounts.values(), Decimal(0)) for share in made.shares]
    assert max(sums) - min(sums) <= max(given_amounts, default=Decimal(0))


@given(portfolios())
def test_customers_are_not_parted_needlessly(portfolio: tuple[list[Waiting], dict[int, list[Member]]]) -> None:
    cases, members = portfolio
    roomy = {
        group: [Member(each.user_id, each.name, None, each.is_absent, each.load) for each in found]
        for group, found in members.items()
    }
    got = who_gets(plan(cases, roomy, method=Method.EVENLY))
    by_customer: dict[tuple[int, int | None], set[int | None]] = {}
    for case in cases:
        if case.case_id in got:
            by_customer.setdefault((case.customer_id, case.group_id), set()).add(got[case.case_id])
    assert all(len(people) == 1 for people in by_customer.values())


@pytest.mark.parametrize("method", [Method.EVENLY, Method.BY_AMOUNT])
def test_ten_thousand_cases_among_fifty_people_take_less_than_a_second(method: Method) -> None:
    chance = random.Random(7)
    cases: Sequence[Waiting] = [
        Waiting(number, chance.randrange(8_000), chance.randrange(4), Decimal(chance.randrange(10**6)) / 100, "CNY")
        for number in range(10_000)
    ]
    members = {group: [a_member(group * 50 + each, capacity=900) for each in range(50)] for group in range(4)}
    began = time.process_time()
    made = plan(cases, members, method=method)
    assert time.process_time() - began < 1.0
    assert len(made.assigned) == 10_000
