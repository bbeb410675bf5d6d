"""A web application over a database of its own, with the cast of the tests and the style pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.models import Base
from engine.settings import Settings
from engine.wiring import build
from tests.cast import PASSWORD, make_cast
from tests.web.catalogue import build_backend
from web.app import PAGES, create_app
from web.settings import WebSettings

SECRET = "only for tests"  # noqa: S105 - signs the cookies of a database that lives for one test


@cache
def compile_translations() -> None:
    """Once per test run, so that tests read the translations as they stand in the sources."""
    build_backend().compile_translations()


def make_app(folder: Path, *pages: ModuleType, **settings: object) -> Flask:
    """An application with tables and people; `settings` change single settings of the web."""
    compile_translations()
    house = build(Settings(folder, f"sqlite:///{folder / 'web.db'}", secret_key=SECRET))
    Base.metadata.create_all(house.engine)
    with house.sessions() as session:
        make_cast(session)
        session.commit()
    given = {"testing": True} | settings
    return create_app(house, WebSettings(**given), pages=(*PAGES, *pages))  # type: ignore[arg-type] # named by the caller


def sign_in(client: FlaskClient, login: str = "susan", password: str = PASSWORD) -> TestResponse:
    """Sign the client in as one of the cast, by the form, with its token."""
    token = csrf_token(client.get("/sign-in"))
    return client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token})


def csrf_token(page: TestResponse) -> str:
    """The token a page carries for its scripts."""
    found = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def post(client: FlaskClient, url: str, *, htmx: bool = True, data: Mapping[str, str] | None = None) -> TestResponse:
    """Post as the pages' script does: with the token of the present session, as htmx unless told otherwise."""
    headers = {"X-CSRFToken": csrf_token(client.get("/account"))} | ({"HX-Request": "true"} if htmx else {})
    return client.post(url, data=data or {}, headers=headers)
