"""Backup and restore: one portable file of all rows, taken from one consistent snapshot while everybody works on.

A zip archive: `manifest.json`, then per table `tables/NAME.msgpack`, a stream of rows (lists of values in the order of
the columns the manifest names). Values are those of the models, not of a database: what SQLite gave, PostgreSQL takes,
and back. Instants are ISO text with offset, amounts decimal text. Signs of life stay behind.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgpack  # type: ignore[import-untyped]  # ships no type information
from sqlalchemy import Connection, Engine, Table, column, func, insert, select, text
from sqlalchemy import table as lightweight
from sqlalchemy.exc import DataError, IntegrityError

from engine import clock, schema
from engine.db import WRITES
from engine.errors import DunflowError
from engine.models import Base, Heartbeat

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1000
INSTANT, DATE, AMOUNT = 1, 2, 3
LARGEST_ROW = 1 << 30
Progress = Callable[[str, int], None]
# what reading a damaged or foreign archive has raised, and what rows that do not fit raise
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    msgpack.UnpackException,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    IntegrityError,
    DataError,
)


class FileProblem(DunflowError):
    """The file {file} cannot be used: {reason}."""


class NotABackup(DunflowError):
    """{file} is no backup of Dunflow, or is damaged: {reason}."""


class BackupNewer(DunflowError):
    """The backup is of a newer version ({found}) than this program ({known}): install the newer program."""


class DatabaseNotEmpty(DunflowError):
    """The database holds data already; add --force to replace it by the backup."""


class RestoreIncomplete(DunflowError):
    """What was restored differs from the backup (table {table}: {found} rows, not {expected}); nothing was changed."""


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself."""

    revision: str
    taken_at: str
    tables: dict[str, dict[str, Any]]  # name -> columns, rows, sha256

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(int(each["rows"]) for each in self.tables.values())


def backup(engine: Engine, file: Path, progress: Progress = lambda _table, _rows: None) -> Manifest:
    """Write all rows to `file`, which appears when it is whole. Raises FileProblem, and what `schema.check` raises."""
    schema.check(engine)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        with zipfile.ZipFile(beside, "x", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            beside.chmod(0o600)
            manifest = _dump(engine, archive, progress)
        beside.replace(file)
    except OSError as error:
        raise FileProblem(file=file, reason=error.strerror or error) from error
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def restore(
    engine: Engine, file: Path, *, force: bool = False, progress: Progress = lambda _table, _rows: None
) -> Manifest:
    """Put a backup's rows in place of all rows, in one transaction, and upgrade what is of an older version.

    Raises NotABackup, BackupNewer, FileProblem, RestoreIncomplete; DatabaseNotEmpty unless forced.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = read_manifest(archive, file)
            _refuse(archive, manifest, file)
            _make_room(engine, manifest, force=force)
            with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                _load(connection, archive, manifest, file, progress)
    except _DAMAGE as error:
        raise NotABackup(
            file=file, reason=str(error).splitlines()[0] if str(error) else type(error).__name__
        ) from error
    except OSError as error:
        raise FileProblem(file=file, reason=error.strerror or error) from error
    schema.upgrade(engine)
    return manifest


def read_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    """What the archive says of itself. Raises NotABackup."""
    try:
        found = json.loads(archive.read(MANIFEST))
        if found["format"] != FORMAT:
            raise NotABackup(file=file, reason=f"format {found['format']}")
        return Manifest(found["revision"], found["taken_at"], found["tables"])
    except (KeyError, ValueError, TypeError) as error:
        raise NotABackup(file=file, reason=MANIFEST) from error


def _tables() -> list[Table]:
    """In an order in which rows find what they point to."""
    return [each for each in Base.metadata.sorted_tables if each.name != Heartbeat.__tablename__]


def _dump(engine: Engine, archive: zipfile.ZipFile, progress: Progress) -> Manifest:
    tables: dict[str, dict[str, Any]] = {}
    with _snapshot(engine) as connection:
        for each in _tables():
            with archive.open(_member(each.name), "w", force_zip64=True) as out:
                rows, digest = _dump_table(connection, each, out)
            tables[each.name] = {"columns": [one.name for one in each.columns], "rows": rows, "sha256": digest}
            progress(each.name, rows)
    manifest = Manifest(schema.head(), clock.real_now().isoformat(), tables)
    archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **vars(manifest)}, indent=1))
    return manifest


def _snapshot(engine: Engine) -> Connection:
    """SQLite's read transaction sees one state throughout (WAL); PostgreSQL is asked to."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection


def _dump_table(connection: Connection, each: Table, out: IO[bytes]) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    query = select(each).order_by(*each.primary_key.columns).execution_options(yield_per=CHUNK)
    for row in connection.execute(query):
        packed = msgpack.packb(list(row), default=_packed, use_bin_type=True)
        digest.update(packed)
        out.write(packed)
        count += 1
    return count, digest.hexdigest()


def _packed(value: Any) -> msgpack.ExtType:
    if isinstance(value, dt.datetime):
        return msgpack.ExtType(INSTANT, value.isoformat().encode())
    if isinstance(value, dt.date):
        return msgpack.ExtType(DATE, value.isoformat().encode())
    if isinstance(value, Decimal):
        return msgpack.ExtType(AMOUNT, str(value).encode())
    raise TypeError(f"no column holds a {type(value).__name__}")


def _unpacked(code: int, data: bytes) -> Any:
    of_code: Mapping[int, Callable[[str], Any]] = {
        INSTANT: dt.datetime.fromisoformat,
        DATE: dt.date.fromisoformat,
        AMOUNT: Decimal,
    }
    return of_code[code](data.decode("ascii"))


def _refuse(archive: zipfile.ZipFile, manifest: Manifest, file: Path) -> None:
    if not schema.is_known(manifest.revision):
        raise BackupNewer(found=manifest.revision, known=schema.head())
    unknown = manifest.tables.keys() - {each.name for each in _tables()}
    missing = {_member(name) for name in manifest.tables} - set(archive.namelist())
    if unknown or missing:
        raise NotABackup(file=file, reason=", ".join(sorted(unknown | missing)))


def _make_room(engine: Engine, manifest: Manifest, *, force: bool) -> None:
    """The tables as they were when the backup was taken, empty or to be emptied."""
    if schema.revision(engine) is None:
        schema.upgrade(engine, manifest.revision)
        return
    schema.upgrade(engine)
    if schema.head() != manifest.revision:
        raise DatabaseNotEmpty  # an older backup goes into a database that has no tables yet
    with engine.connect() as connection:
        if not force and any(connection.scalar(select(1).select_from(each).limit(1)) for each in _tables()):
            raise DatabaseNotEmpty


def _load(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest, file: Path, progress: Progress) -> None:
    """All or nothing: emptied, filled, counted."""
    known = {each.name: each for each in Base.metadata.sorted_tables}
    for each in reversed(Base.metadata.sorted_tables):
        connection.execute(each.delete())
    for name in sorted(manifest.tables, key=[each.name for each in _tables()].index):
        said = manifest.tables[name]
        with archive.open(_member(name)) as source:
            digest = _load_table(connection, known[name], said["columns"], source)
        if digest != said["sha256"]:
            raise NotABackup(file=file, reason=f"{name}: checksum")
        found = connection.scalar(select(func.count()).select_from(known[name])) or 0
        if found != said["rows"]:
            raise RestoreIncomplete(table=name, found=found, expected=said["rows"])
        _go_on_counting(connection, known[name])
        progress(name, found)


def _load_table(connection: Connection, each: Table, columns: list[str], source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    target = lightweight(each.name, *(column(name, each.c[name].type) for name in columns))
    rows = _rows(source, digest.update)
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(target), [dict(zip(columns, row, strict=True)) for row in chunk])
    return digest.hexdigest()


def _rows(source: IO[bytes], seen: Callable[[bytes], None]) -> Iterator[list[Any]]:
    unpacker = msgpack.Unpacker(ext_hook=_unpacked, raw=False, strict_map_key=False, max_buffer_size=LARGEST_ROW)
    while data := source.read(1 << 16):
        seen(data)
        unpacker.feed(data)
        yield from unpacker


def _go_on_counting(connection: Connection, each: Table) -> None:
    """PostgreSQL numbers new rows from where the restored ones end; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for key in each.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{each.name}"', "column": key.name}
        )
        if sequence:
            last = connection.scalar(select(func.max(key))) or 0
            connection.execute(
                text("SELECT setval(:sequence, :last, :used)"),
                {"sequence": sequence, "last": max(last, 1), "used": last > 0},
            )


def _member(name: str) -> str:
    return f"tables/{name}.msgpack"
