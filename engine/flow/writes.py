"""The rows one act, or one batch of acts, leaves behind: collected while it runs, written with few statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, insert, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from engine.errors import Conflict
from engine.models import Base, HistoryEntry, Instance, Subscription, Timer, UserTask

Row = dict[str, Any]
Key = tuple[int, str, str]  # instance, token, element
WAITS: tuple[type[Base], ...] = (UserTask, Timer, Subscription)


def table(model: type[Base]) -> Table:
    """The table behind a model."""
    found = model.__table__
    assert isinstance(found, Table)  # noqa: S101 - tells the type checker what declarative models always have
    return found


def _at(rows: Table) -> Any:
    return (
        (rows.c.instance_id == bindparam("at_instance"))
        & (rows.c.token == bindparam("at_token"))
        & (rows.c.element == bindparam("at_element"))
    )


_INSTANCES, _TIMERS = table(Instance), table(Timer)
_SAVE = (
    update(_INSTANCES)
    .where(_INSTANCES.c.id == bindparam("at_id"), _INSTANCES.c.revision == bindparam("seen"))
    .values(state=bindparam("new_state"), revision=bindparam("new_revision"), ended_at=bindparam("new_ended_at"))
)
_MOVE = update(_TIMERS).where(_at(_TIMERS)).values(due_at=bindparam("new_due_at"))
_DELETE = {model: delete(table(model)).where(_at(table(model))) for model in WAITS}


class Writes:
    """Pending rows of the kernel's own tables."""

    def __init__(self) -> None:
        self._saves: dict[int, Row] = {}
        self._gone: dict[type[Base], list[Row]] = {model: [] for model in WAITS}
        self._new: dict[type[Base], dict[Key, Row]] = {model: {} for model in WAITS}
        self._moved: dict[Key, Row] = {}
        self._history: list[Row] = []
        self._added: dict[type[Base], list[Row]] = {}

    def save(self, instance_id: int, seen: int, state: bytes, ended_at: dt.datetime | None) -> None:
        """The instance's state after an act on revision `seen`; of several acts only the last is written."""
        first = self._saves.get(instance_id)
        self._saves[instance_id] = {
            "at_id": instance_id,
            "seen": first["seen"] if first else seen,
            "new_state": state,
            "new_revision": seen + 1,
            "new_ended_at": ended_at,
        }

    def delete(self, model: type[Base], key: Key) -> None:
        """A wait is over; one that was never written is simply forgotten."""
        if self._new[model].pop(key, None) is None:
            instance, token, element = key
            self._gone[model].append({"at_instance": instance, "at_token": token, "at_element": element})
            self._moved.pop(key, None)

    def insert(self, model: type[Base], key: Key, row: Mapping[str, Any]) -> None:
        """A new wait."""
        instance, token, element = key
        self._new[model][key] = {"instance_id": instance, "token": token, "element": element, **row}

    def move(self, key: Key, due_at: dt.datetime | None) -> None:
        """A timer's date changed."""
        fresh = self._new[Timer].get(key)
        if fresh is not None:
            fresh["due_at"] = due_at
            return
        instance, token, element = key
        self._moved[key] = {
            "at_instance": instance,
            "at_token": token,
            "at_element": element,
            "new_due_at": due_at,
        }

    def history(self, row: Row) -> None:
        """An entry of the history."""
        self._history.append(row)

    def add(self, model: type[Base], row: Row) -> None:
        """A row of the domain that nobody reads back within the act or batch."""
        self._added.setdefault(model, []).append(row)

    def flush(self, session: Session) -> None:
        """Write everything. Raises Conflict when an instance was changed by somebody else since it was read."""
        connection = session.connection()
        if self._saves:
            _save(connection, list(self._saves.values()))
        for model, rows in self._gone.items():
            _many(connection, _DELETE[model], rows)
        _many(connection, _MOVE, list(self._moved.values()))
        for model, fresh in self._new.items():
            _many(connection, _insert(model), list(fresh.values()))
        _many(connection, _insert(HistoryEntry), self._history)
        for model, rows in self._added.items():
            connection.execute(_insert(model), rows)  # the domain's own: what a row does not say has a default
        Writes.__init__(self)


def flush(session: Session) -> None:
    """Writes what acts changed of the domain's rows: `session.flush()`, with a short cut where one row changed.

    An act on a case changes one row, the case. The unit of work takes 0.19 ms to find that out, of 1.4 ms for the whole
    act; this takes 0.05. The row counts as not yet read afterwards.
    """
    dirty = list(session.dirty)
    changed = _changed_columns(dirty[0]) if len(dirty) == 1 and not session.new and not session.deleted else ()
    if not changed:
        session.flush()
        return
    row = dirty[0]
    values = {"at_id": row.id, **{f"new_{name}": getattr(row, name) for name in changed}}
    _many(session.connection(), _update(table(type(row)), changed), [values])
    session.expire(row)


def _changed_columns(row: Any) -> tuple[str, ...]:
    """The columns of a row that were changed since it was read; none if it is more than columns that changed."""
    state = inspect(row)
    changed = state.manager.keys() - state.unmodified
    simple = "id" in state.manager and changed.issubset(state.mapper.column_attrs.keys())
    return tuple(sorted(changed)) if simple else ()


@cache
def _update(rows: Table, names: tuple[str, ...]) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(rows).where(rows.c.id == bindparam("at_id")).values(values)


@cache
def _insert(model: type[Base]) -> Executable:
    """Without asking for the new row's id, which nobody needs here."""
    return insert(table(model)).inline()


def _save(connection: Connection, saves: Sequence[Row]) -> None:
    done = _many(connection, _SAVE, saves)
    if done not in (len(saves), -1):
        raise Conflict(what="The case")


def _many(connection: Connection, statement: Executable, rows: Sequence[Row]) -> int:
    if not rows:
        return 0
    return _prepared(statement, tuple(rows[0]), connection.dialect).run(connection, rows)


class _Prepared:
    """A statement compiled once for one set of parameters: SQLAlchemy's compiler, and none of its bookkeeping after.

    An act writes half a dozen rows of whose columns none is left to a default. To find the compiled statement again and
    to set up a result that nobody reads took 15 microseconds each, a tenth of a whole act on SQLite.
    """

    def __init__(self, statement: Any, names: tuple[str, ...], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        self._text = str(compiled)
        self._positions: Sequence[str] | None = compiled.positiontup
        self._convert = {
            name: convert
            for bound, name in compiled.bind_names.items()
            if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Writes the rows; gives how many there were to write."""
        values = [self._values(row) for row in rows]
        return connection.exec_driver_sql(self._text, values if len(values) > 1 else values[0]).rowcount

    def _values(self, row: Row) -> Any:
        converted = {**row, **{name: convert(row[name]) for name, convert in self._convert.items()}}
        return converted if self._positions is None else tuple(converted[name] for name in self._positions)


@lru_cache(maxsize=500)
def _prepared(statement: Executable, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    return _Prepared(statement, names, dialect)
