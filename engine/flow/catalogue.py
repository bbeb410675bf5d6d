"""Reading releases: which one is published, its files, and its processes ready to run."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.flow import kernel as kernels
from engine.flow.definitions import Release as Compiled
from engine.flow.definitions import compile_release
from engine.models import Definition, Release, ReleaseDefinition, ReleaseStatus


class NoRelease(NotFound):
    """No diagrams have been published yet."""


def published_id(session: Session) -> int:
    """The release that new instances start on. Raises NoRelease."""
    found = session.scalar(select(func.max(Release.id)).where(Release.status == ReleaseStatus.PUBLISHED))
    if found is None:
        raise NoRelease(what="release", key="")
    return int(found)


def compiled(session: Session, release_id: int) -> Compiled:
    """A release ready to run, compiled once per process."""
    kernel = kernels.of(session)
    return kernel.releases.get(
        release_id, lambda: compile_release(files(session, release_id), kernel.vocabulary, key=str(release_id))
    )


def files(session: Session, release_id: int) -> dict[str, bytes]:
    """The files of a release by name."""
    rows = session.execute(
        select(ReleaseDefinition.filename, Definition.source)
        .join(Definition, Definition.id == ReleaseDefinition.definition_id)
        .where(ReleaseDefinition.release_id == release_id)
        .order_by(ReleaseDefinition.filename)
    )
    return {row.filename: row.source for row in rows}
