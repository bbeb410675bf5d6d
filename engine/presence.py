"""Who else looks at a case now: its page says so every half minute, and whoever has stopped saying so is gone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import clock
from engine.db import is_sqlite
from engine.models import CaseLease, CaseView, User

VIEW_SECONDS = 75  # pages say so every 30: one that is missed does not count


def look(session: Session, case_id: int, user_id: int) -> None:
    """This person looks at the case now (real time); one statement, so that two pages of theirs are no conflict."""
    insert, at = (sqlite.insert if is_sqlite(session) else postgresql.insert), clock.real_now()
    row = {"case_id": case_id, "user_id": user_id, "at": at}
    keys = [CaseView.case_id, CaseView.user_id]
    session.execute(insert(CaseView).values(row).on_conflict_do_update(index_elements=keys, set_={"at": at}))


def others(session: Session, case_id: int, *, besides: int) -> list[str]:
    """The names of those who look at the case now, but for whoever is said to work it: that is the lease's to tell."""
    now = clock.real_now()
    works = exists().where(
        CaseLease.case_id == CaseView.case_id, CaseLease.user_id == CaseView.user_id, CaseLease.until_at > now
    )
    query = select(User.name).join(CaseView, CaseView.user_id == User.id)
    recent = CaseView.at > now - dt.timedelta(seconds=VIEW_SECONDS)
    where = (CaseView.case_id == case_id, CaseView.user_id != besides, recent, ~works)
    return list(session.scalars(query.where(*where).order_by(User.name)))


def forget_old(session: Session) -> None:
    """What says nothing about now goes after a day."""
    session.execute(delete(CaseView).where(CaseView.at < clock.real_now() - dt.timedelta(days=1)))
