"""The first run of the demo: tables, diagrams, people, real accounts, and their history played up to today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert, make_url, select
from sqlalchemy.orm import Session

from engine import backup, clock, installing, schema, search
from engine.demo import accounts, feed, staff, ticking
from engine.intake import NewCustomer, NewOrder
from engine.models import Contact, Customer, DemoClock
from engine.replay import Span, play
from engine.settings import Settings
from engine.sweep import sweep
from engine.wiring import Dunflow, build

CUSTOMERS = 400
Progress = Callable[[int, int], None]  # days played, of how many


@dataclass(frozen=True)
class Portfolio:
    """How many accounts, moved by how many months, played from when to when."""

    customers: int
    shift_months: int
    span: Span


def is_there(settings: Settings) -> bool:
    """Whether the demo has been set up. Raises DatabaseIsReal or DatabaseForeign for a database of something else."""
    path = _file(settings)
    if path is not None and not path.exists():
        return False
    dunflow = build(settings)
    try:
        schema.upgrade(dunflow.engine)
        with dunflow.sessions() as session:
            if not installing.is_demo(session) and installing.is_in_use(session):
                raise installing.DatabaseIsReal
            return installing.is_demo(session)
    finally:
        dunflow.close()


def set_up(settings: Settings, customers: int = CUSTOMERS, progress: Progress = lambda _done, _of: None) -> None:
    """Make the demo beside its place, and put it there when it is whole: a run that is broken off leaves nothing."""
    path = _file(settings)
    unfinished = path.with_name(path.name + ".unfinished") if path else settings.data_dir / "demo.unfinished"
    aside = replace(settings, database_url=f"sqlite:///{unfinished}")
    _clear_away(unfinished)
    try:
        _fill(build(aside), customers, progress)
        if path is None:
            _move(aside, settings, unfinished.with_name(unfinished.name + ".zip"))
        else:
            unfinished.replace(path)
    finally:
        _clear_away(unfinished)


def _clear_away(unfinished: Path) -> None:
    for leftover in unfinished.parent.glob(unfinished.name + "*"):
        leftover.unlink()


def _move(aside: Settings, settings: Settings, archive: Path) -> None:
    """What was made in a file, into the database that was named: all of it or nothing."""
    source, target = build(aside), build(settings)
    try:
        backup.backup(source.engine, archive)
        backup.restore(target.engine, archive)
    finally:
        source.close()
        target.close()


def _file(settings: Settings) -> Path | None:
    url = make_url(settings.database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _fill(dunflow: Dunflow, customers: int, progress: Progress) -> None:
    try:
        with clock.use_zone(dunflow.settings.timezone):
            schema.upgrade(dunflow.engine)
            portfolio = _portfolio(customers)
            _prepare(dunflow, portfolio)
            _play(dunflow, portfolio, progress)
            _up_to_now(dunflow, portfolio)
        if dunflow.engine.dialect.name == "sqlite":
            with dunflow.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
    finally:
        dunflow.close()


def _portfolio(customers: int) -> Portfolio:
    """The accounts' last month is this one; the day played last is yesterday."""
    today = clock.local_date(clock.real_now())
    months = accounts.shift_to(today)
    first = min(dt.date.fromisoformat(row["disbursed_on"]) for row in accounts.order_rows(customers, months))
    return Portfolio(customers, months, Span(first, today - dt.timedelta(days=1), clock.zone()))


def _prepare(dunflow: Dunflow, portfolio: Portfolio) -> None:
    with clock.use(portfolio.span.begins), dunflow.writing() as session:
        staff.hire(session)
        installing.publish_packaged(session)


def _play(dunflow: Dunflow, portfolio: Portfolio, progress: Progress) -> None:
    span, number, months = portfolio.span, portfolio.customers, portfolio.shift_months
    days = (span.end - span.start).days + 1
    people = staff.DemoStaff(dunflow.sessions, span.end, lambda session: _add_contacts(session, portfolio))
    play(
        dunflow.sessions,
        customers(number, months),
        orders(number, months),
        list(feed.repayments(number, months)),
        span,
        staff=people,
        progress=lambda on: progress((on - span.start).days + 1, days),
    )


def _up_to_now(dunflow: Dunflow, portfolio: Portfolio) -> None:
    """Today's midnight and what has been paid today; then the demo's clock runs."""
    span, now = portfolio.span, clock.real_now()
    with dunflow.writing() as session:
        session.add(
            DemoClock(
                id=ticking.ROW,
                business_at=now,
                real_at=now,
                fed_until=span.ends - dt.timedelta(microseconds=1),
                shift_months=portfolio.shift_months,
                customers=portfolio.customers,
            )
        )
    with clock.use(span.ends):
        sweep(dunflow.sessions)
    with clock.use(now):
        feed.feed(dunflow.sessions)
        sweep(dunflow.sessions)


def customers(number: int, months: int) -> Iterator[NewCustomer]:
    """The accounts' customers, typed."""
    known = set(NewCustomer.__dataclass_fields__)
    for row in accounts.customer_rows(number, months):
        given = {name: value or None for name, value in row.items() if name in known}
        yield NewCustomer(**given, extra={name: value for name, value in row.items() if name not in known})  # type: ignore[arg-type]


def orders(number: int, months: int) -> Iterator[NewOrder]:
    """The accounts' orders, typed."""
    for row in accounts.order_rows(number, months):
        yield NewOrder(
            order_id=row["order_id"],
            customer_id=row["customer_id"],
            product=row["product"],
            currency=row["currency"],
            disbursed_on=dt.date.fromisoformat(row["disbursed_on"]),
            due_on=dt.date.fromisoformat(row["due_on"]),
            principal=Decimal(row["principal"]),
            extra={"billed": row["billed"]},
        )


def _add_contacts(session: Session, portfolio: Portfolio) -> None:
    """How the customers can be reached, before the staff's first morning."""
    ids = {row.customer_no: row.id for row in session.execute(select(Customer.customer_no, Customer.id))}
    rows: list[dict[str, object]] = []
    for each in accounts.customer_rows(portfolio.customers, portfolio.shift_months):
        row = {"customer_id": ids[each["customer_id"]], "source": "import", "created_at": clock.now()}
        own = {"holder": "", "relation": "self"}
        rows += [
            row | own | {"kind": kind, "value": each[kind]} for kind in ("phone", "address", "email") if each[kind]
        ]
        holder, relation, phone = each["emergency_contacts"].split(" ")
        rows.append(row | {"kind": "phone", "value": phone, "holder": holder, "relation": relation})
    session.execute(insert(Contact), rows)
    search.index(session, ids.values())
