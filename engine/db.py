"""Connecting to SQLite or PostgreSQL, and the one way to begin a transaction that writes."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

WRITES = "dunflow_writes"
BUSY_TIMEOUT_MS = 30_000


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; plain `postgresql://` is taken as psycopg."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: psycopg.Connection[Any], _record: Any) -> None:
    """Many short statements on disks without a head to move: rows are worth fetching one by one, programs are not
    worth compiling. With the defaults, made for the opposite, lists of a few cases among a million read far too much.
    """
    for setting in ("random_page_cost = 1.1", "jit = off"):
        connection.execute(f"SET {setting}")
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late to read consistently
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes the write lock at once, so that it can never fail to upgrade later."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep what they loaded after a commit; whoever needs fresh rows begins a new transaction."""
    return sessionmaker(engine, expire_on_commit=True, autoflush=False)


def begin_write(session: Session) -> None:
    """Begin a transaction that will write. Nothing may have been read in this session's present transaction."""
    session.connection(execution_options={WRITES: True})


def is_sqlite(session: Session) -> bool:
    """Whether this session talks to SQLite, where one writer at a time replaces row locks."""
    return session.get_bind().dialect.name == "sqlite"
