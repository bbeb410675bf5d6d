"""A lender for the crash tests: people, a portfolio around every boundary a case can cross, and each day's money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from sqlalchemy.orm import Session

from engine import clock, importing, installing, parameters
from engine.demo import ticking
from engine.demo.feed import NO_MORE
from engine.demo.ticking import ROW
from engine.models import DemoClock, Group, Membership, Role, Stage, User
from engine.wiring import Dunflow
from tests.cast import a_group, a_person

START = dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)  # 10:00 at the lender's
COLLECTORS = {"callers": ("cathy", "cyrus"), "early": ("cora", "colin"), "late": ("lara", "leo")}
SUPERVISORS = ("susan", "sven")  # both of every group
# Days past due on the first day: each tier, the days before its end, the days around the due date.
DAYS = (-4, -3, -2, -1, 0, 1, 2, 5, 12, 27, 28, 29, 30, 31, 57, 58, 59, 60, 61, 87, 88, 89, 90, 91, 100, 200)
ORDERS = "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"


def settle_in(dunflow: Dunflow) -> None:
    """Diagrams, people, groups, a product whose pre-collection is by text alone, and a clock that can jump."""
    with clock.use(START), dunflow.writing() as session:
        installing.publish_packaged(session)
        _people(session)
        session.add(
            DemoClock(
                id=ROW, business_at=START, real_at=clock.real_now(), fed_until=NO_MORE, shift_months=0, customers=0
            )
        )
        parameters.set_value(session, "pre_collection_mode", "text", product="micro", by_id=None)


def _people(session: Session) -> None:
    scopes: Mapping[str, tuple[str, Sequence[str]]] = {
        "callers": (Stage.PRE_COLLECTION, ("",)),
        "early": (Stage.COLLECTION, ("M1", "M2")),
        "late": (Stage.COLLECTION, ("M3", "M4")),
    }
    groups = [
        a_group(session, name, *(("*", tier) for tier in tiers), stage=stage) for name, (stage, tiers) in scopes.items()
    ]
    for group in groups:
        for login in COLLECTORS[group.name]:
            a_person(session, login, Role.COLLECTOR, member_of=group)
    for login in SUPERVISORS:
        user = a_person(session, login, Role.SUPERVISOR, supervises=groups[0])
        _supervises(session, user, groups[1:])


def _supervises(session: Session, user: User, groups: Sequence[Group]) -> None:
    session.add_all(Membership(group=group, user=user, capacity=None, is_supervisor=True) for group in groups)
    session.flush()


def today(dunflow: Dunflow) -> dt.date:
    """The lender's date now."""
    with dunflow.business_time():
        return clock.today()


def jump(dunflow: Dunflow, hour: int) -> None:
    """The clock jumps on to that hour: today's if it lies ahead, else tomorrow's. Nothing else is done about it."""
    with dunflow.business_time():
        at = clock.midnight(clock.today()) + dt.timedelta(hours=hour)
        at += dt.timedelta(days=1 if at <= clock.now() else 0)
    with dunflow.writing() as session:
        ticking.jump(session, at)


@dataclass
class Portfolio:
    """What the lender's loan system sends: customers, orders, and money from day to day."""

    customers: int
    random: Random
    owed: dict[str, int] = field(default_factory=dict)  # by order, in whole units
    paid: dict[str, str] = field(default_factory=dict)  # full payments by number, with their day, not yet reversed
    sent: list[str] = field(default_factory=list)  # the numbers of all repayments
    amounts: dict[str, int] = field(default_factory=dict)

    def customers_file(self) -> str:
        rows = (f"K{n},Customer {n},1380000{n:04}\n" for n in range(self.customers))
        return "customer_id,name,phone\n" + "".join(rows)

    def orders_file(self) -> str:
        return ORDERS + "".join(self._orders())

    def _orders(self) -> Iterator[str]:
        first = START.astimezone(clock.DEFAULT_ZONE).date()
        for n in range(self.customers):
            product = "micro" if n % 4 == 3 else "card"
            for part in range(1 + (n % 3 == 0)):
                number, amount = f"O{n}-{part}", self.random.randrange(50, 500)
                due_on = first - dt.timedelta(days=DAYS[n % len(DAYS)] - part * self.random.choice((1, 2, 20)))
                self.owed[number] = amount + 12
                yield f"{number},K{n},{product},CNY,{first - dt.timedelta(days=300)},{due_on},{amount},10,2\n"

    def money_file(self, on: dt.date) -> str:
        """A day's: some pay all, some part, some name no order, some payments of earlier days are taken back."""
        header = "repayment_id,order_id,customer_id,paid_at,amount,reverses\n"
        return header + "".join([*self._reversals(on), *self._payments(on)])

    def _payments(self, on: dt.date) -> Iterator[str]:
        for order in self.random.sample(sorted(self.owed), k=min(len(self.owed), max(3, self.customers // 4))):
            number, kind = f"R{len(self.sent)}", self.random.choice(("all", "all", "part", "customer"))
            owed = self.owed.get(order, 0)
            amount = owed if kind == "all" else max(1, owed // 3)
            named = f"{order}," if kind != "customer" else f",K{order[1:].partition('-')[0]}"
            if kind == "all":
                self.paid[number] = order
                self.owed.pop(order)
            self.sent.append(number)
            self.amounts[number] = amount
            yield f"{number},{named},{on},{amount},\n"

    def _reversals(self, on: dt.date) -> Iterator[str]:
        for number in [each for each in self.paid if self.random.random() < 0.25]:
            order = self.paid.pop(number)
            self.owed[order] = self.amounts[number]
            self.sent.append(f"{number}X")
            yield f"{number}X,{order},,{on},{self.amounts[number]},{number}\n"


def send(dunflow: Dunflow, kind: str, text: str) -> int:
    """A file is stored to be imported, as a page would; a worker finds it. Gives the run's id."""
    with dunflow.business_time(), dunflow.writing() as session:
        return importing.begin(session, kind, text.encode(), f"{kind}.csv", by_id=None).id
