"""The next case: the most urgent one, its reason on the way to it and on it, one after the other when saving."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import clock, desk, parameters
from engine.models import Case, CaseLease, Customer, UserTask
from tests.web.desk import CASES, Statements, browser, make_desk, pay, person, recall, state_of, within
from tests.web.test_case_tasks import opened, send
from tests.web.world import post, sign_in

NEXT = "/desk/next"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Cora's four cases, the fourth with the greatest amount; everybody may be called at any hour."""
    found = make_desk(tmp_path)

    def at_any_hour(session: Session) -> None:
        parameters.set_value(session, "calls_from_hour", 0)
        parameters.set_value(session, "calls_until_hour", 24)

    within(found, at_any_hour)
    return found


def change(app: Flask, case_id: int, **facts: object) -> None:
    within(app, lambda session: session.execute(update(Case).where(Case.id == case_id).values(**facts)))


def leases(app: Flask) -> dict[int, str]:
    def read(session: Session) -> dict[int, str]:
        names = {login: person(session, login).id for login in ("cora", "colin", "susan")}
        found = {row.case_id: row.user_id for row in session.scalars(select(CaseLease))}
        return {case_id: next(k for k, v in names.items() if v == user_id) for case_id, user_id in found.items()}

    return within(app, read)


def test_the_work_list_says_what_comes_next_and_why(app: Flask) -> None:
    page = browser(app).get("/work").text
    assert re.search(r'hx-post="/desk/next"[^>]*data-key="s"', page)
    assert "New, 5 days past due" in page
    change(app, 1, last_result_code="callback", follow_up_count=1, next_action_at=clock.now())
    strip = html.unescape(browser(app).get("/work").text).split("df-desk-next")[1].split("</section>")[0]
    assert "Callback agreed for" in strip
    assert "C00000001" in strip


def test_the_next_case_is_the_most_urgent_and_leased(app: Flask) -> None:
    answer = post(browser(app), NEXT)
    assert answer.headers["HX-Redirect"] == "/cases/C00000004?within=desk"
    assert leases(app) == {4: "cora"}


def test_the_case_page_says_why_it_is_up(app: Flask) -> None:
    client = browser(app)
    assert "New, 5 days past due" in client.get("/cases/C00000004?within=desk").text
    change(app, 4, last_result_code="refuses", follow_up_count=1, next_action_at=clock.now())
    assert "Next action due today" in client.get("/cases/C00000004").text


def test_saving_leads_through_all_cases_and_then_back(app: Flask) -> None:
    client = browser(app)
    url = post(client, NEXT).headers["HX-Redirect"]
    visited = []
    while url.startswith("/cases/"):
        visited.append(url[7:16])
        url = send(client, opened(client, url), result_code="no_answer", then="next").headers["HX-Redirect"]
        assert len(leases(app)) <= 1
    assert visited == [f"C{number:08}" for number in range(CASES, 0, -1)]
    assert url == "/work"
    page = client.get(url).text
    assert "Saved: Follow up" in page
    assert "Nothing is left to follow up now." in page
    assert leases(app) == {}


def test_saving_to_stay_stays(app: Flask) -> None:
    client = browser(app)
    answer = send(client, opened(client, "/cases/C00000002?within=desk"), result_code="busy", then="stay")
    assert answer.headers["HX-Redirect"] == "/cases/C00000002?within=desk"


def test_a_case_that_a_colleague_has_open_is_passed_over_and_says_so(app: Flask) -> None:
    within(app, lambda session: desk.take(session, 4, person(session, "colin").id))
    client = browser(app)
    assert post(client, NEXT).headers["HX-Redirect"].startswith("/cases/C00000003")
    assert "Open at Colin's since" in post(client, "/cases/C00000004/lease").text
    assert leases(app)[4] == "colin"


def test_an_open_page_takes_the_lease_and_leaving_gives_it_back(app: Flask) -> None:
    client = browser(app)
    page = client.get("/cases/C00000002").text
    assert 'hx-post="/cases/C00000002/lease"' in page
    assert post(client, "/cases/C00000002/lease").text.strip() == ""
    assert leases(app) == {2: "cora"}
    assert "Open at Cora's" in post(browser(app, "susan"), "/cases/C00000002/lease").text
    assert leases(app) == {2: "cora"}  # a supervisor looks; that takes nothing
    assert post(client, "/cases/C00000002/lease/release").status_code == 204
    assert leases(app) == {}


def test_a_page_whose_case_was_taken_away_says_so(app: Flask) -> None:
    client = browser(app)
    recall(app, 2)
    assert "no longer yours" in post(client, "/cases/C00000002/lease").text
    assert "no longer yours" in post(client, "/cases/C00000005/lease").text  # never was
    assert post(client, "/cases/C00000002/lease/release").status_code == 404


def test_outside_the_customer_s_hours_a_case_is_last_and_says_from_when(app: Flask) -> None:
    def at_night(session: Session) -> None:
        parameters.set_value(session, "calls_from_hour", 8)
        parameters.set_value(session, "calls_until_hour", 22)
        hour = clock.now().hour
        for number in range(1, CASES + 1):  # noon everywhere, but three at night at the fourth's
            offset = hour - (3 if number == CASES else 12)  # Etc/GMT counts westwards
            zone = f"Etc/GMT{(offset + 12) % 24 - 12:+d}"
            session.execute(update(Customer).where(Customer.customer_no == f"K{number}").values(timezone=zone))

    within(app, at_night)
    client = browser(app)
    assert post(client, NEXT).headers["HX-Redirect"].startswith("/cases/C00000003")
    assert "calls from" in client.get("/cases/C00000004").text


def test_nobody_else_has_a_desk(app: Flask) -> None:
    for login in ("susan", "mira", "anna", "carl", "adam"):
        assert post(browser(app, login), NEXT).status_code == 403
    assert post(browser(app, "anna"), "/cases/C00000002/lease").status_code == 403
    stranger = app.test_client()
    sign_in(stranger, "otto")
    assert "HX-Redirect" in post(stranger, NEXT).headers  # nothing to do: back to the list
    assert leases(app) == {}


def test_the_desk_s_statements_do_not_grow_with_its_cases(app: Flask) -> None:
    client = browser(app)
    client.get("/work")
    counts = []
    for _ in range(2):
        with Statements(app) as statements:
            client.get("/work")
        counts.append(statements.count)
        within(app, lambda session: session.execute(delete(UserTask).where(UserTask.business_key <= 2)))
    assert counts[0] == counts[1]


def test_the_form_brings_the_usual_next_action_of_each_result_as_the_engine_plans_it(app: Flask) -> None:
    within(app, lambda session: parameters.set_value(session, "retry_refused_days", 5))
    page = html.unescape(browser(app).get("/cases/C00000002").text)
    found = re.search(r'data-plans="(\{.*?\})"', page)
    assert found is not None
    plans = json.loads(found[1])
    assert plans["refuses"] == ["", 5]
    assert plans["promise_full"] == ["promise_on", 2]
    assert "callback" not in plans
    assert "dispute" not in plans
    client = browser(app)
    send(client, opened(client, "/cases/C00000002"), result_code="refuses", then="stay")
    at = state_of(app, 2)["next_action_at"]
    assert clock.local_date(at) == clock.today() + dt.timedelta(days=5)


def test_the_head_of_a_case_says_what_time_it_is_there(app: Flask) -> None:
    assert "(assumed)" in browser(app).get("/cases/C00000002").text
    within(app, lambda session: session.execute(update(Customer).values(timezone="Asia/Taipei")))
    page = browser(app).get("/cases/C00000002").text
    assert "Taipei" in page
    assert "calls until 24:00" in page
    assert "no calls before" not in page


def test_the_day_in_numbers_follows_what_is_done_and_paid(app: Flask) -> None:
    client = browser(app)
    send(client, opened(client, "/cases/C00000002"), result_code="promise_full", promise_on=str(clock.today()))
    pay(app, 3, Decimal(700))
    pay(app, 4, Decimal(4000))  # closes the case
    pay(app, 5, Decimal(10))  # a colleague's
    shown = re.sub(r"<[^>]+>", " ", client.get("/work").text.split("df-day")[1].split("</dl>")[0])
    assert re.findall(r"(\w+(?: \w+)?)\s+((?:CNY )?[\d,.]+)", shown) == [
        ("ups", "1"),
        ("Connected", "1"),
        ("Right party", "1"),
        ("Promises", "1"),
        ("Promised", "CNY 2,000.00"),
        ("Received", "CNY 4,700.00"),
        ("Cases left", "2"),
    ]
