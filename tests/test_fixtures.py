"""The databases of the tests are what they say: each test's own, empty, and of both kinds."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.flow import kernel
from engine.models import Customer
from engine.wiring import Dunflow


@pytest.mark.parametrize("time", [1, 2])
def test_what_one_test_commits_no_other_test_sees(sessions: sessionmaker[Session], time: int) -> None:
    with sessions() as session:
        assert session.scalar(select(func.count(Customer.id))) == 0
        session.add(Customer(customer_no=f"{time}", name="Somebody", created_at=clock.now()))
        session.commit()


def test_sessions_carry_the_kernel(session: Session, dunflow: Dunflow) -> None:
    assert kernel.of(session) is dunflow.kernel
