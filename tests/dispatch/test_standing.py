"""Standing rules: set, due once a day at their hour, and the most specific one decides."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, dispatch
from engine.db import begin_write
from engine.dispatch.refusals import RuleOutOfScope
from engine.dispatch.standing import deciding_rule
from engine.errors import Invalid
from engine.models import Assignment, Case, DispatchBatch, HistoryEntry, Method, StandingRule, User
from tests.cast import Cast
from tests.dispatch.world import TEN, overdue

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
Sessions = sessionmaker[Session]


def set_rule(
    sessions: Sessions, actor: User, *, tier: str = "*", product: str = "*", hour: int = 11, active: bool = True
) -> int:
    with sessions() as session:
        begin_write(session)
        rule = dispatch.set_rule(
            session,
            actor=session.get_one(User, actor.id),
            stage="collection",
            product=product,
            tier=tier,
            hour=hour,
            active=active,
        )
        rule_id = rule.id
        session.commit()
    return rule_id


def due(sessions: Sessions, now: dt.datetime) -> list[int]:
    with sessions() as session:
        return dispatch.due_rules(session, now)


def run(sessions: Sessions, rule_id: int, now: dt.datetime) -> int | None:
    with clock.use(now):
        with sessions() as session:
            begin_write(session)
            batch = dispatch.run_rule(session, rule_id, now)
            batch_id = batch.id if batch else None
            session.commit()
        if batch_id is not None:
            dispatch.run_batch(sessions, batch_id)
    return batch_id


def waiting(sessions: Sessions) -> list[int]:
    with sessions() as session:
        return list(session.scalars(select(Case.id).where(Case.collector_id.is_(None)).order_by(Case.id)))


def test_a_rule_is_due_from_its_hour_on_and_once_a_day(sessions: Sessions, cast: Cast) -> None:
    rule_id = set_rule(sessions, cast.supervisor, tier="M1", hour=11)
    assert due(sessions, TEN + 59 * HOUR / 60) == []
    assert due(sessions, TEN + HOUR) == [rule_id]
    assert due(sessions, TEN + 13 * HOUR) == [rule_id]
    run(sessions, rule_id, TEN + HOUR)
    assert due(sessions, TEN + 13 * HOUR) == []
    assert due(sessions, TEN + 14 * HOUR) == []
    assert due(sessions, TEN + DAY + HOUR) == [rule_id]


def test_the_hour_is_the_lenders(sessions: Sessions, cast: Cast) -> None:
    rule_id = set_rule(sessions, cast.supervisor, tier="M1", hour=11)
    with clock.use_zone("America/New_York"):
        assert due(sessions, TEN + HOUR) == [rule_id]
        assert due(sessions, TEN + 3 * HOUR) == []


def test_a_rule_set_after_its_hour_begins_tomorrow(sessions: Sessions, cast: Cast) -> None:
    rule_id = set_rule(sessions, cast.supervisor, tier="M1", hour=9)
    assert due(sessions, TEN) == []
    assert due(sessions, TEN + DAY) == [rule_id]


def test_a_rule_that_is_off_is_never_due(sessions: Sessions, cast: Cast) -> None:
    rule_id = set_rule(sessions, cast.supervisor, tier="M1", active=False)
    assert due(sessions, TEN + HOUR) == []
    assert run(sessions, rule_id, TEN + HOUR) is None


def test_running_a_rule_dispatches_by_the_system(sessions: Sessions, cast: Cast) -> None:
    cases = overdue(sessions, ["100"] * 3)
    rule_id = set_rule(sessions, cast.supervisor, tier="M1")
    batch_id = run(sessions, rule_id, TEN + HOUR)
    assert waiting(sessions) == []
    with sessions() as session:
        batch = session.scalars(select(DispatchBatch)).one()
        assert (batch.id, batch.rule_id, batch.by_id, batch.dispatched) == (batch_id, rule_id, None, 3)
        assert set(session.scalars(select(Assignment.by_id))) == {None}
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "assigned")).all()
        assert {entry.case_id for entry in entries} == set(cases)


def test_a_rule_runs_once_though_two_ask(sessions: Sessions, cast: Cast) -> None:
    overdue(sessions, ["100"])
    rule_id = set_rule(sessions, cast.supervisor, tier="M1")
    assert run(sessions, rule_id, TEN + HOUR) is not None
    overdue(sessions, ["100"])
    assert run(sessions, rule_id, TEN + 2 * HOUR) is None
    assert run(sessions, rule_id, TEN + DAY) is not None


def test_a_rule_with_nothing_to_do_leaves_no_batch(sessions: Sessions, cast: Cast) -> None:
    rule_id = set_rule(sessions, cast.supervisor, tier="M1")
    assert run(sessions, rule_id, TEN + HOUR) is None
    with sessions() as session:
        assert session.scalars(select(DispatchBatch)).all() == []


def test_a_rule_takes_only_its_kind_and_leaves_the_specific_ones_theirs(sessions: Sessions, cast: Cast) -> None:
    first = overdue(sessions, ["100"])
    second = overdue(sessions, ["100"], days=40)
    third = overdue(sessions, ["100"], days=70)
    everything = set_rule(sessions, cast.manager)
    set_rule(sessions, cast.manager, tier="M2", active=False)
    specific = set_rule(sessions, cast.manager, tier="M3")
    run(sessions, everything, TEN + HOUR)
    assert waiting(sessions) == [*second, *third]
    run(sessions, specific, TEN + HOUR)
    assert waiting(sessions) == second
    assert first


def test_the_most_specific_rule_decides() -> None:
    def rule(product: str, tier: str) -> StandingRule:
        return StandingRule(stage="collection", product=product, tier=tier)

    any_, tier, product, both = rule("*", "*"), rule("*", "M1"), rule("card", "*"), rule("card", "M1")
    rules = [any_, tier, product, both]
    assert deciding_rule(rules, "collection", "card", "M1") is both
    assert deciding_rule(rules, "collection", "card", "M2") is product
    assert deciding_rule(rules, "collection", "loan", "M1") is tier
    assert deciding_rule(rules, "collection", "loan", "M2") is any_
    assert deciding_rule(rules, "pre_collection", "loan", "") is None


def test_setting_a_rule_again_changes_it(sessions: Sessions, cast: Cast) -> None:
    first = set_rule(sessions, cast.supervisor, tier="M1", hour=11)
    assert set_rule(sessions, cast.supervisor, tier="M1", hour=15) == first
    assert due(sessions, TEN + HOUR) == []
    assert due(sessions, TEN + 5 * HOUR) == [first]


def test_supervisors_set_rules_within_their_scopes_and_managers_any(sessions: Sessions, cast: Cast) -> None:
    set_rule(sessions, cast.supervisor, tier="M2", product="card")
    set_rule(sessions, cast.manager)
    for who in (cast.elsewhere, cast.collector, cast.analyst, cast.compliance, cast.administrator):
        with pytest.raises(RuleOutOfScope):
            set_rule(sessions, who, tier="M2")
    with pytest.raises(RuleOutOfScope):
        set_rule(sessions, cast.supervisor)


def test_impossible_rules_are_refused(sessions: Sessions, cast: Cast) -> None:
    with sessions() as session:
        begin_write(session)
        actor = session.get_one(User, cast.manager.id)
        with pytest.raises(Invalid):
            dispatch.set_rule(session, actor=actor, stage="collection", hour=24)
        with pytest.raises(Invalid):
            dispatch.set_rule(session, actor=actor, stage="later", hour=9)
        with pytest.raises(Invalid):
            dispatch.set_rule(session, actor=actor, stage="collection", method=Method.TO_PERSON, hour=9)
        with pytest.raises(Invalid):
            dispatch.set_rule(session, actor=actor, stage="collection", product="", hour=9)
