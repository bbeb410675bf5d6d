"""A lender with the real diagrams, and overdue orders whose cases wait for dispatch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock, intake, releases
from engine.db import begin_write
from engine.models import Case, UserTask
from engine.sweep import sweep
from tests.cast import Cast, make_cast

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
TEN = dt.datetime(2026, 5, 11, 2, 0, tzinfo=dt.UTC)  # 10:00 at the lender's
_numbers = count(1)


def publish_diagrams(session: Session, *changes: tuple[str, str]) -> None:
    """The diagrams, tables and forms of the product, for new cases; a change replaces a text of `collection.bpmn`."""
    paths = [path for pattern in ("*.bpmn", "*.dmn", "forms/*.json") for path in BPMN.glob(pattern)]
    contents = {path.relative_to(BPMN).as_posix(): path.read_bytes() for path in paths}
    for old, new in changes:
        assert old.encode() in contents["collection.bpmn"]
        contents["collection.bpmn"] = contents["collection.bpmn"].replace(old.encode(), new.encode())
    release = releases.draft(session, contents, note="the product's own", by_id=None)
    releases.publish(session, release, by_id=None)


def a_lender(sessions: sessionmaker[Session], *changes: tuple[str, str]) -> Cast:
    """Diagrams and the cast, committed."""
    with sessions(expire_on_commit=False) as session:
        begin_write(session)
        publish_diagrams(session, *changes)
        cast = make_cast(session)
        session.commit()
    return cast


def overdue(
    sessions: sessionmaker[Session], amounts: Sequence[str], *, days: int = 10, product: str = "card", each: int = 1
) -> list[int]:
    """A customer with `each` products' overdue orders for every amount; gives the ids of the cases that opened."""
    before = _case_ids(sessions)
    with sessions() as session:
        begin_write(session)
        for amount in amounts:
            number = next(_numbers)
            customer = intake.add_customer(session, intake.NewCustomer(f"C{number}", f"Customer {number}"))
            for part in range(each):
                order = _order(f"O{number}-{part}", product if part == 0 else f"{product}{part}", amount, days)
                intake.add_order(session, order, customer_id=customer.id)
        session.commit()
    sweep(sessions)
    return [each for each in _case_ids(sessions) if each not in before]


def follow_up(sessions: sessionmaker[Session], case_id: int) -> None:
    """The collector of a case records that nobody answered."""
    with sessions() as session:
        begin_write(session)
        task = session.scalars(
            select(UserTask).where(UserTask.business_key == case_id, UserTask.element == "follow_up")
        ).one()
        form = {"result_code": "no_answer", "next_action_on": (clock.today() + dt.timedelta(days=3)).isoformat()}
        acts.complete_task(session, task.id, form, actor_id=task.assignee_id)
        session.commit()


def _order(number: str, product: str, amount: str, days: int) -> intake.NewOrder:
    due_on = clock.today() - dt.timedelta(days=days)
    return intake.NewOrder(
        order_id=number,
        customer_id="",
        product=product,
        currency="CNY",
        disbursed_on=due_on - dt.timedelta(days=30),
        due_on=due_on,
        principal=Decimal(amount),
    )


def _case_ids(sessions: sessionmaker[Session]) -> list[int]:
    with sessions() as session:
        return list(session.scalars(select(Case.id).order_by(Case.id)))
