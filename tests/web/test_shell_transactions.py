"""One transaction a request: what is committed, what is undone."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint, Response
from flask.testing import FlaskClient

from engine.errors import DunflowError
from tests.web.world import make_app, post, sign_in
from web.database import db
from web.session import me


class Refused(DunflowError):
    """No."""


class Counted(DunflowError):
    """No, and that was counted."""

    keeps_changes = True


OUTCOMES: dict[str, Any] = {
    "done": "done",
    "invalid": Response("again", 422),
    "refused": Refused(),
    "counted": Counted(),
}


def _pages() -> ModuleType:
    module = ModuleType("pages")
    blueprint = Blueprint("write", __name__)

    @blueprint.route("/rename/<outcome>", methods=["GET", "POST"])
    def rename(outcome: str) -> Any:
        me().name = "Renamed"
        db.session.flush()
        if isinstance(OUTCOMES[outcome], DunflowError):
            raise OUTCOMES[outcome]
        return OUTCOMES[outcome]

    module.blueprint = blueprint  # type: ignore[attr-defined]
    return module


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    client = make_app(tmp_path, _pages()).test_client()
    sign_in(client)
    return client


@pytest.mark.parametrize(
    ("outcome", "kept"), [("done", True), ("invalid", False), ("refused", False), ("counted", True)]
)
def test_a_post_is_committed_when_it_succeeds_or_its_error_says_so(
    client: FlaskClient, outcome: str, kept: bool
) -> None:
    post(client, f"/rename/{outcome}")
    assert ("Renamed" in client.get("/account").text) is kept


def test_a_get_changes_nothing(client: FlaskClient) -> None:
    assert client.get("/rename/done").status_code == 200
    assert "Renamed" not in client.get("/account").text
