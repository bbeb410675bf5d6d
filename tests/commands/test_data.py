"""`dunflow import`, `replay`, `backup`, `restore`, `users`, and looking after what failed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from engine import clock, dead_letters, installing
from engine.models import Customer, LoanOrder, OutboxMessage, User
from engine.wiring import Dunflow
from tests.commands.conftest import Command
from tests.databases import Postgres
from tests.replay.files import Span
from tests.replay.independent import count
from tests.replay.playing import comparable
from tests.replay.portfolios import portfolio

CUSTOMERS = "customer_id,name,phone\nC1,王芳,15400000001\nC2,Ann,15400000002\n"
ORDERS = (
    "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"
    "O1,C1,card,CNY,2026-01-01,2026-02-01,100,0,0\n"
    "O2,C9,card,CNY,2026-01-01,2026-02-01,100,0,0\n"
)


@pytest.fixture
def published(house: Dunflow) -> Dunflow:
    with house.writing() as session:
        installing.publish_packaged(session)
    return house


def test_files_are_imported_once(dunflow: Command, published: Dunflow, tmp_path: Path) -> None:
    file = _file(tmp_path, "customers.csv", CUSTOMERS.encode("gb18030"))
    assert "2 new" in dunflow("import", "customers", str(file)).stdout
    assert "2 unchanged" in dunflow("import", "customers", str(file)).stdout
    assert _count(published, Customer.id) == 2


def test_refused_rows_come_back_to_be_mended(dunflow: Command, published: Dunflow, tmp_path: Path) -> None:
    dunflow("import", "customers", str(_file(tmp_path, "customers.csv", CUSTOMERS.encode())))
    refused = tmp_path / "refused.csv"
    orders = str(_file(tmp_path, "orders.csv", ORDERS.encode()))
    done = dunflow("import", "orders", orders, "--refused", str(refused))
    assert (done.returncode, "1 refused" in done.stdout, "line 3, customer_id" in done.stderr) == (1, True, True)
    assert "O2" in refused.read_text(encoding="utf-8-sig")
    assert _count(published, LoanOrder.id) == 1


def test_strict_is_all_or_nothing_and_dry_run_writes_nothing(
    dunflow: Command, published: Dunflow, tmp_path: Path
) -> None:
    customers = str(_file(tmp_path, "customers.csv", CUSTOMERS.encode()))
    assert "Nothing was written" in dunflow("import", "customers", customers, "--dry-run").stdout
    assert _count(published, Customer.id) == 0
    dunflow("import", "customers", customers)
    orders = str(_file(tmp_path, "orders.csv", ORDERS.encode()))
    assert dunflow("import", "orders", orders, "--strict").returncode == 1
    assert _count(published, LoanOrder.id) == 0


def test_columns_of_other_names_are_mapped(dunflow: Command, published: Dunflow, tmp_path: Path) -> None:
    file = str(_file(tmp_path, "c.csv", "编号,姓名\n1,王芳\n".encode()))
    done = dunflow("import", "customers", file)
    assert (done.returncode, "customer_id" in done.stderr) == (2, True)
    assert dunflow("import", "customers", file, "--mapping", "编号=customer_id,姓名=name").returncode == 0
    assert dunflow("import", "customers", file, "--mapping", "编号").returncode == 2


def test_a_replay_reports_what_the_data_alone_say(dunflow: Command, tmp_path: Path) -> None:
    made = portfolio(Random(42), 8)
    files = made.write(tmp_path)
    out = tmp_path / "report.json"
    done = dunflow("replay", *_replay(files, made), "--json", str(out))
    assert done.returncode == 0, done.stderr
    window = Span(made.start, made.end, ZoneInfo(made.timezone))
    assert comparable(json.loads(out.read_text())) == count(*files, window)


def test_a_replay_is_kept_in_a_database_that_was_empty(
    dunflow: Command, tmp_path: Path, postgres_server: Postgres
) -> None:
    made = portfolio(Random(43), 4)
    files = made.write(tmp_path)
    url = postgres_server.create()
    options = (*_replay(files, made), "--database", url, "--json", str(tmp_path / "out.json"))
    assert dunflow("replay", *options).returncode == 0
    done = dunflow("replay", *options)
    assert (done.returncode, "holds data already" in done.stderr) == (2, True)
    postgres_server.drop(url)


def test_what_was_backed_up_is_restored(dunflow: Command, published: Dunflow, tmp_path: Path) -> None:
    dunflow("import", "customers", str(_file(tmp_path, "customers.csv", CUSTOMERS.encode())))
    file = tmp_path / "backup.zip"
    assert dunflow("backup", str(file)).returncode == 0
    other = {"DUNFLOW_DATA_DIR": str(tmp_path / "other"), "DUNFLOW_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}
    assert dunflow("restore", str(file), **other).returncode == 0
    assert dunflow("restore", str(file), **other).returncode == 2
    assert dunflow("restore", str(file), "--force", **other).returncode == 0
    assert dunflow("restore", str(tmp_path / "none.zip"), **other).returncode == 2


def test_people_are_looked_after(dunflow: Command, house: Dunflow) -> None:
    assert dunflow("users", "create", "cora", "--role", "collector").returncode == 2
    assert "password for the first sign-in" in dunflow("users", "create", "adam", "--role", "administrator").stdout
    assert dunflow("users", "create", "cora", "--name", "Cora", "--role", "collector").returncode == 0
    assert "cora: password" in dunflow("users", "reset-password", "cora").stdout
    assert dunflow("users", "deactivate", "cora").returncode == 0
    assert dunflow("users", "reset-password", "nobody").returncode == 2
    assert "Cora" in dunflow("users", "list").stdout
    with house.sessions() as session:
        assert not session.scalars(select(User).where(User.login == "cora")).one().active


def test_dead_letters_are_listed_and_tried_again(dunflow: Command, house: Dunflow) -> None:
    assert "None." in dunflow("dead-letters").stdout
    now = clock.real_now()
    with house.writing() as session:
        message = OutboxMessage(key="k", kind="text", payload={}, status="dead", next_try_at=now, created_at=now)
        session.add(message)
        session.flush()
        dead_letters.record(session, dead_letters.MESSAGE, {"message_id": message.id}, "Trace…\nthe line is dead")
    assert "the line is dead" in dunflow("dead-letters").stdout
    assert "1 will be tried again" in dunflow("dead-letters", "--retry", "all").stdout
    assert dunflow("dead-letters", "--retry", "1").returncode == 2
    with house.sessions() as session:
        assert session.scalars(select(OutboxMessage)).one().status == "waiting"


def test_incidents_are_none_at_first(dunflow: Command, house: Dunflow) -> None:
    assert "None." in dunflow("incidents").stdout
    assert dunflow("incidents", "--retry", "7").returncode == 2


def test_health_without_workers_is_no_health(dunflow: Command, house: Dunflow) -> None:
    done = dunflow("health", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["well"]) == (1, False)
    assert any("Redis" in problem for problem in told["problems"])


def _replay(files: Any, made: Any) -> tuple[str, ...]:
    named = zip(("--customers", "--orders", "--repayments"), map(str, files), strict=True)
    span = ("--from", f"{made.start}", "--to", f"{made.end}", "--timezone", made.timezone)
    return (*(part for pair in named for part in pair), *span)


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _count(house: Dunflow, column: Any) -> int:
    with house.sessions() as session:
        return session.scalar(select(func.count(column))) or 0
