"""The timeline of a case narrowed to one kind, and who sees who looked at personal data."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.queries.case_history import FAMILIES
from tests.web.desk import browser, make_desk, pay, suspend
from tests.web.world import post
from web.story import WORDS

CASE = "/cases/C00000002"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def shown(client: FlaskClient, kind: str = "") -> str:
    return client.get(f"{CASE}/history?kind={kind}").text


def test_each_kind_shows_its_own_and_nothing_else(app: Flask) -> None:
    suspend(app, 2, reason="hardship")
    pay(app, 2, Decimal(100))
    client = browser(app, "susan")
    telling = {
        "payments": "Repayment received",
        "assignments": "Given to Cora",
        "suspensions": "Suspended: Hardship",
        "decisions": "Entered tier M1",
        "follow_ups": "Dispatch case",
    }
    for kind in telling:
        page = shown(client, kind)
        assert [each for each, words in telling.items() if words in page] == [kind]
        assert 'aria-pressed="true"' in re.sub(r'aria-pressed="true"[^>]*>Everything', "", page)
    everything = shown(client)
    assert [each for each, words in telling.items() if words not in everything] == []


def test_a_kind_of_which_there_is_nothing_says_so_and_nonsense_shows_everything(app: Flask) -> None:
    client = browser(app)
    assert "Nothing of this kind has happened" in shown(client, "texts")
    assert "Given to Cora" in shown(client, "'\"%00nonsense")


def test_a_collector_sees_only_their_own_looks_at_personal_data(app: Flask) -> None:
    cora, susan = browser(app), browser(app, "susan")
    post(susan, f"{CASE}/id-number/reveal")
    assert "Shown in full: Id number" not in shown(cora)
    assert "Nothing of this kind" in shown(cora, "reveals")
    assert "Shown in full: Id number" in shown(susan, "reveals")
    assert "Shown in full: Id number" in shown(browser(app, "carl"))
    post(cora, f"{CASE}/id-number/reveal")
    assert "Shown in full: Id number" in shown(cora)


def test_every_kind_belongs_to_one_family_at_most_and_has_words() -> None:
    kinds = [kind for family in FAMILIES.values() for kind in family]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) - {"decided"} <= set(WORDS)
