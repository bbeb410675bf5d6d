"""The replay's own staff: at 10:00 they dispatch all that waits, evenly, and complete every follow-up that is ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import batches, clock
from engine.db import begin_write
from engine.models import Group, GroupScope, Membership, Role, Stage, User, UserRole, UserTask

FOLLOW_UP_EVERY_DAYS = 3
_BATCH = 250
Form = tuple[Mapping[str, Any], int | None]


class Staff:
    """A supervisor and some collectors who look after everything, never absent, never full."""

    def __init__(self, sessions: sessionmaker[Session], collectors: int = 4) -> None:
        self._sessions = sessions
        self.completed = 0
        self._collectors = _hire(sessions, collectors)
        self._turn: Iterator[int] = cycle(self._collectors)

    def work(self) -> None:
        """A morning at 10:00: dispatch, then the decisions of the last tier, then every follow-up that is ready."""
        self._complete("dispatch", self._dispatch)
        self._complete("decide", lambda _task: ({"decision": "keep_working"}, None))
        self._complete("follow_up", self._follow_up)

    def _dispatch(self, _task: UserTask) -> Form:
        return {"collector_id": next(self._turn)}, None

    def _follow_up(self, task: UserTask) -> Form:
        on = clock.today() + dt.timedelta(days=FOLLOW_UP_EVERY_DAYS)
        return {"result_code": "no_answer", "next_action_on": on.isoformat()}, task.assignee_id

    def _complete(self, form: str, form_of: Callable[[UserTask], Form]) -> None:
        """All tasks that wait with this form, batch by batch; those that appear meanwhile too."""
        last = 0
        while True:
            with self._sessions() as session:
                begin_write(session)
                ids = _next(session, form, last)
                if not ids:
                    return
                last = ids[-1]
                tasks = batches.waiting(session, ids)
                batches.complete(session, tasks, form_of)
                self.completed += len(tasks)
                session.commit()


def _next(session: Session, form: str, last: int) -> Sequence[int]:
    query = select(UserTask.id).where(UserTask.form == form, UserTask.id > last).order_by(UserTask.id).limit(_BATCH)
    return session.scalars(query).all()


def _hire(sessions: sessionmaker[Session], collectors: int) -> list[int]:
    with sessions() as session:
        begin_write(session)
        group = Group(name="Replay", active=True)
        for stage in Stage:
            group.scopes.append(GroupScope(product="*", stage=stage, tier="*"))
        session.add(group)
        people = [
            User(
                login=f"replay{number}",
                name=f"Replay {number}",
                password_hash="!",  # noqa: S106 - nobody can sign in with it: it is no hash
                created_at=clock.now(),
                roles=[UserRole(role=Role.COLLECTOR)],
            )
            for number in range(1, collectors + 1)
        ]
        session.add_all(people)
        session.flush()
        session.add_all(Membership(group_id=group.id, user_id=each.id) for each in people)
        session.commit()
        return [each.id for each in people]
