"""A lender to measure on: the product's diagrams, one overdue case brought to its first follow-up, and copies of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    insert,
    select,
)
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock, intake, releases
from engine.db import begin_write, make_engine
from engine.flow import writes as tables
from engine.flow.kernel import Kernel
from engine.lifecycle import CaseDomain, vocabulary
from engine.models import (
    Assignment,
    Base,
    Case,
    CaseOrder,
    Customer,
    Group,
    GroupScope,
    Instance,
    LedgerLine,
    LoanOrder,
    Membership,
    Role,
    Stage,
    Subscription,
    Timer,
    User,
    UserRole,
    UserTask,
)
from engine.sweep import sweep
from engine.wiring import sessions_of

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
DUE_ON = dt.date(2026, 5, 20)
FIRST_COPY = 1_000_000  # ids of copies begin here, far above what a sequence reaches meanwhile
_NUMBERED = (Customer, Case, Instance, LoanOrder)
_REFERENCES = {"customer_id", "case_id", "instance_id", "order_id", "business_key", "lock_key"}
_UNIQUE = {"customer_no", "order_no"}


def local(on: dt.date, hour: int = 0) -> dt.datetime:
    """An hour of a date at the lender's place."""
    return dt.datetime.combine(on, dt.time(hour), clock.DEFAULT_ZONE)


TEN = local(DUE_ON + dt.timedelta(days=1), 10)  # the morning after: the cases are dispatched
NO_ANSWER: Mapping[str, Any] = {"result_code": "no_answer", "next_action_on": "2026-05-24"}


def prepared(url: str) -> tuple[Engine, sessionmaker[Session]]:
    """An empty database with all tables, the product's release and one collector who looks after everything."""
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    sessions = connected(engine)
    with clock.use(TEN), _writing(sessions) as session:
        paths = [path for pattern in ("*.bpmn", "*.dmn", "forms/*.json") for path in BPMN.glob(pattern)]
        contents = {path.relative_to(BPMN).as_posix(): path.read_bytes() for path in paths}
        release = releases.draft(session, contents, note="measured", by_id=None)
        releases.publish(session, release, by_id=None)
        _hire(session)
    return engine, sessions


def connected(engine: Engine) -> sessionmaker[Session]:
    """Sessions on an engine, wired as in every process of the product."""
    return sessions_of(engine, Kernel(vocabulary(), CaseDomain()))


@contextmanager
def _writing(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        begin_write(session)
        yield session
        session.commit()


def _hire(session: Session) -> None:
    group = Group(name="All", active=True)
    group.scopes = [GroupScope(product="*", stage=stage, tier="*") for stage in Stage]
    collector = User(login="cora", name="Cora", password_hash="!", created_at=clock.now())  # noqa: S106 - no hash
    collector.roles = [UserRole(role=Role.COLLECTOR)]
    session.add_all([group, collector])
    session.flush()
    session.add(Membership(group_id=group.id, user_id=collector.id))


def a_case(sessions: sessionmaker[Session], number: int = 1) -> int:
    """A customer whose one order is overdue since this morning, dispatched at ten; gives the case's id."""
    with clock.use(TEN):
        with _writing(sessions) as session:
            customer = intake.add_customer(session, intake.NewCustomer(f"bench-{number}", "Wang"))
            order = intake.NewOrder(
                order_id=f"bench-{number}-1",
                customer_id=customer.customer_no,
                product="card",
                currency="TWD",
                disbursed_on=DUE_ON - dt.timedelta(days=30),
                due_on=DUE_ON,
                principal=Decimal(1000),
            )
            customer_id = intake.add_order(session, order, customer_id=customer.id).customer_id
        sweep(sessions)
        with _writing(sessions) as session:
            case_id = session.scalars(select(Case.id).where(Case.customer_id == customer_id)).one()
            acts.complete_task(session, task_of(session, case_id), {"collector_id": 1}, actor_id=None)
    return case_id


def task_of(session: Session, case_id: int) -> int:
    """The user task that waits in a case."""
    return session.scalars(select(UserTask.id).where(UserTask.business_key == case_id)).one()


def follow_up(session: Session, case_id: int) -> None:
    """The collector of a case records, on ten o'clock of the first day, that nobody answered; committed."""
    begin_write(session)
    acts.complete_task(session, task_of(session, case_id), NO_ANSWER, actor_id=1)
    session.commit()


def copies(engine: Engine, case_id: int, number: int) -> range:
    """Copies a case with its customer, order, instance and waits, so many times; gives the ids of the copied cases.

    Row by row what the acts wrote for the first, a table in one statement: twenty thousand cases in seconds. A copy's
    customer, order and instance have the case's id.
    """
    made = range(FIRST_COPY, FIRST_COPY + number)
    numbers = Table("bench_numbers", MetaData(), Column("n", Integer, primary_key=True))
    with engine.begin() as connection:
        numbers.create(connection)
        connection.execute(insert(numbers), [{"n": each} for each in made])
        customer_id = connection.execute(select(Case.customer_id).where(Case.id == case_id)).scalar_one()
        order_id = connection.execute(select(LoanOrder.id).where(LoanOrder.customer_id == customer_id)).scalar_one()
        instance_id = connection.execute(select(Instance.id).where(Instance.lock_key == customer_id)).scalar_one()
        for model, its in (
            (Customer, Customer.id == customer_id),
            (Case, Case.id == case_id),
            (Instance, Instance.id == instance_id),
            (LoanOrder, LoanOrder.id == order_id),
            (CaseOrder, CaseOrder.case_id == case_id),
            (LedgerLine, LedgerLine.order_id == order_id),
            (Assignment, Assignment.case_id == case_id),
            (Timer, Timer.instance_id == instance_id),
            (Subscription, Subscription.instance_id == instance_id),
            (UserTask, UserTask.instance_id == instance_id),
        ):
            _copy(connection, model, its, numbers.c.n)
        numbers.drop(connection)
    return made


def _copy(connection: Connection, model: type[Base], its: ColumnElement[bool], number: Column[int]) -> None:
    """One row for every number and row found: what names the case, its customer and the like becomes the number."""
    copied: dict[str, ColumnElement[Any]] = {}
    rows = tables.table(model)
    for each in rows.columns:
        if each.name == "id" and model in _NUMBERED:
            copied[each.name] = number
        elif each.name in _REFERENCES:
            copied[each.name] = case((each.is_(None), None), else_=number)
        elif each.name in _UNIQUE:
            copied[each.name] = each + "-" + cast(number, String)
        elif each.name != "id":
            copied[each.name] = each
    found = select(*copied.values()).select_from(rows.join(number.table, its))
    connection.execute(insert(rows).from_select(list(copied), found))
