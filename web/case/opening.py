"""A case opened by the person who asks: what it waits for, what they may do, and what they have not seen yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import rights
from engine.acts import ChangedMeanwhile, lock_case
from engine.flow.catalogue import compiled
from engine.models import Case, HistoryEntry, OperationRequest, Role, User
from engine.queries import case_history, case_page
from engine.queries.case_page import Opened, Waits
from engine.rights import Standing
from web.database import db
from web.session import me
from web.story import Happening, Teller, happenings, people


@dataclass(frozen=True)
class View:
    """What the views of a case begin with."""

    session: Session
    user: User
    opened: Opened
    requests: Sequence[OperationRequest]
    waits: Waits

    @property
    def case(self) -> Case:
        """The case."""
        return self.opened.case

    @property
    def standing(self) -> Standing:
        """This person before this case."""
        is_asked = any(each.kind == "suspension" and each.status == "open" for each in self.requests)
        opened = self.opened
        return Standing(
            self.user, opened.case, opened.customer, opened.supervises, frozenset(self.waits.names), is_asked
        )

    @property
    def keeps(self) -> frozenset[str]:
        """What this person may note about the customer now."""
        return rights.keeps(self.standing)

    @property
    def may_call(self) -> bool:
        """Whether numbers shown in full can be dialled: by who works the case, unless contact is stopped."""
        return "edit_contacts" in self.keeps and not self.standing.is_stopped

    @property
    def may_reveal(self) -> bool:
        """Whether contacts are shown in full on request: to who works the case, unless contact is stopped."""
        if self.user.has_role(Role.COMPLIANCE):
            return True
        return self.opened.works and not (self.standing.is_own and self.standing.is_stopped)


def open_view(case_no: str) -> View:
    """The case as it is now. Raises NotFound for what this person may not read."""
    session, user = db.session(), me()
    opened = case_page.open_case(session, user, case_no)
    requests = case_page.requests(session, opened.case)
    return View(session, user, opened, requests, case_page.waits(session, opened.case, requests))


def open_locked(case_no: str, act: str, *, seen_revision: int | None = None) -> View:
    """The same for an act: the customer is locked, and the act is allowed.

    Raises what `rights.require` raises, and ChangedMeanwhile when somebody was faster than a page of this revision.
    """
    session, user = db.session(), me()
    opened = case_page.open_case(session, user, case_no)
    lock_case(session, opened.case.id)
    view = open_view(case_no)
    rights.require(view.standing, act)
    if seen_revision is not None and view.case.revision != seen_revision:
        raise ChangedMeanwhile(case=case_no)
    return view


def told(session: Session, case: Case, entries: Sequence[HistoryEntry]) -> list[Happening]:
    """These entries in words."""
    return happenings(entries, teller_of(session, case, entries))


def teller_of(session: Session, case: Case, entries: Sequence[HistoryEntry]) -> Teller:
    """What these entries need to be told."""
    follow_ups = case_history.follow_ups(session, case, entries)
    return Teller(
        names=case_page.names(session, people(entries)),
        releases={each: compiled(session, each) for each in {e.release_id for e in entries} if each is not None},
        follow_ups=follow_ups,
        currency=case.currency,
    )


def since(session: Session, case: Case, seen: int) -> list[Happening]:
    """What happened after the entry of that id, which a page had seen."""
    return told(session, case, case_history.entries(session, case, after=seen, limit=40))
