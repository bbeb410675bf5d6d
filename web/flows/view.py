"""A release as a page needs it: its files, what the check says, what differs from the present one, what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from engine import releases
from engine.flow.catalogue import files
from engine.flow.checks import FileReport
from engine.flow.differences import FileDifference, compare
from engine.models import Release, ReleaseStatus, Role, User
from engine.queries import release_list
from engine.queries.release_list import FileRow, ReleaseRow
from web.database import db
from web.flows import content
from web.flows.content import FileEntry
from web.session import me


@dataclass
class View:
    """One release before one person. What costs is worked out when it is first asked for."""

    session: Session
    user: User
    row: ReleaseRow
    present_id: int | None

    @property
    def release(self) -> Release:
        """The row itself."""
        return self.row.release

    @property
    def is_present(self) -> bool:
        """Whether new cases begin on it."""
        return self.release.id == self.present_id

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        on_its_way = (ReleaseStatus.DRAFT, ReleaseStatus.SUBMITTED, ReleaseStatus.APPROVED)
        return self.release.status in on_its_way

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Its files by name."""
        return files(self.session, self.release.id)

    @cached_property
    def present(self) -> Mapping[str, bytes]:
        """The files of the release in use."""
        if self.present_id is None:
            return {}
        return self.files if self.is_present else files(self.session, self.present_id)

    @cached_property
    def rows(self) -> Sequence[FileRow]:
        """Versions, authors and dates of its files."""
        return release_list.file_rows(self.session, self.release.id)

    @cached_property
    def reports(self) -> Sequence[FileReport]:
        """What the check says."""
        return content.reports(self.session, self.release.id, self.rows)

    @cached_property
    def errors(self) -> int:
        """How many findings keep it from running."""
        return sum(len(report.errors) for report in self.reports)

    @cached_property
    def differences(self) -> Sequence[FileDifference]:
        """What differs from the present release."""
        return () if self.is_present or self.present_id is None else compare(self.present, self.files)

    @cached_property
    def entries(self) -> Sequence[FileEntry]:
        """Its files for the list beside the page."""
        return content.entries(self.files, self.rows, self.reports, self.differences, self.present)

    @cached_property
    def undone(self) -> Sequence[str]:
        """Files of the present release that it would change back."""
        return releases.undone(self.session, self.release) if self.is_open else ()

    @property
    def may_change(self) -> bool:
        """Whether this person may change its files now."""
        return self._is_own and self.release.status == ReleaseStatus.DRAFT

    @property
    def may_take_back(self) -> bool:
        """Whether this person may go on changing what was submitted."""
        return self._is_own and self.release.status == ReleaseStatus.SUBMITTED

    @cached_property
    def may_decide(self) -> bool:
        """Whether this person may approve or reject it."""
        is_asked = self.release.status == ReleaseStatus.SUBMITTED
        return is_asked and self.user.id not in releases.authors(self.session, self.release)

    @property
    def may_publish(self) -> bool:
        """Whether this person may put it to use now."""
        return self.user.has_role(Role.ANALYST) and self.release.status == ReleaseStatus.APPROVED

    @property
    def may_begin(self) -> bool:
        """Whether this person may begin a draft from it."""
        is_or_was = self.release.status in (ReleaseStatus.PUBLISHED, ReleaseStatus.RETIRED)
        return is_or_was and self.user.has_role(Role.ANALYST)

    @property
    def _is_own(self) -> bool:
        return self.release.created_by_id == self.user.id and self.user.has_role(Role.ANALYST)

    def difference(self, filename: str) -> FileDifference | None:
        """How one file differs."""
        return next((each for each in self.differences if each.file == filename), None)

    def report(self, filename: str) -> FileReport | None:
        """What the check says of one file."""
        return next((each for each in self.reports if each.file == filename), None)


def open_view(release_id: int) -> View:
    """A release for the person signed in. Raises NotFound."""
    session = db.session()
    return View(session, me(), release_list.one(session, release_id), releases.present_id(session))
