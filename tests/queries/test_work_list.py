"""The work list's queries on both databases: every order, every filter, and what follows from them for neighbours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Case
from engine.queries import case_history, case_page, work_list
from engine.queries.work_list import SORTS, VIEWS, Wanted
from tests.cast import Cast, make_cast
from tests.people.cases import a_case, a_user_task, held_by


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def cases(session: Session, cast: Cast) -> list[Case]:
    """Three cases of the collector: a callback without a task, one never called and one planned, both ready."""
    found = [a_case(session, amount=amount) for amount in ("10.00", "300.00", "20.00")]
    for case in found:
        held_by(session, case, cast.collector)
        case.oldest_due_on = clock.today() - dt.timedelta(days=case.id % 7 + 1)
    found[0].last_result_code, found[0].follow_up_count = "callback", 1
    found[0].next_action_at = clock.now() + dt.timedelta(days=1)
    found[2].last_result_code, found[2].follow_up_count = "refuses", 2
    for case in found[1:]:
        a_user_task(session, case, "follow_up", assignee_id=cast.collector.id)
    session.flush()
    return found


def test_views_and_their_counts_agree(session: Session, cast: Cast, cases: list[Case]) -> None:
    counts = work_list.counts(session, cast.collector)
    assert counts == {"ready": 2, "waiting": 1, "suspended": 0, "mine": 3}
    shown = {view: work_list.page(session, cast.collector, Wanted(view)).matching for view in VIEWS}
    assert shown == counts
    assert work_list.ready_count(session, cast.collector) == 2
    assert work_list.counts(session, cast.colleague)["mine"] == 0


def test_what_was_planned_comes_before_what_nobody_has_called(session: Session, cast: Cast, cases: list[Case]) -> None:
    assert work_list.ids(session, cast.collector, Wanted("mine")) == [cases[0].id, cases[2].id, cases[1].id]


@pytest.mark.parametrize("sort", ["urgency", "days_past_due", "customer", *SORTS])
def test_pages_and_neighbours_are_in_the_same_order_either_way(
    session: Session, cast: Cast, cases: list[Case], sort: str
) -> None:
    for asked in (sort, f"-{sort}"):
        wanted = Wanted("mine", sort=asked)
        rows = [work_list.page(session, cast.collector, wanted, offset=at, limit=1).rows[0].case.id for at in range(3)]
        assert rows == work_list.ids(session, cast.collector, wanted)
        assert sorted(rows) == [case.id for case in cases]


def test_totals_are_of_all_that_match_by_currency(session: Session, cast: Cast, cases: list[Case]) -> None:
    cases[0].currency = "USD"
    session.flush()
    page = work_list.page(session, cast.collector, Wanted("mine"), limit=1)
    assert page.matching == 3
    assert page.totals == {
        "USD": (Decimal("10.00"), Decimal("10.00")),
        "CNY": (Decimal("320.00"), Decimal("320.00")),
    }


def test_filters_meet_each_other(session: Session, cast: Cast, cases: list[Case]) -> None:
    wanted = Wanted(
        "mine", customer="customer", product="card", tiers=["M1"], days=(1, 9), amount=(Decimal(15), Decimal(30))
    )
    assert work_list.ids(session, cast.collector, wanted) == [cases[2].id]
    assert work_list.products(session, cast.collector) == ["card"]
    assert work_list.tiers(session, cast.collector) == ["M1"]


def test_a_case_is_opened_by_its_number_within_ones_scope(session: Session, cast: Cast, cases: list[Case]) -> None:
    opened = case_page.open_case(session, cast.collector, cases[0].case_no)
    assert (opened.case.id, opened.works, opened.supervises, opened.collector) == (cases[0].id, True, False, "Cora")
    assert case_page.results(session, opened.customer.id, before=1) == []
    assert case_history.entries(session, opened.case, before=10, after=0) == []
    assert case_history.way(session, opened.case) == []
    waits = case_page.waits(session, cases[1], [])
    assert [task.element for task in waits.user_tasks] == ["follow_up"]
