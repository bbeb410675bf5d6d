"""The statistics pages: who sees what, figures that lead to their cases, files, and addresses made up by hand."""

from __future__ import annotations

import html
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from engine import acts, clock
from engine.models import Case, FollowUp, HistoryEntry, Product
from tests.web.desk import CASES, Statements, browser, follow_up_of, make_desk, pay, person, within
from tests.web.world import post

READERS = {"cora": 200, "susan": 200, "mira": 200, "carl": 200, "anna": 200, "adam": 403}
REPORTS = ("repayments", "collectors", "recovery")
CODES = ("no_answer", "refuses")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Cora followed two cases up; a customer paid in full and another in part."""
    app = make_desk(tmp_path)
    for number, code in enumerate(CODES, start=1):
        task = follow_up_of(app, number)
        within(
            app,
            lambda session, task=task, code=code: acts.complete_task(  # type: ignore[misc] # bound now
                session,
                task,
                {"result_code": code, "next_action_on": clock.today().isoformat()},
                actor_id=person(session, "cora").id,
            ),
        )
    pay(app, 3, Decimal(3000))
    pay(app, 4, Decimal(500))
    return app


def row(page: str, name: str) -> dict[str, tuple[str, str]]:
    """Column -> what it shows and where it leads, of the row of that name."""
    table = re.search(r'<table class="df-table">.*?</table>', page, re.DOTALL)
    assert table
    heads = [_text(each) for each in re.findall(r"<th .*?</th>", table[0], re.DOTALL)]
    for line in re.findall(r"<tr>.*?</tr>", table[0], re.DOTALL):
        cells = re.findall(r"<td .*?</td>", line, re.DOTALL)
        if cells and _text(cells[0]) == name:
            return {head: (_text(cell), _link(cell)) for head, cell in zip(heads, cells, strict=True)}
    raise AssertionError(f"no row {name}")


def _text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def _link(markup: str) -> str:
    found = re.search(r'href="([^"]*)"', markup)
    return html.unescape(found[1]) if found else ""


def cases(client: FlaskClient, url: str) -> list[str]:
    """The case numbers a figure leads to."""
    return sorted(re.findall(r">(C\d{8})<", client.get(url).text))


def test_every_role_sees_its_part_and_administrators_none(app: Flask) -> None:
    for login, status in READERS.items():
        client = browser(app, login)
        assert {client.get(f"/statistics/{report}").status_code for report in REPORTS} == {status}, login
        assert client.get("/statistics").status_code == (302 if status == 200 else 403)
    assert app.test_client().get("/statistics/repayments").status_code == 401


def test_figures_lead_to_exactly_their_cases(app: Flask) -> None:
    client = browser(app, "susan")
    cora = row(client.get("/statistics/collectors").text, "Cora")
    shown = ("Given", "Worked", "Attempts", "Connected", "RPC", "Received (CNY)", "Recovery rate")
    assert [cora[name][0] for name in shown] == [str(CASES), "2", "2", "1", "1", "3,500.00", "35.0%"]
    assert cases(client, cora["Given"][1]) == [f"C{number:08}" for number in range(1, CASES + 1)]
    assert cases(client, cora["Attempts"][1]) == ["C00000001", "C00000002"]
    assert cases(client, cora["Connected"][1]) == ["C00000002"]
    assert cases(client, cora["Received (CNY)"][1]) == ["C00000003", "C00000004"]
    assert cases(client, cora["Recovery rate"][1]) == [f"C{number:08}" for number in range(1, CASES + 1)]
    assert len(cases(client, row(client.get("/statistics/collectors").text, "Total")["Given"][1])) == CASES + 1


@pytest.mark.parametrize("by", ["period", "product", "tier", "group", "collector", "channel"])
def test_each_split_adds_up_and_each_row_leads_on(app: Flask, by: str) -> None:
    client = browser(app, "mira")
    page = client.get(f"/statistics/repayments?by={by}").text
    assert row(page, "Total")["Received (CNY)"][0] == "3,500.00"
    name = {"period": clock.today().isoformat(), "tier": "M1", "group": "Early", "collector": "Cora"}.get(by)
    if by == "product":
        name = within(app, lambda session: session.scalars(select(Product)).one().name_en or "card")
    found = row(page, name or "Not stated")
    assert found["Received (CNY)"][0] == "3,500.00"
    assert cases(client, found["Number of repayments"][1]) == ["C00000003", "C00000004"]


def test_a_collector_sees_their_own_and_nobody_elses(app: Flask) -> None:
    page = browser(app, "colin").get("/statistics/collectors").text
    assert row(page, "Colin")["Given"][0] == "1"
    assert "Cora" not in page
    others = "/statistics/collectors/cases?figure=given&collector=1"
    assert cases(browser(app, "colin"), others) == []


def test_an_analyst_sees_figures_without_people_and_cases(app: Flask) -> None:
    client = browser(app, "anna")
    page = client.get("/statistics/collectors?by=tier").text
    assert row(page, "M1")["Attempts"] == ("2", "")
    assert "Cora" not in client.get("/statistics/repayments").text
    for url in ("collectors?by=collector", "collectors?by=tier&collector=3", "collectors/cases?figure=given"):
        assert client.get(f"/statistics/{url}").status_code == 403, url
    assert client.get("/statistics/collectors").status_code == 200
    forbidden = post(client, "/statistics/collectors/cases/export?figure=given", htmx=False)
    assert forbidden.status_code == 403


def test_a_case_out_of_reach_is_counted_but_not_opened(app: Flask) -> None:
    def away(session: object) -> None:
        session.get_one(Case, 3).group_id = None  # type: ignore[attr-defined] # it rose beyond this group
        session.get_one(Case, 3).tier = "M9"  # type: ignore[attr-defined]

    within(app, away)
    page = browser(app, "susan").get("/statistics/repayments/cases?figure=received&currency=CNY").text
    assert 'href="/cases/C00000004"' in page
    assert "C00000003" in page
    assert 'href="/cases/C00000003"' not in page
    assert "Customer" not in re.sub(r"<select.*?</select>", "", page, flags=re.DOTALL)


def test_files_hold_the_table_and_are_recorded(app: Flask) -> None:
    client = browser(app, "mira")
    answer = post(client, "/statistics/collectors/export", htmx=False, data={"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    found = dict(zip(rows[0], next(each for each in rows if each[0] == "Cora"), strict=True))
    assert (found["Attempts"], found["Connect rate %"], found["Received (CNY)"]) == (2, 50, 3500)
    assert rows[-1][0] == "Total"
    csv = post(client, "/statistics/repayments/cases/export?figure=received&currency=CNY", htmx=False)
    assert [line.split(",")[0] for line in csv.data.decode("utf-8-sig").splitlines()] == [
        "Case",
        "C00000003",
        "C00000004",
    ]
    kept = within(
        app,
        lambda session: [
            entry.data["report"]
            for entry in session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "statistics_exported"))
        ],
    )
    assert kept == ["collectors", "repayments"]


def test_what_is_not_there_is_said_so(app: Flask) -> None:
    client = browser(app, "mira")
    assert client.get("/statistics/weather").status_code == 404
    assert client.get("/statistics/collectors/cases?figure=weather").status_code == 404
    assert client.get("/statistics/repayments?period_from=2020-01-01&period_to=2026-01-01").status_code == 422
    for odd in ("period_from=x&grain=y&by=z", "group=x&collector=9999999999&tier=%25&page=0&sort=none", "channel=%00"):
        assert client.get(f"/statistics/repayments?{odd}").status_code == 200, odd
    assert "Nothing in this period" in client.get("/statistics/repayments?channel=nowhere").text


def test_statements_do_not_grow_with_rows(app: Flask) -> None:
    client = browser(app, "mira")
    client.get("/statistics/collectors")
    counts = []
    for url in ("collectors?collector=0", "collectors", "collectors?by=period", "collectors/cases?figure=attempts"):
        with Statements(app) as counted:
            client.get(f"/statistics/{url}")
        counts.append(counted.count)
    assert max(counts) <= 36
    within(app, lambda session: session.add_all(FollowUp(**_again(each)) for each in session.scalars(select(FollowUp))))
    with Statements(app) as counted:
        client.get("/statistics/collectors")
    assert counted.count == counts[1]


def _again(each: FollowUp) -> dict[str, object]:
    return {column.key: getattr(each, column.key) for column in FollowUp.__table__.columns if column.key != "id"}
