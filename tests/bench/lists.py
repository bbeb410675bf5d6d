"""`python -m tests.bench.lists [--json] [--quick] [--cases N]`: what a list costs at a million cases.

Two portfolios on a PostgreSQL of the tests' own (`portfolio.py`): ten thousand cases, and a million in which the same
ten thousand are strewn. Measured is what a page asks the database for, from the statement to the objects: the figures
by status and the rows of the page for the case list, the views for the work list, and so on. A supervisor's and a
collector's lists, and a manager's with a filter, find the same cases in both; without a filter a manager's page shows
as many rows in both, and its figures, which find more in the one than in the other, are not compared.

Every query runs on both in turn; a figure is the median of nine, after three that do not count. A ratio is the time at
a million by the time at ten thousand.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, dispatch
from engine.models import Case, Group, LoanOrder, Stage, Status, User
from engine.people import visible_cases
from engine.queries import case_list, request_list, work_list
from engine.queries.case_filters import Wanted
from tests.bench import lender, portfolio
from tests.databases import postgres

SMALL, LARGE = 10_000, 1_000_000
WARM, TIMES = 3, 9
PAGE, LAST_PAGE = 20, 200
SORTS = (
    "days_past_due", "past_due_amount", "total_outstanding", "tier", "last_contact_at", "next_action_at",
    "follow_up_count", "opened_at", "case_no", "customer",
)  # fmt: skip
CLOSED_SORTS = ("days_past_due", "total_outstanding", "last_contact_at", "opened_at", "case_no", "customer")
Query = Callable[[Session, User], object]
Figures = dict[str, dict[str, Any]]


def _page(wanted: Wanted, number: int = 1) -> Query:
    """A page of the case list with its figures, as it opens."""

    def opened(session: Session, user: User) -> object:
        present = case_list.figures(session, user, wanted)[wanted.status]
        at = (number - 1) * PAGE
        return case_list.rows(session, user, wanted, offset=at, limit=PAGE, known=present)

    return opened


def _rows(wanted: Wanted, number: int = 1) -> Query:
    return lambda session, user: case_list.rows(session, user, wanted, offset=(number - 1) * PAGE, limit=PAGE)


def _ids(wanted: Wanted) -> Query:
    return lambda session, user: case_list.ids(session, user, wanted, limit=20_000)


def narrow(session: Session) -> dict[str, Wanted]:
    """Filters that find the same cases in every portfolio: each query field by itself, some together."""
    day, today = portfolio.RARE_DAY, clock.today()
    group = session.scalars(select(Group.id).where(Group.name == "Group 1")).one()
    collector = session.scalars(select(User.id).where(User.login == "c1")).one()
    order = session.execute(select(LoanOrder.order_no, LoanOrder.id).order_by(LoanOrder.id).limit(1)).one()
    days = (today - day).days
    pilot = Wanted(product=portfolio.PILOT)
    return {
        "keyword: name": Wanted(words=portfolio.RARE_NAME),
        "keyword: phone": Wanted(words=portfolio.RARE_PHONE),
        "keyword: identity number": Wanted(words=portfolio.RARE_ID),
        "keyword: order number": Wanted(words=order.order_no),
        "number: case": Wanted(number=f"C{order.id:08d}"),
        "number: order": Wanted(number=order.order_no),
        "name": Wanted(name=portfolio.RARE_NAME),
        "phone": Wanted(phone=portfolio.RARE_PHONE),
        "identity number": Wanted(id_number=portfolio.RARE_ID),
        "name, sorted by name": Wanted(name=portfolio.RARE_NAME, sort="customer"),
        "product": pilot,
        "product, stage": replace(pilot, stage=Stage.PRE_COLLECTION),
        "product, tier": replace(pilot, tiers=["M2"]),
        "product, tiers": replace(pilot, tiers=["M1", "M2"]),
        "product, status": replace(pilot, status=Status.IN_WORK),
        "group": Wanted(groups=[str(group)]),
        "group, tier": Wanted(groups=[str(group)], tiers=["M4"]),
        "collector": Wanted(collectors=[str(collector)]),
        "result": Wanted(results=[portfolio.RARE_RESULT]),
        "days past due": Wanted(days=(days, days + 10)),
        "amount past due": Wanted(amount=(Decimal(95_000), Decimal(96_000))),
        "due": Wanted(due=(day - dt.timedelta(10), day)),
        "opened": Wanted(opened=(day - dt.timedelta(45), day)),
        "last contact": Wanted(last_contact=(None, today - dt.timedelta(880))),
        "next action": Wanted(next_action=(today + dt.timedelta(80), None)),
    }


def queries(session: Session) -> dict[str, tuple[str, Query]]:
    """What is compared: name -> who asks, and what."""
    found: dict[str, tuple[str, Query]] = {}
    narrowed = narrow(session)
    for name, wanted in narrowed.items():
        found[f"manager, filter {name}"] = ("mira", _page(wanted))
    for sort in SORTS:
        for turned in (sort, f"-{sort}"):
            found[f"manager, all open, sort {turned}"] = ("mira", _rows(Wanted(sort=turned)))
    for sort in CLOSED_SORTS:
        found[f"manager, closed, sort -{sort}"] = ("mira", _rows(Wanted(status=Status.CLOSED, sort=f"-{sort}")))
    for number in (2, LAST_PAGE):
        found[f"manager, all open, page {number}"] = ("mira", _rows(Wanted(), number))
    found["manager, all that match"] = ("mira", _ids(narrowed["group"]))
    found["manager, tiers to choose from"] = ("mira", case_list.tiers)
    return found | _supervisors() | _collectors()


def _supervisors() -> dict[str, tuple[str, Query]]:
    scope = {
        "no filter": Wanted(),
        **{
            f"filter status {status}": Wanted(status=status)
            for status in (Status.TO_DISPATCH, Status.IN_WORK, "closed")
        },
        "filter tier": Wanted(tiers=["M2"]),
        "filter product": Wanted(product="card"),
        "filter result": Wanted(results=["promise_full"]),
        "filter keyword": Wanted(words=portfolio.RARE_NAME),
        "filter days past due": Wanted(days=(31, 60)),
        "filter amount": Wanted(amount=(Decimal(1_000), Decimal(5_000))),
        "filter next action": Wanted(next_action=(clock.today(), clock.today() + dt.timedelta(1))),
        "filter nobody's": Wanted(collectors=[case_list.NOBODY]),
        **{f"sort {sort}": Wanted(sort=sort) for sort in SORTS},
    }
    found: dict[str, tuple[str, Query]] = {f"supervisor, {name}": ("susan", _page(it)) for name, it in scope.items()}
    return found | {
        "supervisor, page 2": ("susan", _page(Wanted(), 2)),
        "supervisor, page 50": ("susan", _page(Wanted(), 50)),
        "supervisor, all that match": ("susan", _ids(Wanted())),
        "supervisor, tiers to choose from": ("susan", case_list.tiers),
        "dispatch, waiting list": ("susan", _page(Wanted(status=Status.TO_DISPATCH))),
        "dispatch, by product and tier": ("susan", dispatch.waiting_kinds),
        "requests, how many wait": ("susan", request_list.count),
        "requests, user tasks": ("susan", request_list.tasks_count),
        "requests, open": ("susan", request_list.opened),
        "requests, decided": ("susan", request_list.decided),
    }


def _collectors() -> dict[str, tuple[str, Query]]:
    mine = work_list.Wanted("mine")
    lists = {
        **{f"view {view}": work_list.Wanted(view) for view in work_list.VIEWS},
        "filter customer": replace(mine, customer=portfolio.RARE_NAME),
        "filter tier": replace(mine, tiers=["M2"]),
        "filter days past due": replace(mine, days=(31, 60)),
        **{f"sort {sort}": replace(mine, sort=sort) for sort in ("urgency", "days_past_due", "customer")},
    }

    def page(wanted: work_list.Wanted) -> Query:
        return lambda session, user: (
            work_list.counts(session, user),
            work_list.page(session, user, wanted, limit=PAGE),
        )

    found: dict[str, tuple[str, Query]] = {f"work list, {name}": ("c1", page(it)) for name, it in lists.items()}
    found["work list, neighbours"] = ("c1", lambda session, user: work_list.ids(session, user, mine))
    return found | {"collector, case list": ("c1", _page(Wanted()))}


def apart(session: Session) -> dict[str, tuple[str, Query]]:
    """What finds more in a larger portfolio: told in milliseconds, not compared."""
    return {
        "manager, figures of everything": ("mira", lambda session, user: case_list.figures(session, user, Wanted())),
        "manager, filter tier": ("mira", _page(Wanted(tiers=["M1"]))),
        "manager, filter two tiers": ("mira", _page(Wanted(tiers=["M1", "M2"]))),
        "manager, filter pre-collection": ("mira", _page(Wanted(stage=Stage.PRE_COLLECTION))),
        "manager, filter a common product": ("mira", _page(Wanted(product="card"))),
        "manager, filter a surname": ("mira", _page(Wanted(words=portfolio.SURNAMES[0]))),
        "manager, filter four digits": ("mira", _page(Wanted(words="2345"))),
        "manager, dispatch by product and tier": ("mira", dispatch.waiting_kinds),
        "manager, requests decided": ("mira", request_list.decided),
        "manager, requests open": ("mira", request_list.opened),
        "manager, requests how many wait": ("mira", request_list.count),
    }


@contextmanager
def asked_by(sessions: sessionmaker[Session], login: str) -> Iterator[tuple[Session, User]]:
    """A session in which somebody has signed in: their groups and scopes are read."""
    with sessions() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        session.scalar(select(Case.id).where(visible_cases(user)).limit(1))
        yield session, user


def once(sessions: sessionmaker[Session], login: str, query: Query) -> float:
    """Milliseconds."""
    with asked_by(sessions, login) as (session, user):
        began = time.perf_counter()
        query(session, user)
        return (time.perf_counter() - began) * 1000


def compare(
    sizes: Mapping[int, sessionmaker[Session]], asked: Mapping[str, tuple[str, Query]], warm: int, counted: int
) -> dict[str, Any]:
    """Median milliseconds of every query by size, smallest first."""
    found = {}
    for name, (login, query) in asked.items():
        gc.collect()
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(warm + counted):
            for size, sessions in sizes.items():
                times[size].append(once(sessions, login, query))
        found[name] = {str(size): round(statistics.median(each[warm:]), 2) for size, each in times.items()}
    return found


def measure(small: int, large: int, *, warm: int = WARM, counted: int = TIMES) -> Figures:
    """Both portfolios made, everything compared."""
    with postgres() as server, clock.use(portfolio.AT):
        sizes = {}
        for size in (small, large):
            engine, sizes[size] = lender.prepared(server.create())
            portfolio.fill(engine, size)
        return reported(sizes, warm, counted)


def reported(sizes: Mapping[int, sessionmaker[Session]], warm: int, counted: int) -> Figures:
    """The figures of portfolios that are there."""
    with sizes[min(sizes)]() as session:
        asked, others = queries(session), apart(session)
    told = compare(sizes, asked, warm, counted)
    ratios = {name: round(each[str(max(sizes))] / each[str(min(sizes))], 2) for name, each in told.items()}
    return {"ratios": ratios, "ms": told | compare(sizes, others, warm, counted)}


def told(figures: Figures) -> str:
    """A table, the greatest ratio first."""
    sizes = list(next(iter(figures["ms"].values())))
    lines = [f"{'':52}{sizes[0]:>10}{sizes[1]:>10}  ratio"]
    for name in sorted(figures["ms"], key=lambda name: -figures["ratios"].get(name, 0)):
        one, two = figures["ms"][name].values()
        lines.append(f"{name:52}{one:10.2f}{two:10.2f}{figures['ratios'].get(name, ''):>7}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    parser.add_argument("--cases", type=int, default=LARGE, help=f"cases of the large portfolio (default {LARGE})")
    parser.add_argument("--quick", action="store_true", help="300 against 3000 cases: to see that it works")
    given = parser.parse_args()
    figures = measure(300, 3_000, warm=0, counted=1) if given.quick else measure(SMALL, given.cases)
    print(json.dumps(figures) if given.json else f"{__doc__}\n{told(figures)}")


if __name__ == "__main__":
    main()
