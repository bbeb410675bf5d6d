"""The throw-away lender a scenario is played in: an empty database in memory, a release, people, one customer."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, intake, parameters, releases
from engine.db import begin_write, make_engine
from engine.flow import instance as flow
from engine.flow.definitions import Release as Compiled
from engine.flow.instance import Act
from engine.flow.kernel import KERNEL, Kernel
from engine.flow.taken import taken
from engine.intake import NewCustomer, NewOrder
from engine.lifecycle import CaseDomain
from engine.models import Base, Group, GroupScope, Membership, ReleaseStatus, Role, Stage, User, UserRole
from engine.scenarios.reading import EVERYBODY, LEADERS, PEOPLE, ZONE, Given, Order, Team

CUSTOMER = "customer"
_EVERYTHING = Team("everybody", ((Stage.PRE_COLLECTION, ""), (Stage.COLLECTION, "*")), EVERYBODY)


class WatchedDomain(CaseDomain):
    """Cases as always, and what their diagrams went through."""

    def __init__(self) -> None:
        self.elements: set[str] = set()
        self.arrows: set[tuple[str, str]] = set()

    def positioned(self, act: Act, statuses: Sequence[str]) -> None:
        """Also notes the way; before the state is collapsed."""
        self._note(act)
        super().positioned(act, statuses)

    def ended(self, act: Act) -> None:
        """Also notes the way."""
        self._note(act)
        super().ended(act)

    def _note(self, act: Act) -> None:
        way = taken(act.live.workflow)
        self.elements |= way.elements
        self.arrows |= way.arrows


def empty_database() -> tuple[Engine, bytes]:
    """A database in memory, for one scenario after the other, and what it looks like with tables and no rows.

    One for all: an engine of its own for each would compile every statement anew, a third of the time of a scenario.
    """
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    return engine, _image(engine)


class Template:
    """What the database looks like with a release and people in it: where each scenario begins."""

    def __init__(self, engine: Engine, empty: bytes, files: Mapping[str, bytes], release: Compiled) -> None:
        self.release = release
        self._engine = engine
        _load(engine, empty)
        kernel = Kernel(release.vocabulary, CaseDomain())
        with clock.use(dt.datetime(2000, 1, 1, tzinfo=dt.UTC)), _sessions(engine, kernel)() as session:
            begin_write(session)
            self.release_id = _publish(session, files)
            session.add_all(_people())
            session.commit()
        self._image = _image(engine)

    def world(self) -> World:
        """A new world for one scenario; the one before is gone."""
        _load(self._engine, self._image)
        domain = WatchedDomain()
        kernel = Kernel(self.release.vocabulary, domain)
        kernel.releases.get(self.release_id, lambda: self.release)
        return World(_sessions(self._engine, kernel), self.release, domain)


def _sessions(engine: Engine, kernel: Kernel) -> sessionmaker[Session]:
    return sessionmaker(engine, autoflush=False, info={KERNEL: kernel})


def _image(engine: Engine) -> bytes:
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        return _driver(connection.connection.driver_connection).serialize()


def _load(engine: Engine, image: bytes) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        _driver(connection.connection.driver_connection).deserialize(image)


def _driver(connection: Any) -> sqlite3.Connection:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - tells the type checker what SQLite's driver gives
    return connection


def _publish(session: Session, files: Mapping[str, bytes]) -> int:
    release = releases.draft(session, files, note="scenario", by_id=None)
    release.status = ReleaseStatus.PUBLISHED
    session.flush()
    return int(release.id)


def _people() -> list[User]:
    return [
        User(
            login=login,
            name=login.capitalize(),
            password_hash="!",  # noqa: S106 - nobody can sign in with it: it is no hash
            created_at=clock.now(),
            roles=[UserRole(role=Role(role)) for role in roles.split()],
        )
        for login, roles in PEOPLE.items()
    ]


@dataclass
class World:
    """One scenario's lender. `now` is business time; nothing moves it but the scenario."""

    sessions: sessionmaker[Session]
    release: Compiled
    domain: WatchedDomain
    now: dt.datetime = field(default=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    people: dict[str, int] = field(default_factory=dict)
    repayments: int = 0

    def begin(self, given: Given) -> None:
        """What is given: groups, parameters, the customer and the orders."""
        self.now = dt.datetime.combine(given.on, dt.time(), ZONE).astimezone(dt.UTC)
        self.write(lambda session: self._settle_in(session, given))

    def write(self, act: Callable[[Session], None]) -> None:
        """One transaction: committed, or undone if the act raises."""
        with self.sessions() as session:
            begin_write(session)
            try:
                act(session)
                session.commit()
            except BaseException:
                flow.discard(session)
                raise

    def _settle_in(self, session: Session, given: Given) -> None:
        self.people = {row.login: row.id for row in session.execute(select(User.login, User.id))}
        for team in given.teams or (_EVERYTHING,):
            self._team(session, team)
        for name, value in given.parameters.items():
            parameters.set_value(session, name, value)
        intake.add_customer(session, NewCustomer(CUSTOMER, "Wang Fang", phone="13800000000"))
        for order in given.orders:
            self.add_order(session, order, given.currency)

    def _team(self, session: Session, team: Team) -> None:
        group = Group(name=team.name, active=True)
        group.scopes = [GroupScope(stage=stage, tier=tier) for stage, tier in team.looks_after]
        session.add(group)
        session.flush()
        members = [*((each, False) for each in team.people), *((each, True) for each in LEADERS)]
        session.add_all(
            Membership(group_id=group.id, user_id=self.people[login], is_supervisor=leads) for login, leads in members
        )
        session.flush()

    def add_order(self, session: Session, order: Order, currency: str) -> None:
        """An order becomes known, now or later."""
        amount = order.amounts.get
        new = NewOrder(
            order.number,
            CUSTOMER,
            order.product,
            currency,
            order.known_on,
            order.due_on,
            amount("principal", Decimal(0)),
            amount("interest", Decimal(0)),
            amount("fees", Decimal(0)),
            amount("penalty", Decimal(0)),
        )
        intake.add_order(session, new)
