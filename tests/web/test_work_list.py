"""My work list: what is mine, the most urgent first, found by query, in as few statements however long."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask

from engine import acts, assignments
from engine.models import Case
from tests.web.desk import (
    CASES,
    Statements,
    browser,
    follow_up_of,
    make_desk,
    pay,
    person,
    suspend,
    within,
)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def shown(text: str) -> list[str]:
    """The numbers of the cases in the table, in order."""
    table = text[text.index("<tbody>") :] if "<tbody>" in text else ""
    return list(dict.fromkeys(re.findall(r">([CP]\d{8})<", table)))


def test_it_shows_my_cases_the_greatest_first_and_nobody_elses(app: Flask) -> None:
    page = browser(app).get("/work").text
    assert shown(page) == [f"C{number:08}" for number in range(CASES, 0, -1)]
    assert "CNY 10,000.00" in page


def test_what_waits_for_its_next_action_is_in_its_own_view(app: Flask) -> None:
    task_id = follow_up_of(app, 2)
    within(
        app,
        lambda session: acts.complete_task(
            session, task_id, {"result_code": "no_answer"}, actor_id=person(session, "cora").id
        ),
    )
    client = browser(app)
    assert "C00000002" not in shown(client.get("/work").text)
    assert shown(client.get("/work?view=waiting").text) == ["C00000002"]


def test_suspended_cases_stay_mine_and_can_be_found(app: Flask) -> None:
    suspend(app, 3)
    client = browser(app)
    assert shown(client.get("/work?view=suspended").text) == ["C00000003"]
    assert shown(client.get("/work?view=mine&status=suspended").text) == ["C00000003"]


QUERIES = {
    "number=C00000002": [2],
    "number=c2": [2],
    "number=K3-1": [3],
    "number=K5-1": [],
    "customer=mer+4": [4],
    "customer=%25": [],
    "tier=M1": [4, 3, 2, 1],
    "tier=M2": [],
    "product=card": [4, 3, 2, 1],
    "days_from=5&days_to=5": [4, 3, 2, 1],
    "days_from=6": [],
    "days_to=4": [],
    "amount_from=2000&amount_to=3,000": [3, 2],
    "amount_from=many&days_from=-1": [4, 3, 2, 1],
    "sort=past_due_amount": [1, 2, 3, 4],
    "sort=-case_no": [4, 3, 2, 1],
    "sort=nothing": [4, 3, 2, 1],
}


def test_the_query(app: Flask) -> None:
    client = browser(app)
    found = {query: shown(client.get(f"/work?{query}").text) for query in QUERIES}
    assert found == {query: [f"C{number:08}" for number in numbers] for query, numbers in QUERIES.items()}


def test_what_was_agreed_comes_before_what_was_not(app: Flask) -> None:
    def agreed(session: object) -> None:
        case = session.get(Case, 1)  # type: ignore[attr-defined]
        case.last_result_code, case.follow_up_count = "callback", 1

    within(app, agreed)
    page = browser(app).get("/work").text
    assert shown(page)[0] == "C00000001"
    assert "Call back" in page


def test_a_paid_case_leaves_the_list(app: Flask) -> None:
    pay(app, 4, Decimal(4000))
    assert "C00000004" not in shown(browser(app).get("/work").text)


def test_the_state_of_the_list_goes_along_to_the_case_and_back(app: Flask) -> None:
    client = browser(app)
    address = re.search(
        r'href="(/cases/C00000003[^"]*)"', client.get("/work?amount_from=2000&sort=past_due_amount").text
    )
    assert address is not None
    page = client.get(html.unescape(address[1])).text
    assert "2 of 3" in page
    assert re.search(r'href="/cases/C00000002\?[^"]*"[^>]*data-key="previous"', page)
    assert re.search(r'href="/cases/C00000004\?[^"]*"[^>]*data-key="next"', page)
    back = re.search(r'<a href="/work\?([^"]*)"', page)
    assert back is not None
    assert set(html.unescape(back[1]).split("&")) == {"amount_from=2000", "sort=past_due_amount"}


def test_it_is_for_collectors(app: Flask) -> None:
    others = ("susan", "mira", "anna", "carl", "adam")
    assert {login: browser(app, login).get("/work").status_code for login in others} == dict.fromkeys(others, 403)


def test_a_reassigned_case_goes_to_its_new_collector(app: Flask) -> None:
    within(
        app,
        lambda session: assignments.reassign(
            session, session.get_one(Case, 1), person(session, "colin").id, person(session, "susan").id
        ),
    )
    assert "C00000001" in shown(browser(app, "colin").get("/work").text)
    assert "C00000001" not in shown(browser(app).get("/work?view=mine").text)


def test_nothing_to_do_is_said_apart_from_nothing_found(app: Flask) -> None:
    assert "Nothing to follow up now" in browser(app, "otto").get("/work").text
    assert "Nothing matches" in browser(app).get("/work?customer=nobody").text


def test_an_unknown_view_is_the_first(app: Flask) -> None:
    assert len(shown(browser(app).get("/work?view=else").text)) == CASES


def test_its_statements_do_not_grow_with_its_rows(app: Flask) -> None:
    client = browser(app)
    client.get("/work")
    counts = []
    for address in ("/work?size=20&number=C1", "/work"):
        with Statements(app) as statements:
            client.get(address)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 24
