"""A backup restores to equal rows on either database, from one moment, all or nothing."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from engine import backup, clock, schema
from engine.backup import BackupNewer, DatabaseNotEmpty, FileProblem, NotABackup
from engine.db import make_engine
from engine.demo import clock as demo_clock
from engine.demo import setup
from engine.models import Base, Customer, Heartbeat
from engine.settings import Settings
from engine.wiring import Dunflow, build
from tests.databases import Postgres

CUSTOMERS = 6


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small demo: rows in most tables."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder}/demo.db", clock="demo")
    setup.set_up(settings, CUSTOMERS)
    file = folder / "full.zip"
    engine = make_engine(settings.database_url)
    backup.backup(engine, file)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    server: Postgres | None = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    url = server.create() if server else f"sqlite:///{tmp_path}/bare.db"
    engine = make_engine(url)
    yield engine
    engine.dispose()
    if server:
        server.drop(url)


def test_every_row_comes_back_as_it_was(full: Path, bare: Engine, tmp_path: Path) -> None:
    """From SQLite into each, and from each into SQLite again."""
    backup.restore(bare, full)
    again = tmp_path / "again.zip"
    backup.backup(bare, again)
    other = make_engine(f"sqlite:///{tmp_path}/other.db")
    backup.restore(other, again)
    assert _all_rows(bare) == _all_rows(other) == _all_rows_of(full)
    other.dispose()


def test_what_was_restored_works_on(full: Path, bare: Engine, tmp_path: Path) -> None:
    """New rows find their numbers free, and the days go on."""
    backup.restore(bare, full)
    settings = Settings(data_dir=tmp_path, database_url=bare.url.render_as_string(hide_password=False), clock="demo")
    house: Dunflow = build(settings)
    with house.business_time():
        before = _count(house)
        demo_clock.next_day(house.sessions)
    with house.writing() as session:
        session.add(Customer(customer_no="new", name="New", created_at=clock.real_now()))
    assert _count(house) == before + 1
    house.close()


def test_it_is_of_one_moment_while_others_write(dunflow: Dunflow, tmp_path: Path) -> None:
    """Two rows that are always written together are both in it, or neither."""
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with dunflow.writing() as session:
                session.add(_customer(f"{number}-a"))
                session.flush()
                session.add(_customer(f"{number}-b"))

    writer = threading.Thread(target=write)
    writer.start()
    files = [tmp_path / f"{number}.zip" for number in range(5)]
    for file in files:
        backup.backup(dunflow.engine, file)
    done.set()
    writer.join()
    for number, file in enumerate(files):
        target = make_engine(f"sqlite:///{tmp_path}/{number}.db")
        backup.restore(target, file)
        with target.connect() as connection:
            numbers = [no.split("-")[0] for no in connection.scalars(select(Customer.customer_no))]
        target.dispose()
        assert all(numbers.count(each) == 2 for each in numbers)


def test_signs_of_life_stay_behind(dunflow: Dunflow, bare: Engine, tmp_path: Path) -> None:
    with dunflow.writing() as session:
        session.add(Heartbeat(name="cron", at=_customer("1").created_at, detail={}))
    backup.backup(dunflow.engine, tmp_path / "b.zip")
    backup.restore(bare, tmp_path / "b.zip")
    with bare.connect() as connection:
        assert connection.execute(select(Heartbeat.name)).all() == []


def test_a_database_in_use_is_replaced_only_by_force(full: Path, dunflow: Dunflow, tmp_path: Path) -> None:
    with dunflow.writing() as session:
        session.add(_customer("mine"))
    with pytest.raises(DatabaseNotEmpty):
        backup.restore(dunflow.engine, full)
    assert _count(dunflow) == 1
    backup.restore(dunflow.engine, full, force=True)
    assert _count(dunflow) == CUSTOMERS


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip", "no manifest", "table missing", "other rows"])
def test_a_damaged_backup_changes_nothing(full: Path, dunflow: Dunflow, tmp_path: Path, damage: str) -> None:
    with dunflow.writing() as session:
        session.add(_customer("mine"))
    file = _damaged(full, tmp_path / "damaged.zip", damage)
    with pytest.raises(NotABackup):
        backup.restore(dunflow.engine, file, force=True)
    assert _count(dunflow) == 1


def test_a_newer_backup_is_refused(full: Path, bare: Engine, tmp_path: Path) -> None:
    file = _rewritten(full, tmp_path / "newer.zip", lambda manifest: manifest | {"revision": "9999"})
    with pytest.raises(BackupNewer, match="9999"):
        backup.restore(bare, file)
    assert schema.revision(bare) is None


def test_a_place_that_cannot_be_written_is_one_sentence(dunflow: Dunflow, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="No such file or directory"):
        backup.backup(dunflow.engine, tmp_path / "nowhere" / "b.zip")


def test_a_failed_backup_leaves_the_last_one(tmp_path: Path) -> None:
    kept = tmp_path / "b.zip"
    kept.write_bytes(b"the last one")
    empty = make_engine(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(schema.DatabaseOutdated):
        backup.backup(empty, kept)
    empty.dispose()
    assert kept.read_bytes() == b"the last one"
    assert [path.name for path in tmp_path.glob(".*")] == []


def _damaged(full: Path, file: Path, damage: str) -> Path:
    content = bytearray(full.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        with zipfile.ZipFile(full) as archive:
            place = archive.getinfo("tables/loan_orders.msgpack").header_offset + 200
        content[place] ^= 0xFF
        file.write_bytes(content)
    elif damage == "no zip":
        file.write_bytes(b"customer_id,name\n")
    elif damage == "no manifest":
        _copy(full, file, without="manifest.json")
    elif damage == "table missing":
        _copy(full, file, without="tables/customers.msgpack")
    else:
        _rewritten(full, file, _other_checksum)
    return file


def _other_checksum(manifest: dict[str, Any]) -> dict[str, Any]:
    manifest["tables"]["customers"]["sha256"] = "0" * 64
    return manifest


def _copy(full: Path, file: Path, without: str = "", manifest: dict[str, Any] | None = None) -> None:
    with zipfile.ZipFile(full) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            if name == "manifest.json" and manifest is not None:
                target.writestr(name, json.dumps(manifest))
            elif name != without:
                target.writestr(name, source.read(name))


def _rewritten(full: Path, file: Path, change: Any) -> Path:
    with zipfile.ZipFile(full) as source:
        manifest = json.loads(source.read("manifest.json"))
    _copy(full, file, manifest=change(manifest))
    return file


def _all_rows(engine: Engine) -> dict[str, list[Any]]:
    tables = [each for each in Base.metadata.sorted_tables if each.name != "heartbeats"]
    with engine.connect() as connection:
        return {
            each.name: [tuple(row) for row in connection.execute(select(each).order_by(*each.primary_key.columns))]
            for each in tables
        }


def _all_rows_of(full: Path) -> dict[str, list[Any]]:
    """The rows of the database the backup was taken from, which stands beside it."""
    engine = make_engine(f"sqlite:///{full.with_name('demo.db')}")
    rows = _all_rows(engine)
    engine.dispose()
    assert sum(1 for each in rows.values() if each) > 15
    return rows


def _customer(number: str) -> Customer:
    return Customer(customer_no=number, name=number, created_at=clock.real_now())


def _count(house: Dunflow) -> int:
    with house.sessions() as session:
        return len(session.scalars(select(Customer.id)).all())
