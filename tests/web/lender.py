"""A web application with the packaged diagrams published, and a browser for each person."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine.db import begin_write
from engine.installing import publish_packaged
from engine.wiring import Dunflow
from tests.cast import a_person
from tests.web.world import csrf_token, make_app, sign_in

SECOND = "ada"  # another analyst


@dataclass
class Lender:
    """The application, its wired process, and who is signed in where."""

    app: Flask
    house: Dunflow
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def by(self, login: str) -> FlaskClient:
        """The browser of one of the cast, in English."""
        if login not in self.clients:
            self.clients[login] = self.app.test_client()
            assert sign_in(self.clients[login], login).status_code < 400
            self.send(login, "/language", language="en")
        return self.clients[login]

    def get(self, login: str, url: str) -> TestResponse:
        """A page."""
        return self.by(login).get(url)

    def send(self, login: str, url: str, **data: str) -> TestResponse:
        """A form without files, as htmx sends it."""
        client = self.by(login)
        return client.post(url, data=data, headers=self._headers(client))

    def upload(self, login: str, release_id: int, *files: tuple[str, bytes]) -> TestResponse:
        """Files into a draft."""
        client = self.by(login)
        data = {"files": [(io.BytesIO(content), name) for name, content in files]}
        url = f"/flows/releases/{release_id}/files"
        return client.post(url, data=data, headers=self._headers(client), content_type="multipart/form-data")

    def draft(self, login: str = "anna", source: int = 1) -> int:
        """Begins a draft; its number."""
        answer = self.send(login, f"/flows/releases/{source}/draft")
        found = re.search(r"/flows/releases/(\d+)$", answer.headers["HX-Redirect"])
        assert found
        return int(found[1])

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits."""
        with self.house.business_time(), self.house.sessions() as session:
            begin_write(session)
            yield session
            session.commit()

    @staticmethod
    def _headers(client: FlaskClient) -> Mapping[str, str]:
        return {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}


def make_lender(folder: Path) -> Lender:
    """With release 1 published, and Ada, a second analyst."""
    app = make_app(folder)
    lender = Lender(app, app.house)  # type: ignore[attr-defined] # web.app.Web
    with lender.writing() as session:
        assert publish_packaged(session) == 1
        a_person(session, SECOND, "analyst")
    return lender
