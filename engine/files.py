"""Photos and documents of a customer: added, opened, deleted; each recorded. The bytes are kept in the database."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, history, parameters, pictures
from engine.errors import Invalid, NotFound
from engine.models import Case, CustomerFile, FileContent

KINDS = ("id_card", "bank_card", "selfie", "document")
MEGABYTE = 1024 * 1024
_MOST_FILES = 200
_NAME = 120


class FileKnown(Invalid):
    """This file is there already: {name}."""


@dataclass(frozen=True)
class NewFile:
    """What was sent: `kind` is one of `KINDS`; the name is only shown, the content says what it is."""

    kind: str
    name: str
    content: bytes


def add(session: Session, case: Case, new: NewFile, *, actor_id: int) -> CustomerFile:
    """A file of the case's customer, whose row is locked. Raises Invalid, by field, and FileKnown."""
    if new.kind not in KINDS:
        raise Invalid(field="kind", reason="choose one of the answers offered")
    if not new.content:
        raise Invalid(field="file", reason="choose a file that is not empty")
    if len(new.content) > int(parameters.value(session, "file_megabytes")) * MEGABYTE:
        raise Invalid(field="file", reason="the file is larger than is allowed")
    digest = hashlib.sha256(new.content).hexdigest()
    there = listed(session, case.customer_id)
    if len(there) >= _MOST_FILES:
        raise Invalid(field="file", reason="the customer has as many files as can be kept")
    for each in there:
        if each.sha256 == digest:
            raise FileKnown(field="file", name=each.name)
    kept = pictures.kept(new.content)
    file = CustomerFile(
        customer_id=case.customer_id,
        case_id=case.id,
        kind=new.kind,
        name=_shown_name(new.name),
        media_type=kept.media_type,
        bytes=len(kept.content),
        sha256=digest,
        added_by_id=actor_id,
        added_at=clock.now(),
    )
    session.add(file)
    session.flush()
    session.add(FileContent(file_id=file.id, content=kept.content, thumbnail=kept.thumbnail))
    session.flush()
    history.record(session, "file_added", case=case, actor_id=actor_id, file_id=file.id, file_kind=file.kind)
    return file


def listed(session: Session, customer_id: int) -> list[CustomerFile]:
    """The customer's files, the newest first; deleted ones are left out."""
    query = select(CustomerFile).where(CustomerFile.customer_id == customer_id, CustomerFile.deleted_at.is_(None))
    return list(session.scalars(query.order_by(CustomerFile.id.desc())))


def found(session: Session, case: Case, file_id: int) -> CustomerFile:
    """A file of the case's customer. Raises NotFound, for deleted ones too."""
    file = session.get(CustomerFile, file_id)
    if file is None or file.customer_id != case.customer_id or file.deleted_at is not None:
        raise NotFound(what="file", key=file_id)
    return file


def opened(session: Session, case: Case, file_id: int, *, actor_id: int) -> tuple[CustomerFile, bytes]:
    """A file with its content, which is recorded. Raises NotFound."""
    file = found(session, case, file_id)
    history.record(session, "file_opened", case=case, actor_id=actor_id, file_id=file.id, file_kind=file.kind)
    return file, session.get_one(FileContent, file.id).content


def thumbnail(session: Session, case: Case, file_id: int) -> bytes:
    """The small picture of an image, too small to be read. Raises NotFound."""
    file = found(session, case, file_id)
    small = session.scalar(select(FileContent.thumbnail).where(FileContent.file_id == file.id))
    if small is None:
        raise NotFound(what="file", key=file_id)
    return small


def delete(session: Session, case: Case, file_id: int, reason: str, *, actor_id: int) -> None:
    """Nobody sees it any more; what and why stays in history. Raises NotFound, Invalid without a reason."""
    file = found(session, case, file_id)
    if not reason.strip():
        raise Invalid(field="reason", reason="say why")
    file.deleted_at, file.deleted_by_id, file.deletion_reason = clock.now(), actor_id, reason.strip()[:1000]
    history.record(
        session,
        "file_deleted",
        case=case,
        actor_id=actor_id,
        file_id=file.id,
        file_kind=file.kind,
        note=file.deletion_reason,
    )


def _shown_name(name: str) -> str:
    """The last part of a path, without what cannot be shown or stored."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(each for each in last if each.isprintable()).strip(" .")
    return plain[-_NAME:] or "file"
