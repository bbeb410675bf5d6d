"""Releases as analysts see them: who made, approved and published them, their files, and what runs on each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.models import (
    Definition,
    HistoryEntry,
    Instance,
    Release,
    ReleaseDefinition,
    ReleaseStatus,
    Role,
    Stage,
    Timer,
    User,
    UserTask,
)

MOST = 500
TOLD = ("release_submitted", "release_taken_back", "release_approved", "release_rejected", "release_published")
_Maker, _Decider, _Publisher = aliased(User), aliased(User), aliased(User)


@dataclass(frozen=True)
class ReleaseRow:
    """A release with the names of its people, how many files it has, and how many open cases run on it."""

    release: Release
    made_by: str | None
    decided_by: str | None
    published_by: str | None
    files: int
    cases: int


@dataclass(frozen=True)
class FileRow:
    """A file of a release: which version it is, who made that and when."""

    filename: str
    version: int
    content_hash: str
    author: str | None
    created_at: dt.datetime
    definition_id: int


@dataclass(frozen=True)
class Running:
    """What runs on a release: instances by process, and by process how many wait at each element."""

    instances: Mapping[str, int]
    waiting: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Event:
    """Something that became of a release."""

    at: dt.datetime
    kind: str
    who: str | None


def all_releases(session: Session) -> list[ReleaseRow]:
    """Every release, newest first."""
    rows = session.execute(_query().order_by(Release.id.desc()).limit(MOST)).all()
    cases = _cases(session, [row[0].id for row in rows])
    return [ReleaseRow(*row, cases=cases.get(row[0].id, 0)) for row in rows]


def one(session: Session, release_id: int) -> ReleaseRow:
    """A release. Raises NotFound."""
    row = session.execute(_query().where(Release.id == release_id)).one_or_none()
    if row is None:
        raise NotFound(what="release", key=release_id)
    return ReleaseRow(*row, cases=_cases(session, [release_id]).get(release_id, 0))


def file_rows(session: Session, release_id: int) -> list[FileRow]:
    """The files of a release by name."""
    rows = session.execute(
        select(
            ReleaseDefinition.filename,
            Definition.version,
            Definition.content_hash,
            User.name,
            Definition.created_at,
            Definition.id,
        )
        .join(Definition, Definition.id == ReleaseDefinition.definition_id)
        .outerjoin(User, User.id == Definition.author_id)
        .where(ReleaseDefinition.release_id == release_id)
        .order_by(ReleaseDefinition.filename)
    )
    return [FileRow(*row) for row in rows]


def running(session: Session, release_id: int) -> Running:
    """How many instances of a release run, and wait at each user task and date; nothing about whose they are."""
    open_ = (Instance.release_id == release_id, Instance.ended_at.is_(None))
    instances = session.execute(
        select(Instance.process, func.count(Instance.id)).where(*open_).group_by(Instance.process)
    )
    waiting: dict[str, dict[str, int]] = {}
    for kind in (UserTask, Timer):
        rows = session.execute(
            select(Instance.process, kind.element, func.count(kind.id))
            .join(Instance, Instance.id == kind.instance_id)
            .where(*open_)
            .group_by(Instance.process, kind.element)
        )
        for process, element, count in rows:
            waiting.setdefault(process, {})[element] = count
    return Running({row[0]: row[1] for row in instances}, waiting)


def events(session: Session, release_id: int) -> Sequence[Event]:
    """What became of a release, newest first."""
    rows = session.execute(
        select(HistoryEntry.at, HistoryEntry.kind, User.name)
        .outerjoin(User, User.id == HistoryEntry.actor_id)
        .where(HistoryEntry.kind.in_(TOLD), HistoryEntry.release_id == release_id)
        .order_by(HistoryEntry.id.desc())
    )
    return [Event(*row) for row in rows]


def waiting_count(session: Session, user: User) -> int:
    """How many releases wait for somebody else's approval, which may be this person's."""
    if not user.has_role(Role.ANALYST, Role.MANAGER):
        return 0
    query = select(func.count(Release.id)).where(
        Release.status == ReleaseStatus.SUBMITTED, Release.created_by_id.is_distinct_from(user.id)
    )
    return session.scalar(query) or 0


def _query() -> Select[Release, str, str, str, int]:
    files = select(func.count()).where(ReleaseDefinition.release_id == Release.id).correlate(Release).scalar_subquery()
    return (
        select(Release, _Maker.name, _Decider.name, _Publisher.name, files)
        .outerjoin(_Maker, _Maker.id == Release.created_by_id)
        .outerjoin(_Decider, _Decider.id == Release.decided_by_id)
        .outerjoin(_Publisher, _Publisher.id == Release.published_by_id)
    )


def _cases(session: Session, release_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Instance.release_id, func.count(Instance.id))
        .where(
            Instance.release_id.in_(release_ids),
            Instance.ended_at.is_(None),
            Instance.process.in_([str(stage) for stage in Stage]),
        )
        .group_by(Instance.release_id)
    )
    return {row[0]: row[1] for row in rows}
