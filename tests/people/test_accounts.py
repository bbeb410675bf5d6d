"""Accounts and roles: who may change them, and the administrator there must always be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import people
from engine.errors import Invalid
from engine.models import HistoryEntry, Role, User
from engine.people.refusals import (
    AdministratorExists,
    LastAdministrator,
    NameTaken,
    NotAdministrator,
    OwnAdministration,
    PasswordTooShort,
)
from tests.cast import PASSWORD, Cast, a_person
from tests.people.cases import a_case, held_by


def last(session: Session) -> HistoryEntry:
    entry = session.scalars(select(HistoryEntry).order_by(HistoryEntry.id.desc())).first()
    assert entry is not None
    return entry


def test_the_first_administrator_is_created_only_once(session: Session) -> None:
    assert not people.has_administrator(session)
    first = people.create_first_administrator(session, "Root", "The First", "a long password")
    assert people.sign_in(session, "root", "a long password") is first
    assert first.has_role(Role.ADMINISTRATOR)
    with pytest.raises(AdministratorExists):
        people.create_first_administrator(session, "second", "The Second", "a long password")


def test_the_first_administrator_needs_a_good_password(session: Session) -> None:
    with pytest.raises(PasswordTooShort):
        people.create_first_administrator(session, "root", "The First", "root")


def test_a_new_person_signs_in_with_the_temporary_password_and_must_change_it(session: Session, cast: Cast) -> None:
    created = people.create_user(session, "new", "New Person", [Role.COLLECTOR], actor=cast.administrator)
    assert people.sign_in(session, "new", created.password).must_change_password
    entry = last(session)
    assert (entry.kind, entry.actor_id, entry.data["login"]) == ("user_created", cast.administrator.id, "new")
    assert created.password not in str(entry.data)


def test_a_name_is_given_once_in_any_case(session: Session, cast: Cast) -> None:
    with pytest.raises(NameTaken):
        people.create_user(session, "CORA", "Another", [], actor=cast.administrator)


def test_nonsense_is_refused(session: Session, cast: Cast) -> None:
    nonsense: list[tuple[str, str, list[str]]] = [("a b", "N", []), ("", "N", []), ("n", " ", []), ("n", "N", ["boss"])]
    for login, name, roles in nonsense:
        with pytest.raises(Invalid):
            people.create_user(session, login, name, roles, actor=cast.administrator)


def test_only_administrators_look_after_accounts(session: Session, cast: Cast) -> None:
    acts: list[Callable[[User], object]] = [
        lambda actor: people.create_user(session, "new", "New", [], actor=actor),
        lambda actor: people.set_roles(session, cast.colleague, [Role.MANAGER], actor=actor),
        lambda actor: people.deactivate(session, cast.colleague, actor=actor),
        lambda actor: people.activate(session, cast.colleague, actor=actor),
        lambda actor: people.change_user(session, cast.colleague, actor=actor, name="Other"),
        lambda actor: people.end_sessions(session, cast.colleague, actor=actor),
    ]
    for actor in (cast.collector, cast.supervisor, cast.manager, cast.analyst, cast.compliance):
        for act in acts:
            with pytest.raises(NotAdministrator):
                act(actor)


def test_a_deactivated_administrator_may_do_nothing(session: Session, cast: Cast) -> None:
    cast.administrator.active = False
    with pytest.raises(NotAdministrator):
        people.create_user(session, "new", "New", [], actor=cast.administrator)


def test_roles_are_replaced_and_noted(session: Session, cast: Cast) -> None:
    people.set_roles(session, cast.collector, [Role.SUPERVISOR, Role.COLLECTOR], actor=cast.administrator)
    session.expire_all()
    assert {each.role for each in cast.collector.roles} == {"supervisor", "collector"}
    people.set_roles(session, cast.collector, [Role.MANAGER], actor=cast.administrator)
    session.expire_all()
    assert {each.role for each in cast.collector.roles} == {"manager"}
    assert last(session).data == {
        "user_id": cast.collector.id,
        "roles": ["manager"],
        "had": ["collector", "supervisor"],
    }


def test_nobody_takes_their_own_administration(session: Session, cast: Cast) -> None:
    a_person(session, "ada", Role.ADMINISTRATOR)
    with pytest.raises(OwnAdministration):
        people.set_roles(session, cast.administrator, [], actor=cast.administrator)
    with pytest.raises(OwnAdministration):
        people.deactivate(session, cast.administrator, actor=cast.administrator)


def test_two_administrators_cannot_remove_each_other(session: Session, cast: Cast) -> None:
    other = a_person(session, "ada", Role.ADMINISTRATOR)
    assert people.is_administrator(other)  # as the other request read it before this one removed the role
    session.expunge(other)
    people.set_roles(session, session.get_one(User, other.id), [], actor=cast.administrator)
    with pytest.raises(LastAdministrator):
        people.set_roles(session, cast.administrator, [], actor=other)


def test_deactivating_ends_sessions_and_tells_how_many_cases_remain(session: Session, cast: Cast) -> None:
    held_by(session, a_case(session), cast.collector)
    assert people.deactivate(session, cast.collector, actor=cast.administrator) == 1
    assert (cast.collector.active, cast.collector.session_epoch) == (False, 1)
    people.activate(session, cast.collector, actor=cast.administrator)
    assert people.sign_in(session, "cora", PASSWORD) is cast.collector


def test_everybody_chooses_their_own_language_but_not_their_name(session: Session, cast: Cast) -> None:
    people.change_user(session, cast.collector, actor=cast.collector, locale="en")
    assert cast.collector.locale == "en"
    with pytest.raises(NotAdministrator):
        people.change_user(session, cast.collector, actor=cast.collector, name="Boss")
    with pytest.raises(Invalid):
        people.change_user(session, cast.collector, actor=cast.collector, locale="fr")
