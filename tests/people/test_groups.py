"""Groups, their scopes and members, and which group is responsible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import people
from engine.errors import Invalid, NotFound
from engine.models import Group, HistoryEntry, Membership, Role, User
from engine.people import Scope
from engine.people.refusals import NameTaken, NotAdministrator, NotSupervisorOf, RoleMissing
from tests.cast import Cast, a_group, a_person
from tests.people.cases import a_case, a_user_task


def name_of(group: Group | None) -> str | None:
    return group.name if group else None


def test_the_most_specific_scope_wins(session: Session) -> None:
    a_group(session, "any", ("*", "*"))
    a_group(session, "tier", ("*", "M1"))
    a_group(session, "product", ("card", "*"))
    a_group(session, "both", ("card", "M1"))
    a_group(session, "both again", ("card", "M1"))

    def responsible(product: str, tier: str) -> str | None:
        return name_of(people.responsible_group(session, product, "collection", tier))

    assert responsible("card", "M1") == "both"
    assert responsible("card", "M2") == "product"
    assert responsible("loan", "M1") == "tier"
    assert responsible("loan", "M2") == "any"
    assert people.responsible_group(session, "card", "pre_collection", None) is None
    ranked = [each.name for each in people.responsible_groups(session, "card", "collection", "M1")]
    assert ranked == ["both", "both again", "product", "tier", "any"]


def test_a_case_without_a_tier_yet_belongs_to_those_who_take_any(session: Session) -> None:
    a_group(session, "tier", ("*", "M1"))
    assert people.responsible_group(session, "card", "collection", None) is None
    a_group(session, "any", ("*", "*"))
    assert name_of(people.responsible_group(session, "card", "collection", None)) == "any"


def test_pre_collection_scopes_have_no_tier(session: Session, cast: Cast) -> None:
    callers = people.create_group(session, "Callers", [Scope("pre_collection", "card")], actor=cast.administrator)
    assert [(each.product, each.tier) for each in callers.scopes] == [("card", "")]
    assert people.responsible_group(session, "card", "pre_collection", None) is callers
    assert people.responsible_group(session, "card", "pre_collection", "M1") is callers


def test_an_inactive_group_is_responsible_for_nothing(session: Session, cast: Cast) -> None:
    case = a_case(session, group_id=cast.early.id)
    task = a_user_task(session, case, "dispatch")
    assert people.set_active(session, cast.early, False, actor=cast.administrator) == 1
    assert people.responsible_group(session, "card", "collection", "M1") is None
    assert (case.group_id, task.group_id) == (None, None)
    assert people.set_active(session, cast.early, True, actor=cast.administrator) == 1
    assert (case.group_id, task.group_id) == (cast.early.id, cast.early.id)


def test_new_scopes_move_the_open_cases_they_concern(session: Session, cast: Cast) -> None:
    moving = a_case(session, group_id=cast.early.id)
    staying = a_case(session, group_id=cast.early.id, tier="M2")
    closed = a_case(session, group_id=cast.early.id)
    closed.closed_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    session.flush()
    scopes = [Scope("collection", "*", "M3"), Scope("collection", "card", "M1")]
    assert people.set_scopes(session, cast.late, scopes, actor=cast.administrator) == 1
    assert [moving.group_id, staying.group_id, closed.group_id] == [cast.late.id, cast.early.id, cast.early.id]


def test_scopes_are_replaced_as_a_whole(session: Session, cast: Cast) -> None:
    people.set_scopes(session, cast.early, [Scope("collection", "card", "M1")], actor=cast.administrator)
    session.expire_all()
    assert [(each.product, each.tier) for each in cast.early.scopes] == [("card", "M1")]


def test_impossible_scopes_are_refused(session: Session, cast: Cast) -> None:
    for scope in (Scope("later"), Scope("collection", ""), Scope("collection", "card", "")):
        with pytest.raises(Invalid):
            people.set_scopes(session, cast.early, [scope], actor=cast.administrator)


def test_names_of_groups_are_unique_and_not_empty(session: Session, cast: Cast) -> None:
    with pytest.raises(NameTaken):
        people.create_group(session, "Early", [], actor=cast.administrator)
    with pytest.raises(Invalid):
        people.rename_group(session, cast.early, "  ", actor=cast.administrator)
    people.rename_group(session, cast.early, "Earliest", actor=cast.administrator)
    assert cast.early.name == "Earliest"


def test_members_join_change_and_leave(session: Session, cast: Cast) -> None:
    new = a_person(session, "nora", Role.COLLECTOR)
    people.set_member(session, cast.early, new, actor=cast.administrator, capacity=5)
    people.set_member(session, cast.early, new, actor=cast.administrator, capacity=7)
    session.expire_all()
    assert session.get_one(Membership, (cast.early.id, new.id)).capacity == 7
    people.remove_member(session, cast.early, new, actor=cast.administrator)
    session.expire_all()
    assert session.get(Membership, (cast.early.id, new.id)) is None
    with pytest.raises(NotFound):
        people.remove_member(session, cast.early, new, actor=cast.administrator)
    kinds = session.scalars(select(HistoryEntry.kind).order_by(HistoryEntry.id)).all()
    assert kinds == ["member_set", "member_set", "member_removed"]


def test_a_place_in_a_group_needs_the_role_for_it(session: Session, cast: Cast) -> None:
    with pytest.raises(RoleMissing):
        people.set_member(session, cast.late, cast.collector, actor=cast.administrator, is_supervisor=True)
    with pytest.raises(RoleMissing):
        people.set_member(session, cast.late, cast.supervisor, actor=cast.administrator)
    with pytest.raises(Invalid):
        people.set_member(session, cast.late, cast.collector, actor=cast.administrator, capacity=-1)


def test_only_administrators_change_groups(session: Session, cast: Cast) -> None:
    acts: list[Callable[[User], object]] = [
        lambda actor: people.create_group(session, "New", [], actor=actor),
        lambda actor: people.rename_group(session, cast.late, "New", actor=actor),
        lambda actor: people.set_scopes(session, cast.late, [], actor=actor),
        lambda actor: people.set_active(session, cast.late, False, actor=actor),
        lambda actor: people.set_member(session, cast.late, cast.collector, actor=actor),
        lambda actor: people.remove_member(session, cast.late, cast.outsider, actor=actor),
    ]
    for actor in (cast.collector, cast.supervisor, cast.manager, cast.analyst, cast.compliance):
        for act in acts:
            with pytest.raises(NotAdministrator):
                act(actor)


def test_an_absence_counts_on_both_its_ends(session: Session, cast: Cast) -> None:
    first, end = dt.date(2026, 5, 4), dt.date(2026, 5, 6)
    absence = people.add_absence(session, cast.collector, first, end, actor=cast.supervisor, reason="leave")
    day = dt.timedelta(days=1)
    there = [people.available(session, cast.collector.id, first + day * offset) for offset in range(-1, 4)]
    assert there == [True, False, False, False, True]
    assert people.available(session, cast.colleague.id, first)
    people.remove_absence(session, absence, actor=cast.administrator)
    assert people.available(session, cast.collector.id, first)


def test_nobody_is_available_who_is_inactive_or_unknown(session: Session, cast: Cast) -> None:
    cast.collector.active = False
    session.flush()
    assert not people.available(session, cast.collector.id, dt.date(2026, 5, 4))
    assert not people.available(session, 10_000, dt.date(2026, 5, 4))


def test_absences_are_for_administrators_and_the_groups_supervisor(session: Session, cast: Cast) -> None:
    day = dt.date(2026, 5, 4)
    for who in (cast.collector, cast.outsider, cast.elsewhere, cast.manager, cast.analyst, cast.compliance):
        with pytest.raises(NotSupervisorOf):
            people.add_absence(session, cast.collector, day, day, actor=who)


def test_an_absence_does_not_end_before_it_begins(session: Session, cast: Cast) -> None:
    with pytest.raises(Invalid):
        people.add_absence(session, cast.collector, dt.date(2026, 5, 4), dt.date(2026, 5, 3), actor=cast.administrator)
