"""A small lender on a clock that only the story moves: its pages served, its sweep run, its rows read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock, installing, intake
from engine.demo import clock as demo_clock
from engine.intake import NewCustomer, NewOrder, NewRepayment
from engine.models import Assignment, Base, Case, Customer, DemoClock, FollowUp, Incident, Suspension, User, UserTask
from engine.settings import Settings
from engine.sweep import sweep
from engine.wiring import Dunflow, build
from tests.browser.chromium import serve
from tests.cast import make_cast
from tests.web.world import SECRET, compile_translations
from web.app import create_app
from web.settings import WebSettings

BEGINS = dt.datetime(2026, 3, 10, 9, 30, tzinfo=clock.DEFAULT_ZONE)
DUE_ON = dt.date(2026, 3, 5)
HERO, OWED = "Lin Yue", Decimal("4300.00")
OTHERS = {"Zhou Ping": Decimal("900.00"), "Guo Min": Decimal("1250.00")}


class Stand(NamedTuple):
    """Where a case stands, as SQL has it: status, tier, its collector's login."""

    status: str
    tier: str | None
    collector: str | None


@dataclass(frozen=True)
class Lender:
    """What the story needs besides the browsers."""

    house: Dunflow
    address: str

    def goes_to(self, on: dt.date, hour: int = 0) -> None:
        """The clock comes to this hour at the lender's place, and what is due by then is done."""
        with self.house.writing() as session:
            demo_clock.jump(session, dt.datetime.combine(on, dt.time(hour), clock.DEFAULT_ZONE))
        with self.house.business_time():
            assert sweep(self.house.sessions).incidents == 0

    def is_paid(self, amount: Decimal) -> None:
        """The customer of the story pays."""
        with self.house.business_time(), self.house.writing() as session:
            customer = session.scalars(select(Customer).where(Customer.name == HERO)).one()
            intake.lock_customers(session, [customer.id])
            intake.receive(session, NewRepayment(f"R{amount}", clock.now(), amount, customer_id=customer.customer_no))

    def stands(self) -> Stand:
        """Where the story's case stands. Nothing has failed on the way here."""
        with self.house.sessions() as session:
            assert session.scalars(select(Incident)).all() == []
            case = hero(session)
            collector = session.get(User, case.collector_id) if case.collector_id else None
            return Stand(case.status, case.tier, collector.login if collector else None)

    def case(self) -> Case:
        """The story's case as it is now."""
        with self.house.sessions() as session:
            return hero(session)

    def waits_at(self) -> str:
        """The element of the user task the case waits for."""
        with self.house.sessions() as session:
            return session.scalars(select(UserTask.element).where(UserTask.business_key == hero(session).id)).one()

    def follow_ups(self) -> list[FollowUp]:
        """What has been noted on the case, oldest first."""
        with self.house.sessions() as session:
            return list(session.scalars(select(FollowUp).where(FollowUp.case_id == hero(session).id)))

    def suspensions(self) -> list[Suspension]:
        """The case's suspensions, oldest first."""
        with self.house.sessions() as session:
            query = select(Suspension).where(Suspension.case_id == hero(session).id).order_by(Suspension.id)
            return list(session.scalars(query))

    def assignments(self) -> list[str | None]:
        """How each assignment of the case ended, oldest first; None for one that stands."""
        with self.house.sessions() as session:
            query = select(Assignment.ended_by).where(Assignment.case_id == hero(session).id).order_by(Assignment.id)
            return list(session.scalars(query))


def hero(session: Session) -> Case:
    """The case of the story."""
    return session.scalars(select(Case).join(Customer).where(Customer.name == HERO)).one()


@contextmanager
def a_lender(folder: Path, language: str) -> Iterator[Lender]:
    """A lender with three overdue customers and everybody's pages in this language, served while the block lasts."""
    compile_translations()
    settings = Settings(folder, f"sqlite:///{folder / 'story.db'}", secret_key=SECRET, clock="demo")
    with closing(build(settings)) as house:
        Base.metadata.create_all(house.engine)
        _fill(house, language)
        with serve(create_app(house, WebSettings(testing=True))) as address:
            yield Lender(house, address)


def _fill(house: Dunflow, language: str) -> None:
    with house.writing() as session:
        now, at = clock.real_now(), BEGINS.astimezone(dt.UTC)
        session.add(DemoClock(id=1, business_at=at, real_at=now, fed_until=at, shift_months=0, customers=0))
    with house.business_time():
        with house.writing() as session:
            make_cast(session)
            session.execute(update(User).values(locale=language))
            installing.publish_packaged(session)
        with house.writing() as session:
            for number, (name, owed) in enumerate([(HERO, OWED), *OTHERS.items()], 1):
                _owes(session, f"K{number}", name, owed)
        sweep(house.sessions)


def _owes(session: Session, number: str, name: str, owed: Decimal) -> None:
    intake.add_customer(session, NewCustomer(number, name, phone="15400001234", email="nobody@example.com"))
    made_on = DUE_ON - dt.timedelta(days=20)
    intake.add_order(session, NewOrder(f"{number}-1", number, "card", "CNY", made_on, DUE_ON, owed))
