"""The pages' health endpoint: open to anybody, and telling what is missing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine.settings import Settings
from engine.wiring import build
from tests.web.world import SECRET, make_app
from web.app import create_app
from web.settings import WebSettings

NOWHERE = "redis://127.0.0.1:1/0"


def over(folder: Path, **settings: str) -> FlaskClient:
    """A browser of pages whose database and Redis are as told."""
    made = dataclasses.replace(Settings(folder, f"sqlite:///{folder / 'web.db'}", secret_key=SECRET), **settings)  # type: ignore[arg-type]
    app = create_app(build(made), WebSettings(testing=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def test_it_answers_anybody_in_json_and_begins_no_session(stranger: FlaskClient) -> None:
    answer = stranger.get("/health")
    assert (answer.status_code, answer.json) == (200, {"problems": []})
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("clock", ["real", "demo"])
def test_without_a_database_it_is_unwell(tmp_path: Path, clock: str) -> None:
    client = over(tmp_path / "gone", clock=clock)
    answer = client.get("/health", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert "gone" not in answer.text


def test_an_empty_database_serves_nothing_either(tmp_path: Path) -> None:
    assert over(tmp_path).get("/health").json == {"problems": ["database"]}


def test_without_the_redis_that_is_named_it_is_unwell(tmp_path: Path) -> None:
    make_app(tmp_path)
    answer = over(tmp_path, redis_url=NOWHERE).get("/health")
    assert (answer.status_code, answer.json) == (503, {"problems": ["redis"]})


def test_pages_without_a_database_are_unavailable_rather_than_broken(tmp_path: Path) -> None:
    make_app(tmp_path)
    client = over(tmp_path / "gone", clock="demo")
    assert client.get("/sign-in").status_code == 503
