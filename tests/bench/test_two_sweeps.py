"""A sweep beside another one: what that one holds is passed over, not waited for, and the rest is done."""

from __future__ import annotations

from sqlalchemy import func, select

from engine import clock
from engine.models import Customer, Timer
from engine.sweep import sweep
from tests.bench import lender
from tests.bench.sweep import RETURNS, portfolio
from tests.databases import Postgres


def test_sweep_does_what_nobody_else_holds(postgres_server: Postgres) -> None:
    with portfolio(postgres_server.create(), 0) as (sessions, _):
        due = select(func.count()).select_from(Timer).where(Timer.due_at <= RETURNS)
        with sessions() as elsewhere, clock.use(RETURNS):
            first = select(Customer.id).where(Customer.id >= lender.FIRST_COPY).order_by(Customer.id).limit(150)
            held = elsewhere.scalars(first.with_for_update()).all()
            everything = elsewhere.scalar(due) or 0
            done = sweep(sessions, batch=100)
            assert done.customers == done.timers == everything - len(held)
            assert elsewhere.scalar(due) == len(held)
        with clock.use(RETURNS):
            assert sweep(sessions, batch=100).timers == len(held)
