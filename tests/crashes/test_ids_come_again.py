"""SQLite gives the id of a deleted row to the next one: whoever kept the id of a user task must not do another's."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from engine import acts, clock, incidents
from engine.models import FollowUp, User, UserTask
from engine.wiring import Dunflow
from tests.dispatch.world import a_lender, overdue


def test_an_incident_tried_again_does_not_complete_the_task_that_got_its_id(dunflow: Dunflow) -> None:
    cast = a_lender(dunflow.sessions)
    first, second, _third = overdue(dunflow.sessions, ["100", "200", "300"])
    form = {"result_code": "no_answer", "next_action_on": (clock.today() + dt.timedelta(days=3)).isoformat()}
    _assign(dunflow, first, cast.collector)
    failed = _task(dunflow, first)
    incident_id = incidents.after_task(
        dunflow.sessions, failed.id, form, cast.collector.id, RuntimeError("as if the diagram had failed")
    )
    with dunflow.writing() as session:  # meanwhile it went through
        acts.complete_task(session, failed.id, form, actor_id=cast.collector.id)
    _assign(dunflow, second, cast.colleague)  # its follow-up task may come by the same id
    assert incident_id is not None
    assert incidents.retry(dunflow.sessions, incident_id, actor_id=cast.supervisor.id) is False
    with dunflow.sessions() as session:
        assert session.scalar(select(func.count(FollowUp.id)).where(FollowUp.case_id == second)) == 0


def _assign(dunflow: Dunflow, case_id: int, collector: User) -> None:
    with dunflow.writing() as session:
        task_id = session.scalars(select(UserTask.id).where(UserTask.business_key == case_id)).one()
        acts.complete_task(session, task_id, {"collector_id": collector.id}, actor_id=None)


def _task(dunflow: Dunflow, case_id: int) -> UserTask:
    with dunflow.sessions() as session:
        return session.scalars(select(UserTask).where(UserTask.business_key == case_id)).one()
