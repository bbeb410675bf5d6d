"""A supervisor's floor for the pages' tests: cases that wait, cases in work, one elsewhere, one that no group takes."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import acts, clock, installing, intake
from engine.intake import NewCustomer, NewOrder
from engine.models import Base, User, UserTask
from engine.settings import Settings
from engine.sweep import sweep
from engine.wiring import build
from tests.cast import make_cast
from tests.web.world import SECRET, compile_translations
from web.app import PAGES, create_app
from web.settings import WebSettings

WAITING = (1, 2, 3, 4)  # susan's, M1
IN_WORK = (5, 6)  # cora's
ELSEWHERE = 7  # sven's, M3, waits
NOBODYS = 8  # M4: no group takes it
DAYS = {**dict.fromkeys((*WAITING, *IN_WORK), 5), ELSEWHERE: 70, NOBODYS: 100}


def make_floor(folder: Path, **settings: object) -> Flask:
    """An application over a copy of the floor; `settings` change single settings of the installation."""
    compile_translations()
    shutil.copyfile(_filled(), folder / "web.db")
    given = {"secret_key": SECRET} | settings
    wired = build(Settings(folder, f"sqlite:///{folder / 'web.db'}", **given))  # type: ignore[arg-type] # by name
    return create_app(wired, WebSettings(testing=True), pages=PAGES)


def case_no(number: int) -> str:
    """The case of the customer of that number."""
    return f"C{number:08}"


@cache
def _filled() -> Path:
    """The database of all these tests, made once."""
    path = Path(mkdtemp()) / "floor.db"
    wired = build(Settings(path.parent, f"sqlite:///{path}", secret_key=SECRET))
    Base.metadata.create_all(wired.engine)
    with wired.writing() as session:
        make_cast(session)
        session.execute(update(User).values(locale="en"))
        installing.publish_packaged(session)
    for number, days in DAYS.items():
        with wired.writing() as session:
            _customer(session, number, days)
        sweep(wired.sessions)
    with wired.writing() as session:
        _hand_out(session)
    with wired.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    wired.close()
    return path


def _customer(session: Session, number: int, days: int) -> None:
    intake.add_customer(session, NewCustomer(f"K{number}", f"Customer {number}", phone=f"1540000{number:04}"))
    due_on = clock.today() - dt.timedelta(days=days)
    made_on, principal = due_on - dt.timedelta(days=20), Decimal(1000 * number)
    intake.add_order(session, NewOrder(f"K{number}-1", f"K{number}", "card", "CNY", made_on, due_on, principal))


def _hand_out(session: Session) -> None:
    people = {user.login: user.id for user in session.scalars(select(User))}
    for number in IN_WORK:
        task = session.scalars(select(UserTask).where(UserTask.business_key == number)).one()
        acts.complete_task(session, task.id, {"collector_id": people["cora"]}, actor_id=people["susan"])
