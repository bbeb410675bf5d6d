"""An application with the style pages, and clients of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web import style_pages
from tests.web.world import make_app, sign_in


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """The web over a database of its own."""
    return make_app(tmp_path, style_pages)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which the supervisor Susan is signed in, in English."""
    client = app.test_client()
    sign_in(client)
    return client
