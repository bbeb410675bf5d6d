"""A web application over a database of its own, with the cast of the tests and the style pages."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from flask import Flask
from flask.testing import FlaskClient

from engine import clock
from engine.db import make_engine, make_sessions
from engine.models import Base
from tests.cast import PASSWORD, make_cast
from web.app import PAGES, create_app
from web.settings import WebSettings


def make_app(folder: Path, *pages: ModuleType, **settings: object) -> Flask:
    """An application with tables and people; `settings` change single settings of the web."""
    url = f"sqlite:///{folder / 'web.db'}"
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with make_sessions(engine)() as session:
        make_cast(session)
        session.commit()
    engine.dispose()
    given = {"database_url": url, "secret_key": "only for tests", "testing": True} | settings
    app = create_app(WebSettings(**given), pages=(*PAGES, *pages))  # type: ignore[arg-type] # named by the caller
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def sign_in(client: FlaskClient, login: str = "susan") -> None:
    """Sign the client in as one of the cast."""
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303, answer.text


def noon() -> object:
    """A fixed business time for pages whose looks are compared."""
    return clock.use(clock.midnight(clock.local_date(clock.real_now())))
