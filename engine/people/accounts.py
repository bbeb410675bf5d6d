"""People and their roles: created, changed, deactivated; never deleted, history names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from engine import clock, history
from engine.db import is_sqlite
from engine.errors import Invalid
from engine.models import Case, Role, User, UserRole
from engine.people import passwords
from engine.people.refusals import AdministratorExists, LastAdministrator, NameTaken, OwnAdministration
from engine.people.rights import require_administrator
from engine.people.signing_in import normal_login

LOCALES = ("zh", "en")
LOGIN_LENGTH = 80
NAME_LENGTH = 120


@dataclass(frozen=True)
class Created:
    """A new person, and the password to hand over: it is kept nowhere."""

    user: User
    password: str


def create_first_administrator(session: Session, login: str, name: str, password: str, *, locale: str = "zh") -> User:
    """The administrator of a new installation. Raises AdministratorExists when there is one, active or not."""
    _lock_roles(session)
    if has_administrator(session):
        raise AdministratorExists
    user = _add(session, login, name, [Role.ADMINISTRATOR], password, locale=locale)
    history.record(session, "user_created", actor_id=user.id, user_id=user.id, login=user.login, roles=_codes(user))
    return user


def create_user(
    session: Session,
    login: str,
    name: str,
    roles: Iterable[str],
    *,
    actor: User,
    password: str | None = None,
    must_change: bool = True,
    email: str | None = None,
    locale: str = "zh",
) -> Created:
    """A new person; without a password a temporary one is made. For administrators. Raises NameTaken, Invalid."""
    require_administrator(actor)
    password = password or passwords.temporary()
    user = _add(session, login, name, roles, password, email=email, locale=locale)
    user.must_change_password = must_change
    history.record(session, "user_created", actor_id=actor.id, user_id=user.id, login=user.login, roles=_codes(user))
    session.flush()
    return Created(user, password)


def change_user(
    session: Session,
    user: User,
    *,
    actor: User,
    name: str | None = None,
    email: str | None = None,
    locale: str | None = None,
) -> None:
    """Change name, e-mail or language; what is None stays. For administrators, the language also for oneself."""
    if actor.id != user.id or name is not None or email is not None:
        require_administrator(actor)
    given = {"name": name, "email": email, "locale": locale}
    changes = {key: value for key, value in given.items() if value is not None and value != getattr(user, key)}
    _require_valid(name=changes.get("name", user.name), locale=changes.get("locale", user.locale))
    for key, value in changes.items():
        setattr(user, key, value)
    if changes:
        history.record(session, "user_changed", actor_id=actor.id, user_id=user.id, changed=sorted(changes))
    session.flush()


def set_roles(session: Session, user: User, roles: Iterable[str], *, actor: User) -> None:
    """Give a person exactly these roles. Raises OwnAdministration, LastAdministrator. For administrators."""
    require_administrator(actor)
    wanted, had = _valid_roles(roles), set(_codes(user))
    if Role.ADMINISTRATOR in had - wanted:
        _require_another_administrator(session, user, actor)
    user.roles = [each for each in user.roles if each.role in wanted]
    user.roles += [UserRole(role=role) for role in sorted(wanted - had)]
    if wanted != had:
        history.record(
            session, "roles_changed", actor_id=actor.id, user_id=user.id, roles=sorted(wanted), had=sorted(had)
        )
    session.flush()


def deactivate(session: Session, user: User, *, actor: User) -> int:
    """Keep a person from signing in and end their sessions. For administrators.

    Returns how many open cases they still hold: a supervisor reassigns or recalls those.
    """
    require_administrator(actor)
    if user.has_role(Role.ADMINISTRATOR):
        _require_another_administrator(session, user, actor)
    user.active = False
    user.session_epoch += 1
    held = select(func.count()).select_from(Case).where(Case.collector_id == user.id, Case.closed_at.is_(None))
    cases = session.scalar(held) or 0
    history.record(session, "user_deactivated", actor_id=actor.id, user_id=user.id, open_cases=cases)
    session.flush()
    return cases


def activate(session: Session, user: User, *, actor: User) -> None:
    """Let a person sign in again. For administrators."""
    require_administrator(actor)
    user.active = True
    user.failed_sign_ins, user.locked_until = 0, None
    history.record(session, "user_activated", actor_id=actor.id, user_id=user.id)
    session.flush()


def end_sessions(session: Session, user: User, *, actor: User) -> None:
    """Sign a person out everywhere. For administrators, and for oneself."""
    if actor.id != user.id:
        require_administrator(actor)
    user.session_epoch += 1
    history.record(session, "sessions_ended", actor_id=actor.id, user_id=user.id)
    session.flush()


def has_administrator(session: Session) -> bool:
    """Whether the installation has its first administrator."""
    return session.scalar(select(UserRole).where(UserRole.role == Role.ADMINISTRATOR).limit(1)) is not None


def _add(
    session: Session,
    login: str,
    name: str,
    roles: Iterable[str],
    password: str,
    *,
    email: str | None = None,
    locale: str = "zh",
) -> User:
    login, name = normal_login(login), name.strip()
    _require_valid(name=name, locale=locale, login=login)
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise NameTaken(name=login)
    passwords.require_good(password, login=login, name=name)
    user = User(
        login=login,
        name=name,
        email=email,
        locale=locale,
        password_hash=passwords.hashed(password),
        created_at=clock.now(),
        roles=[UserRole(role=role) for role in sorted(_valid_roles(roles))],
    )
    session.add(user)
    session.flush()
    return user


def _require_valid(*, name: str, locale: str, login: str = "-") -> None:
    if not 0 < len(login) <= LOGIN_LENGTH or any(each.isspace() for each in login):
        raise Invalid(field="login", reason=f"1 to {LOGIN_LENGTH} characters, no blanks")
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        raise Invalid(field="name", reason=f"1 to {NAME_LENGTH} characters")
    if locale not in LOCALES:
        raise Invalid(field="locale", reason=f"one of {', '.join(LOCALES)}")


def _valid_roles(roles: Iterable[str]) -> set[str]:
    wanted = set(roles)
    if unknown := wanted - set(Role):
        raise Invalid(field="roles", reason=f"there is no role {min(unknown)}")
    return {str(role) for role in wanted}


def _codes(user: User) -> list[str]:
    return sorted(each.role for each in user.roles)


def _require_another_administrator(session: Session, user: User, actor: User) -> None:
    if user.id == actor.id:
        raise OwnAdministration
    _lock_roles(session)
    others = select(User.id).join(UserRole).where(UserRole.role == Role.ADMINISTRATOR, User.active, User.id != user.id)
    if session.scalar(others.limit(1)) is None:
        raise LastAdministrator(name=user.name)


def _lock_roles(session: Session) -> None:
    """Two at once must not both be first, nor each remove the other. SQLite has one writer anyway."""
    if not is_sqlite(session):
        session.execute(text("LOCK TABLE user_roles IN SHARE ROW EXCLUSIVE MODE"))
