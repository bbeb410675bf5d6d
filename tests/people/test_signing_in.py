"""Signing in: right and wrong, locked and unlocked, and what a refusal gives away."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import people
from engine.models import HistoryEntry
from engine.people import passwords, signing_in
from engine.people.refusals import (
    NotAdministrator,
    PasswordIsName,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    PasswordUnchanged,
    SignInRefused,
    WrongPassword,
)
from tests.cast import PASSWORD, Cast


def fail(session: Session, login: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            people.sign_in(session, login, "not the password")


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(HistoryEntry.kind).order_by(HistoryEntry.id)))


def test_the_right_password_signs_in_and_is_noted(session: Session, cast: Cast) -> None:
    assert people.sign_in(session, "cora", PASSWORD) is cast.collector
    assert cast.collector.last_sign_in_at is not None


def test_the_sign_in_name_is_taken_in_any_case_and_with_blanks(session: Session, cast: Cast) -> None:
    assert people.sign_in(session, " Cora ", PASSWORD) is cast.collector


def test_four_failures_do_not_lock_and_a_success_forgets_them(session: Session, cast: Cast) -> None:
    fail(session, "cora", 4)
    assert people.sign_in(session, "cora", PASSWORD).failed_sign_ins == 0
    fail(session, "cora", 4)
    assert not people.is_locked(cast.collector)


def test_the_fifth_failure_locks_for_fifteen_minutes_even_for_the_right_password(session: Session, cast: Cast) -> None:
    fail(session, "cora", 5)
    with pytest.raises(SignInRefused):
        people.sign_in(session, "cora", PASSWORD)
    assert "account_locked" in kinds(session)
    assert cast.collector.locked_until is not None
    cast.collector.locked_until -= dt.timedelta(minutes=15, seconds=1)
    session.flush()
    assert people.sign_in(session, "cora", PASSWORD) is cast.collector


def test_failures_while_locked_do_not_prolong_the_lock(session: Session, cast: Cast) -> None:
    fail(session, "cora", 5)
    until = cast.collector.locked_until
    fail(session, "cora", 7)
    assert cast.collector.locked_until == until


def test_an_inactive_person_is_refused(session: Session, cast: Cast) -> None:
    cast.collector.active = False
    session.flush()
    with pytest.raises(SignInRefused):
        people.sign_in(session, "cora", PASSWORD)


def test_all_refusals_say_the_same(session: Session, cast: Cast) -> None:
    cast.outsider.active = False
    session.flush()
    fail(session, "colin", 5)
    said = set()
    for login, password in (("nobody", PASSWORD), ("cora", "wrong password"), ("otto", PASSWORD), ("colin", PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            people.sign_in(session, login, password)
        said.add((refused.value.code, str(refused.value), refused.value.status))
    assert len(said) == 1


def test_an_unknown_name_takes_about_as_long_as_a_wrong_password(session: Session, cast: Cast) -> None:
    def seconds(login: str) -> float:
        best = 9.9
        for _ in range(4):
            began = time.perf_counter()
            fail(session, login, 1)
            best = min(best, time.perf_counter() - began)
        return best

    fail(session, "nobody", 1)  # the hash that stands in for nobody's is made once
    assert seconds("nobody") > seconds(cast.colleague.login) / 2


def test_a_hash_of_lower_cost_is_renewed_at_sign_in(session: Session, cast: Cast) -> None:
    cast.collector.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    people.sign_in(session, "cora", PASSWORD)
    assert not passwords.is_outdated(cast.collector.password_hash)
    assert people.sign_in(session, "cora", PASSWORD) is cast.collector


def test_a_broken_hash_refuses_rather_than_fails(session: Session, cast: Cast) -> None:
    cast.collector.password_hash = "not a hash"  # noqa: S105 - that is the point
    session.flush()
    fail(session, "cora", 1)


def test_changing_the_password_needs_the_present_one_and_ends_sessions(session: Session, cast: Cast) -> None:
    user = cast.collector
    user.must_change_password = True
    session.flush()
    people.change_password(session, user, PASSWORD, "a better password 7")
    assert (user.must_change_password, user.session_epoch) == (False, 1)
    assert people.sign_in(session, "cora", "a better password 7") is user
    assert "password_changed" in kinds(session)


def test_guessing_the_present_password_locks_as_signing_in_does(session: Session, cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            people.change_password(session, cast.collector, "wrong", "a better password 7")
    with pytest.raises(SignInRefused):
        people.change_password(session, cast.collector, PASSWORD, "a better password 7")


def test_poor_passwords_are_refused(session: Session, cast: Cast) -> None:
    cast.collector.login, cast.collector.name = "cora-longer-login", "Cora Longer Login"
    session.flush()
    poor: dict[str, type[Exception]] = {
        "short": PasswordTooShort,
        "x" * 257: PasswordTooLong,
        "cora-longer-login": PasswordIsName,
        "Cora Longer Login": PasswordIsName,
        "password123": PasswordTooCommon,
        "ABABABABABAB": PasswordTooCommon,
        PASSWORD: PasswordUnchanged,
    }
    for new, refusal in poor.items():
        with pytest.raises(refusal):
            people.change_password(session, cast.collector, PASSWORD, new)
    assert passwords.matches(cast.collector.password_hash, PASSWORD)


def test_an_administrator_resets_a_password_once_seen(session: Session, cast: Cast) -> None:
    fail(session, "cora", 5)
    temporary = people.reset_password(session, cast.collector, actor=cast.administrator)
    user = people.sign_in(session, "cora", temporary)
    assert (user.must_change_password, user.session_epoch) == (True, 1)
    entries = session.scalars(select(HistoryEntry)).all()
    assert all(temporary not in str(entry.data) and user.password_hash not in str(entry.data) for entry in entries)
    with pytest.raises(SignInRefused):
        people.sign_in(session, "cora", PASSWORD)


def test_nobody_else_resets_or_unlocks(session: Session, cast: Cast) -> None:
    for actor in (cast.collector, cast.supervisor, cast.manager, cast.analyst, cast.compliance):
        with pytest.raises(NotAdministrator):
            people.reset_password(session, cast.colleague, actor=actor)
        with pytest.raises(NotAdministrator):
            people.unlock(session, cast.colleague, actor=actor)


def test_an_administrator_unlocks(session: Session, cast: Cast) -> None:
    fail(session, "cora", signing_in.FAILURES_ALLOWED)
    people.unlock(session, cast.collector, actor=cast.administrator)
    assert people.sign_in(session, "cora", PASSWORD) is cast.collector


def test_temporary_passwords_are_good_and_differ() -> None:
    made = {passwords.temporary() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        passwords.require_good(each, login="cora", name="Cora")


def test_a_password_changed_between_the_check_and_the_sign_in_is_the_one_that_counts(
    session: Session, cast: Cast
) -> None:
    checked = people.check_password(session, "cora", PASSWORD)
    people.change_password(session, cast.collector, PASSWORD, "a better password 7")
    with pytest.raises(SignInRefused):
        people.sign_in(session, "cora", PASSWORD, checked=checked)


def test_a_check_of_a_wrong_password_is_counted_when_it_is_used(session: Session, cast: Cast) -> None:
    checked = people.check_password(session, "cora", "not the password")
    with pytest.raises(SignInRefused):
        people.sign_in(session, "cora", "not the password", checked=checked)
    assert cast.collector.failed_sign_ins == 1
