"""A release's life in the engine, on both databases: who may what, what would be undone, one publication at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import releases
from engine.db import begin_write
from engine.errors import NotFound
from engine.flow.catalogue import files
from engine.flow.checks import release_files
from engine.installing import diagrams, publish_packaged
from engine.models import Release, ReleaseStatus
from engine.wiring import Dunflow
from tests.cast import Cast, make_cast

FILES: Mapping[str, bytes] = release_files(diagrams())


def other(word: str) -> bytes:
    """The table of tiers with another last tier."""
    return FILES["case_tier.dmn"].replace(b'"M4"', f'"{word}"'.encode())


def approved(session: Session, cast: Cast, word: str) -> Release:
    """A release of the analyst's that the manager has approved."""
    made = releases.begin(session, 1, by_id=cast.analyst.id)
    made.note = word
    releases.put(session, made, "case_tier.dmn", other(word), by_id=cast.analyst.id)
    releases.submit(session, made, by_id=cast.analyst.id)
    releases.approve(session, made, by_id=cast.manager.id)
    session.flush()
    return made


def test_a_draft_holds_what_it_was_begun_from_and_belongs_to_whoever_began_it(session: Session) -> None:
    assert publish_packaged(session) == 1
    cast = make_cast(session)
    made = releases.begin(session, 1, by_id=cast.analyst.id)
    assert files(session, made.id) == FILES
    assert releases.own_draft(session, made.id, by_id=cast.analyst.id) is made
    with pytest.raises(releases.NotYourDraft):
        releases.own_draft(session, made.id, by_id=cast.manager.id)
    releases.discard(session, made)
    with pytest.raises(NotFound):
        releases.locked(session, made.id)


def test_what_is_as_in_the_present_release_is_not_submitted(session: Session) -> None:
    publish_packaged(session)
    cast = make_cast(session)
    made = releases.begin(session, 1, by_id=cast.analyst.id)
    made.note = "nothing"
    with pytest.raises(releases.NothingNew):
        releases.submit(session, made, by_id=cast.analyst.id)


def test_what_would_be_undone_is_said_and_must_be_meant(session: Session) -> None:
    publish_packaged(session)
    cast = make_cast(session)
    form = releases.begin(session, 1, by_id=cast.analyst.id)
    releases.put(session, form, "forms/more.json", FILES["forms/decide.json"], by_id=cast.analyst.id)
    assert releases.undone(session, form) == []
    first = approved(session, cast, "M4B")
    releases.publish(session, first, by_id=cast.analyst.id)
    session.flush()
    assert releases.undone(session, form) == ["case_tier.dmn"]
    with pytest.raises(releases.OtherPublished):
        releases.confirm(session, form, seen_id=1, undo=True)
    with pytest.raises(releases.WouldUndo):
        releases.confirm(session, form, seen_id=first.id, undo=False)
    releases.confirm(session, form, seen_id=first.id, undo=True)
    releases.put(session, form, "case_tier.dmn", other("M4B"), by_id=cast.analyst.id)
    assert releases.undone(session, form) == []


def test_of_two_published_at_once_one_is_in_use(dunflow: Dunflow) -> None:
    with dunflow.sessions() as session:
        begin_write(session)
        publish_packaged(session)
        cast = make_cast(session)
        ids = [approved(session, cast, word).id for word in ("M4B", "M4C")]
        analyst = cast.analyst.id
        session.commit()
    together = threading.Barrier(2)

    def publish(release_id: int) -> None:
        with dunflow.sessions() as session:
            together.wait()
            begin_write(session)
            releases.publish(session, releases.locked(session, release_id), by_id=analyst)
            session.commit()

    threads = [threading.Thread(target=publish, args=(each,)) for each in ids]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with dunflow.sessions() as session:
        statuses = {release.id: release.status for release in session.scalars(select(Release))}
    assert sorted(statuses[each] for each in (1, *ids)) == sorted(
        [ReleaseStatus.PUBLISHED, ReleaseStatus.RETIRED, ReleaseStatus.RETIRED]
    )
