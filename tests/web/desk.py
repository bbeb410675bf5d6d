"""Real cases for the pages' tests: dispatched through their diagrams, each customer with contacts and an order."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from engine import acts, clock, installing, intake
from engine.intake import NewCustomer, NewOrder, NewRepayment
from engine.models import Base, Case, Customer, Notification, User, UserTask
from engine.settings import Settings
from engine.sweep import sweep
from engine.wiring import build
from tests.cast import make_cast
from tests.web.world import SECRET, compile_translations, sign_in
from web.app import PAGES, create_app
from web.database import house
from web.settings import WebSettings

Given = TypeVar("Given")
CASES = 4  # of cora; amounts 1000, 2000, ... so that the last is the most urgent
DAYS_PAST_DUE = 5


def make_desk(folder: Path) -> Flask:
    """An application where cora has four cases to follow up, and one of colin's customers is no business of hers."""
    compile_translations()
    shutil.copyfile(_filled(), folder / "web.db")
    wired = build(Settings(folder, f"sqlite:///{folder / 'web.db'}", secret_key=SECRET))
    return create_app(wired, WebSettings(testing=True), pages=PAGES)


@cache
def _filled() -> Path:
    """The database of all these tests, made once."""
    path = Path(mkdtemp()) / "desk.db"
    wired = build(Settings(path.parent, f"sqlite:///{path}", secret_key=SECRET))
    Base.metadata.create_all(wired.engine)
    with wired.writing() as session:
        make_cast(session)
        session.execute(update(User).values(locale="en"))
        installing.publish_packaged(session)
    with wired.writing() as session:
        for number in range(1, CASES + 2):
            _customer(session, number)
    sweep(wired.sessions)
    with wired.writing() as session:
        for task in session.scalars(select(UserTask).where(UserTask.form == "dispatch").order_by(UserTask.id)).all():
            login = "cora" if task.business_key <= CASES else "colin"
            person = session.scalars(select(User.id).where(User.login == login)).one()
            boss = session.scalars(select(User.id).where(User.login == "susan")).one()
            acts.complete_task(session, task.id, {"collector_id": person}, actor_id=boss)
    with wired.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    wired.close()
    return path


def _customer(session: Session, number: int) -> None:
    intake.add_customer(
        session,
        NewCustomer(
            f"K{number}",
            f"Customer {number}",
            id_number="310101199001011234",
            phone=f"1540000{number:04}",
            email="someone@example.com",
            emergency_contacts="Wu 15400009999",
        ),
    )
    due_on = clock.today() - dt.timedelta(days=DAYS_PAST_DUE)
    principal, made_on = Decimal(1000 * number), due_on - dt.timedelta(days=20)
    order = NewOrder(f"K{number}-1", f"K{number}", "card", "CNY", made_on, due_on, principal)
    intake.add_order(session, order)


def within(app: Flask, act: Callable[[Session], Given]) -> Given:
    """Do something in a transaction of its own, as another person's request would."""
    with app.app_context(), house().business_time(), house().writing() as session:
        return act(session)


def person(session: Session, login: str) -> User:
    """One of the cast."""
    return session.scalars(select(User).where(User.login == login)).one()


def follow_up_of(app: Flask, case_id: int) -> int:
    """The follow-up that waits on a case, by id."""
    query = select(UserTask.id).where(UserTask.business_key == case_id, UserTask.form == "follow_up")
    return within(app, lambda session: session.scalars(query).one())


def state_of(app: Flask, case_id: int) -> dict[str, Any]:
    """Columns of a case as they are now."""

    def read(session: Session) -> dict[str, Any]:
        case = session.get_one(Case, case_id)
        return {column.key: getattr(case, column.key) for column in Case.__table__.columns}

    return within(app, read)


def suspend(app: Flask, case_id: int, reason: str = "dispute", login: str = "susan") -> None:
    """Somebody suspends a case while others look at it."""

    def act(session: Session) -> None:
        case = acts.lock_case(session, case_id)
        acts.suspend(session, case, reason=reason, note="", actor_id=person(session, login).id)

    within(app, act)


def recall(app: Flask, case_id: int) -> None:
    """A supervisor takes a case from its collector."""
    within(
        app,
        lambda session: acts.recall(session, acts.lock_case(session, case_id), actor_id=person(session, "susan").id),
    )


def pay(app: Flask, number: int, amount: Decimal) -> None:
    """The customer of that number pays."""

    def act(session: Session) -> None:
        customer = session.scalars(select(Customer).where(Customer.customer_no == f"K{number}")).one()
        intake.lock_customers(session, [customer.id])
        intake.receive(session, NewRepayment(f"R{number}", clock.now(), amount, order_id=f"K{number}-1"))

    within(app, act)


def forget_told(app: Flask) -> Flask:
    """Nobody has been told anything: dispatching the desk's cases told their collectors."""
    within(app, lambda session: session.execute(delete(Notification)))
    return app


def browser(app: Flask, login: str = "cora") -> FlaskClient:
    """A client somebody is signed in with, in English."""
    client = app.test_client()
    sign_in(client, login)
    return client


class Statements:
    """Counts the statements of a block."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self._engine = house().engine
        self.count = 0

    def __enter__(self) -> Statements:
        event.listen(self._engine, "before_cursor_execute", self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._hear)

    def _hear(self, *_: object) -> None:
        self.count += 1
