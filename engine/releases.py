"""Releases in SQL: files stored once by content, put together, decided by a second person, published for new cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.errors import Conflict, Invalid, NotFound, NotPermitted
from engine.flow import kernel as kernels
from engine.flow.catalogue import compiled, files
from engine.flow.checks import FileReport, check_release
from engine.flow.definitions import content_hash
from engine.flow.findings import Text
from engine.models import Definition, Release, ReleaseDefinition, ReleaseStatus


class WrongStatus(Conflict):
    """Release {release} is {status}; it must be {needed} for that."""


class NotYourDraft(NotPermitted):
    """Only whoever began this draft may change it; begin one of your own."""


class OtherPublished(Conflict):
    """Meanwhile release {release} was published; look at what this one differs in from it, and decide again."""


class WouldUndo(Conflict):
    """This release would undo what release {release} changed in {files}; say that this is meant."""


class NothingNew(Invalid):
    """The draft holds the same files as the present release; there is nothing to approve."""


class ReleaseHasErrors(Invalid):
    """The release has {count} errors and cannot run; see the findings."""


STATUS_WORDS = {
    ReleaseStatus.DRAFT: Text("a draft", "草稿"),
    ReleaseStatus.SUBMITTED: Text("waiting for approval", "待审批"),
    ReleaseStatus.APPROVED: Text("approved", "已批准"),
    ReleaseStatus.PUBLISHED: Text("published", "已发布"),
    ReleaseStatus.RETIRED: Text("retired", "已停用"),
    ReleaseStatus.REJECTED: Text("rejected", "已驳回"),
}


@dataclass(frozen=True)
class Change:
    """How one file of a release differs from the release it is compared with."""

    filename: str
    kind: str  # added, changed, removed, same
    before: bytes | None
    after: bytes | None


def draft(
    session: Session,
    contents: Mapping[str, bytes],
    *,
    note: str,
    by_id: int | None,
    based_on_id: int | None = None,
) -> Release:
    """A new draft that holds exactly these files."""
    release = Release(
        status=ReleaseStatus.DRAFT, note=note, based_on_id=based_on_id, created_by_id=by_id, created_at=clock.now()
    )
    session.add(release)
    session.flush()
    for name, source in contents.items():
        put(session, release, name, source, by_id=by_id)
    return release


def begin(session: Session, source_id: int, *, by_id: int) -> Release:
    """A new draft with the files of a release that is or was in use: the next version, or the way back to it."""
    source = locked(session, source_id)
    if source.status not in (ReleaseStatus.PUBLISHED, ReleaseStatus.RETIRED):
        raise WrongStatus(release=source.id, status=_word(source.status), needed=_word(ReleaseStatus.PUBLISHED))
    made = draft(session, {}, note="", by_id=by_id, based_on_id=source.id)
    links = session.execute(
        select(ReleaseDefinition.filename, ReleaseDefinition.definition_id).where(
            ReleaseDefinition.release_id == source.id
        )
    )
    for name, definition_id in links.all():
        session.add(ReleaseDefinition(release_id=made.id, filename=name, definition_id=definition_id))
    session.flush()
    return made


def own_draft(session: Session, release_id: int, *, by_id: int) -> Release:
    """A draft that this person began, locked, to be changed. Raises NotFound, WrongStatus, NotYourDraft."""
    release = locked(session, release_id)
    _must_be_own(release, by_id)
    _must_be(release, ReleaseStatus.DRAFT)
    return release


def locked(session: Session, release_id: int) -> Release:
    """A release that nobody else changes before this transaction ends. Raises NotFound."""
    found = session.scalar(
        select(Release).where(Release.id == release_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(what="release", key=release_id)
    return found


def discard(session: Session, release: Release) -> None:
    """Throws a draft away."""
    _must_be(release, ReleaseStatus.DRAFT)
    session.execute(delete(ReleaseDefinition).where(ReleaseDefinition.release_id == release.id))
    session.delete(release)
    session.flush()


def take_back(session: Session, release: Release, *, by_id: int) -> None:
    """Whoever submitted a release goes on changing it; nobody has decided yet."""
    _must_be_own(release, by_id)
    _must_be(release, ReleaseStatus.SUBMITTED)
    release.status = ReleaseStatus.DRAFT
    release.submitted_at = None
    _told(session, release, "release_taken_back", by_id)


def present_id(session: Session) -> int | None:
    """The release that is published, if any is."""
    return session.scalar(select(func.max(Release.id)).where(Release.status == ReleaseStatus.PUBLISHED))


def undone(session: Session, release: Release) -> list[str]:
    """The files that changed since the release it is based on, and that publishing it would change back.

    Of a release begun before the present one was published, that is somebody else's work; a way back to an older
    release means it so.
    """
    present = present_id(session)
    if present is None or release.based_on_id in (None, present) or release.id == present:
        return []
    base, mine, theirs = (_links(session, each) for each in (release.based_on_id, release.id, present))
    return sorted(
        name
        for name in base.keys() | theirs.keys()
        if base.get(name) != theirs.get(name) and mine.get(name) != theirs.get(name)
    )


def confirm(session: Session, release: Release, *, seen_id: int | None, undo: bool) -> None:
    """Whoever decides has seen what differs from the present release. Raises OtherPublished, WouldUndo."""
    present = present_id(session)
    if present != seen_id:
        raise OtherPublished(release=present)
    lost = undone(session, release)
    if lost and not undo:
        raise WouldUndo(release=present, files=", ".join(lost))


def put(session: Session, release: Release, filename: str, source: bytes, *, by_id: int | None) -> None:
    """Puts a file into a draft, replacing one of that name."""
    _must_be(release, ReleaseStatus.DRAFT)
    definition = _definition(session, filename, source, by_id)
    link = session.get(ReleaseDefinition, (release.id, filename))
    if link is None:
        session.add(ReleaseDefinition(release_id=release.id, filename=filename, definition_id=definition.id))
    else:
        link.definition_id = definition.id
    session.flush()


def remove(session: Session, release: Release, filename: str) -> None:
    """Takes a file out of a draft."""
    _must_be(release, ReleaseStatus.DRAFT)
    link = session.get(ReleaseDefinition, (release.id, filename))
    if link is None:
        raise NotFound(what="file", key=filename)
    session.delete(link)
    session.flush()


def check(session: Session, release_id: int) -> list[FileReport]:
    """What the checker says of each file of a release."""
    return check_release(files(session, release_id), kernels.of(session).vocabulary)


def submit(session: Session, release: Release, *, by_id: int | None) -> None:
    """Asks a second person to decide. Raises ReleaseHasErrors."""
    _must_be(release, ReleaseStatus.DRAFT)
    _must_run(session, release)
    present = present_id(session)
    if present is not None and _links(session, present) == _links(session, release.id):
        raise NothingNew(field="release")
    if not release.note.strip():
        raise Invalid(field="note", reason="say what changes and why")
    release.status = ReleaseStatus.SUBMITTED
    release.submitted_at = clock.now()
    _told(session, release, "release_submitted", by_id)


def approve(session: Session, release: Release, *, by_id: int, note: str = "") -> None:
    """A second person agrees. Raises NotPermitted for whoever made any part of it."""
    _decide(session, release, ReleaseStatus.APPROVED, by_id, note)


def reject(session: Session, release: Release, *, by_id: int, note: str) -> None:
    """A second person refuses, with a reason."""
    if not note.strip():
        raise Invalid(field="note", reason="say why")
    _decide(session, release, ReleaseStatus.REJECTED, by_id, note)


def publish(session: Session, release: Release, *, by_id: int | None) -> None:
    """New instances start on this release from now on; running ones stay on theirs."""
    session.scalar(select(Release.id).order_by(Release.id).limit(1).with_for_update())  # one publishes at a time
    first = session.scalar(select(func.count()).where(Release.status == ReleaseStatus.PUBLISHED)) == 0
    if not (first and release.status == ReleaseStatus.DRAFT):
        _must_be(release, ReleaseStatus.APPROVED)
    _must_run(session, release)
    compiled(session, release.id)
    for other in session.scalars(select(Release).where(Release.status == ReleaseStatus.PUBLISHED)):
        other.status = ReleaseStatus.RETIRED
    release.status = ReleaseStatus.PUBLISHED
    release.published_at = clock.now()
    release.published_by_id = by_id
    session.flush()
    _told(session, release, "release_published", by_id)


def changes(session: Session, release_id: int, other_id: int | None) -> list[Change]:
    """File by file, how a release differs from another one (`None`: from nothing)."""
    after = files(session, release_id)
    before = files(session, other_id) if other_id is not None else {}
    return [
        Change(name, _kind(before.get(name), after.get(name)), before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
    ]


def _kind(before: bytes | None, after: bytes | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "same" if before == after else "changed"


def _decide(session: Session, release: Release, status: ReleaseStatus, by_id: int, note: str) -> None:
    _must_be(release, ReleaseStatus.SUBMITTED)
    if by_id in authors(session, release):
        raise NotPermitted(act="decide about this release", reason="a second person must, who made no part of it")
    release.status = status
    release.decided_by_id = by_id
    release.decided_at = clock.now()
    release.decision_note = note
    _told(session, release, f"release_{status}", by_id)


def authors(session: Session, release: Release) -> set[int | None]:
    """Who made the release, or a file of it that the release it is based on does not have."""
    old = select(ReleaseDefinition.definition_id).where(ReleaseDefinition.release_id == release.based_on_id)
    new = session.scalars(
        select(Definition.author_id)
        .join(ReleaseDefinition, ReleaseDefinition.definition_id == Definition.id)
        .where(ReleaseDefinition.release_id == release.id, ReleaseDefinition.definition_id.not_in(old))
    )
    return {release.created_by_id, *new}


def _definition(session: Session, filename: str, source: bytes, by_id: int | None) -> Definition:
    digest = content_hash(source)
    found = session.scalar(select(Definition).where(Definition.filename == filename, Definition.content_hash == digest))
    if found is not None:
        return found
    last = session.scalar(select(func.max(Definition.version)).where(Definition.filename == filename)) or 0
    made = Definition(
        filename=filename, content_hash=digest, version=last + 1, source=source, author_id=by_id, created_at=clock.now()
    )
    session.add(made)
    session.flush()
    return made


def _must_be(release: Release, status: ReleaseStatus) -> None:
    if release.status != status:
        raise WrongStatus(release=release.id, status=_word(release.status), needed=_word(status))


def _must_be_own(release: Release, by_id: int) -> None:
    if release.created_by_id != by_id:
        raise NotYourDraft


def _word(status: str) -> Text:
    return STATUS_WORDS[ReleaseStatus(status)]


def _links(session: Session, release_id: int | None) -> dict[str, int]:
    rows = session.execute(
        select(ReleaseDefinition.filename, ReleaseDefinition.definition_id).where(
            ReleaseDefinition.release_id == release_id
        )
    )
    return {row.filename: row.definition_id for row in rows}


def _must_run(session: Session, release: Release) -> None:
    errors = [
        finding for report in check(session, release.id) for finding in report.findings if finding.severity == "error"
    ]
    if errors:
        raise ReleaseHasErrors(field="release", count=len(errors))


def _told(session: Session, release: Release, kind: str, by_id: int | None) -> None:
    history.record(session, kind, actor_id=by_id, release_id=release.id, note=release.note)
