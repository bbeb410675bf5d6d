"""What two do at the same moment: one first administrator, every failure counted, one of two administrators left."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import people
from engine.db import begin_write
from engine.errors import DunflowError
from engine.models import Role, User, UserRole
from engine.people.refusals import SignInRefused
from tests.cast import a_person, make_cast

Act = Callable[[Session], object]
pytestmark = pytest.mark.commits


def all_at_once(sessions: sessionmaker[Session], *acts: Act) -> list[str]:
    """Each act in a thread and a transaction of its own; how each ended: "" or the error's code."""
    ends = [""] * len(acts)
    barrier = threading.Barrier(len(acts))

    def do(place: int) -> None:
        barrier.wait()
        with sessions() as session:
            begin_write(session)
            try:
                acts[place](session)
            except DunflowError as error:
                ends[place] = error.code
                if not getattr(error, "keeps_changes", False):
                    session.rollback()
            session.commit()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_of_two_first_administrators_one_is_created(sessions: sessionmaker[Session]) -> None:
    def first(login: str) -> Act:
        return lambda session: people.create_first_administrator(session, login, "The First", "a long password")

    assert sorted(all_at_once(sessions, first("one"), first("two"))) == ["", "AdministratorExists"]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(UserRole)) == 1


def test_failures_side_by_side_are_all_counted(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        begin_write(session)
        make_cast(session)
        session.commit()
    acts = [lambda session: people.sign_in(session, "cora", "not the password")] * 4
    assert all_at_once(sessions, *acts) == [SignInRefused.__name__] * 4
    with sessions() as session:
        assert session.scalar(select(User.failed_sign_ins).where(User.login == "cora")) == 4


def test_two_administrators_who_remove_each_other_leave_one(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        begin_write(session)
        ids = [a_person(session, login, Role.ADMINISTRATOR).id for login in ("ada", "bob")]
        session.commit()

    def remove(user_id: int, actor_id: int) -> Act:
        return lambda session: people.deactivate(
            session, session.get_one(User, user_id), actor=session.get_one(User, actor_id)
        )

    ends = all_at_once(sessions, remove(ids[0], ids[1]), remove(ids[1], ids[0]))
    assert ends.count("") == 1
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.active)) == 1
