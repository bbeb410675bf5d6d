"""The invariants hold of a healthy database, and each kind of damage is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine import acts, clock, dispatch, gateways, intake, relay
from engine.models import (
    Assignment,
    Case,
    DispatchItem,
    FollowUp,
    HistoryEntry,
    Instance,
    LedgerLine,
    LoanOrder,
    Method,
    OutboxMessage,
    Repayment,
    Subscription,
    Suspension,
    Timer,
    User,
    UserTask,
)
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.crashes.invariants import broken
from tests.dispatch.world import a_lender, follow_up, overdue


@pytest.fixture
def healthy(dunflow: Dunflow, settings: Settings) -> Path:
    """Cases in every condition; the folder of what was sent."""
    cast = a_lender(dunflow.sessions)
    cases = overdue(dunflow.sessions, ["100"] * 6)
    with dunflow.writing() as session:
        actor = session.get_one(User, cast.supervisor.id)
        batch_id = dispatch.create(session, actor, dispatch.Request(Method.EVENLY, tuple(cases[:5]))).id
    dispatch.run_batch(dunflow.sessions, batch_id)
    follow_up(dunflow.sessions, cases[0])
    with dunflow.writing() as session:
        case = acts.lock_case(session, cases[1])
        acts.suspend(session, case, reason="dispute", note="", actor_id=cast.supervisor.id)
        for case_id, amount in ((cases[2], "100"), (cases[3], "30")):
            order = session.scalars(select(LoanOrder).where(LoanOrder.case_id == case_id)).one()
            intake.lock_customers(session, [order.customer_id])
            new = intake.NewRepayment(f"R{case_id}", clock.now(), Decimal(amount), order_id=order.order_no)
            intake.receive(session, new, customer_id=order.customer_id)
        now = clock.real_now()
        session.add(
            OutboxMessage(key="m1", kind="event", payload={}, status="waiting", next_try_at=now, created_at=now)
        )
    relay.relay(dunflow.sessions, gateways.FileGateway(settings.outbox_dir))
    return settings.outbox_dir


def test_they_hold_of_a_healthy_database(dunflow: Dunflow, healthy: Path) -> None:
    with dunflow.sessions() as session:
        assert broken(session, healthy) == []


Damage = Callable[[Session], Any]


def _first(session: Session, model: Any, *where: Any) -> Any:
    return session.scalars(select(model.id).where(*where).order_by(model.id)).first()


def _copy(session: Session, model: Any, **changes: Any) -> None:
    row = session.scalars(select(model).order_by(model.id)).first()
    names = [column.key for column in model.__mapper__.column_attrs if column.key != "id"]
    session.execute(insert(model), {name: getattr(row, name) for name in names} | changes)


def _change(model: Any, *where: Any, **values: Any) -> Damage:
    return lambda session: session.execute(
        update(model).where(model.id == _first(session, model, *where)).values(**values)
    )


def _drop(model: Any, *where: Any) -> Damage:
    return lambda session: session.execute(delete(model).where(model.id == _first(session, model, *where)))


OPEN = Case.closed_at.is_(None)
DAMAGES: dict[str, tuple[str, Damage]] = {
    "an order's amount": ("orders", _change(LoanOrder, paid=Decimal(1))),
    "a line written twice": ("orders", lambda session: _copy(session, LedgerLine)),
    "an order on no clock": ("orders", _change(LoanOrder, LoanOrder.settled_at.is_(None), case_id=None)),
    "money that vanished": ("repayments", _change(Repayment, unapplied=Decimal(7))),
    "a repayment not told": ("repayments", _drop(HistoryEntry, HistoryEntry.kind == "repayment_received")),
    "a case's amount": ("cases", _change(Case, OPEN, past_due_amount=Decimal(1))),
    "a case's dates": ("cases", _change(Case, OPEN, oldest_due_on=None)),
    "a second assignment": (
        "assignments",
        lambda session: _copy(session, Assignment, to_at=clock.real_now(), ended_by="closed"),
    ),
    "an assignment lost": ("assignments", _change(Assignment, Assignment.to_at.is_(None), to_at=clock.real_now())),
    "a diagram that ended": ("instances", _change(Instance, Instance.ended_at.is_(None), ended_at=clock.real_now())),
    "a task lost": ("waits", _drop(UserTask)),
    "a timer moved": ("waits", _change(Timer, Timer.due_at.is_not(None), due_at=None)),
    "a subscription lost": ("waits", _drop(Subscription)),
    "another status": ("waits", _change(Case, Case.status == "suspended", status="in_work")),
    "a tier's end that is wrong": ("waits", _change(Case, Case.status == "in_work", tier_days_stood=3)),
    "a follow-up written twice": ("follow_ups", lambda session: _copy(session, FollowUp)),
    "a tier entered twice": ("histories", lambda session: _copy_told(session, "tier_entered")),
    "a case opened twice": ("histories", lambda session: _copy_told(session, "case_opened")),
    "an item without assignment": ("batches", _change(DispatchItem, outcome="skipped")),
    "a suspension lost": ("suspensions", _change(Suspension, to_at=clock.real_now())),
    "a timer overdue": ("left_undone", _change(Timer, due_at=clock.real_now())),
    "a message not sent": ("sent", _change(OutboxMessage, status="held")),
}


def _copy_told(session: Session, kind: str) -> None:
    row = session.scalars(select(HistoryEntry).where(HistoryEntry.kind == kind)).first()
    assert row is not None
    names = [column.key for column in HistoryEntry.__mapper__.column_attrs if column.key != "id"]
    session.execute(insert(HistoryEntry), {name: getattr(row, name) for name in names})


def test_every_damage_is_noticed(dunflow: Dunflow, healthy: Path) -> None:
    unnoticed = []
    for name, (check, damage) in DAMAGES.items():
        with dunflow.sessions() as session:
            damage(session)
            found = broken_of(session, healthy)
            session.rollback()
        if not any(each.startswith(f"{check}: ") for each in found):
            unnoticed.append(f"{name}: {found}")
    assert unnoticed == []


def broken_of(session: Session, outbox: Path) -> list[str]:
    """As `broken`, of what this transaction has changed."""
    session.flush()
    return broken(session, outbox, committed=False)


def test_torn_and_stray_messages_are_noticed(dunflow: Dunflow, healthy: Path) -> None:
    (healthy / "event" / "m2.json").write_text(json.dumps({"key": "m2"}))
    (healthy / "event" / "m3.json").write_text('{"key"')
    with dunflow.sessions() as session:
        found = broken(session, healthy)
    assert any("m3.json is torn" in each for each in found)
    assert any(each.startswith("sent: messages is") for each in found)
