"""Blocked customers: found by those who answer for blocks, and lifted from the list by compliance."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.web.desk import Statements, browser, make_desk, state_of, suspend, within
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def test_a_block_is_listed_with_its_reason_and_who_gave_it(app: Flask) -> None:
    suspend(app, 1, "deceased")
    suspend(app, 2, "dispute")  # of the case alone
    page = browser(app, "carl").get("/blocks").text
    assert "Customer 1" in page
    assert "Customer 2" not in page
    for said in ("Deceased", "Susan", "C00000001", "Lift the block"):
        assert said in page, said


def test_an_empty_list_says_what_blocks_a_customer(app: Flask) -> None:
    client = browser(app, "carl")
    assert "Nobody is blocked" in client.get("/blocks").text
    suspend(app, 1, "deceased")
    assert "Nobody is blocked" not in client.get("/blocks?q=nobody").text


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=customer+1", {1}), ("q=K2", {2}), ("q=C00000002", {2}), ("reason=deceased", {1}), ("q=%25", set())],
)
def test_blocks_are_found_by_name_number_case_and_reason(app: Flask, query: str, found: set[int]) -> None:
    suspend(app, 1, "deceased")
    suspend(app, 2, "bankruptcy")
    page = browser(app, "carl").get(f"/blocks?{query}").text
    assert {number for number in (1, 2) if f"C{number:08}" in page} == found


def test_compliance_lifts_a_block_from_the_list_and_says_why(app: Flask) -> None:
    suspend(app, 1, "deceased")
    client = browser(app, "carl")
    assert "Lift the customer" in client.get("/cases/C00000001/acts/lift_block").text
    assert post(client, "/cases/C00000001/acts/lift_block", data={"note": ""}).status_code == 422
    lifted = post(client, "/cases/C00000001/acts/lift_block", data={"note": "mistaken for somebody else"})
    assert lifted.headers["HX-Redirect"] == "/cases/C00000001"  # where what came of it is seen
    assert "Customer 1" not in client.get("/blocks").text
    assert state_of(app, 1)["status"] != "suspended"


def test_managers_read_it_and_lift_nothing(app: Flask) -> None:
    suspend(app, 1, "deceased")
    page = browser(app, "mira").get("/blocks").text
    assert "Deceased" in page
    assert "Lift the block" not in page
    assert post(browser(app, "mira"), "/cases/C00000001/acts/lift_block", data={"note": "x"}).status_code == 403


def test_a_longer_list_takes_no_more_statements(app: Flask) -> None:
    client = browser(app, "carl")
    suspend(app, 1, "deceased")
    client.get("/blocks")
    with Statements(app) as one:
        client.get("/blocks")
    suspend(app, 2, "deceased")
    suspend(app, 3, "deceased")
    with Statements(app) as three:
        client.get("/blocks")
    assert three.count == one.count


def test_it_is_served_by_an_index(app: Flask) -> None:
    def plan(session: Session) -> str:
        query = "SELECT id FROM customers WHERE blocked_at IS NOT NULL ORDER BY blocked_at DESC, id DESC LIMIT 50"
        return " ".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))

    assert "ix_customers_blocked_at" in within(app, plan)
