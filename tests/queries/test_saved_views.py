"""Views and columns are kept, ordered and counted alike on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine import lists, saved_views
from engine.errors import NotPermitted
from engine.lists import ColumnWanted
from engine.queries import case_list, work_list
from tests.cast import make_cast


def test_one_s_own_views_come_first_in_their_order_then_shared_ones_by_name(session: Session) -> None:
    cast = make_cast(session)
    for name in ("b", "a"):
        saved_views.save(session, cast.manager, "cases", name, {}, for_all=True)
    for name in ("z", "y"):
        saved_views.save(session, cast.supervisor, "cases", name, {"status": ["in_work"]}, group_id=cast.early.id)
    last = saved_views.save(session, cast.supervisor, "cases", "x", {})
    saved_views.move(session, cast.supervisor, last.id, -1)
    names = [each.name for each in saved_views.views_of(session, cast.supervisor, "cases")]
    assert names == ["z", "x", "y", "a", "b"]
    assert [each.name for each in saved_views.views_of(session, cast.elsewhere, "cases")] == ["a", "b"]
    with pytest.raises(NotPermitted):
        saved_views.save(session, cast.elsewhere, "cases", "n", {}, group_id=cast.early.id)


def test_views_are_counted_in_one_statement(session: Session) -> None:
    cast = make_cast(session)
    wanted = [case_list.Wanted(), case_list.Wanted(status="closed"), case_list.Wanted(words="nobody")]
    assert case_list.counts(session, cast.supervisor, wanted) == [0, 0, 0]
    assert case_list.counts(session, cast.manager, []) == []
    assert work_list.matching(session, cast.collector, [work_list.Wanted(), work_list.Wanted(view="mine")]) == [0, 0]


def test_one_s_own_columns_come_before_the_team_s(session: Session) -> None:
    cast = make_cast(session)
    lists.choose_team_columns(session, cast.supervisor, cast.early.id, "work", [ColumnWanted("tier", 90)])
    found = lists.columns_of(session, cast.collector, "work")
    assert found == lists.Chosen((ColumnWanted("tier", 90),), is_own=False)
    lists.choose_columns(session, cast.collector, "work", [ColumnWanted("phone")])
    lists.choose_columns(session, cast.collector, "work", [ColumnWanted("stage")])
    assert lists.columns_of(session, cast.collector, "work") == lists.Chosen((ColumnWanted("stage"),), is_own=True)
    lists.forget_columns(session, cast.collector, "work")
    assert lists.columns_of(session, cast.collector, "work") == found
    assert lists.columns_of(session, cast.outsider, "work") is None
