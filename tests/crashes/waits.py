"""What must hold of instances: their states, read from the bytes, against the rows that say what they wait for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.flow import instance as flow
from engine.flow import run, state, waiting
from engine.flow.act import Act
from engine.flow.catalogue import compiled
from engine.flow.evaluator import Evaluator
from engine.flow.waits import Expectations, status_at
from engine.models import (
    Case,
    Instance,
    OperationRequest,
    Subscription,
    Timer,
    UserTask,
)
from tests.crashes.counting import Problems, by_instance, same

CASE_PROCESSES = ("pre_collection", "collection")
STRONGEST = ("suspended", "to_decide", "placed", "legal", "written_off", "to_dispatch", "in_work")
_NOBODY: Any = None  # restoring asks nothing of a host


def instances(session: Session) -> Problems:
    """Every open case and request has a running diagram, and every running diagram one of them."""
    every = {each.id: each for each in session.scalars(select(Instance))}
    running = {each.id for each in every.values() if each.ended_at is None}
    wanted: set[int] = set()
    for case in session.scalars(select(Case)):
        mine = every.get(case.instance_id or 0)
        if mine is None or (mine.business_key, mine.lock_key) != (case.id, case.customer_id):
            yield f"{case.case_no} has no diagram of its own: {case.instance_id}"
        elif case.closed_at is None:
            wanted.add(mine.id)
    for request in session.scalars(select(OperationRequest).where(OperationRequest.status == "open")):
        wanted.add(request.instance_id or 0)
    yield from same("running diagrams", running, wanted)


def waits(session: Session) -> Problems:
    """User tasks, timers, subscriptions and the case's status are what the state bytes say."""
    rows = {
        UserTask: by_instance(session.execute(select(UserTask.instance_id, UserTask.token, UserTask.element))),
        Timer: by_instance(session.execute(select(Timer.instance_id, Timer.token, Timer.element, Timer.due_at))),
        Subscription: by_instance(
            session.execute(
                select(Subscription.instance_id, Subscription.token, Subscription.element, Subscription.message)
            )
        ),
    }
    every = session.scalars(select(Case)).all()
    cases_by_instance = {case.instance_id: case for case in every}
    for row in session.scalars(select(Instance)).all():
        found = tuple(rows[model].pop(row.id, []) for model in (UserTask, Timer, Subscription))
        if row.ended_at is not None:
            yield from same(f"ended instance {row.id} waits", found, ([], [], []))
            continue
        restored = _restored(session, row)
        expected = Expectations.of(restored.workflow)
        yield from same(
            f"instance {row.id} user tasks", found[0], sorted((w.token, w.element) for w in expected.user_tasks)
        )
        yield from same(
            f"instance {row.id} timers", found[1], sorted((w.token, w.element, w.due_at) for w in expected.timers)
        )
        yield from same(
            f"instance {row.id} messages", found[2], sorted((w.token, w.element, w.message) for w in expected.messages)
        )
        yield from _status(restored, expected, cases_by_instance.get(row.id))
        yield from _dates(session, restored)
    yield from same("waits of no instance", [model.__name__ for model, left in rows.items() if left], [])
    yield from _assignees(session)


def _restored(session: Session, row: Instance) -> flow.Live:
    release = compiled(session, row.release_id)
    process = release.processes[row.process]
    workflow = state.loads(row.state, process, Evaluator(release, _NOBODY))
    expected = Expectations.of(workflow)
    assert len(waiting.waits(workflow).timers) == len(expected.timers)
    return flow.Live(
        row.id, row.business_key, row.lock_key, row.revision, row.release_id, process, release, workflow, expected
    )


def _status(live: flow.Live, expected: Expectations, case: Case | None) -> Problems:
    if case is None:
        return  # a request
    named = {status_at(live.release, element) for element in expected.elements()} - {None}
    told = {str(case.parked_as) if each == "=parked_as" else str(each) for each in named}
    if told:
        yield from same(f"{case.case_no}.status", str(case.status), min(told, key=STRONGEST.index))


def _dates(session: Session, live: flow.Live) -> Problems:
    """Reckoned anew from the orders as they are, no timer has another date: tokens and ledger agree."""
    before = sorted((wait.token, wait.element, wait.due_at) for wait in live.expected.timers)
    live.workflow.script_engine = Evaluator(
        live.release, Act(session, live, kind="rescheduled", element=None, actor_id=None)
    )
    run.reckon_timers(live.workflow)
    after = sorted((wait.token, wait.element, wait.due_at) for wait in Expectations.of(live.workflow).timers)
    yield from same(f"dates of instance {live.id}", before, after)


def _assignees(session: Session) -> Problems:
    theirs = select(UserTask.assignee_id, Case.collector_id, Case.id).join(
        Case, Case.instance_id == UserTask.instance_id
    )
    for row in session.execute(theirs.where(UserTask.element == "follow_up")):
        if row.collector_id is None:
            yield f"case {row.id} is to be followed up by nobody"
        yield from same(f"assignee of case {row.id}", row.assignee_id, row.collector_id)
