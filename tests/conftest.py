"""What every test may ask for: an empty database of its own on SQLite and PostgreSQL, and a wired Dunflow on it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session, sessionmaker

from engine import schema
from engine.db import begin_write, make_engine
from engine.models import Base
from engine.settings import Settings
from engine.wiring import Dunflow, build
from tests.databases import Postgres, postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KINDS = ("sqlite", "postgresql")
Create = Callable[[], str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*KINDS, "both"), default="both", help="which databases tests run on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for `database`, directly or not, runs once on each kind."""
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database", KINDS if chosen == "both" else (chosen,), indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: Postgres) -> str:
    url = postgres_server.create()
    _create_tables(url)
    return str(make_url(url).database)


def _create_tables(url: str) -> None:
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:  # as an upgrade leaves it; `test_schema` compares the two
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": schema.head()})
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database of the test's own, with all tables and no rows."""
    if request.param == "sqlite":
        path = tmp_path / "dunflow.db"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    url = server.create(request.getfixturevalue("empty_postgres"))
    yield url
    server.drop(url)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of an installation on that database, its files in the test's folder."""
    return Settings(data_dir=tmp_path / "data", database_url=database, secret_key="secret of the tests")  # noqa: S106


@pytest.fixture
def dunflow(settings: Settings) -> Iterator[Dunflow]:
    """A wired process on that database."""
    with contextlib.closing(build(settings)) as wired:
        yield wired


@pytest.fixture
def sessions(dunflow: Dunflow) -> sessionmaker[Session]:
    """Sessions on that database that carry the kernel; the test commits by itself."""
    return dunflow.sessions


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction that writes, undone at the end."""
    with sessions() as opened:
        begin_write(opened)
        yield opened
        opened.rollback()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests that need one; Playwright allows only one at a time."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only tests with a browser need it

    from tests.browser.chromium import launch  # noqa: PLC0415

    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()
