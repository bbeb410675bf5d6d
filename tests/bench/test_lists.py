"""The lists' benchmark works, and what it measures is served by indexes; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, search
from engine.models import Case, Customer, Ending
from engine.queries import case_list
from engine.queries.case_filters import Wanted
from tests.bench import lender, lists, portfolio
from tests.databases import Postgres

CASES = 3_000
LARGE_TABLES = "cases|customers|contacts|search_endings|loan_orders|user_tasks|operation_requests"


@pytest.fixture(autouse=True)
def its_day() -> Iterator[None]:
    with clock.use(portfolio.AT):
        yield


@pytest.fixture(scope="module")
def house(postgres_server: Postgres) -> Iterator[tuple[Engine, sessionmaker[Session]]]:
    with clock.use(portfolio.AT):
        engine, sessions = lender.prepared(postgres_server.create())
        portfolio.fill(engine, CASES)
        yield engine, sessions
    engine.dispose()


def test_the_benchmark_reports_a_ratio_for_every_list() -> None:
    command = [sys.executable, "-m", "tests.bench.lists", "--quick", "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert set(found) == {"ratios", "ms"}
    assert set(found["ratios"]) < set(found["ms"])
    assert min(found["ratios"].values()) > 0
    assert {name.split(",")[0] for name in found["ratios"]} >= {"manager", "supervisor", "collector", "work list"}


def test_no_list_reads_a_whole_table(house: tuple[Engine, sessionmaker[Session]]) -> None:
    engine, sessions = house
    with sessions() as session:
        asked = lists.queries(session)
    for name, (login, query) in asked.items():
        plan = "\n".join(plans(engine, sessions, login, query))
        assert not re.search(rf"Seq Scan on ({LARGE_TABLES})\b", plan), f"{name}\n{plan}"


def test_a_part_of_a_name_is_one_range_of_the_index(house: tuple[Engine, sessionmaker[Session]]) -> None:
    engine, sessions = house
    plan = "\n".join(plans(engine, sessions, "mira", lists._page(Wanted(name=portfolio.RARE_NAME))))
    assert "pk_search_endings" in plan
    assert re.search(r"Index Cond: \(+ending\)*(::text)? >= ", plan), plan


def test_the_portfolio_is_what_the_product_would_have_written(house: tuple[Engine, sessionmaker[Session]]) -> None:
    """Endings as `engine.search` writes them, and cases of the branch that every filter finds."""
    _, sessions = house
    with sessions() as session:
        some = session.scalars(select(Customer.id).order_by(Customer.id).limit(40)).all()
        rows = select(Ending.customer_id, Ending.ending).where(Ending.customer_id.in_(some))
        made = {tuple(row) for row in session.execute(rows)}
        search.index(session, some)
        assert {tuple(row) for row in session.execute(rows)} == made
        assert session.scalar(select(func.count()).select_from(Case)) == CASES
        session.rollback()
    with lists.asked_by(sessions, "mira") as (session, user):
        empty = [
            name
            for name, wanted in lists.narrow(session).items()
            if not sum(each.cases for each in case_list.figures(session, user, wanted).values())
        ]
    assert empty == []


def plans(engine: Engine, sessions: sessionmaker[Session], login: str, query: lists.Query) -> list[str]:
    """How PostgreSQL would answer each statement of a query, were reading whole tables forbidden where it can be."""
    asked: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with lists.asked_by(sessions, login) as (session, user):
        event.listen(engine, "before_cursor_execute", keep)
        query(session, user)
        event.remove(engine, "before_cursor_execute", keep)
        raw = session.connection().connection.cursor()
        raw.execute("SET LOCAL enable_seqscan = off")
        found = []
        for statement, parameters in asked:
            raw.execute(f"EXPLAIN {statement}", parameters)
            found.append("\n".join(line for (line,) in raw.fetchall()))
    return found
