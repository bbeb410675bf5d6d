"""The yardstick: a state machine written by hand for the one step that is measured, through sqlite3 and psycopg.

It completes a follow-up as a careful programmer would without any engine, one plain statement after the other in one
transaction. It reads what it must, and writes the same rows into the same tables as our act: follow-up, case, user
task, timer, subscriptions, draft, history, and a state of one word where ours keeps tokens.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import make_url

from engine import clock

NEXT = {"follow_up": "wait_next"}  # where a completed user task leads
TIMERS = {"wait_next": "next_action_due"}
MESSAGES = {"wait_next": (("taken_up", "take_up"), ("promise_broken", "promise_broken"))}


class Handwritten:
    """One connection to the database, kept open as a process would."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.connection: Any = _sqlite(url) if self.is_sqlite else _postgresql(url)

    def adopt(self, case_ids: range) -> None:
        """Takes over cases that wait at `follow_up`: their state is that word from now on."""
        statement = "UPDATE instances SET state = ? WHERE business_key BETWEEN ? AND ?"
        self._run(statement, b"follow_up", case_ids[0], case_ids[-1])
        self.connection.commit()

    def complete(self, user_task_id: int, form: Mapping[str, Any], actor_id: int) -> None:
        """Completes the user task; raises LookupError when it is gone or the instance was changed meanwhile."""
        if self.is_sqlite:
            self.connection.execute("BEGIN IMMEDIATE")  # psycopg begins by itself
        try:
            self._complete(user_task_id, form, actor_id)
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def _complete(self, user_task_id: int, form: Mapping[str, Any], actor_id: int) -> None:
        self._lock_customer(user_task_id)
        instance_id, customer_id, case_id, release_id, revision, state, token, tier, count = self._one(
            "SELECT i.id, i.lock_key, c.id, i.release_id, i.revision, i.state, t.token, c.tier, c.follow_up_count"
            " FROM user_tasks t JOIN instances i ON i.id = t.instance_id JOIN cases c ON c.id = t.business_key"
            " WHERE t.id = ?",
            user_task_id,
        )
        element = bytes(state).decode()
        following = NEXT[element]
        at, code = self._instant(clock.now()), form["result_code"]
        due_at = self._instant(clock.midnight(dt.date.fromisoformat(form["next_action_on"])))
        self._run("DELETE FROM drafts WHERE case_id = ? AND user_id = ? AND element = ?", case_id, actor_id, element)
        self._run(
            "INSERT INTO follow_ups (case_id, customer_id, user_id, at, tier, result_code, note, next_action_at, form)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}')",
            *(case_id, customer_id, actor_id, at, tier, code, form.get("note", ""), due_at),
        )
        self._run(
            "UPDATE cases SET next_action_at = ?, last_result_code = ?, follow_up_count = ?, status = 'in_work',"
            " revision = revision + 1 WHERE id = ?",
            *(due_at, code, count + 1, case_id),
        )
        self._run("DELETE FROM user_tasks WHERE instance_id = ? AND token = ?", instance_id, token)
        self._wait(following, instance_id, customer_id, due_at)
        self._run(
            "INSERT INTO history (at, actor_id, case_id, customer_id, instance_id, release_id, kind, element, data)"
            " VALUES (?, ?, ?, ?, ?, ?, 'completed', ?, ?)",
            *(at, actor_id, case_id, customer_id, instance_id, release_id, element, json.dumps({"path": [element]})),
        )
        saved = self._run(
            "UPDATE instances SET state = ?, revision = ? WHERE id = ? AND revision = ?",
            *(following.encode(), revision + 1, instance_id, revision),
        )
        if saved.rowcount != 1:
            raise LookupError(f"instance {instance_id} was changed meanwhile")

    def _lock_customer(self, user_task_id: int) -> None:
        """As every act does, so that no two act on one customer; SQLite's one writer needs no such lock."""
        if not self.is_sqlite:
            self._one(
                "SELECT c.id FROM customers c JOIN instances i ON i.lock_key = c.id"
                " JOIN user_tasks t ON t.instance_id = i.id WHERE t.id = ? FOR UPDATE OF c",
                user_task_id,
            )

    def _wait(self, state: str, instance_id: int, customer_id: int, due_at: object) -> None:
        token = uuid.uuid4().hex
        self._run(
            "INSERT INTO timers (instance_id, lock_key, token, element, due_at, priority) VALUES (?, ?, ?, ?, ?, 50)",
            *(instance_id, customer_id, token, TIMERS[state], due_at),
        )
        for element, message in MESSAGES[state]:
            self._run(
                "INSERT INTO subscriptions (instance_id, token, element, message) VALUES (?, ?, ?, ?)",
                *(instance_id, token, element, message),
            )

    def _run(self, statement: str, *values: object) -> Any:
        return self.connection.execute(statement if self.is_sqlite else statement.replace("?", "%s"), values)

    def _one(self, statement: str, *values: object) -> Any:
        row = self._run(statement, *values).fetchone()
        if row is None:
            raise LookupError(f"nothing found by {values}")
        return row

    def _instant(self, at: dt.datetime) -> object:
        """As the product's tables keep it: SQLite's text without offset, PostgreSQL's own type."""
        return at.strftime("%Y-%m-%d %H:%M:%S.%f") if self.is_sqlite else at


def _sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _postgresql(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
