"""The database's schema: brought up to date under a lock, and refused when it is newer than this program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from engine.db import WRITES
from engine.errors import DunflowError
from engine.models import Base, Instance, Release
from engine.models.types import Instant, Money

LOCK = 0x44756E666C6F77  # "Dunflow": PostgreSQL's advisory lock for upgrades
MIGRATIONS = Path(__file__).with_name("migrations")


class DatabaseUnreachable(DunflowError):
    """The database at {url} cannot be used: {reason}. Check DUNFLOW_DATABASE_URL, and that the server runs."""


class DatabaseFileUnusable(DatabaseUnreachable):
    """The database file {file} cannot be used: {reason}. Mend its rights, restore a backup, or name another folder."""


class DatabaseNewer(DunflowError):
    """The database is of a newer version ({found}) than this program ({known}): install the newer program."""


class DatabaseForeign(DunflowError):
    """The database holds tables that are not Dunflow's ({tables}); name an empty one in DUNFLOW_DATABASE_URL."""


class DatabaseOutdated(DunflowError):
    """The database is of an older version ({found}) than this program ({known}); `dunflow up` brings it up to date."""


class DatabaseMissing(DatabaseOutdated):
    """No Dunflow is at {url} yet: `dunflow up` makes one; DUNFLOW_DATA_DIR or DUNFLOW_DATABASE_URL name another."""


def _frozen_type(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """Migrations name plain types, so that a later change of ours does not rewrite the past."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Money):
        return 'sa.Numeric(19, 4).with_variant(sa.BigInteger(), "sqlite")'
    return False


OPTIONS: dict[str, Any] = {"target_metadata": Base.metadata, "render_item": _frozen_type, "compare_type": True}


def upgrade(engine: Engine, to: str = "head") -> bool:
    """Create or upgrade the tables, in one transaction, one process at a time. Whether anything was done.

    Raises DatabaseUnreachable, DatabaseNewer, DatabaseForeign.
    """
    with _reached(engine), engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        found = _revision(connection)
        _refuse_newer(found, connection)
        if found is None:
            _refuse_foreign(connection)
        if found == _target(to):
            return False
        command.upgrade(_config(connection), to)
        return True


def check(engine: Engine) -> None:
    """Raise unless the database is of this program's version; one that is not there is not made.

    Raises DatabaseUnreachable, DatabaseMissing, DatabaseNewer, DatabaseForeign, DatabaseOutdated.
    """
    missing = DatabaseMissing(url=engine.url.render_as_string(hide_password=True))
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        raise missing
    with _reached(engine), engine.connect() as connection:
        found = _revision(connection)
        _refuse_newer(found, connection)
    if found is None:
        raise missing
    if found != head():
        raise DatabaseOutdated(found=found, known=head())


def revision(engine: Engine) -> str | None:
    """The version of the database; None for one without Dunflow's tables. Raises DatabaseUnreachable."""
    with _reached(engine), engine.connect() as connection:
        return _revision(connection)


def head() -> str:
    """The version of this program."""
    return str(_scripts().get_current_head())


def is_known(found: str) -> bool:
    """Whether a version is this program's, or one before it."""
    return any(script.revision == found for script in _scripts().walk_revisions())


def differences(engine: Engine) -> list[Any]:
    """How the tables differ from the models: nothing, after an upgrade."""
    with engine.connect() as connection:
        options = {name: value for name, value in OPTIONS.items() if name != "target_metadata"}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def write_migration(engine: Engine, message: str) -> None:
    """For developers: a new migration from what `differences` finds."""
    with engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _target(to: str) -> str:
    return head() if to == "head" else to


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None, connection: Connection) -> None:
    if found is not None and not is_known(found):
        if not {Release.__tablename__, Instance.__tablename__} <= set(inspect(connection).get_table_names()):
            _refuse_foreign(connection)  # others keep their version in a table of this name too
        raise DatabaseNewer(found=found, known=head())


def _refuse_foreign(connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if tables:
        raise DatabaseForeign(tables=", ".join(sorted(tables)[:5]))


@contextmanager
def _reached(engine: Engine) -> Iterator[None]:
    """A database that does not answer is one clear sentence."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        if engine.dialect.name == "sqlite":
            raise DatabaseFileUnusable(file=engine.url.database, reason=reason) from error
        raise DatabaseUnreachable(url=engine.url.render_as_string(hide_password=True), reason=reason) from error
