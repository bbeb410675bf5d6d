"""Signing in, with a lock after repeated failures, and changing one's password."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import clock, history
from engine.models import User
from engine.people import passwords
from engine.people.refusals import PasswordUnchanged, SignInRefused, WrongPassword
from engine.people.rights import require_administrator

FAILURES_ALLOWED = 5
LOCKED_FOR = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Checked:
    """A password compared with what was on record for a sign-in name."""

    password_hash: str | None
    is_right: bool


def normal_login(login: str) -> str:
    """Sign-in names are compared without regard to case or surrounding blanks."""
    return login.strip().casefold()


def check_password(session: Session, login: str, password: str) -> Checked:
    """Compare a password, which takes a while and shall hold up nobody: call it before a transaction that writes."""
    known = session.scalar(select(User.password_hash).where(User.login == normal_login(login)))
    return Checked(known, passwords.matches(known, password[: passwords.MAX_LENGTH + 1]))


def sign_in(session: Session, login: str, password: str, *, ip: str = "", checked: Checked | None = None) -> User:
    """The person whose name and password these are. `checked` is what `check_password` said of them just before.

    Raises SignInRefused, the same for an unknown name, a wrong password, an inactive and a locked account, and after
    about the same time. The caller commits in either case: failures are counted (`SignInRefused.keeps_changes`).
    """
    user = _locked_row(session, User.login == normal_login(login))
    known = user.password_hash if user else None
    if checked is None or checked.password_hash != known:  # changed since
        checked = Checked(known, passwords.matches(known, password[: passwords.MAX_LENGTH + 1]))
    if user is None or not user.active or is_locked(user):
        raise SignInRefused
    if not checked.is_right:
        count_failure(session, user, ip=ip)
        raise SignInRefused
    _welcome(user, password)
    session.flush()
    return user


def is_locked(user: User) -> bool:
    """Whether repeated failures lock this account now (real time)."""
    return user.locked_until is not None and user.locked_until > clock.real_now()


def count_failure(session: Session, user: User, *, ip: str = "") -> None:
    """Count a wrong password; the fifth in a row locks the account for fifteen minutes and begins a new count."""
    user.failed_sign_ins += 1
    if user.failed_sign_ins >= FAILURES_ALLOWED:
        user.failed_sign_ins = 0
        user.locked_until = clock.real_now() + LOCKED_FOR
        history.record(session, "account_locked", user_id=user.id, ip=ip, minutes=int(LOCKED_FOR.total_seconds() // 60))
    session.flush()


def change_password(session: Session, user: User, present: str, new: str) -> None:
    """Give oneself a new password; every session of this person ends, the caller renews its own.

    Raises WrongPassword (counted as a failure to sign in: the caller commits), PasswordUnchanged, or what
    `passwords.require_good` raises.
    """
    locked = _locked_row(session, User.id == user.id)
    if locked is None or is_locked(locked) or not locked.active:
        raise SignInRefused
    if not passwords.matches(locked.password_hash, present[: passwords.MAX_LENGTH + 1]):
        count_failure(session, locked)
        raise WrongPassword
    if new == present:
        raise PasswordUnchanged(field="password")
    passwords.require_good(new, login=locked.login, name=locked.name)
    _give(locked, new, must_change=False)
    history.record(session, "password_changed", actor_id=locked.id, user_id=locked.id)
    session.flush()


def reset_password(session: Session, user: User, *, actor: User) -> str:
    """A temporary password, given back this once; ends the person's sessions and any lock. For administrators."""
    require_administrator(actor)
    password = passwords.temporary()
    _give(user, password, must_change=True)
    history.record(session, "password_reset", actor_id=actor.id, user_id=user.id)
    session.flush()
    return password


def unlock(session: Session, user: User, *, actor: User) -> None:
    """End the lock that failures brought about. For administrators."""
    require_administrator(actor)
    user.locked_until, user.failed_sign_ins = None, 0
    history.record(session, "account_unlocked", actor_id=actor.id, user_id=user.id)
    session.flush()


def _locked_row(session: Session, condition: ColumnElement[bool]) -> User | None:
    """The person, their row locked: guesses side by side are counted one after the other."""
    query = select(User).where(condition).with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def _welcome(user: User, password: str) -> None:
    user.failed_sign_ins, user.locked_until = 0, None
    user.last_sign_in_at = clock.real_now()
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)


def _give(user: User, password: str, *, must_change: bool) -> None:
    user.password_hash = passwords.hashed(password)
    user.must_change_password = must_change
    user.failed_sign_ins, user.locked_until = 0, None
    user.session_epoch += 1
