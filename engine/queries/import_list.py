"""Imports as a list: what was loaded, by whom, how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.models import ImportRun, User


@dataclass(frozen=True)
class RunRow:
    """A run, and who began it."""

    run: ImportRun
    by: str | None


def page(session: Session, *, offset: int = 0, limit: int = 50) -> tuple[list[RunRow], int]:
    """Runs, newest first, and how many there are."""
    total = session.scalar(select(func.count(ImportRun.id))) or 0
    query = select(ImportRun, User.name).outerjoin(User, User.id == ImportRun.by_id).order_by(ImportRun.id.desc())
    return [RunRow(run, name) for run, name in session.execute(query.offset(offset).limit(limit))], total


def one(session: Session, run_id: int) -> RunRow:
    """A run. Raises NotFound."""
    query = select(ImportRun, User.name).outerjoin(User, User.id == ImportRun.by_id)
    found = session.execute(query.where(ImportRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound(what="import", key=run_id)
    return RunRow(*found)
