"""Who sees which cases."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import assignments, people
from engine.models import Case, Role, User
from tests.cast import Cast, a_person
from tests.people.cases import a_case, a_customer, held_by


@pytest.fixture
def cases(session: Session, cast: Cast) -> dict[str, Case]:
    """One case of each kind, by a name."""
    found = {
        "coras": a_case(session, group_id=cast.early.id),
        "colins": a_case(session, group_id=cast.early.id),
        "early waiting": a_case(session, group_id=cast.early.id),
        "early, no group yet": a_case(session, tier="M2"),
        "ottos": a_case(session, group_id=cast.late.id, tier="M3"),
        "nobody's": a_case(session, tier="M4"),
        "pre-collection": a_case(session, tier=None, stage="pre_collection"),
    }
    held_by(session, found["coras"], cast.collector)
    held_by(session, found["colins"], cast.colleague)
    held_by(session, found["ottos"], cast.outsider)
    return found


def seen(session: Session, user: User, cases: dict[str, Case]) -> set[str]:
    ids = set(session.scalars(select(Case.id).where(people.visible_cases(user))))
    assert all(people.may_see(session, user, case) == (case.id in ids) for case in cases.values())
    return {name for name, case in cases.items() if case.id in ids}


EARLY = {"coras", "colins", "early waiting", "early, no group yet"}


def test_a_collector_sees_their_own(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    assert seen(session, cast.collector, cases) == {"coras"}
    assert seen(session, cast.outsider, cases) == {"ottos"}


def test_a_supervisor_sees_their_groups_and_what_waits_for_them(
    session: Session, cast: Cast, cases: dict[str, Case]
) -> None:
    assert seen(session, cast.supervisor, cases) == EARLY
    assert seen(session, cast.elsewhere, cases) == {"ottos"}


def test_managers_and_compliance_see_all(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    assert seen(session, cast.manager, cases) == set(cases)
    assert seen(session, cast.compliance, cases) == set(cases)


def test_analysts_and_administrators_see_none(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    assert seen(session, cast.analyst, cases) == set()
    assert seen(session, cast.administrator, cases) == set()


def test_roles_add_up(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    both = a_person(session, "both", Role.COLLECTOR, Role.SUPERVISOR, supervises=cast.late)
    held_by(session, cases["early waiting"], both)
    assert seen(session, both, cases) == {"early waiting", "ottos"}


def test_a_supervisor_by_membership_alone_sees_none(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    former = a_person(session, "fred", supervises=cast.early)
    assert seen(session, former, cases) == set()


def test_the_inactive_see_none(session: Session, cast: Cast, cases: dict[str, Case]) -> None:
    for user in (cast.manager, cast.supervisor, cast.collector):
        user.active = False
        assert seen(session, user, cases) == set()


def test_a_supervisor_of_an_inactive_group_sees_none_of_it(
    session: Session, cast: Cast, cases: dict[str, Case]
) -> None:
    people.set_active(session, cast.early, False, actor=cast.administrator)
    assert seen(session, cast.supervisor, cases) == set()


def test_a_collector_reads_the_customers_earlier_cases_and_their_own_closed_ones(session: Session, cast: Cast) -> None:
    customer = a_customer(session)
    earlier = a_case(session, customer=customer, product="loan")
    mine = a_case(session, customer=customer)
    held_by(session, mine, cast.collector)
    done = a_case(session)
    held_by(session, done, cast.collector)
    assignments.end(session, done, "closed")
    done.closed_at = done.opened_at
    given_away = a_case(session)
    held_by(session, given_away, cast.collector)
    assignments.end(session, given_away, "by_hand")
    session.flush()
    assert people.may_read(session, cast.collector, earlier)
    assert not people.may_see(session, cast.collector, earlier)
    assert people.may_read(session, cast.collector, done)
    assert not people.may_read(session, cast.collector, given_away)
    assert not people.may_read(session, cast.outsider, earlier)
    assert not people.may_read(session, cast.analyst, earlier)
