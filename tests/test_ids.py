"""The id of a user task that is done never comes to mean another one, on either database."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Instance, Release, ReleaseStatus, UserTask


def test_the_id_of_a_completed_user_task_is_not_given_again(session: Session) -> None:
    release = Release(status=ReleaseStatus.DRAFT, created_at=clock.now())
    session.add(release)
    session.flush()
    instance = Instance(
        release_id=release.id, process="p", business_key=1, lock_key=1, state=b"", started_at=clock.now()
    )
    session.add(instance)
    session.flush()
    first = _added(session, instance.id, "a")
    session.execute(delete(UserTask).where(UserTask.id == first))
    assert _added(session, instance.id, "b") > first


def _added(session: Session, instance_id: int, token: str) -> int:
    row = {
        "instance_id": instance_id, "token": token, "process": "p", "element": "e", "business_key": 1,
        "since_at": clock.now(),
    }  # fmt: skip
    session.execute(insert(UserTask), row)
    return session.scalars(select(UserTask.id).where(UserTask.token == token)).one()
