"""The tables that migrations make are those the models say, on both databases; newer and foreign ones are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from engine import schema
from engine.db import make_engine
from engine.models import Base
from tests.databases import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/bare.db"
        server = None
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create()
    engine = make_engine(url)
    yield engine
    engine.dispose()
    if isinstance(server, Postgres):
        server.drop(url)


def test_an_upgrade_makes_what_the_models_say(bare: Engine) -> None:
    assert schema.upgrade(bare)
    assert schema.differences(bare) == []
    assert set(Base.metadata.tables) < set(inspect(bare).get_table_names())
    schema.check(bare)


def test_a_second_upgrade_has_nothing_to_do(bare: Engine) -> None:
    schema.upgrade(bare)
    assert not schema.upgrade(bare)


def test_a_database_of_a_newer_version_is_refused(bare: Engine) -> None:
    schema.upgrade(bare)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (schema.upgrade, schema.check):
        with pytest.raises(schema.DatabaseNewer, match="9999"):
            act(bare)


def test_somebody_elses_database_is_left_alone(bare: Engine) -> None:
    with bare.begin() as connection:
        connection.execute(text("CREATE TABLE accounts (id INTEGER)"))
    with pytest.raises(schema.DatabaseForeign, match="accounts"):
        schema.upgrade(bare)
    assert inspect(bare).get_table_names() == ["accounts"]


def test_an_empty_database_is_outdated_until_it_is_upgraded(bare: Engine) -> None:
    with pytest.raises(schema.DatabaseOutdated):
        schema.check(bare)


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/missing/dunflow.db")
    with pytest.raises(schema.DatabaseUnreachable, match="unable to open database file"):
        schema.upgrade(engine)
    engine.dispose()
