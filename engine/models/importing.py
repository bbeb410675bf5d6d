"""Imports: what was asked for and how far it is, the file while it is needed, and each refused row.

File and refusals are rows of their own: SQLite writes a row anew with all that is in it, and each batch writes the run.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class ImportRun(Base):
    """One import of one file: what was in it and what became of it."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # customers, orders, repayments
    filename: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(String(12))  # waiting, running, done, refused, cancelled
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"mapping": {header: column}, "strict": bool, ...}
    rows: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)  # rows dealt with, so that a killed import goes on here
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]


class ImportFile(Base):
    """The file of a run that is not over."""

    __tablename__ = "import_files"

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), primary_key=True)
    source: Mapped[bytes]


class ImportRefusal(Base):
    """A row that was refused, as it came."""

    __tablename__ = "import_refusals"

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # in the file; the header is 1
    column: Mapped[str | None] = mapped_column(String(40))  # of the contract; empty: the row as such
    reason: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    row: Mapped[dict[str, Any]] = mapped_column(default=dict)
