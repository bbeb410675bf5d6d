"""Who is signed in: sessions that end by idleness, by age, and when an administrator says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from engine import clock
from engine.errors import DunflowError, NotPermitted
from engine.models import User
from web.database import db

P = ParamSpec("P")
R = TypeVar("R")

SEEN, SINCE, LANGUAGE = "seen", "since", "language"
QUIET_HEADER = "X-Quiet"  # polls say so: they must not keep a session alive

login_manager = LoginManager()
login_manager.session_protection = None  # an address that changes on the way is no theft; age and epoch end sessions


class SignInNeeded(DunflowError):
    """Please sign in: your session has ended or has not begun."""

    status = 401


class Person(UserMixin):  # type: ignore[misc]
    """The signed-in person, as `current_user`: the `User` row, and what Flask-Login asks of it."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Names the session too, so that raising `session_epoch` ends it."""
        return f"{self.user.id}.{self.user.session_epoch}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(key: str) -> Person | None:
    """The person of a session key, unless left, locked out by an administrator, or signed in before the last reset."""
    user_id, _, epoch = key.partition(".")
    user = db.session.get(User, int(user_id))
    if user is None or not user.active or str(user.session_epoch) != epoch:
        return None
    return Person(user)


def me() -> User:
    """The signed-in person's row; raises SignInNeeded."""
    if not current_user.is_authenticated:
        raise SignInNeeded
    user: User = current_user.user
    return user


def is_signed_in() -> bool:
    """Whether the present session has somebody."""
    return bool(current_user and current_user.is_authenticated)


def begin(user: User) -> str:
    """Start a session of its own for this person (nothing of an earlier one stays); the new CSRF token."""
    language = session.get(LANGUAGE)
    session.clear()
    session.permanent = True
    now = int(clock.real_now().timestamp())
    session.update({SEEN: now, SINCE: now} | ({LANGUAGE: language} if language else {}))
    login_user(Person(user))
    return str(generate_csrf())


def end() -> None:
    """Forget the session; the language stays."""
    language = session.get(LANGUAGE)
    logout_user()
    session.clear()
    if language:
        session[LANGUAGE] = language


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that needs no sign-in; every other one does."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needs(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets only people with one of the roles in; anybody else gets NotPermitted."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not me().has_role(*roles):
                raise NotPermitted(act="open this page", reason="it is for other roles")
            return view(*args, **kwargs)

        return guarded

    return decorate


def guard(app: Flask, *, idle_seconds: int, session_seconds: int) -> None:
    """Before each request: end sessions that are too old or idle, ask for sign-in, ask for a new password."""

    @app.before_request
    def check() -> Response | None:
        if request.endpoint == "static" or request.endpoint is None:
            return None
        _expire(idle_seconds, session_seconds)
        view = app.view_functions[request.endpoint]
        if getattr(view, "is_public", False):
            return None
        user = me()
        if user.must_change_password and request.blueprint not in ("account", "shell"):
            return redirect(url_for("account.password"))
        return None


def _expire(idle_seconds: int, session_seconds: int) -> None:
    now = int(clock.real_now().timestamp())
    if SEEN not in session:
        return
    if now - session[SEEN] > idle_seconds or now - session.get(SINCE, 0) > session_seconds:
        end()
    elif QUIET_HEADER not in request.headers:
        session[SEEN] = now
