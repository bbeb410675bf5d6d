"""A suspension that fails in the diagram leaves nothing but an incident, and works when it is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from engine import acts, incidents
from engine.flow.evaluator import FlowFailed
from engine.flow.instance import Act
from engine.flow.kernel import Kernel
from engine.flow.vocabulary import Vocabulary
from engine.lifecycle import CaseDomain, vocabulary
from engine.models import Case, Incident, Status
from engine.settings import Settings
from engine.wiring import Dunflow, build
from tests.dispatch.world import a_lender, overdue


class Moody:
    """The operator that suspends, which fails as long as it is in a mood."""

    def __init__(self, words: Vocabulary) -> None:
        self.in_a_mood = False
        self._suspend = words.operators["suspend"]

    def __call__(self, act: Act, **params: object) -> None:
        if self.in_a_mood:
            raise ZeroDivisionError("as if an operator were wrong")
        self._suspend.call(act, **params)


@pytest.fixture
def moody() -> Moody:
    return Moody(vocabulary())


@pytest.fixture
def house(settings: Settings, moody: Moody) -> Iterator[Dunflow]:
    words = vocabulary()
    suspend = replace(words.operators["suspend"], call=moody)
    kernel = Kernel(replace(words, operators={**words.operators, "suspend": suspend}), CaseDomain())
    dunflow = build(settings, kernel=kernel)
    yield dunflow
    dunflow.close()


def test_a_failed_suspension_is_an_incident_that_can_be_tried_again(house: Dunflow, moody: Moody) -> None:
    cast = a_lender(house.sessions)
    (case_id,) = overdue(house.sessions, ["100"])
    moody.in_a_mood = True
    with pytest.raises(FlowFailed) as failed:
        _suspend(house, case_id, cast.supervisor.id)
    number = incidents.after_message(house.sessions, failed.value)
    with house.sessions() as session:
        assert session.get_one(Case, case_id).status == Status.TO_DISPATCH
        incident = session.scalars(select(Incident)).one()
        assert (incident.id, incident.act, incident.message, incident.resolved_at) == (
            number,
            "message",
            "suspend",
            None,
        )
    assert incidents.retry(house.sessions, incident.id, actor_id=cast.supervisor.id) is False
    moody.in_a_mood = False
    assert incidents.retry(house.sessions, incident.id, actor_id=cast.supervisor.id) is True
    with house.sessions() as session:
        assert session.get_one(Case, case_id).status == Status.SUSPENDED


def _suspend(house: Dunflow, case_id: int, actor_id: int) -> None:
    with house.writing() as session:
        acts.suspend(session, acts.lock_case(session, case_id), reason="dispute", note="n", actor_id=actor_id)
