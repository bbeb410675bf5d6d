"""The request's SQLAlchemy session: reads for GET, one write transaction for everything else, committed at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from flask_sqlalchemy import SQLAlchemy

from engine import db as engine_db
from engine.flow.kernel import KERNEL
from engine.models import Base
from engine.wiring import Dunflow

View = TypeVar("View", bound=Callable[..., object])
HOUSE = "dunflow-house"
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Database(SQLAlchemy):
    """Flask-SQLAlchemy over the engine that workers use too, so that both speak to SQLite in the same way."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> sa.Engine:
        wired: Dunflow = app.extensions[HOUSE]
        return wired.engine


db = Database(metadata=Base.metadata, session_options={"autoflush": False, "expire_on_commit": True})


def attach(app: Flask, wired: Dunflow) -> None:
    """Let the application's sessions use the wired process's connections."""
    app.extensions[HOUSE] = wired
    db.init_app(app)


def house() -> Dunflow:
    """The wired process behind this application: settings, kernel, sessions of one's own."""
    wired: Dunflow = current_app.extensions[HOUSE]
    return wired


def begin() -> None:
    """Before the first query of a request that may change something: take the write lock (SQLite) at once.

    A view that only reads although it is no GET, or that begins by itself later, is marked with `reads_only`.
    """
    db.session().info[KERNEL] = house().kernel
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in READS and not getattr(view, "reads_only", False):
        engine_db.begin_write(db.session())
        g.writes = True


def begin_late() -> None:
    """For a view marked `reads_only` that has done what takes long: forget what was read, begin to write now."""
    db.session.rollback()
    engine_db.begin_write(db.session())
    g.writes = True


def finish(ok: bool) -> None:
    """Commit what a writing request did when it succeeded; undo everything else."""
    if ok and g.get("writes"):
        db.session.commit()
    else:
        db.session.rollback()


def reads_only(view: View) -> View:
    """Marks a view that answers a POST without writing."""
    view.reads_only = True  # type: ignore[attr-defined]
    return view
